"""Running statistics that stay on the device and cross in one transfer."""

from __future__ import annotations

from typing import Any

import torch

NAMES = ("d_loss", "g_loss", "d_real", "d_fake", "penalty")
EVERY = 10  # steps that one row averages


class Statistics:
    """One row of means over every `EVERY` steps, collected on the device until `drain` reads them.

    Columns are `NAMES`: both losses without penalty, the mean logits of real and generated samples, the penalty.
    """

    def __init__(self, device: torch.device) -> None:
        self._sum = torch.zeros(len(NAMES), device=device)
        self._count = 0
        self._rows: list[torch.Tensor] = []

    def add(self, *values: torch.Tensor) -> None:
        """Take in the scalars of one step, in the order of `NAMES`."""
        self._sum += torch.stack(values)
        self._count += 1
        if self._count == EVERY:
            self._rows.append(self._sum / EVERY)
            self._sum.zero_()
            self._count = 0

    def drain(self) -> tuple[torch.Tensor, bool]:
        """The finished rows (k, 5) on the CPU, and whether everything since the last call was finite."""
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
