"""What D says of the latest batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import Item, Spec, array, axis, crosshair, layout, shown, signed
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
    colors, names = (palette.real, palette.generated), (_("real"), _("generated"))
    data = [
        area(edges, share, color, dash, name)
        for share, color, name, dash in zip(shares, colors, names, ("solid", "dot"), strict=True)
    ]
    items = [
        Item(f"{symbol} {name}", color, signed(float(s.mean())) if len(s) else "", name)
        for color, symbol, name, s in zip(colors, "●▲", names, (real, fake), strict=True)
    ]
    top = nice(max(0.1, *(share.max() for share in shares)))
    ticks = probability_ticks() if probability else {"nticks": 7}
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            xaxis=axis(palette, low, high, **ticks, **crosshair(palette, _("score {x}").format(x="%{x:.2f}"))),
            yaxis=axis(palette, 0, top, showticklabels=False, nticks=4),
        ),
        _("What D says"),
        tuple(items),
    )


def probability_ticks() -> dict[str, Any]:
    """The ends and the middle of what D says as a probability."""
    return {"tickvals": [0, 0.5, 1], "ticktext": [_("0 generated"), "½", _("1 real")]}


def area(edges: np.ndarray, share: np.ndarray, color: str, dash: str, name: str) -> dict[str, Any]:
    """The outline of a histogram whose equal bins lie between `edges` (bins + 1,), filled.

    Its points are the middles of the bins, so that the pointer reads a bin; an empty bin beyond each end closes it.
    """
    half = (edges[1] - edges[0]) / 2
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "x": array(np.append(edges - half, edges[-1] + half)),
        "y": array(np.concatenate([[0], share, [0]])),
        "fill": "tozeroy",
        "line": {"color": color, "width": 1.5, "dash": dash, "shape": "hvh"},
        "fillcolor": _fade(color),
        "hovertemplate": f"{name} %{{y:.0%}}<extra></extra>",
    }


def _fade(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.25)"
