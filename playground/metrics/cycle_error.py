"""How far inputs are from what comes back of them, and how far outputs are from their inputs."""

from __future__ import annotations

from playground.metrics.measure import POINTS, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def apart(x: torch.Tensor, y: torch.Tensor) -> float:
    """The mean distance of samples (n, ...): of pictures in [-1, 1] the mean over pixels of |x - y| / 2, which is 1
    from black to white; of points their Euclidean distance.
    """
    if x.dim() == 2:
        return float((x - y).norm(dim=1).mean())
    return float((x - y).abs().mean()) / 2


def _values(c: Comparison) -> Values:
    found: Values = {}
    if c.pairs is not None and c.pairs.given is not None and c.pairs.back is not None:
        found["cycle_error"] = apart(c.pairs.back, c.pairs.given)
    if c.pairs is not None and c.pairs.inputs is not None:
        found["change"] = apart(c.x, c.pairs.inputs)
    return found


MEASURES = (
    Measure(
        key="cycle_error",
        label="Cycle error",
        says="How far the inputs are from what comes back of them: the way back is lost where it is large.",
        formula="E‖G_BA(G_AB(a)) − a‖; pictures: mean over pixels, 1 from black to white",
        paper="Zhu et al., 2017",
        better="less",
        kinds=(),
        samples=POINTS,
        values=_values,
        order=24,
        first=True,
        of=("translations",),
    ),
    Measure(
        key="change",
        label="Change",
        says="How far the outputs are from their inputs: near 0, G copies.",
        formula="E‖G(a) − a‖; pictures: mean over pixels, 1 from black to white",
        paper="Zhu et al., 2017",
        better="real",
        kinds=(),
        samples=POINTS,
        values=_values,
        order=25,
        of=("translations",),
    ),
)
