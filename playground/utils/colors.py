"""One meaning, one colour, everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.utils.scales import nice, sigmoid


@dataclass(frozen=True)
class Palette:
    """One meaning, one colour; colour-blind safe and readable on its background."""

    real: str
    generated: str  # and G
    discriminator: str
    neutral: str  # D cannot tell
    ink: str
    faint: str  # grids and marks
    lanes: tuple[str, ...]  # of a race
    scale: float = 1.0  # of the type in figures


LIGHT = Palette(
    "#0072B2",
    "#D55E00",
    "#9C3D91",
    "#F4F4F2",
    "#1B2126",
    "rgba(90,100,110,0.22)",
    ("#332288", "#9A7200", "#117F6E", "#C2405A", "#5F6670"),
)
DARK = Palette(
    "#56B4E9",
    "#F58A42",
    "#DB94D3",
    "#20252A",
    "#E8EBED",
    "rgba(160,170,180,0.22)",
    ("#A79BF2", "#E3BC3C", "#4CC9B4", "#F4919F", "#A9B1BA"),
)
PAPER = {False: (255, 255, 255), True: (20, 23, 26)}  # what files are drawn on, light and dark


def realness(logits: np.ndarray, probability: bool) -> np.ndarray:
    """`logits` (side, side) as 0 (says generated) to 1 (says real), ½ being neutral.

    A probability is shown as it is. A raw score has no scale of its own: its largest distance from the middle of the
    scores, rounded to 1, 2 or 5 times a power of ten, becomes full colour.
    """
    logits = np.nan_to_num(logits).clip(-1e9, 1e9)
    if probability:
        return sigmoid(logits)
    centred = logits - np.median(logits)
    unit: np.ndarray = 0.5 + 0.5 * centred / nice(max(float(np.abs(centred).max()), 1e-6))
    return unit.clip(0, 1)


def shades(logits: np.ndarray, probability: bool) -> np.ndarray:
    """The same as 0 to 255, 127.5 being neutral; uint8."""
    out: np.ndarray = np.rint(255 * realness(logits, probability)).astype(np.uint8)
    return out


def rgb(color: str) -> tuple[int, int, int]:
    """The red, green and blue, 0 to 255, of "#rrggbb"."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
