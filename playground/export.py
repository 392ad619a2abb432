"""A run as files: `config.json`, `history.csv`, `samples.png`, `checkpoint.pt`."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from playground import files
from playground.errors import UserError
from playground.i18n import _

SIDE = 800  # pixels of the picture of 2-D points
TILE, GAP = 64, 6  # pixels: an image is enlarged to at least TILE
BLUE, VERMILION, PAPER = (0, 114, 178), (213, 94, 0), (255, 255, 255)


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, readable by all. Raises UserError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content)
        path.chmod(0o644)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(_("{path} cannot be written: {reason}.").format(path=path, reason=reason)) from error


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
    for where, colour, sides in ((real, BLUE, 0), (points, VERMILION, 3)):
        inside = where[np.isfinite(where).all(1) & (np.abs(where) < 10 * extent).all(1)]
        for x, y in ((inside * (1, -1) / extent + 1) * (SIDE / 2)).tolist():
            if sides:
                draw.regular_polygon((x, y, 3), sides, fill=colour)
            else:
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
    return picture
