"""What benchmarks of steps have in common."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch


def seconds_per_step(step: Callable[[], None], seconds: float) -> float:
    """Seconds of one call over at least `seconds` and at least two calls, the device's queue included."""
    _wait()
    start, n = time.perf_counter(), 0
    while n < 2 or time.perf_counter() - start < seconds:
        step()
        n += 1
    _wait()
    return (time.perf_counter() - start) / n


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
