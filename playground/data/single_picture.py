"""One picture file, which anybody may have made, as a sample of a run's size; and a mask from such a file."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.data.decode import Form, decode
from playground.data.rewritten import Unreadable
from playground.utils.errors import UserError
from playground.utils.translation import _

Fit = Literal["crop", "pad"]
HIDDEN = 128  # grey values from here on are hidden


def read(content: bytes, height: int, width: int, channels: int, fit: Fit = "pad") -> np.ndarray:
    """uint8 (height, width, channels), upright: cut to a square at the centre, or filled up to one. Raises UserError.

    Of a size that is no square, the square has the longer side, and the middle of it is taken.
    """
    side = max(height, width)
    try:
        square, _pixels = decode(content, Form(side, channels, fit))
    except Unreadable as error:
        sentence = _("This file cannot be used: {reason}. Choose another one: PNG, JPEG, WebP, BMP, GIF or TIFF.")
        raise UserError(sentence.format(reason=str(error))) from None
    top, left = (side - height) // 2, (side - width) // 2
    return square.transpose(1, 2, 0)[top : top + height, left : left + width].copy()


def read_mask(content: bytes, height: int, width: int, fit: Fit = "pad") -> np.ndarray:
    """bool (height, width): what is bright in a picture is hidden. Raises UserError where nothing is."""
    hidden: np.ndarray = read(content, height, width, 1, fit)[..., 0] >= HIDDEN
    if not hidden.any():
        raise UserError(_("This mask hides nothing: what is to be hidden has to be white."))
    return hidden
