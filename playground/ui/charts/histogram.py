"""How some numbers of one or two groups are spread, and where single ones lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.ui.charts.scores import area
from playground.ui.charts.spec import Item, Spec, axis, crosshair, layout
from playground.ui.style import Palette

BINS = 20
DASHES = ("dash", "solid")  # of the marks
SIGNS = "╌│"  # the same in the legend


def histogram(
    groups: Sequence[tuple[str, np.ndarray]], marks: Sequence[tuple[str, float]], title: str, palette: Palette
) -> Spec:
    """The shares of `groups`, at most two of (name, values (n,)), and a line for each of the `marks`, at most two."""
    values = np.concatenate([values for _name, values in groups] + [[at for _name, at in marks]])
    high = float(values.max(initial=0.0)) * 1.05 or 1.0
    edges = np.linspace(0, high, BINS + 1)
    shares = [np.histogram(values, edges)[0] / max(1, len(values)) for _name, values in groups]
    colors = (palette.real, palette.ink)
    data = [
        area(edges, share, color, dash, name)
        for (name, _values), share, color, dash in zip(groups, shares, colors, ("solid", "dot"), strict=False)
    ]
    items = [Item(f"■ {name}", color, group=name) for (name, _values), color in zip(groups, colors, strict=False)]
    items += [Item(f"{sign} {name}", palette.ink, f"{at:.3g}") for (name, at), sign in zip(marks, SIGNS, strict=False)]
    top = 1.1 * max(share.max() for share in shares)
    return Spec(
        data,
        layout(
            palette,
            xaxis=axis(palette, 0, high, **crosshair(palette, "%{x:.3~g}")),
            yaxis=axis(palette, 0, top, showticklabels=False, nticks=4),
            shapes=[_line(at, dash, palette) for (_name, at), dash in zip(marks, DASHES, strict=False)],
        ),
        title,
        tuple(items),
    )


def _line(at: float, dash: str, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": palette.ink, "width": 2, "dash": dash},
    }  # fmt: skip
