"""Samples as a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

SIDE = 800  # pixels of the picture of 2-D points
TILE, GAP = 64, 6  # pixels: an image is enlarged to at least TILE
TRIANGLE = (2.6, 1.5), (-2.6, 1.5), (0.0, -3.0)  # pixels around its middle
BLUE, VERMILION, PAPER = (0, 114, 178), (213, 94, 0), (255, 255, 255)


def samples_png(samples: np.ndarray, real: np.ndarray | None, extent: float) -> bytes:
    """A PNG of images (n, h, w, c) uint8 in a grid, or of points (n, 2) over the `real` ones in [-extent, extent]^2."""
    picture = _grid(samples) if real is None else _plane(samples, real, extent)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _grid(images: np.ndarray) -> Image.Image:
    n, height, width, channels = images.shape
    scale = max(1, -(-TILE // height))
    columns = min(10, n)
    rows = -(-n // columns)
    step_x, step_y = width * scale + GAP, height * scale + GAP
    sheet = Image.new("RGB", (columns * step_x + GAP, rows * step_y + GAP), PAPER)
    for i, pixels in enumerate(images):
        tile = Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]).convert("RGB")
        tile = tile.resize((width * scale, height * scale), Image.Resampling.NEAREST)
        sheet.paste(tile, (GAP + i % columns * step_x, GAP + i // columns * step_y))
    return sheet


def _plane(points: np.ndarray, real: np.ndarray, extent: float) -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(picture)
    for where, colour, corners in ((real, BLUE, ()), (points, VERMILION, TRIANGLE)):
        inside = where[np.isfinite(where).all(1) & (np.abs(where) < 10 * extent).all(1)]
        for x, y in ((inside * (1, -1) / extent + 1) * (SIDE / 2)).tolist():
            if corners:
                draw.polygon([(x + dx, y + dy) for dx, dy in corners], fill=colour)
            else:
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
    return picture
