"""Points in their plane, and the colours of what D says there."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.ui.figures.scores import sigmoid
from playground.ui.figures.spec import Spec, array, axis, layout, nice
from playground.ui.style import Palette

POINTS = 500  # more hide each other


def cloud(points: np.ndarray, extent: float, palette: Palette) -> Spec:
    """Real points (n, 2) over [-extent, extent]^2."""
    data = [_markers(points, palette.real, palette, symbol="circle", size=5, opacity=0.7)]
    return Spec(data, layout(palette, "", 0, **_square(extent, palette)))


def _square(extent: float, palette: Palette) -> dict[str, Any]:
    """Both axes over [-extent, extent], equally long."""
    sides = {"constrain": "domain", "showgrid": False, "nticks": 5}
    return {
        "margin": {"l": 30, "r": 4, "t": 4, "b": 22},
        "xaxis": axis(palette, -extent, extent, **sides),
        "yaxis": axis(palette, -extent, extent, scaleanchor="x", constraintoward="top", **sides),
    }


def _markers(points: np.ndarray, color: str, palette: Palette, **marker: Any) -> dict[str, Any]:
    """The first `POINTS` of points (n, 2)."""
    x, y = points[:POINTS].T
    line = {"width": 0.5, "color": palette.neutral}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": array(x),
        "y": array(y),
        "hoverinfo": "skip",
        "meta": "",
        "marker": {"color": color, "line": line, **marker},
    }


def shades(logits: np.ndarray, probability: bool) -> np.ndarray:
    """`logits` (side, side) as 0 (says generated) to 255 (says real), 127.5 being neutral; uint8.

    A probability is shown as it is. A raw score has no scale of its own: its largest distance from the middle of the
    scores, rounded to 1, 2 or 5 times a power of ten, becomes full colour.
    """
    logits = np.nan_to_num(logits)
    if probability:
        unit = sigmoid(logits)
    else:
        centred = logits - np.median(logits)
        unit = 0.5 + 0.5 * centred / nice(max(float(np.abs(centred).max()), 1e-6))
    out: np.ndarray = np.rint(255 * unit).clip(0, 255).astype(np.uint8)
    return out
