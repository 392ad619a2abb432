"""What D says of the latest batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import Spec, array, axis, layout, signed, span
from playground.ui.style import Palette
from playground.utils.scales import nice, robust_range, sigmoid
from playground.utils.translation import _

BINS = 24


def scores(view: View, palette: Palette) -> Spec:
    """Histograms of D's scores of real and of generated samples: probabilities where they are some, else raw scores."""
    probability = OBJECTIVES[view.config["objective"]].probability
    real, fake = (np.zeros(0) if s is None else s for s in (view.scores_real, view.scores_fake))
    if probability:
        real, fake = sigmoid(real), sigmoid(fake)
        low, high = 0.0, 1.0
    else:
        low, high = robust_range(np.concatenate([real, fake]))
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(np.clip(s, low, high), edges)[0] / max(len(s), 1) for s in (real, fake)]
    colors, symbols, names = (palette.real, palette.generated), "●▲", (_("real"), _("generated"))
    data = [
        area(edges, share, color, dash, name)
        for share, color, name, dash in zip(shares, colors, names, ("solid", "dot"), strict=True)
    ]
    values = [
        span(color, f"{symbol} {name}" + (f" {signed(float(s.mean()))}" if len(s) else ""))
        for color, symbol, name, s in zip(colors, symbols, names, (real, fake), strict=True)
    ]
    top = nice(max(0.1, *(share.max() for share in shares)))
    ticks = (
        {"tickvals": [0, 0.5, 1], "ticktext": [_("0 generated"), "½", _("1 real")]} if probability else {"nticks": 7}
    )
    title = "<b>" + _("What D says") + "</b>   " + "   ".join(values)
    return Spec(
        data,
        layout(
            palette,
            title,
            view.generation,
            xaxis=axis(palette, low, high, **ticks),
            yaxis=axis(palette, 0, top, showticklabels=False, nticks=4),
        ),
    )


def area(edges: np.ndarray, share: np.ndarray, color: str, dash: str, name: str) -> dict[str, Any]:
    """The outline of a histogram whose bins lie between `edges` (bins + 1,), filled."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": array(np.repeat(edges, 2)),
        "y": array(np.concatenate([[0], np.repeat(share, 2), [0]])),
        "fill": "tozeroy",
        "line": {"color": color, "width": 1.5, "dash": dash},
        "fillcolor": _fade(color),
        "hovertemplate": f"{name} %{{y:.0%}}<extra></extra>",
    }


def _fade(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.25)"
