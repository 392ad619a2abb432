"""Samples as a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from playground.export import modalities


def samples_png(samples: np.ndarray, real: np.ndarray | None, extent: float) -> bytes:
    """A PNG of images (n, h, w, c) uint8 in a grid, or of points (n, 2) over the `real` ones in [-extent, extent]^2."""
    out = io.BytesIO()
    modalities.of(samples).sheet(samples, real, extent).save(out, "PNG")
    return out.getvalue()


def picture_png(pixels: np.ndarray) -> bytes:
    """One picture (h, w, 1 or 3) uint8 as a PNG, pixel for pixel."""
    out = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(out, "PNG")
    return out.getvalue()
