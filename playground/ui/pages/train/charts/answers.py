"""What D says of real and of generated samples, over the steps."""

from __future__ import annotations

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.scores import probability_ticks
from playground.ui.charts.spec import Item, Spec, array, axis, layout, shown, signed, steps
from playground.ui.style import Palette
from playground.utils.scales import robust_range, sigmoid
from playground.utils.translation import _

COLUMNS = ("d_real", "d_fake")  # of the history


def recorded(view: View) -> bool:
    """Whether the history of this game has what D says."""
    return all(column in view.history for column in COLUMNS)


def answers(view: View, palette: Palette) -> Spec:
    """D's mean score of each batch, as a probability where the objective makes it one; dashed where D cannot tell."""
    probability = OBJECTIVES[view.config["objective"]].probability
    step, *curves = (view.history.get(name, np.zeros(0)) for name in ("step", *COLUMNS))
    if probability:
        curves = [sigmoid(curve) for curve in curves]
    colors, names, dashes = (palette.real, palette.generated), (_("real"), _("generated")), ("solid", "dot")
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "legendgroup": name,
            "x": array(step, "i4"),
            "y": array(curve),
            "line": {"color": color, "width": 2, "dash": dash},
            "meta": {"smooth": True, "end": end},
            "hovertemplate": f"{name} %{{y:.3f}}<extra></extra>",
        }
        for curve, name, color, dash, end in zip(curves, names, colors, dashes, ("circle", "triangle-up"), strict=True)
    ]
    items = [
        Item(f"{sign} {name}", color, signed(float(curve[-1])) if len(curve) else "", name)
        for curve, name, color, sign in zip(curves, names, colors, "●▲", strict=True)
    ]
    if probability:
        low, high, ticks = 0.0, 1.0, probability_ticks() | {"ticktext": ["0", "½", "1"]}
    else:
        low, high = robust_range(np.concatenate(curves))
        ticks = {"nticks": 5}
    middle = {
        "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5,
        "line": {"color": palette.ink, "width": 1.5, "dash": "dash"}, "opacity": 0.5,
    }  # fmt: skip
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            xaxis=steps(palette, view.step),
            yaxis=axis(palette, low, high, **ticks),
            shapes=[middle] if probability else [],
        ),
        _("What D says"),
        tuple(items),
    )
