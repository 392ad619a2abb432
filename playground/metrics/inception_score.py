"""Inception score of a classifier (Salimans et al., 2016): exp E_x KL(p(y|x) || p(y)), in one split.

From 1 to the number of classes: high where each sample is clearly of one class and all classes appear. It looks at no
real sample, so it sees neither copies nor a lack of variety within a class.
"""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def inception_score(logits: torch.Tensor) -> float:
    """The score of the classifier's logits (n, classes)."""
    from torchmetrics.image.inception import InceptionScore  # imports torch

    from playground.metrics.identity import Given, repeatable

    with repeatable():
        metric = InceptionScore(feature=Given(logits.shape[1]), splits=1)
        metric.update(logits.float().cpu())
        return float(metric.compute()[0])


def _values(c: Comparison) -> Values:
    return {} if c.logits is None else {"score": inception_score(c.logits)}


MEASURES = (
    Measure(
        key="score",
        label="IS",
        says="Inception score: high if each image is clearly of one class and all classes appear.",
        formula="exp E KL(p(y|G(z)) ‖ p(y)), p by the classifier, one split",
        paper="Salimans et al., 2016",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=5,
        by_features=True,
    ),
)
