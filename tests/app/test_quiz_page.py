"""The page of the quiz against a host without an engine."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Remember
from playground.ui.components import guess, place
from tests.app.fakes import FakeHost

RUN = "q" * 22


def _script() -> None:
    from playground.ui.pages.quiz.page import render

    render()


def _open(host: FakeHost, preset: str) -> AppTest:
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].apply(Remember())
    host.runs[RUN].step = 200
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    app.query_params["run"] = RUN
    return app.run()


def test_a_round_is_counted_beside_d_and_on_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[guess.Result | None] = []
    monkeypatch.setattr(guess, "_mount", lambda data, **_more: sent.append(data["result"]))
    host = FakeHost()
    app = _open(host, "digits")
    assert not app.exception
    assert sent == [None]  # nothing says what is true
    (game,) = app.session_state["_quiz_games"].values()
    assert [level.step for level in game.levels] == [0, 200]
    marks = [guess.REAL if real else guess.GENERATED for real in game.tiles.real]
    marks[0] = guess.REAL if marks[0] == guess.GENERATED else guess.GENERATED
    done = game.finish(marks, guess.REAL)
    assert (done.right, done.d_right, done.of, done.step) == (11, game.tiles.d_right, 12, 0)
    host.quiz_score(RUN, "<b>Ada</b>", done.right, done.of)
    assert not app.run().exception
    assert sent[-1] is not None
    assert any("&lt;b&gt;Ada" in html.proto.body and "11 of 12" in html.proto.body for html in app.get("html"))
    app.button(key="quiz_up").click().run()
    assert (game.at, game.tiles is not None, sent[-1]) == (1, True, None)


def test_points_follow_the_gradient_and_the_run_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_mount", lambda **_more: None)
    host = FakeHost()
    app = _open(host, "ring")
    assert not app.exception
    hand = app.session_state["_quiz_points"]
    loss, before = hand.found.loss, hand.points.copy()
    app.button(key="quiz_follow").click().run()
    assert hand.found.loss < loss
    assert np.abs(hand.points - before).max() > 0
    assert host.commands == []


def test_a_translation_says_why_there_is_no_quiz() -> None:
    app = _open(FakeHost(), "colourise")
    assert not app.exception
    assert any("There is no quiz on" in each.value for each in app.markdown)
