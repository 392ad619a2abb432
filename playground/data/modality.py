"""What a sample is: points, images. One record each, and no other room asks for the shape of a sample.

How samples of a modality are drawn, measured and taken home is registered, by its key, in the rooms that do that:
`metrics.evaluate`, `engine.modalities`, `export.modalities`, `ui.modalities`. Records can be read without torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Modality:
    """A sample has three forms: as it is stored, as the networks see it, and as a View shows it.

    `fits` tells the modality by the shape of one sample, stored or shown. Stored samples have the type `dtype`; where
    `range` is not None they lie in it, the networks see that as [-1, 1], and G may end in tanh.
    """

    key: str
    label: str  # in the middle of a sentence
    fits: Callable[[Shape], bool]
    dtype: Literal["float32", "uint8", "int64"]
    range: tuple[float, float] | None
    normalise: Callable[[torch.Tensor], torch.Tensor]  # from stored to networks; runs in every step
    shown: Callable[[torch.Tensor], np.ndarray]  # from networks to shown
    arrange: Callable[[torch.Tensor], np.ndarray]  # from stored, on the CPU, to shown
    is_stored: Callable[[np.ndarray], bool]  # whether an array (n, ...) can be stored samples
    is_shown: Callable[[np.ndarray], bool]  # whether an array (n, ...) can be shown samples, not finite ones included
    fixed: int  # the size of the fixed z
    drawn: int  # samples that a picture has room for
    company: int  # sets of other samples, see `training.fixed_company`
    threads: bool  # whether several make a step faster
    augmented: bool = False  # whether D may see samples changed, see `losses.augmentation`


def _points_stored(x: np.ndarray) -> bool:
    return x.dtype == np.float32 and x.ndim == 2 and x.shape[1] == 2 and bool(np.isfinite(x).all())


POINTS = Modality(
    key="points",
    label="2-D points",
    fits=lambda shape: len(shape) == 1,
    dtype="float32",
    range=None,
    normalise=lambda x: x,
    shown=lambda x: x.cpu().numpy(),
    arrange=lambda x: x.numpy(),
    is_stored=_points_stored,
    is_shown=lambda x: x.dtype == np.float32 and x.ndim == 2 and x.shape[1] == 2,
    fixed=2500,
    drawn=500,
    company=512,
    threads=False,
)


def _pixels(x: torch.Tensor) -> np.ndarray:
    """Images (n, c, h, w) in [-1, 1] to (n, h, w, c) uint8."""
    out: np.ndarray = ((x + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return out


IMAGES = Modality(
    key="images",
    label="images",
    fits=lambda shape: len(shape) == 3,
    dtype="uint8",
    range=(0, 255),
    normalise=lambda x: x.float().div_(127.5).sub_(1),
    shown=_pixels,
    arrange=lambda x: x.permute(0, 2, 3, 1).contiguous().numpy(),
    is_stored=lambda x: x.dtype == np.uint8 and x.ndim == 4 and x.shape[1] in (1, 3),
    is_shown=lambda x: x.dtype == np.uint8 and x.ndim == 4 and x.shape[3] in (1, 3),
    fixed=100,
    drawn=100,
    company=128,
    threads=True,
    augmented=True,
)

MODALITIES: dict[str, Modality] = {modality.key: modality for modality in (POINTS, IMAGES)}


def of(shape: Shape) -> Modality:
    """The modality of samples of this shape. Raises UserError where there is none."""
    for modality in MODALITIES.values():
        if modality.fits(shape):
            return modality
    raise UserError(_("Samples of the shape {shape} are of no kind that is known here.").format(shape=shape))
