"""The Latent page against a host without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground import latent
from playground.engine.messages import Play, UseFixedZ
from playground.errors import UserError
from playground.presets import PRESETS
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent import render

    render()


def _door() -> None:
    import streamlit as st

    from playground.ui.pages import PAGES

    st.navigation(
        [
            st.Page(PAGES[path].render, title=path, url_path=path, default=path == "latent")
            for path in ("train", "latent")
        ]
    ).run()


def _open(host: FakeHost, preset: str = "digits", **changes: Any) -> AppTest:
    """The page on a run of `preset`, which the host has created already."""
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = app.session_state["latent_tool_points"] = "paths"
    app.query_params["run"] = RUN
    return app.run()


def _trained(preset: str = "digits", steps: int = 200, **changes: Any) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = steps
    return host, _open(host, preset, **changes)


def _labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def _sentences(app: AppTest) -> str:
    return " ".join([element.value for kind in (app.caption, app.info, app.warning) for element in kind])


def _mode(app: AppTest, mode: str) -> AppTest:
    app.session_state["latent_mode"] = mode
    return app.run()


def _pick(app: AppTest, *indices: int) -> AppTest:
    app.session_state["_latent_state"].pick(list(indices))
    return app.run()


def _frames(app: AppTest) -> Any:
    return app.session_state["_latent_shown"].frames


def _class_choice(app: AppTest) -> Any:
    return next(box for box in app.selectbox if box.label == "Class")


def _click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_arrival_picks_two_different_samples_of_one_class_and_shows_the_path() -> None:
    _, app = _trained()
    assert not app.exception
    state, shown = app.session_state["_latent_state"], app.session_state["_latent_shown"]
    first, second = state.picked
    assert first != second
    assert state.y[first] == state.y[second]
    assert shown.frames.z.shape == (33, 64)
    assert shown.tiles.shape == (40, 8, 8, 1)
    assert shown.samples.shape == (33, 8, 8, 1)
    np.testing.assert_allclose(shown.frames.z[[0, -1]], state.z[[first, second]], atol=1e-5)


@pytest.mark.parametrize(("distribution", "blend"), [("normal", "slerp"), ("uniform", "lerp")])
def test_the_path_follows_the_distribution_of_z_and_says_why(distribution: str, blend: str) -> None:
    _, app = _trained(z_distribution=distribution)
    state = app.session_state["_latent_state"]
    expected = latent.path(state.anchors, 33, latent.BLENDS[blend])
    np.testing.assert_array_equal(_frames(app).z, expected)
    assert ("cube" if distribution == "uniform" else "sphere") in _sentences(app)


def test_four_picks_make_a_grid_and_fewer_than_two_say_what_to_do() -> None:
    _, app = _trained()
    grid = _frames(_pick(app, 3, 4, 5, 6))
    assert grid.shape == "grid"
    assert grid.z.shape == (81, 64)
    np.testing.assert_allclose(grid.z[[0, 8, 72, 80]], app.session_state["_latent_state"].z[3:7], atol=1e-5)
    assert _frames(_pick(app, 3, 4, 5)).marks == (("A", 0), ("B", 16), ("C", 32))
    _pick(app, 3)
    assert _frames(app) is None
    assert "Pick two samples" in " ".join(element.value for element in app.info)
    assert next(button for button in app.button if button.label == "Use as fixed z").disabled


def test_the_class_stays_or_switches_halfway() -> None:
    _, app = _trained()
    _pick(app, 3, 14)
    assert set(_frames(app).y) == {3}
    assert "The class stays 3" in _sentences(app)
    _class_choice(app).select("switch").run()
    assert _frames(app).y.tolist() == [3] * 16 + [4] * 17
    _class_choice(app).select(7).run()
    assert set(_frames(app).y) == {7}
    assert not app.exception


def test_use_as_fixed_z_sends_the_latents_on_show_and_says_so() -> None:
    host, app = _trained("digits-unlabelled")
    _click(app, "Use as fixed z")
    (command,) = host.commands
    assert isinstance(command, UseFixedZ)
    np.testing.assert_array_equal(command.z, _frames(app).z)
    assert command.y is None
    assert "33" in app.toast[0].value


@pytest.mark.parametrize(("picks", "ends"), [((3, 13), (0, 32)), ((3, 4, 5, 6), (0, 80))])
def test_with_labels_the_fixed_z_have_a_row_for_a_place_and_a_column_for_a_class(
    picks: tuple[int, ...], ends: tuple[int, int]
) -> None:
    host, app = _trained()
    _pick(app, *picks)
    _click(app, "Use as fixed z")
    (command,) = host.commands
    z, y = command.z.reshape(10, 10, 64), command.y.reshape(10, 10)
    assert (y == np.arange(10)).all()
    assert (z == z[:, :1]).all()
    np.testing.assert_array_equal(z[[0, -1], 0], _frames(app).z[list(ends)])
    assert "columns are the classes" in app.toast[0].value


def test_dimensions_start_at_the_place_on_the_path_and_keep_a_released_value() -> None:
    _, app = _trained()
    state = app.session_state["_latent_state"]
    state.positions["path"] = 20
    path_z = _frames(app).z[20]
    _mode(app, "dimensions")
    frames = _frames(app)
    assert frames.z.shape == (17, 64)
    np.testing.assert_array_equal(frames.z[frames.start], path_z)
    np.testing.assert_array_equal(frames.z[:, 1:], np.tile(path_z[1:], (17, 1)))
    state.working = frames.z[16].copy()
    app.number_input[0].set_value(5).run()
    assert np.all(_frames(app).z[:, 0] == 3)
    _click(app, "Reset")
    np.testing.assert_array_equal(_frames(app).z[_frames(app).start], path_z)
    _click(app, "Random")
    assert not np.allclose(_frames(app).z[_frames(app).start], path_z)


def test_dimensions_of_a_uniform_z_stay_in_its_cube() -> None:
    _, app = _trained(z_distribution="uniform")
    frames = _frames(_mode(app, "dimensions"))
    assert np.abs(np.delete(frames.z[:, 0], frames.start)).max() == 1


def test_walk_is_a_closed_loop_and_a_new_one_differs() -> None:
    _, app = _trained()
    first = _frames(_mode(app, "walk"))
    assert first.shape == "loop"
    assert first.z.shape == (64, 64)
    _click(app, "New walk")
    assert not np.allclose(first.z, _frames(app).z)
    assert first.token != _frames(app).token


def test_points_get_finer_frames() -> None:
    _, app = _trained("ring")
    assert not app.exception
    shown = app.session_state["_latent_shown"]
    assert shown.tiles.shape == (48, 2)
    assert shown.samples.shape == (129, 2)
    assert [box.label for box in app.selectbox] == ["Weights"]
    assert _frames(_pick(app, 0, 1, 2, 3)).z.shape == (625, 2)


def test_new_frames_come_only_when_the_run_has_changed() -> None:
    host, app = _trained()
    first = app.session_state["_latent_shown"]
    assert np.shares_memory(app.run().session_state["_latent_shown"].samples, first.samples)
    host.send(RUN, Play())
    second = app.run().session_state["_latent_shown"]
    assert not np.shares_memory(second.samples, first.samples)
    assert second.frames.token == first.frames.token
    assert app.session_state["_latent_state"].picked


def test_a_run_that_started_over_is_arrived_at_again() -> None:
    host, app = _trained()
    _pick(app, 5, 6, 7, 8)
    host.runs[RUN].generation += 1
    host.runs[RUN].config["z_dim"] = 3
    app.run()
    assert not app.exception
    assert app.session_state["_latent_state"].z.shape == (40, 3)
    assert len(app.session_state["_latent_state"].picked) == 2


def test_an_engine_that_declines_keeps_the_old_frames_and_says_why() -> None:
    host, app = _trained()
    first = app.session_state["_latent_shown"]

    def decline(*_: Any) -> np.ndarray:
        raise UserError("The engine is busy. Try again.")

    host.sample = decline  # type: ignore[method-assign]
    host.send(RUN, Play())
    app.run()
    assert not app.exception
    assert np.shares_memory(app.session_state["_latent_shown"].samples, first.samples)
    assert "The engine is busy." in _sentences(app)


def test_before_the_engine_is_there_the_page_says_so() -> None:
    assert "The engine is starting" in _sentences(_open(FakeHost(loading=True)))


def test_the_place_on_the_path_is_found_again() -> None:
    _, app = _trained()
    app.session_state["_latent_state"].positions |= {"path": 20, "grid": 40}
    assert _frames(app.run()).start == 20
    assert _frames(_pick(app, 1, 2, 3, 4)).start == 40


def test_the_page_never_changes_the_training() -> None:
    host, app = _trained()
    for mode in ("dimensions", "walk", "interpolate"):
        _mode(app, mode)
    _pick(app, 1, 2, 3, 4)
    assert host.commands == []


def test_an_untrained_run_says_that_its_samples_are_noise_and_leads_to_the_train_page() -> None:
    host = FakeHost()
    host.create(RUN, PRESETS["digits"].config.model_dump())
    app = AppTest.from_function(_door, default_timeout=30)
    app.session_state["_host"] = host
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    assert "noise" in _sentences(app)
    (link,) = app.get("page_link")
    assert link.proto.page == "train"
    host.runs[RUN].step = 10
    host.runs[RUN].version += 1
    assert not app.run().get("page_link")


def test_pinned_weights_stay_while_the_training_goes_on() -> None:
    host, app = _trained()
    asked: list[Any] = []
    sample = host.sample

    def witness(run: str, z: np.ndarray, y: np.ndarray | None = None, source: Any = "ema") -> np.ndarray:
        asked.append(source)
        return sample(run, z, y, source)

    host.sample = witness  # type: ignore[method-assign]
    host.send(RUN, Play())
    _click(app, "Pin")
    assert not app.exception
    weights = next(box for box in app.selectbox if box.label == "Weights")
    assert weights.value == host.runs[RUN].marks[-1].id == asked[-1]
    calls = len(asked)
    app.run()
    assert len(asked) == calls  # nothing is new
    weights = next(box for box in app.selectbox if box.label == "Weights")
    weights.select(0).run()
    assert asked[-1] == "ema"
    host.runs[RUN].marks.clear()
    assert not app.run().exception
