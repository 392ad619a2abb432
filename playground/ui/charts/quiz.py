"""How often a person and D tell real from generated samples, over the steps of the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.ui.charts.spec import Item, Spec, array, axis, layout, steps
from playground.ui.style import Palette
from playground.utils.translation import _

CHANCE = 50.0


def accuracy_chart(rows: Sequence[tuple[int, float, float]], last: int, runs: str, palette: Palette) -> Spec:
    """`rows` are (step, the person's share, D's share) of tiles that are right; chance is drawn as the floor."""
    at = np.array([row[0] for row in rows], np.int32)
    mine, d = (100 * np.array([row[k] for row in rows], np.float32) for k in (1, 2))
    you, his = _("you"), "D"
    data = [
        _line(at, mine, you, palette.ink, "solid", "circle"),
        _line(at, d, his, palette.discriminator, "dash", "diamond"),
    ]
    now = [f"{values[-1]:.0f} %" if len(values) else "" for values in (mine, d)]
    floor = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": CHANCE, "y1": CHANCE,
        "line": {"color": palette.ink, "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    return Spec(
        data,
        layout(
            palette,
            runs,
            xaxis=steps(palette, last, 1.05),
            yaxis=axis(palette, 0, 105, ticksuffix=" %", tickvals=[0, 25, 50, 75, 100]),
            shapes=[floor],
        ),
        _("Tiles told right"),
        (
            Item(f"● {you}", palette.ink, now[0], you),
            Item(f"◆ {his}", palette.discriminator, now[1], his),
            Item(_("┄ chance 50 %"), palette.ink),
        ),
    )


def _line(x: np.ndarray, y: np.ndarray, name: str, color: str, dash: str, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "x": array(x, "i4"),
        "y": array(y),
        "line": {"color": color, "width": 2.5, "dash": dash},
        "marker": {"color": color, "size": 9, "symbol": symbol},
        "hovertemplate": f"{name} %{{y:.0f}} %<extra></extra>",
    }
