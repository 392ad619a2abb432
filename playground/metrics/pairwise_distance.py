"""How far apart samples lie: the mean distance of pairs, E |x - x'|."""

from __future__ import annotations

import torch


def mean_distance(x: torch.Tensor) -> float:
    """The mean over n pairs of different rows of x (n, d), always the same ones; NaN for fewer than two rows."""
    if len(x) < 2:
        return float("nan")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return float((x[order] - x[order.roll(1)]).norm(dim=1).mean())
