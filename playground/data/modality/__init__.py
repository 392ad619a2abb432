"""What a sample is: one module a modality, with the record `MODALITY`, found here by itself.

No other room asks for the shape of a sample. Where a room treats a modality in its own way, it has a module for it:
`config.starts`, `metrics.features`, `engine.modalities`, `export.modalities`, `ui.modalities`. Records can be read
without torch.
"""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from playground.data.modality.images import IMAGES
from playground.data.modality.points import POINTS
from playground.data.modality.record import Modality, Shape
from playground.utils.errors import UserError
from playground.utils.translation import _

__all__ = ["IMAGES", "MODALITIES", "POINTS", "Modality", "Shape", "of", "tiles_of"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found: list[Modality] = [module.MODALITY for module in _modules if hasattr(module, "MODALITY")]
MODALITIES: dict[str, Modality] = {modality.key: modality for modality in sorted(_found, key=lambda m: m.order)}


def of(shape: Shape) -> Modality:
    """The modality of samples of this shape. Raises UserError where there is none."""
    for modality in MODALITIES.values():
        if modality.fits(shape):
            return modality
    raise UserError(_("Samples of the shape {shape} are of no kind that is known here.").format(shape=shape))


def tiles_of(samples: np.ndarray) -> np.ndarray:
    """Samples (n, ...) as a View shows them, drawn as images (n, h, w, c) uint8; not for points, which have a plane."""
    tiles = of(samples.shape[1:]).tiles
    assert tiles is not None
    return tiles(samples)
