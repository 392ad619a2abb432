"""The Latent page against a host without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.config.starts import begun
from playground.engine.messages import Pause, Play, Step
from playground.ui.pages.latent import page
from playground.ui.pages.latent.tools import GROUPS, TOOLS
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost

RUN = "r" * 22


def _script() -> None:
    from playground.ui.pages.latent.page import render

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
    return open_with(host, RUN)


def open_with(host: Any, run: str) -> AppTest:
    """The page on a run that `host` knows."""
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.session_state["latent_tool_images"] = app.session_state["latent_tool_points"] = "paths"
    app.query_params["run"] = run
    return app.run()


def _trained(preset: str = "digits", steps: int = 200, **changes: Any) -> tuple[FakeHost, AppTest]:
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.changed(**changes).model_dump())
    host.runs[RUN].step = steps
    return host, _open(host, preset, **changes)


def _sentences(app: AppTest) -> str:
    return " ".join([element.value for kind in (app.caption, app.info, app.warning, app.markdown) for element in kind])


@pytest.mark.parametrize("game", ["paired", "cycle"])
def test_a_translation_has_no_latents_and_the_page_says_where_to_go(game: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_link_to_train", lambda: None)  # a script alone has no other pages
    host = FakeHost()
    host.create(RUN, begun(PRESETS["digits"].config, game).model_dump())
    host.runs[RUN].step = 20
    app = open_with(host, RUN)
    assert not app.exception
    assert "has no latent space to explore" in _sentences(app)
    assert "Train page" in _sentences(app)
    assert "Samples appear here" not in _sentences(app)


def _tool(app: AppTest, tool: str, kind: str = "images") -> AppTest:
    app.session_state[f"latent_tool_{kind}"] = tool
    return app.run()


def _frames(app: AppTest) -> Any:
    """The z of the walk on show and what G makes of it."""
    shown = app.session_state["_walk_shown"]
    return shown.walk.z(), shown.samples


def _click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_arrival_picks_two_different_samples_of_one_class() -> None:
    _, app = _trained()
    _tool(app, "walk")
    assert not app.exception
    state = app.session_state["_latent_state"]
    first, second = state.picked
    assert first != second
    assert state.y[first] == state.y[second]
    assert app.session_state["_walk_shown"].tiles.shape == (40, 8, 8, 1)


def test_new_samples_come_only_when_the_run_has_changed() -> None:
    host, app = _trained()
    _, first = _frames(_tool(app, "walk"))
    assert np.shares_memory(_frames(app.run())[1], first)
    host.send(RUN, Play())
    _, second = _frames(app.run())
    assert not np.shares_memory(second, first)
    assert app.session_state["_latent_state"].picked


def test_a_run_that_started_over_is_arrived_at_again() -> None:
    host, app = _trained()
    _tool(app, "walk")
    app.session_state["_latent_state"].pick([5, 6, 7, 8])
    host.runs[RUN].generation += 1
    host.runs[RUN].config["z_dim"] = 3
    for tool in ("walk", "dimensions"):
        _tool(app, tool)
        assert not app.exception
    assert app.session_state["_latent_state"].z.shape == (40, 3)
    assert len(app.session_state["_latent_state"].picked) == 2


def test_an_engine_that_declines_keeps_the_old_samples_and_says_why() -> None:
    host, app = _trained()
    _, first = _frames(_tool(app, "walk"))

    def decline(*_: Any) -> np.ndarray:
        raise UserError("The engine is busy. Try again.")

    host.sample = decline  # type: ignore[method-assign]
    host.send(RUN, Play())
    app.run()
    assert not app.exception
    assert np.shares_memory(_frames(app)[1], first)
    assert "The engine is busy." in _sentences(app)


def test_before_the_run_is_there_the_page_says_so() -> None:
    assert "The run is being made ready. Samples appear here in a moment." in _sentences(_open(FakeHost(loading=True)))


@pytest.mark.parametrize("preset", ["digits", "ring"])
def test_the_page_never_changes_the_training(preset: str) -> None:
    host, app = _trained(preset)
    kind = "points" if preset == "ring" else "images"
    for tool, each in TOOLS.items():
        _tool(app, tool, kind)
        assert not app.exception
        assert each.learns in _sentences(app)
        assert bool(each.missing(kind)) == (each.modalities != () and kind not in each.modalities)
        for other, sentence in each.lacks.items():
            assert (sentence in _sentences(app)) == (kind == other)
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


def test_the_training_of_an_untrained_run_is_begun_where_there_is_nothing_to_see_yet() -> None:
    host = FakeHost()
    app = _tool(_open(host), "panmap")
    app.button(key="latent_begin").click().run()
    assert host.commands == [Play()]
    host.runs[RUN].step = 10
    assert "latent_begin" not in {button.key for button in app.run().button}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_a_run_has_no_use_for_says_why_in_one_sentence(tool: str) -> None:
    """Each tool is there for 2-D runs and for runs without labels, and draws something or says why it does not."""
    _, points = _trained("ring")
    said = TOOLS[tool].missing("points")
    assert said.count(". ") == 0
    assert said == "" or said.endswith(".")
    assert said in _sentences(_tool(points, tool, "points"))
    _, unlabelled = _trained("digits-unlabelled")
    _tool(unlabelled, tool)
    assert not unlabelled.exception
    assert (tool == "classes") == ("In this run G is not told a class" in _sentences(unlabelled))


def test_pinned_weights_stay_while_the_training_goes_on() -> None:
    host, app = _trained()
    asked: list[Any] = []
    sample = host.sample

    def witness(run: str, z: np.ndarray, y: np.ndarray | None = None, source: Any = "ema") -> np.ndarray:
        asked.append(source)
        return sample(run, z, y, source)

    host.sample = witness  # type: ignore[method-assign]
    _tool(app, "walk")
    host.send(RUN, Play())
    _click(app, "Hold")
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


def test_each_tool_is_there_for_every_run_and_one_of_them_is_chosen() -> None:
    for preset in ("digits", "ring"):
        _, app = _trained(preset)
        kind = "points" if preset == "ring" else "images"
        _tool(app, "panmap", kind)
        groups = [_group(app, group, kind) for group in GROUPS]
        assert sum(len(group.options) for group in groups) == len(TOOLS)
        assert [group.value for group in groups] == ["panmap", None, None]
        groups[2].set_value("neighbours").run()
        assert not app.exception
        chosen = [_group(app, group, kind) for group in GROUPS]
        assert [group.value for group in chosen] == [None, None, "neighbours"]
        assert chosen[0].key != groups[0].key, "the old choice of a browser that lags behind means nothing"
        assert chosen[2].key == groups[2].key, "what was pressed keeps the focus"
        chosen[2].set_value(None).run()
        assert _group(app, "check", kind).value == "neighbours", "pressed again it stays chosen"


def test_a_choice_of_a_tool_is_not_sent_again_to_a_browser_that_may_have_changed_it() -> None:
    _, app = _trained()
    _tool(app, "walk")
    assert _group(app, "explore", "images").proto.set_value
    app.run()
    assert not any(_group(app, group, "images").proto.set_value for group in GROUPS)
    assert _group(app, "explore", "images").value == "walk"


def _group(app: AppTest, group: str, kind: str) -> Any:
    """The control of a group of tools, whose key changes."""
    [found] = [control for control in app.button_group if (control.key or "").startswith(f"latent_{group}_{kind}_")]
    return found


def test_the_training_is_steered_from_here_too() -> None:
    host, app = _trained()
    app.button(key="latent_play").click().run()
    assert host.commands == [Play()]
    assert app.button(key="latent_play").label == "Pause"
    assert app.button(key="latent_step").disabled
    app.button(key="latent_play").click().run()
    app.button(key="latent_step").click().run()
    assert host.commands == [Play(), Pause(), Step()]
    assert f"<b>{host.runs[RUN].step}</b>" in " ".join(each.proto.body for each in app.get("html"))


def test_the_map_of_networks_that_learned_nothing_is_a_sentence() -> None:
    host = FakeHost()
    app = _tool(_open(host), "panmap")
    assert "noise" in _sentences(app)
    assert "Another" not in {button.label for button in app.button}
    host.runs[RUN].step = 10
    assert "Another" in {button.label for button in app.run().button}
