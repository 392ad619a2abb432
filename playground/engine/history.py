"""The curves of a run: bounded in memory, thinned for the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.training.statistics import COLUMNS, EVERY

CAPACITY = 16_384  # rows; a full history halves its resolution
SCREEN = 600  # rows that a chart can show
LONGEST = 2**30  # stride
NAME = re.compile(r"[A-Za-z0-9_]{1,40}")  # of a column
MOST_COLUMNS = 40


class History:
    """Rows of `names`, each the mean over `stride` x EVERY steps."""

    def __init__(self, names: Sequence[str] = COLUMNS) -> None:
        self.names = tuple(names)
        self._rows = np.zeros((CAPACITY, len(names)), np.float32)
        self._n = 0
        self._stride = 1
        self._partial = np.zeros((0, len(names)), np.float32)

    def add(self, rows: np.ndarray) -> None:
        """Append rows (k, names), each the mean over EVERY steps."""
        for row in rows:
            self._partial = np.concatenate([self._partial, row[None]])
            if len(self._partial) < self._stride:
                continue
            if self._n == CAPACITY:
                self._halve()  # and wait for a row of the new stride
                continue
            self._rows[self._n] = self._partial.mean(0)
            self._n += 1
            self._partial = self._partial[:0]

    def _halve(self) -> None:
        self._rows[: CAPACITY // 2] = self._rows.reshape(-1, 2, len(self.names)).mean(1)
        self._n //= 2
        self._stride *= 2

    @property
    def count(self) -> int:
        """The rows that were added so far."""
        return self._n * self._stride + len(self._partial)

    def until(self, count: int) -> History:
        """A copy as it was after `count` added rows; those that were averaged since then stay averaged."""
        count = min(count, self.count)
        history = History(self.names)
        history._stride = self._stride
        history._n = min(count // self._stride, self._n)
        history._rows[: history._n] = self._rows[: history._n]
        rest = count - history._n * self._stride
        known = self._partial if history._n == self._n else self._rows[history._n : history._n + 1]
        history._partial = known[np.minimum(np.arange(rest), len(known) - 1)] if len(known) else known
        return history

    def columns(self, limit: int | None = None) -> dict[str, np.ndarray]:
        """Columns "step" (the last step of the row) and `names`, of equal length.

        With `limit`, about that many rows: in each bin the rows where a loss is at its least and its greatest.
        """
        rows = self._rows[: self._n]
        steps = np.arange(1, self._n + 1) * (self._stride * EVERY)
        if limit is not None and self._n > limit:
            losses = [i for i, name in enumerate(self.names) if name.endswith("_loss")]
            keep = _extremes(rows[:, losses], limit // (2 * max(len(losses), 1)))
            rows, steps = rows[keep], steps[keep]
        return {"step": steps, **{name: rows[:, i].copy() for i, name in enumerate(self.names)}}

    def state(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "rows": self._rows[: self._n].copy(),
            "stride": self._stride,
            "partial": self._partial.copy(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> History:
        """Raises ValueError for what is no history."""
        history = cls(_names(state.get("names", COLUMNS)))
        rows, partial = (_array(state[key]).copy() for key in ("rows", "partial"))
        stride = int(state["stride"])
        columns = len(history.names)
        if not _fits(rows, CAPACITY, columns) or not _fits(partial, min(stride - 1, CAPACITY), columns):
            raise ValueError("history")
        if not 0 < stride <= LONGEST:
            raise ValueError("history")
        history._n, history._stride, history._partial = len(rows), stride, partial
        history._rows[: len(rows)] = rows
        return history


def _array(value: Any) -> np.ndarray:
    """An array, or a tensor of torch on the CPU as one."""
    array: np.ndarray = value if isinstance(value, np.ndarray) else value.numpy()
    return array


def _names(found: Any) -> tuple[str, ...]:
    """The names of columns in a file. Raises ValueError."""
    names = tuple(found)
    if len(names) > MOST_COLUMNS or not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise ValueError("names")
    return names


def _fits(rows: np.ndarray, most: int, columns: int) -> bool:
    """Whether these are at most so many rows of finite numbers."""
    alike = rows.shape[1:] == (columns,) and rows.dtype == np.float32
    return alike and len(rows) <= most and bool(np.isfinite(rows).all())


def _extremes(curves: np.ndarray, bins: int) -> np.ndarray:
    """Indices, ascending, of the least and the greatest value of each curve in each of `bins` parts; and the last."""
    edges = np.linspace(0, len(curves), bins + 1).astype(int)[:-1]
    keep = {len(curves) - 1}
    for low, high in zip(edges, [*edges[1:], len(curves)], strict=True):
        part = curves[low:high]
        keep.update((low + part.argmin(0)).tolist(), (low + part.argmax(0)).tolist())
    return np.array(sorted(keep))
