"""Directions, arithmetic and classes on the Latent page, against a host without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import UseFixedZ
from playground.latent import arithmetic, direction_file
from playground.latent.direction_file import Direction
from playground.latent.questions import ClassMeans, Components, Factors, Means, Study
from playground.ui.pages.latent import direction_state
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent.page import render

    render()


def _open(tool: str, preset: str = "digits", **changes: Any) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = tool
    app.query_params["run"] = RUN
    app.run()
    assert not app.exception
    return host, app


def _method(app: AppTest, method: str, conditional: bool = True) -> AppTest:
    app.session_state[f"directions_method_{conditional}"] = method
    app.run()
    assert not app.exception
    return app


def _sentences(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.warning, app.markdown, app.toast)
    return " ".join([element.value for kind in kinds for element in kind])


def _click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def _shown(app: AppTest) -> Any:
    return app.session_state["_directions_shown"]


def test_components_come_first_with_their_shares_and_follow_the_class_of_the_start() -> None:
    host, app = _open("directions")
    rows = _shown(app).rows
    assert rows.names == [f"PCA {i}" for i in range(1, 6)]
    assert all(note.endswith("%") for note in rows.notes)
    assert rows.vectors.shape == (5, 64)
    assert host.questions[-1] == Components(0)
    app.session_state["_directions_state"].start = 13
    app.run()
    assert host.questions[-1] == Components(3)
    assert _shown(app).y == 3
    assert "GANSpace" in _sentences(app)
    assert host.commands == []


@pytest.mark.parametrize(
    ("preset", "changes"), [("digits-unlabelled", {"z_distribution": "uniform"}), ("digits", {"z_dim": 3})]
)
def test_every_method_has_rows_that_lead_somewhere(preset: str, changes: dict[str, Any]) -> None:
    host, app = _open("directions", preset, **changes)
    conditional = preset == "digits"
    for method in ("pca", "sefa", "random"):
        _method(app, method, conditional)
        shown = _shown(app)
        k = min(5, changes.get("z_dim", 64))
        assert len(shown.rows.vectors) == k
        np.testing.assert_allclose(np.linalg.norm(shown.rows.vectors, axis=1), 1, atol=1e-5)
        swept = direction_state.frames(shown.z, shown.rows, [12] * k, shown.distribution)
        start = shown.z if conditional else shown.z.clip(-1, 1)
        np.testing.assert_allclose(swept[:, 12], np.tile(start, (k, 1)), atol=1e-5)
        assert np.linalg.norm(swept[:, 0] - swept[:, -1], axis=1).min() > 0.5
        if conditional:
            np.testing.assert_allclose(np.linalg.norm(swept, axis=2), np.linalg.norm(shown.z), rtol=1e-4)
        else:
            assert np.abs(swept).max() <= 1
    assert ("cube" in _sentences(app)) != conditional
    assert any(isinstance(question, Factors) for question in host.questions)


def test_positions_move_the_other_rows_and_reset_puts_them_back() -> None:
    _, app = _open("directions")
    rows, state = _shown(app).rows, app.session_state["_directions_state"]
    state.move(rows.token, [24, 12, 12, 12, 12])
    app.run()
    assert state.positions(_shown(app).rows) == [24, 12, 12, 12, 12]
    shown = _shown(app)
    swept = direction_state.frames(shown.z, rows, state.positions(rows), shown.distribution)
    np.testing.assert_allclose(swept[1, 12], swept[0, 24], atol=1e-6)  # all rows agree about the sum
    _click(app, "directions_reset")
    assert state.positions(_shown(app).rows) == [12] * 5
    assert _shown(app).rows.token != rows.token


def test_find_again_asks_for_the_present_weights() -> None:
    host, app = _open("directions")
    assert app.button(key="directions_again").disabled
    first = _shown(app).rows.token
    found = host.study

    def old(run: str, question: Any, source: Any = "ema", since: int = 0) -> Study:
        study = found(run, question, source, since)
        return Study(max(since, 200), result=study.result)

    host.study = old  # type: ignore[method-assign]
    host.runs[RUN].step = 300
    host.runs[RUN].version += 1
    assert _shown(app.run()).rows.token == first
    _click(app, "directions_again")
    assert _shown(app).rows.step == 300
    assert app.button(key="directions_again").disabled


def test_while_directions_are_looked_for_the_page_says_so_and_a_problem_is_a_sentence() -> None:
    host, app = _open("directions")
    host.study = lambda *_: Study(200, 3, 10)  # type: ignore[method-assign]
    app.run()
    assert not app.exception
    assert _shown(app) is None
    assert app.button(key="directions_reset").disabled
    host.study = lambda *_: Study(200, problem="G gives <b>NaN</b>.")  # type: ignore[method-assign]
    app.run()
    assert any("NaN" in element.value for element in app.warning)


def test_the_difference_of_groups_says_what_to_do_and_when_they_are_small() -> None:
    _, app = _open("directions")
    _method(app, "groups")
    assert "Pick three or more" in _sentences(app)
    state = app.session_state["_directions_state"]
    state.groups = {"A": [3, 13], "B": [8]}
    app.run()
    assert "three or more each" in _sentences(app)
    state.groups = {"A": [3, 13, 23], "B": [8, 18, 28]}
    app.run()
    assert "three or more each" not in _sentences(app)
    z = app.session_state["_latent_state"].z
    expected = arithmetic.difference(z[[3, 13, 23]], z[[8, 18, 28]])
    np.testing.assert_array_equal(_shown(app).rows.vectors[0], expected)
    state.groups = {"A": [3], "B": [3]}
    app.run()
    assert "same mean" in _sentences(app)


def test_directions_between_classes_leave_out_those_that_are_not_seen() -> None:
    host, app = _open("directions", "digits-unlabelled")
    z = np.random.default_rng(0).normal(size=(10, 64)).astype(np.float32)
    counts = np.full(10, 9)
    counts[2] = 1
    host.study = lambda *_: Study(200, result=ClassMeans(z, counts, tuple("0123456789")))  # type: ignore[method-assign]
    _method(app, "classes", False)
    rows = _shown(app).rows
    assert rows.names == ["0 → 1", "0 → 3", "0 → 4", "0 → 5"]
    np.testing.assert_allclose(rows.vectors[1], (z[3] - z[0]) / np.linalg.norm(z[3] - z[0]), atol=1e-6)
    assert "look like 2" in _sentences(app)
    counts[:] = 0
    app.run()
    assert not app.exception
    assert _shown(app) is None


def test_conditional_runs_have_no_classes_among_the_methods() -> None:
    _, app = _open("directions")
    assert "Classes" not in next(group.options for group in app.button_group if "PCA" in group.options)


def test_directions_are_kept_named_and_forgotten() -> None:
    _, app = _open("directions")
    vector = _shown(app).rows.vectors[0]
    _method(app, "kept")
    assert "puts it here" in _sentences(app)
    app.session_state[direction_state.KEPT] = [
        direction_state.Kept(1, Direction("PCA 1", vector)),
        direction_state.Kept(2, Direction("x", vector[:3])),
    ]
    app.run()
    assert _shown(app).rows.names == ["PCA 1"]  # the other one is for another z
    assert _shown(app).ids == [1]
    app.text_input(key="directions_name_1").set_value("  [bold](x) ").run()
    assert _shown(app).rows.names == ["[bold](x)"]
    app.text_input(key="directions_name_1").set_value(" ").run()
    assert _shown(app).rows.names == ["[bold](x)"]


def test_names_of_kept_directions_differ_and_there_is_room_for_so_many() -> None:
    def keeps() -> None:
        import numpy as np
        import streamlit as st

        from playground.latent import direction_file
        from playground.latent.direction_file import Direction
        from playground.ui.pages.latent import direction_state

        found = [
            direction_state.keep(Direction("a" * direction_file.LONGEST, np.eye(3)[0]))
            for _ in range(direction_file.MOST + 1)
        ]
        st.session_state["names"] = [each and each.name for each in found]
        direction_state.remove(2)
        st.session_state["left"] = [each.id for each in direction_state.kept(3)]

    app = AppTest.from_function(keeps).run()
    assert not app.exception
    names = app.session_state["names"]
    assert names[-1] is None
    assert len(set(names)) == direction_file.MOST + 1
    assert max(len(name) for name in names if name) <= direction_file.LONGEST
    assert 2 not in app.session_state["left"]


@pytest.mark.parametrize("preset", ["digits", "digits-unlabelled"])
def test_directions_as_fixed_z(preset: str) -> None:
    host, app = _open("directions", preset)
    shown = _shown(app)
    _click(app, "directions_fixed")
    (command,) = host.commands
    assert isinstance(command, UseFixedZ)
    ends = arithmetic.move(shown.z, shown.rows.vectors, np.array([-3.0, 0, 0, 0, 0]), "normal")
    np.testing.assert_allclose(command.z[0], ends, atol=1e-5)
    if preset == "digits":
        assert command.z.shape == (100, 64)
        assert command.y.reshape(10, 10)[3].tolist() == list(range(10))
    else:
        assert command.z.shape == (50, 64)
        assert command.y is None
    assert "Train page" in _sentences(app)


@pytest.mark.parametrize("tool", ["directions", "arithmetic", "classes"])
def test_a_run_that_starts_over_with_another_z_or_without_classes_is_arrived_at_again(tool: str) -> None:
    host, app = _open(tool)
    if tool == "directions":
        app.session_state["_directions_state"].start = 33
    if tool == "arithmetic":
        app.session_state["_arithmetic_state"].groups = {"A": [70, 71, 72], "B": [1, 2, 3], "C": [4, 5, 6]}
        app.run()
    host.runs[RUN].config |= {"z_dim": 2, "conditional": False}
    host.runs[RUN].generation += 1
    app.run()
    assert not app.exception
    host.runs[RUN].config |= {"z_dim": 7, "conditional": True}
    host.runs[RUN].generation += 1
    app.run()
    assert not app.exception


# Arithmetic


def test_arithmetic_guides_through_three_groups() -> None:
    _, app = _open("arithmetic", "digits-unlabelled")
    assert "Step 1" in _sentences(app)
    assert not [button for button in app.button if button.label == "Suggest"]
    sums = app.session_state["_arithmetic_state"]
    for group, found, then in (("A", [0, 1, 2], "Step 2"), ("B", [3, 4, 5], "Step 3"), ("C", [6, 7, 8], "given to C")):
        sums.groups[group] = found
        app.run()
        assert not app.exception
        assert then in _sentences(app)
    assert "√(64/3) = 4.6" in _sentences(app)
    _click(app, "arithmetic_clear")
    assert "Step 1" in _sentences(app)


def test_arithmetic_asks_for_the_sum_on_the_sphere_and_its_classes() -> None:
    host, app = _open("arithmetic")
    asked: list[Any] = []
    sample = host.sample

    def witness(run: str, z: np.ndarray, y: np.ndarray, source: Any = "ema") -> np.ndarray:
        asked.append((z, y))
        return sample(run, z, y, source)

    host.sample = witness  # type: ignore[method-assign]
    app.session_state["smooth"] = False
    _click(app, "arithmetic_suggest")
    sums = app.session_state["_arithmetic_state"]
    a, b, c = (sums.groups[group] for group in "ABC")
    assert len({*a, *b, *c}) == 9
    [own], [other] = {*sums.y[a], *sums.y[b]}, {*sums.y[c]}
    assert own != other
    z, y = asked[-1]
    assert len(z) == len(sums.z) + 3 + 9
    assert y.shape == (len(z), 10)
    np.testing.assert_allclose(z[-5], arithmetic.combine(sums.z[a], sums.z[b], sums.z[c], "normal"), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(z[-12:], axis=1), 8, rtol=1e-4)
    np.testing.assert_allclose(y[-9:], np.eye(10)[[other] * 9], atol=1e-6)
    before = sums.groups
    assert _click(app, "arithmetic_suggest").session_state["_arithmetic_state"].groups != before


@pytest.mark.parametrize("straight", [True, False])
def test_a_suggested_sum_is_as_bright_as_the_page_says(straight: bool) -> None:
    """Of a G whose images get brighter with z along a direction, and of one that is as bright whatever z is."""
    host, app = _open("arithmetic")

    def sample(run: str, z: np.ndarray, y: np.ndarray | None = None, source: Any = "ema") -> np.ndarray:
        light = 128 + 40 * np.tanh(z[:, 0] * straight)
        return np.broadcast_to(light[:, None, None, None], (len(z), 8, 8, 1)).astype(np.uint8)

    host.sample = sample  # type: ignore[method-assign]
    app.run()
    _click(app, "arithmetic_suggest")
    sums = app.session_state["_arithmetic_state"]
    a, b, c = (sums.z[sums.groups[group]] for group in "ABC")
    result, mean = arithmetic.combine(a, b, c, "normal")[None], arithmetic.home(c.mean(0), "normal")[None]
    brighter = sample("", result).mean() > sample("", mean).mean() + 1
    assert brighter == straight
    assert brighter == ("The result is a brighter" in _sentences(app))
    assert brighter != ("no brighter" in _sentences(app))
    assert not app.exception


def test_tiles_of_arithmetic_stand_in_columns_of_classes() -> None:
    _, app = _open("arithmetic")
    sums = app.session_state["_arithmetic_state"]
    assert sums.across == 10
    assert (sums.y.reshape(-1, 10) == np.arange(10)).all()


# Classes


def test_the_class_axis_keeps_z_and_mixes_two_classes() -> None:
    host, app = _open("classes")
    asked: list[Any] = []
    sample = host.sample

    def witness(run: str, z: np.ndarray, y: np.ndarray, source: Any = "ema") -> np.ndarray:
        asked.append((z, y))
        return sample(run, z, y, source)

    host.sample = witness  # type: ignore[method-assign]
    app.session_state["_classes_state"].start = 5
    app.run()
    z, y = asked[-1]
    pool = app.session_state["_latent_state"]
    assert (z[40:] == pool.z[5]).all()
    np.testing.assert_array_equal(y[40:50], np.eye(10))
    np.testing.assert_allclose(y[50:].sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(y[[50, 66, 82]][:, [3, 8]], [[1, 0], [0.5, 0.5], [0, 1]])
    assert "whole classes only" in _sentences(app)
    app.selectbox(key="classes_to_10").select(0).run()
    assert not app.exception
    np.testing.assert_array_equal(asked[-1][1][-1], np.eye(10)[0])


def test_without_classes_there_is_a_sentence() -> None:
    host, app = _open("classes", "digits-unlabelled")
    assert "not told a class" in _sentences(app)
    assert not any(isinstance(question, Means) for question in host.questions)
