"""The benchmark that kills the server says what was lost."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from playground.benchmarks import server_kills


class Page:
    """A student's page that showed these steps, one a second."""

    def __init__(self, *steps: int) -> None:
        self.seen = [(float(second), step) for second, step in enumerate(steps)]


def row(before: list[Page], after: list[Page], backs: list[int]) -> dict[str, Any]:
    known = {"engines": [], "seen": [page.seen for page in before], "when": 3.5}
    return server_kills._row(known, after, backs, 0.0)  # type: ignore[arg-type]


def test_what_comes_back_is_behind_by_what_the_page_had_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_kills, "PATIENCE", 0.05)
    before = [Page(10, 20, 30, 40)] * 2
    found = row(before, [Page(20, 25), Page(50, 60)], [20, 50])
    assert (found["behind_steps"], found["behind_seconds"], found["lost"]) == ([20, 0], [2.5, 0.0], [])
    report = server_kills._summary([found, found], argparse.Namespace(students=2, seed=0))
    assert (report["kills"], report["behind_steps"], report["behind_seconds"], report["lost"]) == (2, 20, 2.5, 0)


def test_a_run_without_its_past_and_one_that_rests_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_kills, "PATIENCE", 0.05)
    before = [Page(10, 20, 30, 40)] * 3
    assert row(before, [Page(0, 5), Page(40, 40), Page(40, 41)], [0, 40, 40])["lost"] == [0, 1]


def test_a_page_waits_until_its_run_is_read() -> None:
    pressed: list[str] = []
    steps = [0, 0, 70]

    class Reading:
        def step(self) -> int:
            return steps.pop(0)

        def can(self, label: str) -> bool:
            return label == "Play"

        press = pressed.append

    assert server_kills._comes_back(Reading(), known=True) == 70  # type: ignore[arg-type]
    assert pressed == ["Play"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="it reads /proc")
def test_an_engine_that_does_not_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_kills, "ENDED", 0.1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert server_kills._left([os.getpid(), ended.pid]) == 1
    assert server_kills._left([ended.pid]) == 0
