"""Images in a View: with what D says of each, and where in it D looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from playground.data.modality import IMAGES
from playground.engine.messages import View
from playground.engine.modalities.in_view import InView, scored
from playground.training.trainer import Trainer


def _add(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    """Adds what D says of the images x (n, c, h, w) and, if asked for, where in each it looks."""
    view = scored(view, trainer, x, saliency)
    return replace(view, saliency=_saliency(trainer.input_gradient(x, trainer.told, "generated")) if saliency else None)


def _saliency(gradient: torch.Tensor) -> np.ndarray:
    """max_c |dD/dx| of gradients (n, c, h, w), each image by its own greatest value; (n, h, w) uint8.

    Simonyan et al., Deep Inside Convolutional Networks, 2014.
    """
    size = gradient.abs().amax(1)
    unit = size / size.amax((1, 2), keepdim=True).clamp_min(1e-12)
    return (255 * unit).nan_to_num().round().byte().cpu().numpy()


def _as_shares(x: np.ndarray) -> np.ndarray:
    """Images (n, h, w, c) uint8 as pixels (n, d) from 0 to 1."""
    return x.reshape(len(x), -1).astype(np.float32) / 255


IN_VIEW = InView(IMAGES.key, add=_add, flat=_as_shares, raw_every=3)
