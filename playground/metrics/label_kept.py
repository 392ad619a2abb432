"""Whether an output still shows what its input shows, as a classifier of real outputs sees it."""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def label_kept(logits: torch.Tensor, y: torch.Tensor) -> float:
    """The share of samples with logits (n, classes) that are seen as their class y (n,); those below 0 do not count.

    NaN where none counts.
    """
    there = y >= 0
    return float((logits.argmax(1) == y)[there].float().mean())


def _values(c: Comparison) -> Values:
    if c.pairs is None or c.pairs.y is None or c.logits is None:
        return {}
    return {"label_kept": label_kept(c.logits, c.pairs.y)}


MEASURES = (
    Measure(
        key="label_kept",
        label="Label kept",
        says="The share of outputs that a classifier sees as the class of their input.",
        formula="share of argmax c(G(a)) = class of a",
        paper="Isola et al., 2017",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=23,
        share=True,
        first=True,
        of=("translations",),
    ),
)
