"""The Find tool of the Latent page against a host without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Source
from playground.latent.questions import Anomaly, Errors, Find, Study
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost

RUN = "r" * 22


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.latent.inversion.STEPS", 3)
    monkeypatch.setattr("playground.latent.studies.memory.STEPS", 3)
    monkeypatch.setattr("playground.metrics.features.STEPS", 3)


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(preset: str = "digits", source: str = "example", host: FakeHost | None = None, **changes: Any) -> AppTest:
    host = host or FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = "find"
    app.session_state["find_source"] = source
    app.query_params["run"] = RUN
    return app.run()


def _do(app: AppTest, mode: str) -> AppTest:
    app.session_state["find_mode"] = mode
    return app.run()


def _words(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.warning, app.markdown)
    return " ".join(
        [element.value for kind in kinds for element in kind] + [html.proto.body for html in app.get("html")]
    )


def _press(app: AppTest, mode: str) -> AppTest:
    app.button(key=f"find_{mode}_ask").click().run()
    assert not app.exception
    return app


def test_before_anything_is_drawn_the_tool_says_what_to_do() -> None:
    app = _open(source="draw")
    assert "Draw or choose a picture first" in _words(app)
    assert app.button(key="find_find_ask").disabled
    assert not app.exception


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("digits", {}), ("digits-unlabelled", {"z_distribution": "uniform"}), ("shapes", {"z_dim": 5})],
)
def test_a_training_image_is_found(preset: str, changes: dict[str, Any]) -> None:
    app = _open(preset, **changes)
    assert "Training image 1 of" in _words(app)
    app = _press(app, "find")
    words = _words(app)
    assert "The closest G can make" in words
    assert "error <b>" in words
    assert ("class <b>" in words) == (preset != "digits-unlabelled")


def test_another_picture_takes_the_place_of_what_was_found() -> None:
    app = _press(_open(), "find")
    app.number_input(key="find_number").set_value(5).run()
    assert "The closest G can make" not in _words(app)
    app.button(key="find_random").click().run()
    assert not app.exception
    assert app.number_input(key="find_number").value != 5


def test_the_class_can_be_given() -> None:
    host = FakeHost()
    app = _open(host=host)
    app.selectbox(key="find_class_10").set_value(4).run()
    _press(app, "find")
    asked = [question for question in host.questions if isinstance(question, Find)]
    assert [question.label for question in asked] == [4]


def test_noise_is_taken_away_and_what_is_hidden_filled_in() -> None:
    host = FakeHost()
    app = _press(_do(_open(host=host), "denoise"), "denoise")
    assert "error with noise <b>" in _words(app)
    app = _press(_do(app, "fill"), "fill")
    assert "By the mean image" in _words(app)
    denoise, fill = [question for question in host.questions if isinstance(question, Find)]
    assert denoise.mask is None
    assert fill.mask is not None
    assert fill.mask[:4].all()
    assert not fill.mask[4:].any()
    app.session_state["find_hidden"] = "paint"
    app.run()
    assert app.button(key="find_fill_ask").disabled  # until something is painted over


def test_a_score_and_a_comparison() -> None:
    host = FakeHost()
    app = _press(_do(_open(host=host, size=1000), "anomaly"), "anomaly")
    assert "threshold <b>" in _words(app)
    app = _press(_do(app, "memory"), "memory")
    assert "held out <b>" in _words(app)
    assert [type(question) for question in host.questions if isinstance(question, Anomaly | Errors)] == [
        Anomaly,
        Errors,
    ]


def test_samples_have_a_known_z() -> None:
    app = _open(source="sample")
    assert "Pick a sample" in _words(app)
    app.session_state["_find_picked"] = (f"{RUN}:0", 3)
    app = _press(app.run(), "find")
    assert "z is off by" in _words(app)


class _Slow(FakeHost):
    """A host whose answers to `Find` never come."""

    def study(self, run_id: str, question: Any, source: Any = "ema", since: int = 0) -> Study:
        if isinstance(question, Find):
            return Study(200, 30, 100)
        return super().study(run_id, question, source, since)


def test_what_takes_too_long_is_cancelled_and_a_reset_forgets_it() -> None:
    from playground.engine.messages import Reset

    host = _Slow()
    app = _press(_open(host=host), "find")
    assert app.button(key="find_find_ask").disabled
    app.button(key="find_find_stop").click().run()
    assert [type(question) for question in host.dropped] == [Find]
    assert not app.button(key="find_find_ask").disabled
    app = _press(app, "find")
    host.send(RUN, Reset())
    app.run()
    assert not app.button(key="find_find_ask").disabled
    assert not app.exception


def test_runs_on_points_have_no_such_tool() -> None:
    app = _open("ring")
    assert not app.exception
    assert not any(button.key == "find_find_ask" for button in app.button)


class _Away(FakeHost):
    """An engine that works on a picture and never ends, and that can be away."""

    away = False

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        if self.away:
            raise UserError("This run is not ready yet.")
        return Study(200, 1, 5) if isinstance(question, Find) else super().study(run_id, question, source, since)

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        if self.away:
            raise UserError("This run is not known here.")
        super().drop(run_id, question, source, since)


@pytest.mark.parametrize("button", ["find_random", "find_find_stop"])
def test_a_click_while_the_engine_is_away_ends_in_a_sentence(button: str) -> None:
    host = _Away()
    app = _press(_open(host=host), "find")
    host.away = True
    app.button(key=button).click().run()
    assert not app.exception
    assert "not ready yet" in _words(app)
    host.away = False
    assert not app.run().exception
