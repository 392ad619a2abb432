"""Running statistics that stay on the device and cross in one transfer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.utils.lazy_torch import torch

COLUMNS = ("d_loss", "g_loss", "d_real", "d_fake", "penalty")  # of a GAN
EVERY = 10  # steps that one row averages


class Statistics:
    """One row of means over every `EVERY` steps, collected on the device until `drain` reads them.

    Values are shaped like `like`: scalars, or (k,) of k replicas, and then a row is (k, columns).
    """

    def __init__(self, like: torch.Tensor, columns: Sequence[str] = COLUMNS) -> None:
        self._sum = torch.stack([torch.zeros_like(like)] * len(columns), -1)
        self._count = 0
        self._rows: list[torch.Tensor] = []

    def add(self, *values: torch.Tensor) -> None:
        """Take in the values of one step, in the order of the columns."""
        self._sum += torch.stack(values, -1)
        self._count += 1
        if self._count == EVERY:
            self._rows.append(self._sum / EVERY)
            self._sum.zero_()
            self._count = 0

    def drain(self) -> tuple[torch.Tensor, bool]:
        """The finished rows (n, columns) on the CPU, and whether everything since the last call was finite."""
        rows = torch.stack([*self._rows, self._sum]).cpu()
        self._rows.clear()
        return rows[:-1], bool(rows.isfinite().all())

    def state(self) -> dict[str, Any]:
        """What is not yet a row; call it after `drain`."""
        assert not self._rows
        return {"sum": self._sum, "count": self._count}

    def load_state(self, state: dict[str, Any]) -> None:
        self._sum.copy_(state["sum"])
        self._count = int(state["count"])
        self._rows.clear()

    # Of replicas: the sums of the runs behind them are rows of one tensor

    def stack(self, lanes: Sequence[Statistics]) -> None:
        """Go on for k runs at once, which have the same count."""
        torch.stack([lane._sum for lane in lanes], out=self._sum)
        self._count = lanes[0]._count
        for lane, row in zip(lanes, self._sum, strict=True):
            lane._sum = row

    def hand_out(self, lanes: Sequence[Statistics]) -> None:
        """Give each run its part of the finished rows, and the count."""
        for rows in self._rows:
            for lane, row in zip(lanes, rows, strict=True):
                lane._rows.append(row)
        self._rows.clear()
        for lane in lanes:
            lane._count = self._count

    def unstack(self) -> None:
        """Have a sum of one's own again."""
        self._sum = self._sum.clone()
