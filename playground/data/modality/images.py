"""Images: stored as (channels, height, width) uint8, shown as (height, width, channels) uint8."""

from __future__ import annotations

import numpy as np

from playground.data.modality.record import Modality
from playground.utils.lazy_torch import torch


def _shown(x: torch.Tensor) -> np.ndarray:
    """Images (n, c, h, w) in [-1, 1] to (n, h, w, c) uint8."""
    out: np.ndarray = ((x + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return out


MODALITY = IMAGES = Modality(
    key="images",
    title="Images",
    label="images",
    fits=lambda shape: len(shape) == 3,
    dtype="uint8",
    range=(0, 255),
    normalise=lambda x: x.float().div_(127.5).sub_(1),
    shown=_shown,
    arrange=lambda x: x.permute(0, 2, 3, 1).contiguous().numpy(),
    is_stored=lambda x: x.dtype == np.uint8 and x.ndim == 4 and x.shape[1] in (1, 3),
    is_shown=lambda x: x.dtype == np.uint8 and x.ndim == 4 and x.shape[3] in (1, 3),
    tiles=lambda x: x,
    threads=True,
    augmented=True,
    order=1,
)
