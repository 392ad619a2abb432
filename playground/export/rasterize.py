"""Many small marks on a picture, with smooth edges, fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

FINE = 4  # marks lie on quarters of a pixel, and are drawn so many times larger and reduced

Colour = tuple[int, int, int]
Shape = Callable[[ImageDraw.ImageDraw, float, float, float], None]  # draws at x, y with a unit of length


class Stamp(NamedTuple):
    """A mark: picture <- keep x picture + add, (size, size, 1 and 3) float32, for each of FINE x FINE places."""

    keep: np.ndarray
    add: np.ndarray

    @property
    def size(self) -> int:
        return int(self.keep.shape[2])


def stamp(shape: Shape, color: Colour, edge: Colour, unit: float, opacity: float) -> Stamp:
    """A mark about 10 units large, with an edge of about a unit."""
    size = int(12 * unit) + 3
    keeps, adds = [], []
    for down in range(FINE):
        for across in range(FINE):
            x, y = size // 2 * FINE + across, size // 2 * FINE + down
            outer, inner = (_cover(shape, size, x, y, scale * unit * FINE) for scale in (1.0, 0.78))
            keeps.append(1 - opacity * outer)
            adds.append(opacity * (inner * np.array(color) + (outer - inner) * np.array(edge)))
    return Stamp(np.array(keeps, np.float32).reshape(FINE, FINE, size, size, 1),
                 np.array(adds, np.float32).reshape(FINE, FINE, size, size, 3))  # fmt: skip


def _cover(shape: Shape, size: int, x: float, y: float, unit: float) -> np.ndarray:
    """How much of each pixel the shape covers: (size, size, 1)."""
    mask = Image.new("L", (size * FINE, size * FINE))
    shape(ImageDraw.Draw(mask), x, y, unit)
    return np.asarray(mask.reduce(FINE), np.float32)[..., None] / 255


def circle(draw: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    draw.ellipse((x - 3.6 * unit, y - 3.6 * unit, x + 3.6 * unit, y + 3.6 * unit), fill=255)


def triangle(draw: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    draw.polygon([(x - 4.6 * unit, y + 2.7 * unit), (x + 4.6 * unit, y + 2.7 * unit), (x, y - 5.3 * unit)], fill=255)


def put(keep: np.ndarray, add: np.ndarray | None, mark: Stamp, x: np.ndarray, y: np.ndarray) -> None:
    """Put the mark on a picture at pixels x, y (n,), float; marks beyond its edges are left out.

    `keep` (height, width, 3) float32 is the picture itself; with `add`, of the same shape, the two are a layer for
    later: picture <- keep x picture + add.
    """
    size = mark.size
    half, (height, width) = size // 2, keep.shape[:2]
    fine_x, fine_y = (np.rint(v * FINE).astype(int) for v in (x, y))
    left, top = fine_x // FINE - half, fine_y // FINE - half
    there = (left >= 0) & (top >= 0) & (left + size <= width) & (top + size <= height)
    columns = (fine_y % FINE, fine_x % FINE, top, left)
    for down, across, i, j in zip(*(column[there].tolist() for column in columns), strict=True):
        place = np.s_[i : i + size, j : j + size]
        for layer in (keep,) if add is None else (keep, add):
            layer[place] *= mark.keep[down, across]
        (keep if add is None else add)[place] += mark.add[down, across]
