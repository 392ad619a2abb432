"""How some numbers of one or two groups are spread, and where single ones lie."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from playground.ui.charts.scores import area
from playground.ui.charts.spec import Spec, axis, layout, span
from playground.ui.style import Palette

BINS = 20
DASHES = ("dash", "solid")  # of the marks


def histogram(
    groups: Sequence[tuple[str, np.ndarray]], marks: Sequence[tuple[str, float]], title: str, palette: Palette
) -> Spec:
    """The shares of `groups`, at most two of (name, values (n,)), and a line with its name for each of `marks`."""
    values = np.concatenate([values for _name, values in groups] + [[at for _name, at in marks]])
    high = float(values.max(initial=0.0)) * 1.05 or 1.0
    edges = np.linspace(0, high, BINS + 1)
    shares = [np.histogram(values, edges)[0] / max(1, len(values)) for _name, values in groups]
    colors = (palette.real, palette.ink)
    data = [
        area(edges, share, color, dash, name)
        for (name, _values), share, color, dash in zip(groups, shares, colors, ("solid", "dot"), strict=False)
    ]
    names = [span(color, escape(name)) for (name, _values), color in zip(groups, colors, strict=False)]
    top = 1.25 * max(share.max() for share in shares)
    return Spec(
        data,
        layout(
            palette,
            f"<b>{escape(title)}</b>   " + "   ".join(names),
            0,
            xaxis=axis(palette, 0, high),
            yaxis=axis(palette, 0, top, showticklabels=False, nticks=4),
            shapes=[_line(at, dash, palette) for (_name, at), dash in zip(marks, DASHES, strict=False)],
            annotations=[_note(name, at, high, i, palette) for i, (name, at) in enumerate(marks)],
        ),
    )


def _line(at: float, dash: str, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": palette.ink, "width": 2, "dash": dash},
    }  # fmt: skip


def _note(name: str, at: float, high: float, row: int, palette: Palette) -> dict[str, Any]:
    """A name beside its line, on the side where there is room; the names in different heights."""
    return {
        "text": name, "x": at, "y": 0.98 - 0.12 * row, "yref": "paper", "yanchor": "top", "showarrow": False,
        "xanchor": "right" if at > high / 2 else "left", "font": {"color": palette.ink},
    }  # fmt: skip
