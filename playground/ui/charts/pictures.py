"""Pictures side by side, each with words under it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil

import numpy as np

from playground.ui.charts import tiles
from playground.utils.sample_grid import enlarge

SIDE = 192  # pixels of a smooth picture, about: the browser enlarges the rest


def html(pictures: Sequence[tuple[np.ndarray, str]], smooth: bool, kind: str = "") -> str:
    """`pictures` (h, w, c) uint8 with their captions in a row; `kind` is one more class of CSS."""
    figures = "".join(_figure(picture, caption, smooth) for picture, caption in pictures)
    return f'<div class="pictures {kind} {"" if smooth else "crisp"}">{figures}</div>'


def _figure(picture: np.ndarray, caption: str, smooth: bool) -> str:
    text = escape(caption)
    return f'<figure><img alt="{text}" src="{address(picture, smooth)}"><figcaption>{text}</figcaption></figure>'


def address(picture: np.ndarray, smooth: bool) -> str:
    """A picture (h, w, c) uint8 as an address that holds it."""
    if smooth:
        picture = enlarge(picture[None], max(1, ceil(SIDE / picture.shape[0])))[0]
    return tiles.uri(tiles.png(np.where(picture == tiles.CLEAR, np.uint8(0), picture)))
