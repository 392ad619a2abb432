"""Memory stays flat."""

from __future__ import annotations

import contextlib
from pathlib import Path
from statistics import median

import psutil
import pytest

from playground.benchmarks.refresh import Viewer
from tests.browser.app import running, until

TABS = 4
SMALL = {"preset": "digits", "g_width": "8", "d_width": "8"}
WINDOW, FIRST, MEASURED = 40, 3, 6  # redraws; looks before memory is measured, and those that are
BOUND = 10 * 2**10  # bytes per redraw
# What is large goes back to the system when it is freed, and few threads keep free memory of their own (glibc).
HONEST = {"MALLOC_MMAP_THRESHOLD_": str(2**14), "MALLOC_ARENA_MAX": "2"}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="other systems have another idea of resident memory")
def test_hundreds_of_redraws_leave_memory_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four tabs on one run ask for redraws as fast as they can, without a browser.

    Half of the looks, which are 40 redraws apart, must find that a process has grown by less than 10 KiB per redraw: a
    leak shows in each of them, and what fills up or is done once in a while in few. The server is looked at while the
    run plays and while it rests, the engine while it rests, as the moments of a run that plays fill what is set aside
    for them. LEAKS
    """
    for name, value in HONEST.items():
        monkeypatch.setenv(name, value)
    with running(tmp_path) as app, contextlib.ExitStack() as tabs:
        first = tabs.enter_context(Viewer(app.port, SMALL, pace=0))
        first.play()
        crowd = [first] + [tabs.enter_context(Viewer(app.port, first.query, pace=0)) for _ in range(TABS - 1)]
        until(lambda: all(tab.step() > 0 for tab in crowd))
        [engine] = app.engines()

        def looks(*processes: psutil.Process) -> list[list[float]]:
            """Bytes per redraw by which each of them grows within each of the windows that are measured."""
            return list(zip(*[grown(*processes) for _look in range(FIRST + MEASURED)][FIRST:], strict=True))

        def grown(*processes: psutil.Process) -> list[float]:
            before, start = [_resident(process) for process in processes], sum(tab.redraws for tab in crowd)
            until(lambda: sum(tab.redraws for tab in crowd) - start >= WINDOW, seconds=300)
            redraws = sum(tab.redraws for tab in crowd) - start
            after = [_resident(process) for process in processes]
            return [(a - b) / redraws for a, b in zip(after, before, strict=True)]

        [playing] = looks(app.server)
        first.press("Pause")
        until(lambda: first.step() == first.step())
        server, engine_ = looks(app.server, engine)
        found = {"server, playing": playing, "server, paused": server, "engine, paused": engine_}
        assert len(app.engines()) == 1
    for name, sizes in found.items():
        assert median(sizes) < BOUND, (name, sizes)


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
