"""What benchmarks of steps have in common."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import torch


def seconds_per_step(step: Callable[[], None], seconds: float, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call over at least `seconds` and at least two calls, the device's queue included."""
    _wait()
    start, n = clock(), 0
    while n < 2 or clock() - start < seconds:
        step()
        n += 1
    _wait()
    return (clock() - start) / n


def busy(seconds: float = 5.0) -> float | None:
    """Cores that other processes keep busy: what the figures suffer from. None where nobody can tell (not Linux)."""
    if not Path("/proc/stat").exists():
        return None

    def now() -> float:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")

    before = now()
    time.sleep(seconds)
    return round((now() - before) / seconds, 2)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
