"""How far the classes of generated samples are from those of the data: total variation, 1/2 sum |p_k - q_k|.

0 where every class appears as often as in the data, 1 where none of the data's classes appears.
"""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def imbalance(generated: torch.Tensor, real: torch.Tensor, classes: int) -> float:
    """The distance between labels (n,) and (m,), each in 0 .. classes - 1."""
    p, q = (torch.bincount(y.cpu(), minlength=classes).double() / max(1, len(y)) for y in (generated, real))
    return float((p - q).abs().sum() / 2)


def _values(c: Comparison) -> Values:
    if c.logits is None or c.real.logits is None:
        return {}
    return {"imbalance": imbalance(c.logits.argmax(1), c.real.logits.argmax(1), c.logits.shape[1])}


MEASURES = (
    Measure(
        key="imbalance",
        label="Imbalance of classes",
        says="How far the classes are from their shares in the data: 0 none, 1 all.",
        formula="½ Σ |pₖ − qₖ|, classes by the classifier",
        paper="total variation distance",
        better="less",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=7,
        share=True,
    ),
)
