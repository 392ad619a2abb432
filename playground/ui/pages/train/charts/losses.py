"""The losses of D and G over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.messages import Event, View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import Item, Spec, array, axis, layout, log_axis, shown, signed, steps
from playground.ui.style import Palette
from playground.utils.scales import robust_range
from playground.utils.translation import _, number

MARKS = 40  # events that are drawn, the latest ones
DASHES = ("solid", "dash", "dot", "dashdot")  # of several networks of one kind


def losses(view: View, palette: Palette) -> Spec:
    """A line for each network and for each event; dashed where theory puts the losses once G matches the data."""
    keys = [name for name in view.history if name.endswith("_loss")] or ["d_loss", "g_loss"]
    step, *curves = (view.history.get(name, np.zeros(0)) for name in ("step", *keys))
    levels = OBJECTIVES[view.config["objective"]].equilibrium or ()
    values = np.concatenate(curves)
    low, high = robust_range(values, levels)
    if np.nanmin(np.append(values, levels or 0.0)) >= 0:
        low = max(low, 0.0)  # losses that cannot be negative
    names = [key.removesuffix("_loss").upper() for key in keys]
    of_d = [name.startswith("D") for name in names]
    colors = [palette.discriminator if is_d else palette.generated for is_d in of_d]
    dashes = [DASHES[of_d[:i].count(is_d) % len(DASHES)] for i, is_d in enumerate(of_d)]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "legendgroup": name,
            "x": array(step, "i4"),
            "y": array(curve),
            "line": {"color": color, "width": 2, "dash": dash},
            "meta": {"smooth": True, "end": "square" if is_d else "triangle-up"},
            "hovertemplate": f"{name} %{{y:.3f}}<extra></extra>",
        }
        for name, curve, color, dash, is_d in zip(names, curves, colors, dashes, of_d, strict=True)
    ]
    items = [
        Item(f"{_sign(is_d, dash)} {name}", color, signed(float(curve[-1])) if len(curve) else "", name)
        for name, curve, color, dash, is_d in zip(names, curves, colors, dashes, of_d, strict=True)
    ]
    marks = view.user_events[-MARKS:]
    if marks:
        data.append(event_handles(marks, palette))
    positive = len(values) > 0 and bool(np.nanmin(values) > 0)
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            margin={"l": 40 * palette.scale, "r": 22, "t": 16, "b": 26 * palette.scale},
            xaxis=steps(palette, view.step),
            yaxis=axis(palette, low, high),
            shapes=[event_line(event.step, palette) for event in marks] + _levels(levels, palette),
            **({"yaxis2": top_axis()} if marks else {}),
        ),
        _("Losses"),
        (*items, *_notes(levels, values, low, high, palette)),
        log_axis(np.append(values, levels)) if positive else None,
    )


def _sign(is_d: bool, dash: str) -> str:
    """Of a network in the legend: that of its side, and a dash where its line is dashed."""
    return ("■" if is_d else "▲") + ("" if dash == DASHES[0] else "╌")


def top_axis() -> dict[str, Any]:
    """An axis whose 1 is the top of the chart, wherever one has zoomed to."""
    return {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}


def event_handles(events: tuple[Event, ...], palette: Palette) -> dict[str, Any]:
    """A handle above each event's line, to point at."""
    texts: dict[int, list[str]] = {}
    for event in events:
        texts.setdefault(event.step, []).append(event.text)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "",
        "x": list(texts),
        "y": [1] * len(texts),
        "yaxis": "y2",
        "marker": {"color": palette.ink, "symbol": "triangle-up", "angle": 180, "size": 10, "standoff": 6},
        "cliponaxis": False,
        "hovertext": [
            "<br>".join([_("Step {step}").format(step=number(step)), *lines]) for step, lines in texts.items()
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def event_line(step: int, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "layer": "below", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": palette.ink, "width": 1}, "opacity": 0.5,
    }  # fmt: skip


def _levels(levels: tuple[float, ...], palette: Palette) -> list[dict[str, Any]]:
    """Dashed lines where theory puts the losses once G matches the data; one line if both are the same."""
    return [
        {
            "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
            "line": {"color": color, "width": 1.5, "dash": "dash"}, "opacity": 0.7,
        }
        for level, color in _colored(levels, palette)
    ]  # fmt: skip


def _colored(levels: tuple[float, ...], palette: Palette) -> list[tuple[float, str]]:
    several = len(set(levels)) > 1
    colors = (palette.discriminator, palette.generated) if several else (palette.ink,)
    return list(zip(dict.fromkeys(levels), colors, strict=False))


def _notes(levels: tuple[float, ...], values: np.ndarray, low: float, high: float, palette: Palette) -> list[Item]:
    """What the dashed lines are, and the greatest and the least value where they lie outside the axis."""
    notes = []
    if shown := [signed(level) for level in dict.fromkeys(levels) if low < level < high]:
        notes.append(Item("╌ " + _("equilibrium"), palette.ink, " / ".join(shown)))
    finite = values[np.isfinite(values)]
    if (finite > high).any():
        notes.append(Item("↑ " + _("peak"), palette.ink, f"{finite.max():.3g}"))
    if (finite < low).any():
        notes.append(Item("↓ " + _("peak"), palette.ink, f"{finite.min():.3g}".replace("-", "−")))
    return notes
