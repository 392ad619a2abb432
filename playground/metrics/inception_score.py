"""Inception score of a classifier (Salimans et al., 2016): exp E_x KL(p(y|x) || p(y)), in one split.

From 1 to the number of classes: high where each sample is clearly of one class and all classes appear. It looks at no
real sample, so it sees neither copies nor a lack of variety within a class.
"""

from __future__ import annotations

import torch
from torchmetrics.image.inception import InceptionScore

from playground.metrics.identity import Given, repeatable


def inception_score(logits: torch.Tensor) -> float:
    """The score of the classifier's logits (n, classes)."""
    with repeatable():
        metric = InceptionScore(feature=Given(logits.shape[1]), splits=1)
        metric.update(logits.float().cpu())
        return float(metric.compute()[0])
