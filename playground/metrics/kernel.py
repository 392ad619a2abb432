"""Kernel distance between features, KID (Binkowski et al., 2018): the unbiased squared MMD with (<x, y> / d + 1)^3.

Its expectation is 0 for equal distributions at any sample size; single values scatter around it, also below.
"""

from __future__ import annotations

import torch
from torchmetrics.image.kid import KernelInceptionDistance

from playground.metrics.given import Given, repeatable

SUBSETS, SUBSET = 50, 100


def kernel_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean over SUBSETS pairs of subsets, of SUBSET each, of features a (n, d) and b (m, d); n, m >= 2."""
    size = min(SUBSET, len(a), len(b))
    with repeatable():
        metric = KernelInceptionDistance(feature=Given(a.shape[1]), subsets=SUBSETS, subset_size=size)
        metric.update(a.float().cpu(), real=True)
        metric.update(b.float().cpu(), real=False)
        return float(metric.compute()[0])
