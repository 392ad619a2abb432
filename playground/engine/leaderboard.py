"""Who is ahead in a race: the quality of its lanes over the steps, and a verdict that does not change at every look."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain, combinations

import numpy as np

ROWS = 1200  # of the history; a full one keeps every other row
MARGIN = 0.05  # by which a lane must lead: of the whole for shares, of the other's distance for distances
MODES = 0.25  # share of the modes by which a lane must lead where the quality is about equal
LOOKS = 3  # in a row that must disagree with the verdict before it changes


def ahead(
    quality: Sequence[float], larger: bool, modes: Sequence[float] = (), before: tuple[int, ...] = ()
) -> tuple[int, ...]:
    """The smallest group of lanes of which each is clearly ahead of each lane outside; () if there is none.

    `larger` says whether more of `quality` is better; what is not finite is worse than all else. A lane is ahead of
    another by its quality or, where that is about equal and `modes` (shares, one a lane) are given, by the modes that
    it found. The group that was ahead `before` stays so down to half of these leads.
    """

    def clearly(a: int, b: int, part: float) -> bool:
        if _lead(quality[a], quality[b], larger) >= part * MARGIN:
            return True
        equal = _lead(quality[b], quality[a], larger) < MARGIN
        return bool(modes) and equal and modes[a] - modes[b] >= part * MODES

    lanes = range(len(quality))
    for group in sorted(_groups(lanes), key=lambda group: (len(group), group != before)):
        part = 0.5 if group == before else 1.0
        if all(clearly(a, b, part) for a in group for b in lanes if b not in group):
            return group
    return ()


def _groups(lanes: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """All groups of lanes that leave one out at least."""
    return chain.from_iterable(combinations(lanes, n) for n in range(1, len(lanes)))


def _lead(a: float, b: float, larger: bool) -> float:
    """By how much `a` is better than `b`: the difference of two shares, or the part of b's distance that a saves."""
    if not math.isfinite(b):
        return math.inf if math.isfinite(a) else 0.0
    if not math.isfinite(a):
        return -math.inf
    if larger:
        return a - b
    return 1 - a / b if b else 0.0


class Leaderboard:
    """Collects one number a lane at each look; `larger` says whether more is better."""

    def __init__(self, lanes: int, larger: bool) -> None:
        self.lanes, self.larger = lanes, larger
        self.clear()

    def clear(self) -> None:
        """Forget everything, for a race that starts over."""
        self.ahead: tuple[int, ...] = ()  # the lanes that are clearly ahead of the others
        self._steps: list[int] = []
        self._rows: list[np.ndarray] = []
        self._against: list[tuple[Sequence[float], Sequence[float]]] = []  # looks in a row that disagree with it

    @property
    def step(self) -> int:
        """The step of the latest look, or -1."""
        return self._steps[-1] if self._steps else -1

    def add(self, step: int, quality: Sequence[float], modes: Sequence[float] = ()) -> None:
        """One look at all lanes; `modes` are the shares of the modes that they found, where the data has modes."""
        self._steps.append(step)
        self._rows.append(np.array(quality, np.float32))
        if len(self._rows) > ROWS:
            self._steps, self._rows = self._steps[1::2], self._rows[1::2]
        self._follow(quality, modes)

    def columns(self) -> dict[str, np.ndarray]:
        """Columns "step" (n,) and "quality" (n, lanes)."""
        return {
            "step": np.array(self._steps, np.int32),
            "quality": np.array(self._rows, np.float32).reshape(-1, self.lanes),
        }

    def _follow(self, quality: Sequence[float], modes: Sequence[float]) -> None:
        """Change the verdict once some looks in a row disagree with it, to what their medians say."""
        if ahead(quality, self.larger, modes, self.ahead) == self.ahead:
            self._against.clear()
            return
        self._against.append((quality, modes))
        if len(self._against) >= LOOKS:
            qualities, shares = zip(*self._against, strict=True)
            worst = -np.inf if self.larger else np.inf
            middle = np.median(np.where(np.isfinite(qualities), qualities, worst), axis=0)
            self.ahead = ahead(middle.tolist(), self.larger, np.median(shares, axis=0).tolist(), self.ahead)
            self._against.clear()
