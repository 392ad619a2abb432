"""Who is ahead in a race: the quality of its lanes over the steps, and a leader that does not change at every look."""

from __future__ import annotations

import numpy as np

ROWS = 1200  # of the history; a full one keeps every other row
MARGIN = 0.05  # by which a lane must lead: of the whole for shares, of the second's distance for distances
LOOKS = 3  # in a row that must agree before another lane, or none, is ahead


class Leaderboard:
    """Collects one number a lane at each look; `larger` says whether more is better."""

    def __init__(self, lanes: int, larger: bool) -> None:
        self.lanes, self.larger = lanes, larger
        self.clear()

    def clear(self) -> None:
        """Forget everything, for a race that starts over."""
        self.leader: int | None = None
        self._steps: list[int] = []
        self._rows: list[np.ndarray] = []
        self._next: int | None = None
        self._agreed = 0

    @property
    def step(self) -> int:
        """The step of the latest look, or -1."""
        return self._steps[-1] if self._steps else -1

    def add(self, step: int, values: list[float]) -> None:
        """One look at all lanes."""
        self._steps.append(step)
        self._rows.append(np.array(values, np.float32))
        if len(self._rows) > ROWS:
            self._steps, self._rows = self._steps[1::2], self._rows[1::2]
        self._follow(self._ahead(self._rows[-1]))

    def columns(self) -> dict[str, np.ndarray]:
        """Columns "step" (n,) and "quality" (n, lanes)."""
        return {
            "step": np.array(self._steps, np.int32),
            "quality": np.array(self._rows, np.float32).reshape(-1, self.lanes),
        }

    def _ahead(self, values: np.ndarray) -> int | None:
        """The lane that leads in `values` by the margin; the present leader may fall back to half of it."""
        worst = -np.inf if self.larger else np.inf
        values = np.where(np.isfinite(values), values, worst)
        order = np.argsort(-values if self.larger else values, kind="stable")
        best, second = (float(values[i]) for i in order[:2])
        if not np.isfinite(best):
            return None
        lead = best - second if self.larger else 1 - best / second if second else 0.0
        found = int(order[0])
        return found if lead >= MARGIN * (0.5 if found == self.leader else 1) else None

    def _follow(self, found: int | None) -> None:
        if found == self.leader:
            self._agreed = 0
            return
        self._agreed = self._agreed + 1 if found == self._next and self._agreed else 1
        self._next = found
        if self._agreed >= LOOKS:
            self.leader, self._agreed = found, 0
