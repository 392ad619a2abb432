"""Work in pieces, as generators that yield how far they are and return what comes of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

WHOLE = 1000
Result = TypeVar("Result")
Progress = tuple[int, int]


def subprogress(
    work: Generator[Progress, None, Result], first: float, last: float
) -> Generator[Progress, None, Result]:
    """The same work as one part of a greater one: from `first` to `last`, of 1."""
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield round(WHOLE * (first + (last - first) * done / max(1, total))), WHOLE


def run_to_end(work: Generator[Any, None, Result]) -> Result:
    """What comes of it."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
