"""The stage of an image run: a grid of samples as one PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from playground.utils.sample_grid import enlarge

SIDE = 180  # pixels of the longer side, about, for smooth tiles: the browser enlarges the rest
GAP = 0.1  # of a tile
SMALL = 40_000  # levels of a sheet that is sent as PNG twice a second
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


def live(pixels: np.ndarray) -> str:
    """`pixels` (height, width, 1 or 3), `CLEAR` transparent, as an address to send twice a second.

    Large ones as WebP with a loss that nobody sees: noise, such as an untrained G makes, fills a PNG.
    """
    if pixels.size <= SMALL:
        return uri(png(pixels))
    alpha = np.where((pixels == CLEAR).all(2), 0, 255).astype(np.uint8)
    colors = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    file = io.BytesIO()
    Image.fromarray(np.dstack([colors, alpha])).save(file, "WEBP", quality=75, method=0)
    return uri(file.getvalue(), "webp")


def heat(saliency: np.ndarray, places: np.ndarray, smooth: bool, color: str) -> str:
    """The address of a picture of one `color` (#RRGGBB) that lies over the sheet of `saliency` (n, h, w) uint8.

    Its opacity is the saliency to the power of 1.5, so that what is greatest stands out.
    """
    pixels = sheet(saliency[..., None], places, smooth)[0][:, :, 0]
    levels = 16 if pixels.size <= SMALL else 4
    image = Image.fromarray((pixels.astype(np.int32) * (levels - 1) // 255).astype(np.uint8)).convert("P")
    image.putpalette(bytes.fromhex(color[1:]) * levels)
    opacity = bytes(round(255 * (level / (levels - 1)) ** 1.5) for level in range(levels))
    file = io.BytesIO()
    image.save(file, "PNG", bits=4 if levels > 4 else 2, compress_level=1, transparency=opacity)
    return uri(file.getvalue())


def uri(picture: bytes, kind: str = "png") -> str:
    """A picture as an address that holds it."""
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode()


def html(images: np.ndarray, places: np.ndarray, smooth: bool, heads: Sequence[str], alt: str) -> str:
    """The grid as an image that fills its box without losing its shape, with `heads` above its columns."""
    pixels, _pitch = sheet(images, places, smooth)
    height, width = pixels.shape[:2]
    cells = "".join(f"<span>{escape(head)}</span>" for head in heads)
    kind = "tiles" if smooth else "tiles crisp"
    return (
        f'<div class="{kind}" style="--shape: {width / height:.4f}; --columns: {len(heads)}">'
        f'<div class="heads">{cells}</div>'
        f'<img alt="{escape(alt)}" src="{uri(png(pixels))}"></div>'
    )
