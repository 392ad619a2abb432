"""What a translation is compared with, over the steps: the truth, or the input once it went there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.ui.charts.spec import Item, Spec, array, axis, layout, log_axis, shown, steps
from playground.ui.pages.train.charts.losses import MARKS, event_handles, event_line, top_axis
from playground.ui.style import Palette
from playground.utils.scales import robust_range
from playground.utils.translation import _

COLUMNS = ("reconstruction", "cycle", "identity")  # of the history
WEIGHTS = {"reconstruction": "reconstruction_weight", "cycle": "cycle_weight", "identity": "identity_weight"}
_LINES = {"reconstruction": ("solid", "diamond"), "cycle": ("solid", "diamond"), "identity": ("dot", "cross")}
_SIGNS = {"reconstruction": "◆", "cycle": "◆", "identity": "✚"}


def recorded(view: View) -> bool:
    """Whether the history of this game has such errors."""
    return bool(_shown(view))


def name(view: View) -> str:
    """What the chart shows, in a word or two."""
    return _("To the truth") if "reconstruction" in view.history else _("There and back")


def option(view: View) -> str:
    """The same in a word, for a switch."""
    return _("Truth") if "reconstruction" in view.history else _("Cycle")


def errors(view: View, palette: Palette) -> Spec:
    """A line for each error with its weight in G's loss, and one for each event."""
    keys = _shown(view)
    step, *curves = (view.history[key] for key in ("step", *keys))
    names = {"reconstruction": _reconstruction(view), "cycle": _("cycle"), "identity": _("identity")}
    values = np.concatenate(curves)
    _low, high = robust_range(values)
    marks = view.user_events[-MARKS:]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": names[key],
            "legendgroup": names[key],
            "x": array(step, "i4"),
            "y": array(curve),
            "line": {"color": palette.generated, "width": 2, "dash": _LINES[key][0]},
            "meta": {"smooth": True, "end": _LINES[key][1]},
            "hovertemplate": f"{names[key]} %{{y:.3f}}<extra></extra>",
        }
        for key, curve in zip(keys, curves, strict=True)
    ]
    if marks:
        data.append(event_handles(marks, palette))
    items = [
        Item(
            f"{_SIGNS[key]} {names[key]} ×{view.config[WEIGHTS[key]]:g}", palette.generated,
            f"{curve[-1]:.3f}" if len(curve) else "", names[key],
        )
        for key, curve in zip(keys, curves, strict=True)
    ]  # fmt: skip
    positive = len(values) > 0 and bool(np.nanmin(values) > 0)
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            margin={"l": 40 * palette.scale, "r": 22, "t": 16, "b": 26 * palette.scale},
            xaxis=steps(palette, view.step),
            yaxis=axis(palette, 0.0, high),
            shapes=[event_line(event.step, palette) for event in marks],
            **({"yaxis2": top_axis()} if marks else {}),
        ),
        name(view),
        tuple(items),
        log_axis(values) if positive else None,
    )


def _shown(view: View) -> list[str]:
    """The errors that the history has; the identity error only where it is worked out."""
    found = [key for key in COLUMNS if key in view.history]
    off = view.config.get("identity_weight", 0.0) <= 0 and not np.any(view.history.get("identity", np.zeros(0)))
    return [key for key in found if key != "identity" or not off]


def _reconstruction(view: View) -> str:
    return _("L2") if view.config["reconstruction"] == "l2" else _("L1")
