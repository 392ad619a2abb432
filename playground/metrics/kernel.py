"""Kernel distance between features, KID (Binkowski et al., 2018): the unbiased squared MMD with k = (<x, y> / d + 1)^3.

E k(x, x') + E k(y, y') - 2 E k(x, y) over pairs of different samples. Its expectation is 0 for equal distributions at
any sample size; single values scatter around it, also below. All samples are compared at once, not subsets of them as
where there are too many, so it is the least noisy estimate there is.
"""

from __future__ import annotations

from collections.abc import Generator

from playground.metrics.measure import IMAGES, Comparison, Measure, Work
from playground.utils.chunked import Progress
from playground.utils.lazy_torch import torch

ROWS = 256  # compared with all others in one piece


def in_pieces(a: torch.Tensor, b: torch.Tensor) -> Generator[Progress, None, float]:
    """The distance of features a (n, d) and b (m, d); n, m >= 2."""
    a, b = a.double().cpu(), b.double().cpu()
    means: list[torch.Tensor] = []
    for x, y in ((a, a), (b, b), (a, b)):
        total = torch.zeros((), dtype=torch.float64)
        for begin in range(0, len(x), ROWS):
            total += _kernel(x[begin : begin + ROWS] @ y.T, x.shape[1]).sum()
            yield len(means), 3
        if x is y:
            total -= _kernel((x * x).sum(1), x.shape[1]).sum()
        means.append(total / (len(x) * (len(y) - (x is y))))
    return float(means[0] + means[1] - 2 * means[2])


def _kernel(products: torch.Tensor, d: int) -> torch.Tensor:
    return (products / d + 1) ** 3


def _values(c: Comparison) -> Work:
    return {"kernel": (yield from in_pieces(c.features, c.real.features))}


MEASURES = (
    Measure(
        key="kernel",
        label="KID",
        says="Kernel distance: about 0 between equal features, even few ones; below if classes match.",
        formula="MMD² of φ(x), φ(G(z)) with k(a, b) = (⟨a, b⟩/d + 1)³, unbiased",
        paper="Bińkowski et al., 2018",
        better="less",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=4,
        by_features=True,
    ),
)
