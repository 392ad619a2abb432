"""Where to begin on images: by their side and colour."""

from __future__ import annotations

from typing import Any

from playground.config.presets import SHAPES, SMALL, TUTORIAL, TYPESET
from playground.config.starts.start import Start
from playground.data.modality import IMAGES, Shape


def _values(shape: Shape) -> dict[str, Any]:
    channels, height, width = shape
    if height != width or height % 2 or not 8 <= height <= 64:
        return {**TUTORIAL, "g_width": 256, "g_depth": 2, "d_width": 256, "d_depth": 2}
    if height <= 16:
        return SMALL if channels == 1 else {**SHAPES, "g_width": 32, "d_width": 32}
    return TYPESET if channels == 1 else SHAPES


START = Start(IMAGES.key, _values)
