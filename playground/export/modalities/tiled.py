"""Samples in files as tiles: a grid of them; those of a walk pixel for pixel, enlarged by a whole number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from playground.data.modality import tiles_of
from playground.engine.messages import Frame
from playground.export.frame import Paint, Scene, font, shortened, write
from playground.utils.sample_grid import by_class, resized

COLUMNS = 10  # of a grid, at most
WALK = 256  # pixels of a picture of a walk, at most, unless one of G is larger
STRIP = 96  # pixels of a picture in a strip of them, at least
TILE, GAP = 64, 6  # pixels: in the picture of samples a tile is enlarged to at least TILE
PAPER = (255, 255, 255)


def grey(samples: np.ndarray) -> bool:
    """Whether their tiles have no colour."""
    return bool(tiles_of(samples[:1]).shape[-1] == 1)


def painter(scene: Scene, like: Frame, side: int, bands: int) -> Paint:
    """What draws samples like those of `like` in a grid: about `side` pixels on the longer side."""
    n, (h, w) = len(like.samples), tiles_of(like.samples[:1]).shape[1:3]
    across = min(COLUMNS, max(1, int(np.ceil(np.sqrt(n)))))
    across = max(across, min(COLUMNS, len(scene.names)))
    down = max(1, min(COLUMNS, -(-n // across)))
    places, heads = by_class(like.labels, scene.names, down, across, n)
    places = places[(places >= 0).any(1)] if (places >= 0).any() else places
    rows, columns = places.shape
    pitch = side / max(rows * h, columns * w)
    gap = max(1, round(0.07 * pitch * min(h, w)))
    height, width = max(1, int(pitch * h) - gap), max(1, int(pitch * w) - gap)
    top = round(side / 24) if heads else 0

    def paint(samples: np.ndarray, _belief: np.ndarray | None) -> Image.Image:
        size = (rows * (height + gap) + gap + top, columns * (width + gap) + gap, 3)
        sheet = np.full(size, scene.paper, np.uint8)
        tiles = resized(tiles_of(samples), height, width)
        for (row, column), i in np.ndenumerate(places):
            if 0 <= i < len(tiles):
                y, x = gap + top + row * (height + gap), gap + column * (width + gap)
                sheet[y : y + height, x : x + width] = tiles[i]
        picture = Image.fromarray(sheet)
        _write_heads(picture, heads, scene, top)
        return picture

    return paint


def _write_heads(picture: Image.Image, heads: Sequence[str], scene: Scene, height: int) -> None:
    for k, head in enumerate(heads):
        each = picture.width / len(heads)
        text = shortened(head, each - 2, font(0.66 * height))
        write(picture, ((k + 0.5) * each, height * 0.6), text, 0.66 * height, scene.palette.ink, "mm")


# A walk


def walk(samples: np.ndarray, scene: Scene, chosen: Sequence[int], strip: bool) -> list[np.ndarray]:
    """The pictures of the chosen frames of a walk, small ones for a `strip`."""
    images = tiles_of(samples)
    times = -(-STRIP // max(images.shape[1:3])) if strip else scale(*images.shape[1:3])
    return [_enlarged(images[i], times) for i in chosen]


def scale(height: int, width: int, side: int = WALK) -> int:
    """How many times an image is enlarged."""
    return max(1, side // max(height, width))


def _enlarged(image: np.ndarray, times: int) -> np.ndarray:
    out = image.repeat(times, axis=0).repeat(times, axis=1)
    return out[..., 0] if out.shape[-1] == 1 else out


# One picture of samples


def picture(samples: np.ndarray, real: np.ndarray | None, extent: float) -> Image.Image:
    """One picture of samples."""
    images = tiles_of(samples)
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
