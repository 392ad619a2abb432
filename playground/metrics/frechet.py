"""Frechet distance between two Gaussians fitted to features (Heusel et al., 2017).

||mu1 - mu2||^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), with Tr (S1 S2)^(1/2) = sum of sqrt(eigenvalues of S1 S2). Figures of
different features cannot be compared, and few samples bias it upwards: put the value of real against real beside it.
"""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def frechet(a: torch.Tensor, b: torch.Tensor) -> float:
    """The distance between features a (n, d) and b (m, d); n and m should exceed d by far."""
    from torchmetrics.image.fid import FrechetInceptionDistance  # imports torch

    from playground.metrics.identity import Given

    metric = FrechetInceptionDistance(feature=Given(a.shape[1]), input_img_size=(1, 1, 1)).set_dtype(torch.float64)
    metric.update(a.double().cpu(), real=True)
    metric.update(b.double().cpu(), real=False)
    return float(metric.compute())


def frechet_of_few(a: torch.Tensor, b: torch.Tensor) -> float:
    """The same number where a (n, d) and b (m, d) have more features than samples, without a matrix of d x d.

    With centred features A / sqrt(n - 1) and B / sqrt(m - 1), S1 S2 = A'A B'B has the eigenvalues of (AB')(AB')', so
    that the trace of its root is the sum of the singular values of AB' (n, m).
    """
    a, b = a.double().cpu(), b.double().cpu()
    shift = (a.mean(0) - b.mean(0)).square().sum()
    a, b = ((x - x.mean(0)) / (len(x) - 1) ** 0.5 for x in (a, b))
    return float(shift + a.square().sum() + b.square().sum() - 2 * torch.linalg.svdvals(a @ b.T).sum())


def _values(c: Comparison) -> Values:
    return {"frechet": frechet(c.features, c.real.features)}


MEASURES = (
    Measure(
        key="frechet",
        label="FID",
        says="Fréchet distance: how far the features of generated images differ in mean and covariance.",
        formula="‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of φ(x), φ(G(z))",
        paper="Heusel et al., 2017",
        better="less",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=3,
        first=True,
        log=True,
        of=("latents", "translations"),
        by_features=True,
    ),
)
