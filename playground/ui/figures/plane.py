"""The stage of a 2-D run: D's plane, the real and the generated points."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.colours import shades
from playground.engine.messages import View
from playground.i18n import _
from playground.objectives import OBJECTIVES
from playground.ui.figures.spec import Spec, array, axis, layout
from playground.ui.style import Palette

POINTS = 500  # of each kind; more hide each other


def plane(view: View, palette: Palette) -> Spec:
    """D's plane from vermilion (says generated) to blue (says real), with real and generated points."""
    extent = view.extent
    data = [] if view.plane is None else [_heatmap(view, view.plane, palette)]
    if view.real is not None:
        data.append(_markers(view.real, palette.real, palette, symbol="circle", size=5, opacity=0.55))
    notes = []
    if view.samples is not None:
        style = {"symbol": "triangle-up", "size": 6, "opacity": 0.9}
        data.append(_markers(view.samples, palette.generated, palette, **style) | {"meta": "glide"})
        if (outside := float((np.abs(view.samples) > extent).any(1).mean())) > 0.02:
            notes.append(_note_outside(outside, palette))
    return Spec(data, layout(palette, "", view.generation, annotations=notes, **_square(extent, palette)))


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


def _heatmap(view: View, logits: np.ndarray, palette: Palette) -> dict[str, Any]:
    pace = 2 * view.extent / (len(logits) - 1)
    return {
        "type": "heatmap",
        "z": array(shades(logits, OBJECTIVES[view.config["objective"]].probability), "u1"),
        "zmin": 0,
        "zmax": 255,
        "x0": -view.extent,
        "dx": pace,
        "y0": -view.extent,
        "dy": pace,
        "zsmooth": "fast",
        "showscale": False,
        "hoverinfo": "skip",
        "opacity": 0.75,
        "colorscale": [[0, palette.generated], [0.5, palette.neutral], [1, palette.real]],
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


def _note_outside(share: float, palette: Palette) -> dict[str, Any]:
    return {
        "text": _("{share} of the generated points lie outside").format(share=f"{100 * share:.0f} %"),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.01,
        "xanchor": "left",
        "y": 0.01,
        "yanchor": "bottom",
        "font": {"color": palette.generated, "size": 13},
    }
