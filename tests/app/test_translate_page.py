"""The Translate page against a host without an engine: what it asks, and what it says of other runs."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data.tasks import TASKS
from playground.engine.messages import Card, OwnInput, Play, Source, Translation, View, Weights
from playground.ui.pages.translate import own_picture, page, result
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost

RUN = "r" * 22
STROKES = [{"erase": False, "width": 0.1, "points": [0.3, 0.2, 0.7, 0.2, 0.5, 0.8]}]
COVER = [{"erase": False, "width": 0.5, "points": [0.0, 0.25, 1.0, 0.25]}]
DIGITS = {"dataset": "typeset-digits", "network": "unet"}


class Translating(FakeHost):
    """A host whose run translates. The output is the step in every pixel; notes what it was asked to translate."""

    def __init__(self) -> None:
        super().__init__()
        sheet = np.zeros((20, 28, 28, 1), np.uint8)
        sheet[:, 4:24, 8:20] = 255
        self.cards["typeset-digits"] = Card("ready", n=20, shape=(1, 28, 28), sheet=sheet)
        self.given: list[tuple[OwnInput, Source]] = []
        self.refuses = ""

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        view = super().view(run_id, weights, saliency)
        if view is None or view.config["game"] == "gan" or view.samples is None:
            return view
        x = view.samples[:24]
        reverse = Translation(x, x, back=x) if view.config["game"] == "cycle" else None
        shown = Translation(x, truth=None if reverse else x, back=x if reverse else None, reverse=reverse)
        return replace(view, samples=x, fixed_z=None, translation=shown)

    def translate(self, run_id: str, given: OwnInput, source: Source = "ema") -> Translation:
        self.given.append((given, source))
        if self.refuses:
            raise UserError(self.refuses)
        out = np.full_like(given.samples, self.runs[run_id].step % 256)
        cycle = self.runs[run_id].config["game"] == "cycle"
        known = None if cycle or given.direct else given.samples
        return Translation(given.samples, out, known, given.samples if cycle else None, given.hidden)


def _script() -> None:
    import streamlit as st

    from playground.ui.pages import PAGES

    pages = [
        st.Page(PAGES[path].render, title=path, url_path=path, default=path == "translate")
        for path in ("train", "translate")
    ]
    st.navigation(pages).run()


def _open(host: FakeHost, drawn: bool = True, **knobs: Any) -> AppTest:
    config, findings = RunConfig.read(knobs if knobs.get("game", "gan") == "gan" else DIGITS | knobs)
    assert not findings
    host.create(RUN, config.model_dump())
    host.runs[RUN].step = 20
    app = AppTest.from_function(_script, default_timeout=60)
    app.session_state["_host"] = host
    if drawn:
        _draw(app, own_picture.DRAWER, f"translate:{RUN}", STROKES)
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    return app


def _draw(app: AppTest, key: str, token: str, strokes: list[dict[str, Any]]) -> None:
    app.session_state[key] = {"strokes": {"token": token, "strokes": strokes}}


def _words(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.warning, app.markdown)
    return " ".join(
        [element.value for kind in kinds for element in kind] + [html.proto.body for html in app.get("html")]
    )


@pytest.fixture
def host() -> Translating:
    return Translating()


def test_a_gan_gets_a_sentence_and_the_way_to_the_train_page(host: Translating) -> None:
    app = _open(host, **PRESETS["digits"].values)
    assert "This run is a GAN" in _words(app)
    assert [(link.proto.label, link.proto.page) for link in app.get("page_link")] == [("Open the Train page", "train")]
    assert not host.given


def test_presets_that_translate_are_offered_and_start_with_a_press(
    host: Translating, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(PRESETS["digits"], key="own-test", values={"game": "paired", "task": "denoise", **DIGITS})
    monkeypatch.setitem(PRESETS, "own-test", preset)
    assert preset in page.presets()
    assert PRESETS["ring"] not in page.presets()
    app = _open(host, **PRESETS["digits"].values)
    app.button(key="translate_preset_own-test").click().run()
    assert host.runs[RUN].config["task"] == "denoise"
    assert not app.exception
    assert "Remove noise" in _words(app)


def test_a_run_of_points_gets_a_sentence(host: Translating) -> None:
    app = _open(host, game="cycle", task="turn", dataset="moons", network="mlp")
    assert "translates points" in _words(app)
    assert not host.given


def test_before_a_picture_is_there_the_page_says_what_to_do_and_shows_an_example(host: Translating) -> None:
    app = _open(host, drawn=False, game="paired", task="denoise")
    assert "Draw a picture, or bring one" in _words(app)
    assert "never trained on" in _words(app)
    assert not host.given


def test_a_drawing_is_translated_at_once_and_again_after_each_step(host: Translating) -> None:
    app = _open(host, game="paired", task="denoise")
    (given, source), *more = host.given
    assert not more
    assert given.samples.shape == (1, 28, 28, 1)
    assert given.samples.max() > 200 > 50 > given.samples.min()
    assert (given.hidden, given.reverse, given.direct, source) == (None, False, False, "ema")
    for words in ("What G sees", "What G makes of it", "What it should be", "28×28 pixels, grey", "Remove noise"):
        assert words in _words(app)
    app.run()
    assert len(host.given) == 1  # the run has not moved
    app.button(key="translate_play").click().run()
    assert any(isinstance(command, Play) for command in host.commands)
    before = len(host.given)
    app.run()
    assert len(host.given) > before
    assert np.array_equal(host.given[-1][0].samples, given.samples)


def test_the_task_can_be_left_out(host: Translating) -> None:
    app = _open(host, game="paired", task="superres-4")
    app.toggle(key=result.APPLY).set_value(False).run()
    assert [given.direct for given, _source in host.given] == [False, True]
    assert "G is given it as it is" in _words(app)
    assert "What it should be" not in _words(app)


def test_a_task_that_changes_nothing_of_the_input_has_no_switch(host: Translating) -> None:
    app = _open(host, game="cycle", task="thin-bold")
    assert TASKS["thin-bold"].a is TASKS["inverse"].a
    assert not app.toggle
    assert not host.given[-1][0].direct


def test_a_brush_hides_a_part_instead_of_the_task(host: Translating) -> None:
    app = _open(host, game="paired", task="inpaint-half")
    assert host.given[-1][0].hidden is None
    assert not host.given[-1][0].direct
    app.button_group(key=result.HIDE).set_value("brush").run()
    hidden = host.given[-1][0].hidden
    assert hidden is not None
    assert not hidden.any()  # nothing is painted yet
    _draw(app, result.BRUSH, f"translate-hide:{RUN}", COVER)
    app.run()
    hidden = host.given[-1][0].hidden
    assert hidden is not None
    assert hidden.shape == (1, 28, 28)
    assert hidden[0, 3:11].all()
    assert not hidden[0, 16:].any()
    assert "painted over" in _words(app)
    app.button_group(key=result.HIDE).set_value("nothing").run()
    assert host.given[-1][0].direct
    assert "G sees all of it" in _words(app)


def test_a_cycle_goes_both_ways(host: Translating) -> None:
    app = _open(host, game="cycle", task="inverse")
    assert not host.given[-1][0].reverse
    assert "Back again" in _words(app)
    app.button_group(key=result.DIRECTION).set_value("back").run()
    assert host.given[-1][0].reverse
    assert app.toggle(key=result.APPLY).value  # the task turns the picture into one of B
    app.toggle(key=result.APPLY).set_value(False).run()
    assert host.given[-1][0].direct
    assert host.given[-1][0].reverse


def _png(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def test_an_upload_takes_the_form_of_the_data_and_what_was_done_is_said(host: Translating) -> None:
    app = _open(host, drawn=False, game="paired", task="denoise")
    app.button_group(key=own_picture.SOURCE).set_value("upload").run()
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, 20:60] = 250, 250, 250
    app.file_uploader(key=own_picture.FILE).upload("wide.png", _png(wide), "image/png").run()
    assert not app.exception
    assert host.given[-1][0].samples.shape == (1, 28, 28, 1)
    assert host.given[-1][0].samples.min() > 240  # the middle of it
    assert "Cut to a square at the centre, made 28×28 pixels, grey" in _words(app)
    app.toggle(key=own_picture.WHOLE).set_value(True).run()
    assert host.given[-1][0].samples.min() < 10
    assert "Filled up to a square" in _words(app)
    app.toggle(key=own_picture.SWAP).set_value(True).run()
    assert host.given[-1][0].samples[0, 0, 0, 0] > 240
    app.file_uploader(key=own_picture.FILE).upload("wide.png", _png(wide)[:60], "image/png").run()
    assert "This file cannot be used: broken or cut off. Choose another one: PNG, JPEG" in _words(app)
    assert not app.exception


def test_a_file_that_is_no_picture_comes_to_us_and_we_say_what_is_wrong(host: Translating) -> None:
    """Of one that the browser refuses the reason would show on hover only."""
    app = _open(host, drawn=False, game="paired", task="denoise")
    app.button_group(key=own_picture.SOURCE).set_value("upload").run()
    uploader = app.file_uploader(key=own_picture.FILE)
    assert not uploader.allowed_type
    assert uploader.proto.max_upload_size_mb > 100
    app.file_uploader(key=own_picture.FILE).upload("photo.heic", b"\0\0\0\x18ftypheic" + bytes(40), "image/heic").run()
    assert not app.exception
    assert "HEIC cannot be read here: save as JPEG. Choose another one" in _words(app)
    assert not host.given


def test_what_the_engine_declines_is_said_and_the_latest_stays(host: Translating) -> None:
    app = _open(host, game="paired", task="denoise")
    host.refuses = "The engine does not answer."
    host.runs[RUN].step += 1
    host.runs[RUN].version += 1
    app.run()
    assert "does not answer" in _words(app)
    assert "What G makes of it" in _words(app)
    fresh = _open(host, game="paired", task="denoise")
    assert "does not answer" in _words(fresh)
    assert not fresh.exception


def test_the_pictures_can_be_taken_home(host: Translating) -> None:
    app = _open(host, game="paired", task="denoise")
    assert any(element.proto.label == "Take home" for element in app.get("download_button"))
