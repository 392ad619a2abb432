"""What a modality registers in this room, and what holds for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from playground.data import Samples
from playground.engine.messages import View
from playground.metrics.evaluate import prepared
from playground.training.probe import LOOKED_AT
from playground.training.trainer import Trainer

SHEET = 100  # samples on a card


def scored(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    """Adds what D says of each of the samples x (n, *shape)."""
    logits = trainer.logits(x, trainer.told, "generated")
    return replace(view, prepared=prepared(trainer), scores=logits.cpu().numpy())


def sheet(samples: Samples) -> dict[str, Any]:
    """Some samples with their labels."""
    x, y = samples.x, samples.y
    i = _spread_classes(y, len(x), samples.classes if y is not None else 0)
    return {"sheet": samples.modality.arrange(x[i]), "sheet_labels": None if y is None else y[i].numpy()}


def _spread_classes(y: torch.Tensor | None, n: int, classes: int) -> torch.Tensor:
    """Indices of up to SHEET samples spread over the data; with labels, as many of each of the first classes."""
    if y is None:
        return torch.linspace(0, n - 1, min(n, SHEET)).long()
    each = max(1, SHEET // max(1, classes))
    found = [(y == k).nonzero()[:, 0] for k in range(min(classes, SHEET))]
    return torch.cat([i[torch.linspace(0, len(i) - 1, min(len(i), each)).long()] for i in found])


@dataclass(frozen=True)
class InView:
    """What Views and cards carry of samples of one modality, and how an engine compares and watches them.

    `extent` and `real` are what a View says of the data. `add(view, trainer, x, saliency)` adds to a View what D says
    of the samples x (n, *shape) that G made. `sheet` gives the fields of a Card that show some of the data. `flat`
    makes shown samples rows of numbers, whose distance to real ones tells the quality; see `engine.quality`.
    """

    key: str
    extent: Callable[[Samples], float] = lambda samples: 1.0
    real: Callable[[Samples], np.ndarray | None] = lambda samples: None
    add: Callable[[View, Trainer, torch.Tensor, bool], View] = scored
    sheet: Callable[[Samples], dict[str, Any]] = sheet
    flat: Callable[[np.ndarray], np.ndarray] = lambda x: x.reshape(len(x), -1)
    drift: int = LOOKED_AT  # samples whose mean is followed
    raw_every: int = 1  # readings from one of G as it is to the next
