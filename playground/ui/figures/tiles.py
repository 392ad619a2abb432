"""The stage of an image run: a grid of samples as one PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from playground.grid import enlarge

SIDE = 180  # pixels of the longer side, about, for smooth tiles: the browser enlarges the rest
GAP = 0.1  # of a tile
CLEAR = 1  # the level that the PNG declares transparent; pictures use 0 instead


def sheet(images: np.ndarray, places: np.ndarray, smooth: bool) -> tuple[np.ndarray, int]:
    """`images` (n, h, w, c) uint8 at `places` (rows, columns), `CLEAR` between them: (height, width, c); and the pitch.

    Smooth tiles are enlarged bicubically, crisp ones are left to the browser, which repeats pixels.
    """
    rows, columns = places.shape
    scale = max(1, round(SIDE / max(rows * images.shape[1], columns * images.shape[2])))
    if smooth and scale > 1:
        images = enlarge(images, scale)
    images = np.where(images == CLEAR, np.uint8(0), images)
    height, width, channels = images.shape[1:]
    gap = max(1, round(GAP * min(height, width)))
    cells = np.full((rows * columns, height + gap, width + gap, channels), CLEAR, np.uint8)
    flat = places.ravel()
    cells[flat >= 0, :height, :width] = images[flat[flat >= 0]]
    table = cells.reshape(rows, columns, height + gap, width + gap, channels).swapaxes(1, 2)
    whole = table.reshape(rows * (height + gap), columns * (width + gap), channels)
    return np.ascontiguousarray(whole[:-gap, :-gap]), width + gap


def png(pixels: np.ndarray) -> bytes:
    """`pixels` (height, width, 1 or 3) as a PNG in which the level `CLEAR` is transparent."""
    file = io.BytesIO()
    if pixels.shape[2] == 1:
        Image.fromarray(pixels[:, :, 0]).save(file, "PNG", compress_level=1, transparency=CLEAR)
    else:
        Image.fromarray(pixels).save(file, "PNG", compress_level=1, transparency=(CLEAR,) * 3)
    return file.getvalue()


def html(images: np.ndarray, places: np.ndarray, smooth: bool, heads: Sequence[str], alt: str) -> str:
    """The grid as an image that fills its box without losing its shape, with `heads` above its columns."""
    pixels, _pitch = sheet(images, places, smooth)
    height, width = pixels.shape[:2]
    cells = "".join(f"<span>{escape(head)}</span>" for head in heads)
    kind = "tiles" if smooth else "tiles crisp"
    return (
        f'<div class="{kind}" style="--shape: {width / height:.4f}; --columns: {len(heads)}">'
        f'<div class="heads">{cells}</div>'
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png(pixels)).decode()}"></div>'
    )
