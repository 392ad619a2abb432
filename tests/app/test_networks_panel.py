"""The panel of the networks on the Train page, without a browser and without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.pages.train import networks_panel
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost
from tests.app.form import widget
from tests.app.test_train_page import only_run, open_page, texts


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the component was given, at each redraw."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    monkeypatch.setattr(networks_panel, "networks", lambda picture, live, key: found.append((picture, live)))
    return found


def _open(host: FakeHost, **query: str) -> AppTest:
    page = open_page(host, **query)
    return page.button_group(key="side").set_value("networks").run()


def test_the_engine_is_asked_once_a_generation(drawn: list[Any]) -> None:
    host = FakeHost()
    page = _open(host, preset="ring")
    page.button(key="play").click().run()
    page.run()
    assert not page.exception
    assert len(host.pictured) == 1
    assert len(drawn) >= 3
    assert all(picture == drawn[0][0] for picture, _live in drawn)
    page.button(key="play").click().run()
    widget(page, "g_width").set_value(32).run()
    page.button(key="yes").click().run()
    page.run()
    assert len(host.pictured) == 2
    assert drawn[-1][0]["networks"][0]["rows"][0]["label"] == "Linear 2 → 32"


def test_gradients_come_from_the_latest_reading(drawn: list[Any]) -> None:
    host = FakeHost()
    page = _open(host, preset="ring")
    assert "soon after Play" in drawn[-1][1]["when"]
    run = only_run(host)
    run.step, run.version = 40, 1
    page.run()
    assert drawn[-1][1]["when"] == "–: not measured yet; this comes while the run plays", "the column is empty"
    run.readings, run.layers = {"step": np.array([100, 200])}, {"G 1": 0.5, "D 1": float("nan")}
    page.run()
    assert drawn[-1][1]["gradients"] == {"G 1": 0.5, "D 1": None}
    assert "200" in drawn[-1][1]["when"]


@pytest.mark.parametrize("preset", ["ring", "digits", "shapes", "dcgan-28"])
def test_it_is_drawn_without_a_fault(preset: str) -> None:
    page = _open(FakeHost(), preset=preset)
    assert not page.exception


def test_an_engine_that_does_not_answer_is_asked_again(drawn: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost()
    works = host.networks

    def fails(run_id: str) -> Any:
        raise UserError("The engine is busy.")

    monkeypatch.setattr(host, "networks", fails)
    page = _open(host, preset="ring")
    assert not page.exception
    assert not drawn
    monkeypatch.setattr(host, "networks", works)
    page.run()
    assert len(drawn) == 1


def test_before_the_engine_has_started_there_is_an_empty_place(drawn: list[Any]) -> None:
    page = _open(FakeHost(loading=True))
    assert not page.exception
    assert not drawn
    assert "The run is being made ready." in texts(page)


def test_on_a_projector_the_networks_have_their_turn(drawn: list[Any]) -> None:
    page = open_page(FakeHost(), unfold=False, preset="ring")
    page.button(key="projector").click().run()
    seen = []
    for _ in range(7):
        drawn.clear()
        page.button(key="turn").click().run()
        seen.append(page.selectbox(key="in_large").value)
        assert bool(drawn) == (seen[-1] == "networks")
    assert seen == ["scores", "metrics", "objective", "networks", "walk", "losses", "scores"]
