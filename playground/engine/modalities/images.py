"""Images in a View: with what D says of each, and where in it D looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from playground.data import Samples
from playground.data.modality import IMAGES
from playground.engine.messages import View
from playground.engine.modalities.in_view import InView
from playground.metrics.evaluate import prepared
from playground.training.probe import LOOKED_AT
from playground.training.trainer import Trainer

SHEET = 100  # images on a card


def _add(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    """Adds what D says of the images x (n, c, h, w) and, if asked for, where in each it looks."""
    y = trainer.fixed_y
    return replace(
        view,
        prepared=prepared(trainer.samples),
        scores=trainer.logits(x, y, "generated").cpu().numpy(),
        saliency=_saliency(trainer.input_gradient(x, y, "generated")) if saliency else None,
    )


def _saliency(gradient: torch.Tensor) -> np.ndarray:
    """max_c |dD/dx| of gradients (n, c, h, w), each image by its own greatest value; (n, h, w) uint8.

    Simonyan et al., Deep Inside Convolutional Networks, 2014.
    """
    size = gradient.abs().amax(1)
    unit = size / size.amax((1, 2), keepdim=True).clamp_min(1e-12)
    return (255 * unit).nan_to_num().round().byte().cpu().numpy()


def _sheet(samples: Samples) -> dict[str, Any]:
    x, y = samples.x, samples.y
    i = _spread_classes(y, len(x), samples.classes if y is not None else 0)
    return {"sheet": IMAGES.arrange(x[i]), "sheet_labels": None if y is None else y[i].numpy()}


def _spread_classes(y: torch.Tensor | None, n: int, classes: int) -> torch.Tensor:
    """Indices of up to SHEET samples spread over the data; with labels, as many of each of the first classes."""
    if y is None:
        return torch.linspace(0, n - 1, min(n, SHEET)).long()
    each = max(1, SHEET // max(1, classes))
    found = [(y == k).nonzero()[:, 0] for k in range(min(classes, SHEET))]
    return torch.cat([i[torch.linspace(0, len(i) - 1, min(len(i), each)).long()] for i in found])


def _as_shares(x: np.ndarray) -> np.ndarray:
    """Images (n, h, w, c) uint8 as pixels (n, d) from 0 to 1."""
    return x.reshape(len(x), -1).astype(np.float32) / 255


IN_VIEW = InView(
    key=IMAGES.key,
    extent=lambda samples: 1.0,
    real=lambda samples: None,
    add=_add,
    sheet=_sheet,
    distance="pixels",
    flat=_as_shares,
    drift=LOOKED_AT,
    raw_every=3,
)
