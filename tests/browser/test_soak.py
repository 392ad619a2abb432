"""Memory stays flat."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from playground.bench.refresh import Viewer
from tests.browser.app import running, until

TABS = 4
WARM, REDRAWS = 300, 1200  # ten minutes at 2 Hz
FULL = 14_000  # steps until the moments of the run fill what is set aside for them; memory is flat from 11,000 on
BOUND = 10 * 2**20  # bytes


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="other systems have another idea of resident memory")
def test_ten_minutes_of_redraws_leave_memory_flat(tmp_path: Path) -> None:
    """Four tabs on one playing run ask for 1,200 redraws as fast as they can, without a browser.

    After 300 redraws, and the steps in which the run's moments fill their budget, neither process may grow by more
    than 10 MiB within 900 more. Measured are 1 to 3 MiB: caches, fragmentation, the history until it has its full
    length. Leaks that were put in for a trial stood out: one picture kept for each redraw in the server made 25 MiB,
    one View kept for each redraw in the engine 41 MiB.
    """
    with running(tmp_path) as app, contextlib.ExitStack() as tabs:
        first = tabs.enter_context(Viewer(app.port, {"preset": "digits"}, pace=0))
        first.play()
        crowd = [first] + [tabs.enter_context(Viewer(app.port, first.query, pace=0)) for _ in range(TABS - 1)]
        until(lambda: all(tab.step() > 0 for tab in crowd))
        drawn = sum(tab.redraws for tab in crowd)
        [engine] = app.engines()

        def memory_after(redraws: int) -> dict[str, int]:
            until(lambda: sum(tab.redraws for tab in crowd) - drawn >= redraws, seconds=300)
            return {"server": _resident(app.server), "engine": _resident(engine)}

        memory_after(WARM)
        until(lambda: first.step() >= FULL, seconds=300)
        drawn = sum(tab.redraws for tab in crowd)
        before, after = memory_after(0), memory_after(REDRAWS - WARM)
        assert len(app.engines()) == 1
    grown = {name: after[name] - before[name] for name in before}
    print({name: f"{before[name] / 2**20:.1f} MiB, {grown[name] / 2**20:+.1f}" for name in before})
    assert max(grown.values()) < BOUND, grown


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
