"""Frechet distance between two Gaussians fitted to features (Heusel et al., 2017).

||mu1 - mu2||^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), with Tr (S1 S2)^(1/2) = sum of sqrt(eigenvalues of S1 S2). Figures of
different features cannot be compared, and few samples bias it upwards: put the value of real against real beside it.
"""

from __future__ import annotations

import torch


def frechet(a: torch.Tensor, b: torch.Tensor) -> float:
    """The distance between features a (n, d) and b (m, d); n and m should exceed d by far."""
    a, b = a.double(), b.double()
    s1, s2 = torch.cov(a.T), torch.cov(b.T)
    root = torch.linalg.eigvals(s1 @ s2).sqrt().real.sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + s1.trace() + s2.trace() - 2 * root)
