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
WINDOW = 40  # redraws
PLAYING, RESTING = 16 * 2**10, 8 * 2**10  # bytes per redraw that are too many
# What is large goes back to the system when it is freed, and few threads keep free memory of their own (glibc).
HONEST = {"MALLOC_MMAP_THRESHOLD_": str(2**14), "MALLOC_ARENA_MAX": "2"}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="other systems have another idea of resident memory")
def test_hundreds_of_redraws_leave_memory_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four tabs on one run ask for redraws as fast as they can, without a browser.

    Half of the looks, which are 40 redraws apart, must find that a process has grown by less than 16 KiB per redraw of
    a run that plays, and by less than 8 KiB of one that rests: a leak shows in each of them, and what fills up or is
    done once in a while in few. The engine is looked at while the run rests only, as the moments of a run that plays
    fill what is set aside for them. Without a leak it was 3 to 9 KiB while it played; while it rested 1 to 3 KiB in the
    server and nothing in the engine. Leaks that were put in for a trial: what the stage is sent, kept for each redraw
    in the server, made 23 and 24 KiB per redraw, a View kept for each in the engine 71 KiB.
    """
    for name, value in HONEST.items():
        monkeypatch.setenv(name, value)
    with running(tmp_path) as app, contextlib.ExitStack() as tabs:
        first = tabs.enter_context(Viewer(app.port, SMALL, pace=0))
        first.play()
        crowd = [first] + [tabs.enter_context(Viewer(app.port, first.query, pace=0)) for _ in range(TABS - 1)]
        until(lambda: all(tab.step() > 0 for tab in crowd))
        [engine] = app.engines()

        def looks(*processes: psutil.Process, skipped: int, measured: int) -> list[tuple[float, ...]]:
            """Bytes per redraw by which each of them grows between two looks."""
            return list(zip(*[grown(*processes) for _look in range(skipped + measured)][skipped:], strict=True))

        def grown(*processes: psutil.Process) -> list[float]:
            before, start = [_resident(process) for process in processes], sum(tab.redraws for tab in crowd)
            until(lambda: sum(tab.redraws for tab in crowd) - start >= WINDOW, seconds=300)
            redraws = sum(tab.redraws for tab in crowd) - start
            after = [_resident(process) for process in processes]
            return [(a - b) / redraws for a, b in zip(after, before, strict=True)]

        [playing] = looks(app.server, skipped=3, measured=6)
        first.press("Pause")
        until(lambda: first.step() == first.step())
        resting = looks(app.server, engine, skipped=1, measured=5)
        assert len(app.engines()) == 1
    assert median(playing) < PLAYING, playing
    assert [median(sizes) < RESTING for sizes in resting] == [True, True], resting


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
