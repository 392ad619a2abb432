"""How far apart samples lie: the mean distance of pairs, E |x - x'|."""

from __future__ import annotations

from playground.metrics.measure import POINTS, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def mean_distance(x: torch.Tensor) -> float:
    """The mean over n pairs of different rows of x (n, d), always the same ones; NaN for fewer than two rows."""
    if len(x) < 2:
        return float("nan")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return float((x[order] - x[order.roll(1)]).norm(dim=1).mean())


def _values(c: Comparison) -> Values:
    real = mean_distance(c.real.features)
    return {"spread": mean_distance(c.features) / real if real > 0 else float("nan")}


MEASURES = (
    Measure(
        key="spread",
        label="Spread",
        says="How far generated samples lie apart: 1 as far as real ones, 0 all in one place.",
        formula="E‖G(z) − G(z′)‖ / E‖x − x′‖, of images in features",
        paper="mean distance of pairs",
        better="real",
        kinds=(),
        samples=POINTS,
        values=_values,
        order=11,
    ),
)
