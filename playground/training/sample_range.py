"""Whether what G can make and what the data holds have one range."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import torch

from playground.data import Samples
from playground.models.blocks import Generator
from playground.models.translators import Translator
from playground.utils.errors import UserError
from playground.utils.translation import _


def check_range(G: Generator | Translator, normalise: Callable[[torch.Tensor], torch.Tensor], samples: Samples) -> None:
    """The range of a bounded G is that of the data: all 256 levels of an image, no more. Raises UserError."""
    x, modality = samples.x, samples.modality
    exact = modality.dtype != "float32"  # else double precision will do, too
    fits = x.dtype == getattr(torch, modality.dtype) if exact else x.is_floating_point()
    if not len(x) or not fits or not bool(x.isfinite().all()):
        raise UserError(_("This data cannot be used: images are whole numbers from 0 to 255, points finite numbers."))
    if G.range != (-inf, inf):
        low, high = normalise(torch.tensor(modality.range or (-inf, inf), dtype=x.dtype)).tolist()
        if G.range != (low, high):
            raise UserError(
                _("G makes values from {0} to {1}, and the data has {2} to {3}.").format(*G.range, low, high)
            )
