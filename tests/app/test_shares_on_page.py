"""What a page says to a visitor who takes too much."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from playground.engine.messages import Play
from playground.ui import aside, calls, exports, session
from playground.utils import shares
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost
from tests.app.test_train_page import open_page, texts


def test_commands_beyond_the_share_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    now = 1000.0
    monkeypatch.setattr(session.st, "session_state", state)
    monkeypatch.setattr(session.time, "monotonic", lambda: now)
    monkeypatch.setenv("PLAYGROUND_SESSION_COMMANDS", "3")
    host = FakeHost()
    state["_host"] = host
    host.create("a-run-of-this-test", {})
    for n in range(5):
        calls.call("send", "a-run-of-this-test", Play())
        assert bool(calls.problem()) == (n >= 3)
    assert len(host.commands) == 3
    assert "too many changes in one minute" in calls.problem()
    now += 61
    calls.call("send", "a-run-of-this-test", Play())
    assert not calls.problem()
    assert len(host.commands) == 4


class Full(FakeHost):
    """A server that takes no more runs."""

    full = False

    def admit(self, run_id: str, held: Sequence[str]) -> tuple[str, ...]:
        if self.full:
            raise UserError("There is no room.")
        return super().admit(run_id, held)


def test_a_run_too_many_is_refused_in_words_and_the_page_goes_on() -> None:
    host = Full()
    page = open_page(host, unfold=False)
    [run] = host.runs
    host.full = True
    page.button(key="open").click().run()
    page.run()
    page.file_uploader(key="open_run").upload("run.zip", b"zip of step 41", "application/zip").run()
    page.button(key="open_yes").click().run()
    assert "There is no room." in [each.value for each in page.warning]
    assert list(host.runs) == [run]
    other = open_page(host, unfold=False)
    assert not other.exception
    assert "There is no room." in texts(other)


def test_why_a_file_was_not_made_is_said_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "session", lambda: "a-session")

    def broken() -> bytes:
        raise UserError("It cannot be made.")

    make = exports.in_turn(broken)
    with pytest.raises(UserError):
        make()
    assert aside.heard() == "It cannot be made."
    assert exports.in_turn(lambda: b"x")() == b"x"
    assert not shares._busy
    aside.tell("a-session", "")
