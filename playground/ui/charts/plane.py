"""Points in their plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.ui.charts.spec import Spec, array, axis, layout
from playground.ui.style import Palette

POINTS = 500  # more hide each other


def cloud(points: np.ndarray, extent: float, palette: Palette) -> Spec:
    """Real points (n, 2) over [-extent, extent]^2."""
    data = [_markers(points, palette.real, palette, symbol="circle", size=5, opacity=0.7)]
    return Spec(data, layout(palette, **_square(extent, palette)))


def _square(extent: float, palette: Palette) -> dict[str, Any]:
    """Both axes over [-extent, extent], equally long."""
    sides = {"constrain": "domain", "nticks": 5}
    return {
        "margin": {"l": 30 * palette.scale, "r": 4, "t": 4, "b": 22 * palette.scale},
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
        "marker": {"color": color, "line": line, **marker},
    }
