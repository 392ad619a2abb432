"""Memory stays flat."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from playground.benchmarks.refresh import Viewer
from tests.browser.app import running, until

TABS = 4
SMALL = {"preset": "digits", "g_width": "16", "d_width": "16"}
REDRAWS = 450  # nearly four minutes at 2 Hz
WINDOW, STEADY, WINDOWS = 300, 2 * 2**20, 28  # redraws, bytes; looks
BOUND = 6 * 2**20  # bytes


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="other systems have another idea of resident memory")
def test_minutes_of_redraws_leave_memory_flat(tmp_path: Path) -> None:
    """Four tabs on one playing run ask for redraws as fast as they can, without a browser.

    The moments of a run take memory until they fill what is set aside for them, soon where the networks are small. Once
    the engine has grown by less than 2 MiB within 300 redraws, or never has, neither process may grow by more than
    6 MiB within 450 more. Within 900 redraws it was 1 to 3 MiB: caches, fragmentation, the history until it has its
    full length. Leaks that were put in for a trial stood out: one picture kept for each redraw in the server made
    25 MiB in 900, one View kept for each redraw in the engine 41 MiB.
    """
    with running(tmp_path) as app, contextlib.ExitStack() as tabs:
        first = tabs.enter_context(Viewer(app.port, SMALL, pace=0))
        first.play()
        crowd = [first] + [tabs.enter_context(Viewer(app.port, first.query, pace=0)) for _ in range(TABS - 1)]
        until(lambda: all(tab.step() > 0 for tab in crowd))
        [engine] = app.engines()

        def grown(redraws: int) -> dict[str, int]:
            processes = {"server": app.server, "engine": engine}
            before = {name: _resident(process) for name, process in processes.items()}
            drawn = sum(tab.redraws for tab in crowd)
            until(lambda: sum(tab.redraws for tab in crowd) - drawn >= redraws, seconds=300)
            return {name: _resident(process) - before[name] for name, process in processes.items()}

        for _window in range(WINDOWS):
            if grown(WINDOW)["engine"] < STEADY:
                break
        growth = grown(REDRAWS)
        assert len(app.engines()) == 1
    assert max(growth.values()) < BOUND, growth


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
