"""The stage of an image run: a grid of samples as one PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from PIL import Image

from playground.utils.sample_grid import enlarge

SIDE = 180  # pixels of the longer side, about, for smooth tiles: the browser enlarges the rest
GAP = 0.1  # of a tile
FEW = 16_384  # levels of all tiles that are sent twice a second as they are
SMALL = 40_000  # levels of a sheet that is sent as PNG twice a second
CLEAR = 1  # the level that the PNG declares transparent; pictures use 0 instead


def scale(images: np.ndarray, places: np.ndarray, smooth: bool) -> int:
    """How much larger smooth tiles are drawn before the browser enlarges the sheet; crisp ones it alone does."""
    rows, columns = places.shape
    return max(1, round(SIDE / max(rows * images.shape[1], columns * images.shape[2]))) if smooth else 1


def gap(height: int, width: int) -> int:
    """Pixels between two tiles."""
    return max(1, round(GAP * min(height, width)))


def sheet(images: np.ndarray, places: np.ndarray, smooth: bool) -> tuple[np.ndarray, int]:
    """`images` (n, h, w, c) uint8 at `places` (rows, columns), `CLEAR` between them: (height, width, c); and the pitch.

    Smooth tiles are enlarged bicubically, crisp ones are left to the browser, which repeats pixels.
    """
    rows, columns = places.shape
    if (times := scale(images, places, smooth)) > 1:
        images = enlarge(images, times)
    images = np.where(images == CLEAR, np.uint8(0), images)
    height, width, channels = images.shape[1:]
    apart = gap(height, width)
    cells = np.full((rows * columns, height + apart, width + apart, channels), CLEAR, np.uint8)
    flat = places.ravel()
    cells[flat >= 0, :height, :width] = images[flat[flat >= 0]]
    table = cells.reshape(rows, columns, height + apart, width + apart, channels).swapaxes(1, 2)
    whole = table.reshape(rows * (height + apart), columns * (width + apart), channels)
    return np.ascontiguousarray(whole[:-apart, :-apart]), width + apart


def png(pixels: np.ndarray) -> bytes:
    """`pixels` (height, width, 1 or 3) as a PNG in which the level `CLEAR` is transparent."""
    file = io.BytesIO()
    if pixels.shape[2] == 1:
        Image.fromarray(pixels[:, :, 0]).save(file, "PNG", compress_level=1, transparency=CLEAR)
    else:
        Image.fromarray(pixels).save(file, "PNG", compress_level=1, transparency=(CLEAR,) * 3)
    return file.getvalue()


def live(images: np.ndarray, places: np.ndarray, smooth: bool) -> dict[str, Any]:
    """`images` (n, h, w, 1 or 3) uint8 at `places` (rows, columns) for the script of the stage, twice a second.

    Few pixels as they are, tile by tile in the order of the places: the script enlarges them as `sheet` does. Else the
    sheet as a picture, a large one as WebP with a loss that nobody sees: noise, such as an untrained G makes, fills a
    PNG.
    """
    chosen = images[places[places >= 0]]
    if chosen.size <= FEW:
        return {"pixels": chosen.tobytes(), "tile": images.shape[1:], "scale": scale(images, places, smooth)}
    pixels, _pitch = sheet(images, places, smooth)
    if pixels.size <= SMALL:
        return {"picture": png(pixels), "type": "image/png"}
    alpha = np.where((pixels == CLEAR).all(2), 0, 255).astype(np.uint8)
    colors = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    file = io.BytesIO()
    Image.fromarray(np.dstack([colors, alpha])).save(file, "WEBP", quality=75, method=0)
    return {"picture": file.getvalue(), "type": "image/webp"}


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


def uri(picture: bytes) -> str:
    """A PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()


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
