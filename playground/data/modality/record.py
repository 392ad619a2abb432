"""What a modality says of its samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.utils.lazy_torch import torch

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Modality:
    """A sample has three forms: as it is stored, as the networks see it, and as a View shows it.

    `fits` tells the modality by the shape of one sample, stored or shown. Stored samples have the type `dtype`; where
    `range` is not None they lie in it, the networks see that as [-1, 1], and G may end in tanh. `tiles` draws shown
    samples (n, ...) as small images (n, h, w, 1 or 3) uint8, by which pages and files show them; None for points, which
    have a plane. Modalities are listed by `order`.
    """

    key: str
    title: str  # of a list
    label: str  # in the middle of a sentence
    fits: Callable[[Shape], bool]
    dtype: Literal["float32", "uint8", "int64"]
    range: tuple[float, float] | None
    normalise: Callable[[torch.Tensor], torch.Tensor]  # from stored to networks; runs in every step
    shown: Callable[[torch.Tensor], np.ndarray]  # from networks to shown
    arrange: Callable[[torch.Tensor], np.ndarray]  # from stored, on the CPU, to shown
    is_stored: Callable[[np.ndarray], bool]  # whether an array (n, ...) can be stored samples
    is_shown: Callable[[np.ndarray], bool]  # whether an array (n, ...) can be shown samples, not finite ones included
    tiles: Callable[[np.ndarray], np.ndarray] | None
    fixed: int = 100  # the size of the fixed z
    drawn: int = 100  # samples that a picture has room for
    company: int = 128  # sets of other samples, see `training.fixed_company`
    threads: bool = False  # whether several make a step faster
    augmented: bool = False  # whether D may see samples changed, see `losses.augmentation`
    learning_rate: float = 1e-3  # with which most runs here learn
    order: int = 100
