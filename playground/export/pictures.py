"""Samples as a picture."""

from __future__ import annotations

import io

import numpy as np

from playground.export import modalities


def samples_png(samples: np.ndarray, real: np.ndarray | None, extent: float) -> bytes:
    """A PNG of images (n, h, w, c) uint8 in a grid, or of points (n, 2) over the `real` ones in [-extent, extent]^2."""
    out = io.BytesIO()
    modalities.of(samples).sheet(samples, real, extent).save(out, "PNG")
    return out.getvalue()
