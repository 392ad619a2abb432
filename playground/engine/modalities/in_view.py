"""What a modality registers in this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.data import Samples
from playground.engine.messages import Metric, View
from playground.training.trainer import Trainer


@dataclass(frozen=True)
class InView:
    """What Views and cards carry of samples of one modality, and how an engine compares and watches them.

    `extent` and `real` are what a View says of the data. `add(view, trainer, x, saliency)` adds to a View what D says
    of the samples x (n, *shape) that G made. `sheet` gives the fields of a Card that show some of the data. `flat`
    makes shown samples rows of numbers, whose distance to real ones is called `distance`; see `engine.quality`.
    """

    key: str
    extent: Callable[[Samples], float]
    real: Callable[[Samples], np.ndarray | None]
    add: Callable[[View, Trainer, torch.Tensor, bool], View]
    sheet: Callable[[Samples], dict[str, Any]]
    distance: Metric
    flat: Callable[[np.ndarray], np.ndarray]
    drift: int  # samples whose mean is followed
    raw_every: int  # readings from one of G as it is to the next
