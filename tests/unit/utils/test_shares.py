"""The table of what visitors may take, and turns."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from playground.utils import shares
from playground.utils.errors import UserError

DOCS = Path(__file__).resolve().parents[3] / "docs" / "deployment.md"


def test_the_docs_have_the_table() -> None:
    assert shares.table() in DOCS.read_text()
    assert len({share.setting for share in shares.SHARES.values()}) == len(shares.SHARES)


@pytest.mark.parametrize("name", shares.SHARES)
def test_each_row_is_a_setting(name: str, caplog: pytest.LogCaptureFixture) -> None:
    share = shares.SHARES[name]
    shares.amount.cache_clear()
    assert shares.limit(name, {}) == share.default
    assert shares.limit(name, {share.setting: "7"}) == 7
    wrong = "many" if share.unit == "bytes" else "7M"
    assert shares.limit(name, {share.setting: wrong}) == share.default
    assert [share.setting in record.getMessage() for record in caplog.records] == [True]


class Worker(threading.Thread):
    """Takes a turn and keeps it until it is told to end."""

    def __init__(self, who: str) -> None:
        super().__init__(daemon=True)
        self.who, self.has, self.end, self.problem = who, threading.Event(), threading.Event(), ""
        self.start()

    def run(self) -> None:
        try:
            with shares.turn("exports", self.who):
                self.has.set()
                self.end.wait(20)
        except UserError as error:
            self.problem = str(error)


def test_turns_are_few_and_one_for_each_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_EXPORTS", "2")
    greedy = [Worker("a")]
    assert greedy[0].has.wait(10)
    greedy += [Worker("a"), Worker("a")]
    other = Worker("b")
    assert other.has.wait(10), "they do not wait behind those of one visitor"
    last = Worker("c")
    assert not last.has.wait(0.2)
    other.end.set()
    assert last.has.wait(10)
    assert not greedy[1].has.is_set()
    for worker in (*greedy, last):
        worker.end.set()
    for worker in greedy:
        worker.join(10)
        assert worker.has.is_set()


def test_who_waits_too_long_or_behind_too_many_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_EXPORTS", "1")
    monkeypatch.setattr(shares, "PATIENCE", 0.2)
    before = shares.hits().get("exports", 0)
    first = Worker("a")
    assert first.has.wait(10)
    with pytest.raises(UserError, match="Try again in a minute"), shares.turn("exports", "b"):
        pass
    monkeypatch.setattr(shares, "MOST_WAITING", 0)
    start = time.monotonic()
    with pytest.raises(UserError, match="Try again in a minute"), shares.turn("exports", "c"):
        pass
    assert time.monotonic() - start < 0.1
    assert shares.hits()["exports"] == before + 2
    first.end.set()
    first.join(10)
    monkeypatch.undo()
    with shares.turn("exports", "b"):
        pass
