"""Samples in a table: which goes where, and how a small image becomes a large one."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image


class Layout(NamedTuple):
    """Where samples go, (rows, columns), and what stands above equally many columns each."""

    places: np.ndarray
    heads: tuple[str, ...]


def arrange(labels: np.ndarray | None, rows: int, columns: int, n: int, each: int = 1) -> np.ndarray:
    """Which of `n` samples goes where: (rows, columns), -1 for none.

    With labels (n,), the first `each` columns hold class 0, the next ones class 1, and so on.
    """
    if labels is None:
        flat = np.arange(rows * columns)
        return np.where(flat < n, flat, -1).reshape(rows, columns)
    out = np.full((columns // each, rows * each), -1)
    for k, places in enumerate(out):
        found = np.flatnonzero(labels == k)[: len(places)]
        places[: len(found)] = found
    return out.reshape(-1, rows, each).swapaxes(0, 1).reshape(rows, -1)


def by_class(labels: np.ndarray | None, names: tuple[str, ...], rows: int, columns: int, n: int) -> Layout:
    """`n` samples in a table whose columns belong to classes, if there are labels and room for every class."""
    if labels is None or not 1 <= len(names) <= columns:
        return Layout(arrange(None, rows, columns, n), ())
    each = columns // len(names)
    return Layout(arrange(labels, rows, each * len(names), n, each), names)


@lru_cache(maxsize=32)
def _bicubic(old: int, new: int) -> np.ndarray:
    """The matrix (new, old) that makes `new` pixels of a line of `old` ones, with Pillow's kernel."""
    unit = Image.fromarray(np.eye(old, dtype=np.float32))
    return np.asarray(unit.resize((old, new), Image.Resampling.BICUBIC))


def resized(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """`images` (n, h, w, c) uint8 made bicubically into (n, height, width, c)."""
    down, across = _bicubic(images.shape[1], height), _bicubic(images.shape[2], width)
    lines = down @ np.moveaxis(images, 3, 1).astype(np.float32) @ across.T
    return np.moveaxis(np.rint(lines).clip(0, 255).astype(np.uint8), 1, 3)


def enlarge(images: np.ndarray, scale: int) -> np.ndarray:
    """`images` (n, h, w, c) uint8 enlarged bicubically to (n, h scale, w scale, c)."""
    return resized(images, images.shape[1] * scale, images.shape[2] * scale)
