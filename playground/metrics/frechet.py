"""Frechet distance between two Gaussians fitted to features (Heusel et al., 2017).

||mu1 - mu2||^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), with Tr (S1 S2)^(1/2) = sum of sqrt(eigenvalues of S1 S2). Figures of
different features cannot be compared, and few samples bias it upwards: put the value of real against real beside it.
"""

from __future__ import annotations

import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from playground.metrics.given import Given


def frechet(a: torch.Tensor, b: torch.Tensor) -> float:
    """The distance between features a (n, d) and b (m, d); n and m should exceed d by far."""
    metric = FrechetInceptionDistance(feature=Given(a.shape[1]), input_img_size=(1, 1, 1)).set_dtype(torch.float64)
    metric.update(a.double().cpu(), real=True)
    metric.update(b.double().cpu(), real=False)
    return float(metric.compute())
