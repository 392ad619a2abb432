"""The Walk and z tools of the Latent page against a host without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.links import public
from playground.engine.messages import Play, Remember, UseFixedZ
from playground.export import walk_file, walk_film
from playground.export.frame import Scene
from playground.export.walk_file import Origin
from playground.latent import paths
from playground.latent.questions import Scores
from playground.latent.walks import Walk
from playground.ui.pages.latent import walk_download, walk_state
from playground.ui.pages.latent.tools.dimensions import as_numpy
from playground.utils import priors
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(tool: str = "walk", preset: str = "digits", **changes: Any) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = app.session_state["latent_tool_points"] = tool
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    return host, app


def _sentences(app: AppTest) -> str:
    return " ".join([element.value for kind in (app.caption, app.info, app.warning) for element in kind])


def _pick(app: AppTest, *indices: int) -> AppTest:
    app.session_state["_latent_state"].pick(list(indices))
    return app.run()


def _walk(app: AppTest) -> Any:
    return app.session_state["_walk_shown"].walk


def _choose(app: AppTest, key: str, value: Any) -> AppTest:
    app.session_state[key] = value
    return app.run()


def _click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


# Walk


@pytest.mark.parametrize(("distribution", "blend"), [("normal", "slerp"), ("uniform", "lerp")])
def test_the_path_follows_the_distribution_of_z_and_says_why(distribution: str, blend: str) -> None:
    _, app = _open(z_distribution=distribution)
    walk, state = _walk(app), app.session_state["_latent_state"]
    assert (walk.path, walk.closed, walk.count) == (blend, False, 33)
    np.testing.assert_array_equal(walk.z(), paths.walk(state.anchors, 32, blend))
    assert ("cube" if distribution == "uniform" else "sphere") in _sentences(app)
    _choose(app, f"walk_path_{distribution}", "spline")
    assert _walk(app).path == "spline"
    assert app.toggle(key="walk_closed_spline").disabled
    assert app.session_state["_walk_shown"].samples.shape == (64, 8, 8, 1)


def test_two_to_eight_picks_make_a_walk_and_fewer_say_what_to_do() -> None:
    _, app = _open()
    _pick(app, *range(9))
    assert len(_walk(app).anchors) == 8
    _choose(app, "walk_closed", True)
    assert _walk(app).count == 96
    _pick(app, 3)
    assert not app.exception
    assert _walk(app) is None
    assert "Pick two samples" in _sentences(app)
    assert app.button(key="walk_fixed").disabled


def test_a_random_walk_picks_other_samples() -> None:
    _, app = _open()
    token = app.session_state["_walk_state"].token
    _click(app, "walk_random")
    picked = app.session_state["_latent_state"].picked
    assert len(set(picked)) == len(_walk(app).anchors) == 4
    assert len(set(app.session_state["_latent_state"].y[picked])) == 1  # the class stays
    assert app.session_state["_walk_state"].token != token  # so that the picker hears of it
    _choose(app, "walk_class_10", "morph")
    _click(app, "walk_random")
    assert len(_walk(app).anchors) == 5


def test_the_class_stays_switches_or_blends() -> None:
    _, app = _open()
    _pick(app, 3, 14)
    assert set(_walk(app).y()) == {3}
    assert "The class stays 3" in _sentences(app)
    _choose(app, "walk_class_10", "switch")
    assert _walk(app).y().tolist() == [3] * 16 + [4] * 17
    _choose(app, "walk_class_10", "morph")
    np.testing.assert_allclose(_walk(app).y()[16], [0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0])
    assert "whole classes only" in _sentences(app)
    _choose(app, "walk_class_10", 7)
    assert set(_walk(app).y()) == {7}
    assert not app.exception


def test_points_have_finer_frames_and_no_class() -> None:
    _, app = _open(preset="ring")
    assert app.session_state["_walk_shown"].samples.shape == (65, 2)
    assert not [box for box in app.selectbox if box.label == "Class"]


@pytest.mark.parametrize("preset", ["digits", "ring", "blow-up"])
def test_the_curves_are_the_norm_and_what_d_says(preset: str) -> None:
    host, app = _open(preset=preset)
    (scores,) = [question for question in host.questions if isinstance(question, Scores)]
    np.testing.assert_array_equal(scores.z, _walk(app).z())
    assert len(app.session_state["_walk_state"].scores) == _walk(app).count
    subject = type("S", (), {"view": type("V", (), {"config": host.runs[RUN].config})})
    probability = host.runs[RUN].config["objective"] != "wgan"
    curve = walk_state._says(subject, np.array([-1e4, 0, 1e4], np.float32))  # type: ignore[arg-type]
    assert curve.values is not None
    assert curve.values.tolist() == ([0, 0.5, 1] if probability else [-1e4, 0, 1e4])
    norm = walk_state._norms(_walk(app), shell=True)
    assert norm.other is not None
    assert norm.other[0] == "lerp"
    assert norm.band is not None


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_the_middle_of_the_latent_space_is_called_empty_only_where_it_is(path: str) -> None:
    said = [
        walk_state.sentence(Walk(np.ones((2, d), np.float32), None, 0, "normal", path, False, 5), (), "a")
        for d in (2, 64)
    ]
    assert ["empty middle" in sentence for sentence in said] == [False, True]


def test_new_scores_are_asked_for_once_the_training_went_on() -> None:
    host, app = _open()
    asked = len(host.questions)
    host.send(RUN, Play())
    app.run()
    app.run()
    assert len(host.questions) == asked + 2
    assert app.session_state["_walk_state"].since == host.runs[RUN].step


def test_use_as_fixed_z_sends_the_latents_on_show_and_says_so() -> None:
    host, app = _open(preset="digits-unlabelled")
    _click(app, "walk_fixed")
    (command,) = host.commands
    assert isinstance(command, UseFixedZ)
    np.testing.assert_array_equal(command.z, _walk(app).z())
    assert command.y is None
    assert "33" in app.toast[0].value


def test_with_labels_the_fixed_z_have_a_row_for_a_place_and_a_column_for_a_class() -> None:
    host, app = _open()
    _pick(app, 3, 13)
    _click(app, "walk_fixed")
    (command,) = host.commands
    assert isinstance(command, UseFixedZ)
    assert command.y is not None
    z, y = command.z.reshape(10, 10, 64), command.y.reshape(10, 10)
    assert (y == np.arange(10)).all()
    assert (z == z[:, :1]).all()
    np.testing.assert_array_equal(z[[0, -1], 0], _walk(app).z()[[0, 32]])
    assert "columns are the classes" in app.toast[0].value


# Take home


def _file(host: FakeHost, walk: Walk, kind: str = "png", **origin: Any) -> bytes:
    config = host.runs[RUN].config
    samples = host.sample(RUN, walk.z(), walk.y())
    return walk_film.film(walk, samples, Origin(config, **({"run": RUN, "step": 200} | origin)), Scene(), kind)


def _drop(app: AppTest, content: bytes, kind: str = "png") -> AppTest:
    app.file_uploader(key=walk_download.FILE).upload(f"walk.{kind}", content, f"image/{kind}").run()
    assert not app.exception
    return app


def _foreign(**changes: Any) -> Walk:
    z = priors.sample("normal", 4, 64, 99)
    given = {"path": "lerp", "closed": True, "per": 20, "how": "switch", "speed": 2.0, "ease": True} | changes
    return Walk(z, np.array([1, 2, 3, 4]), 10, "normal", **given)


@pytest.mark.parametrize("kind", ["webp", "gif", "png"])
def test_a_file_brings_the_walk_back_with_samples_that_are_not_here(kind: str) -> None:
    host, app = _open()
    walk = _foreign()
    _drop(app, _file(host, walk, kind), kind)
    found, state = _walk(app), app.session_state["_walk_state"]
    assert found.same(walk)
    assert (found.speed, found.ease, state.paces) == (2, True, 1)
    assert app.session_state["_latent_state"].picked == [40, 41, 42, 43]
    assert "The same frames as in the file." in _sentences(app)
    assert not host.commands
    host.send(RUN, Play())
    app.run()
    assert "come from other weights, those of step 200" in _sentences(app)
    _pick(app, 1, 2)
    assert "file" not in " ".join(c.value for c in app.caption if "drop it here" not in c.value)


@pytest.mark.parametrize("how", ["stay", "switch", "morph"])
def test_a_walk_through_these_samples_picks_them_again(how: str) -> None:
    host, app = _open()
    state = app.session_state["_latent_state"]
    labels = np.array([7, 7]) if how == "stay" else state.y[[7, 3]]
    walk = Walk(state.z[[7, 3]], labels, 10, "normal", "slerp", False, 32, how)  # type: ignore[arg-type]
    _drop(app, _file(host, walk))
    assert state.picked == [7, 3]
    assert len(state.z) == 40
    assert _walk(app).same(walk)
    _drop(app, _file(host, Walk(walk.anchors, np.array([5, 5]), 10, "normal", "slerp", False, 32)))
    assert set(_walk(app).y()) == {5}
    assert state.picked == [7, 3]


def test_a_file_chooses_the_weights_it_came_from_if_they_are_still_kept() -> None:
    host, app = _open()
    for step in (150, 170):
        host.runs[RUN].step = step
        host.send(RUN, Remember())
    host.runs[RUN].step = 200
    host.commands.clear()
    app.run()
    _drop(app, _file(host, _foreign(), run=RUN, step=150, moment=1))
    assert next(box for box in app.selectbox if box.label == "Weights").value == 1
    _drop(app, _file(host, _foreign(per=8), step=170))  # nobody pinned them, but a moment has them
    assert next(box for box in app.selectbox if box.label == "Weights").value == 2
    _drop(app, _file(host, _foreign(per=10), run="another", step=150, moment=1))
    assert next(box for box in app.selectbox if box.label == "Weights").value == 2


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"hello", "no walk in it"),
        (b"GIF89a", "damaged"),
        ("other", "Open it in a run like its own"),
    ],
)
def test_a_file_that_does_not_fit_gets_a_sentence_and_changes_nothing(content: bytes | str, word: str) -> None:
    host, app = _open()
    before = _walk(app)
    if isinstance(content, str):
        z = priors.sample("normal", 2, 5, 0)
        walk = Walk(z, None, 0, "normal", "slerp", False, 4)
        content = walk_film.film(walk, np.zeros((5, 8, 8, 1), np.uint8), Origin({}, "x", 1), Scene(), "png")
    _drop(app, content)
    assert word in _sentences(app)
    assert _walk(app).same(before)
    _drop(app, _file(host, _foreign()))
    assert word not in _sentences(app)


def test_many_files_keep_the_field_of_samples_small() -> None:
    host, app = _open()
    state = app.session_state["_latent_state"]
    for seed in range(6):
        walk = Walk(priors.sample("normal", 8, 64, seed), np.arange(8), 10, "normal", "slerp", True, 4, "switch")
        _drop(app, _file(host, walk))
        assert _walk(app).same(walk)
    assert len(state.z) == len(state.y) == 40 + 16


def test_what_is_taken_home_can_be_dropped_again() -> None:
    host, app = _open()
    shown = app.session_state["_walk_shown"]
    view = host.view(RUN)
    assert view is not None
    subject = type("S", (), {"view": view, "source": "ema", "step": view.step})
    content = walk_download.maker(subject, shown.walk, shown.samples, "webp", dark=False)()  # type: ignore[arg-type]
    walk, _digest, origin = walk_file.read(content)
    assert walk.same(shown.walk)
    assert (origin.run, origin.step, origin.moment, origin.config) == (public(RUN), view.step, None, view.config)
    _pick(app, 8, 9)
    _drop(app, content, "webp")
    assert "The same frames as in the file." in _sentences(app)


# z


def _numbers(app: AppTest) -> Any:
    return app.session_state["_dimensions_state"]


def _move(app: AppTest, **values: float) -> AppTest:
    """What the sliders say after a release."""
    numbers, pool = _numbers(app), app.session_state["_latent_state"]
    z = numbers.now(pool).copy()
    for row, value in values.items():
        z[numbers.first + int(row[1:])] = value
    numbers.z = z
    return app.run()


@pytest.mark.parametrize(("z_dim", "rows"), [(2, 2), (16, 16), (17, 8), (64, 8)])
def test_a_small_z_has_all_its_sliders_a_large_one_some_at_a_time(z_dim: int, rows: int) -> None:
    _, app = _open("dimensions", z_dim=z_dim)
    assert bool([box for box in app.selectbox if box.label == "Numbers of z"]) == (z_dim > 16)
    asked = {len(samples) for _version, samples in app.session_state["_subject_samples"].values()}
    assert asked == {40, rows * 13 + 1}


def test_the_last_numbers_of_z_are_reached() -> None:
    _, app = _open("dimensions", z_dim=17)
    next(box for box in app.selectbox if box.label == "Numbers of z").select(16).run()
    assert not app.exception
    assert _numbers(app).first == 16
    _move(app, r0=2.0)
    assert _numbers(app).z[16] == 2


def test_a_released_value_stays_reset_and_random_replace_it() -> None:
    _, app = _open("dimensions")
    pool = app.session_state["_latent_state"]
    start = pool.z[_numbers(app).start]
    _move(app, r1=1.5)
    now = _numbers(app).now(pool)
    assert now[1] == 1.5
    np.testing.assert_array_equal(np.delete(now, 1), np.delete(start, 1))
    token = _numbers(app).token
    _click(app, "dimensions_reset")
    np.testing.assert_array_equal(_numbers(app).now(pool), start)
    assert _numbers(app).token != token
    _click(app, "dimensions_random")
    first = _numbers(app).now(pool)
    assert not np.allclose(first, start)
    assert not np.allclose(_numbers(_click(app, "dimensions_random")).now(pool), first)


@pytest.mark.parametrize(("distribution", "reach"), [("normal", 3), ("uniform", 1)])
def test_sliders_reach_what_g_has_met(distribution: str, reach: int) -> None:
    _, app = _open("dimensions", z_distribution=distribution)
    stops = _numbers(app).stops
    assert (stops[0], stops[6], stops[-1]) == (-reach, 0, reach)


@pytest.mark.parametrize("preset", ["digits", "ring"])
def test_the_code_gives_exactly_the_z_on_show(preset: str) -> None:
    _, app = _open("dimensions", preset)
    _click(app, "dimensions_random")
    z = _numbers(app).now(app.session_state["_latent_state"])
    (code,) = app.code
    given = eval(code.value, {"np": np})
    assert given.dtype == np.float32
    np.testing.assert_array_equal(given, z)


def test_any_float32_is_written_exactly() -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint32)
    z = bits.view(np.float32)
    z = np.concatenate([z[np.isfinite(z)], np.array([0.0, -0.0, 0.1, 1e-45, 3.4028235e38], np.float32)])
    assert eval(as_numpy(z), {"np": np}).tobytes() == z.tobytes()


def test_the_z_of_the_sliders_becomes_the_first_row_of_the_fixed_z() -> None:
    host, app = _open("dimensions")
    _move(app, r0=3.0)
    _click(app, "dimensions_fixed")
    (command,) = host.commands
    assert isinstance(command, UseFixedZ)
    assert command.z.shape == (10, 64)
    assert (command.z == _numbers(app).z).all()
    assert command.y is not None
    assert command.y.tolist() == list(range(10))
    assert "in every class" in app.toast[0].value
