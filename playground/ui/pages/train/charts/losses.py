"""The losses of D and G over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine.messages import Event, View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts.spec import Spec, array, axis, layout, signed, span
from playground.ui.style import Palette
from playground.utils.scales import robust_range, smooth
from playground.utils.translation import _

MARKS = 40  # events that are drawn, the latest ones
DASHES = ("solid", "dash", "dot", "dashdot")  # of several networks of one kind
ROOM = 0.07  # of the axis, which a name needs below its line; with large type the charts are lower, too


def losses(view: View, palette: Palette, half_life: float = 0.0) -> Spec:
    """A line for each network, averaged with a half-life in rows of the history; a vertical line for each event."""
    keys = [name for name in view.history if name.endswith("_loss")] or ["d_loss", "g_loss"]
    step, *curves = (view.history.get(name, np.zeros(0)) for name in ("step", *keys))
    levels = OBJECTIVES[view.config["objective"]].equilibrium or ()
    values = np.concatenate(curves)
    low, high = robust_range(values, levels)
    if np.nanmin(np.append(values, levels or 0.0)) >= 0:
        low = max(low, 0.0)  # losses that cannot be negative
    lines = tuple(smooth(curve, half_life) for curve in curves)
    names = [key.removesuffix("_loss").upper() for key in keys]
    of_d = [name.startswith("D") for name in names]
    colors = [palette.discriminator if is_d else palette.generated for is_d in of_d]
    signs = ["■" if is_d else "▲" for is_d in of_d]
    dashes = [DASHES[of_d[:i].count(is_d) % len(DASHES)] for i, is_d in enumerate(of_d)]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": array(step, "i4"),
            "y": array(line),
            "line": {"color": color, "width": 2, "dash": dash},
            "hovertemplate": f"{name} %{{y:.3f}}<extra></extra>",
        }
        for name, line, color, dash in zip(names, lines, colors, dashes, strict=True)
    ]
    end = max(float(view.step), 10.0)
    if len(step):
        last = [float(line[-1]) for line in lines]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [float(step[-1])] * len(last),
                "y": last,
                "marker": {
                    "color": colors,
                    "symbol": ["square" if is_d else "triangle-up" for is_d in of_d],
                    "size": 9,
                },
                "hoverinfo": "skip",
            }
        )
        legend = [span(c, f"{s} {n} {signed(v)}") for c, s, n, v in zip(colors, signs, names, last, strict=True)]
    else:
        legend = [span(c, f"{s} {n}") for c, s, n in zip(colors, signs, names, strict=True)]
    marks = view.user_events[-MARKS:]
    if marks:
        data.append(_marks(marks, high, palette))
    title = "<b>" + _("Losses") + "</b>   " + "   ".join(legend)
    return Spec(
        data,
        layout(
            palette,
            title,
            view.generation,
            hovermode="x" if not marks else "closest",
            xaxis=axis(palette, 0, end * 1.02, showgrid=False, tickformat=",d", nticks=5),
            yaxis=axis(palette, low, high),
            shapes=[_line(event.step, palette) for event in marks] + _levels(levels, palette),
            annotations=_notes(
                _sides(levels, lines, low + ROOM * palette.scale**3 * (high - low)), values, low, high, palette
            ),
        ),
    )


def _marks(events: tuple[Event, ...], high: float, palette: Palette) -> dict[str, Any]:
    """A handle at the top of each event's line, to point at."""
    texts: dict[int, list[str]] = {}
    for event in events:
        texts.setdefault(event.step, []).append(event.text)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(texts),
        "y": [high] * len(texts),
        "marker": {"color": palette.ink, "symbol": "triangle-down", "size": 10},
        "cliponaxis": False,
        "hovertext": ["<br>".join([_("Step {step}").format(step=step), *lines]) for step, lines in texts.items()],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _line(step: int, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "layer": "below", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": palette.ink, "width": 1}, "opacity": 0.5,
    }  # fmt: skip


def _levels(levels: tuple[float, ...], palette: Palette) -> list[dict[str, Any]]:
    """Dashed lines where theory puts the losses once G matches the data; one line if both are the same."""
    several = len(set(levels)) > 1
    colors = (palette.discriminator, palette.generated) if several else (palette.ink,)
    return [
        {
            "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
            "line": {"color": color, "width": 1.5, "dash": "dash"}, "opacity": 0.7,
        }
        for level, color in zip(dict.fromkeys(levels), colors, strict=False)
    ]  # fmt: skip


def _sides(levels: tuple[float, ...], lines: tuple[np.ndarray, ...], lowest: float) -> dict[float, str]:
    """Where the name of each level stands: above it, or below if its curve has come to lie above and there is room."""
    return {
        level: "top" if len(line) and line[-1] > level > lowest else "bottom"
        for level, line in zip(levels, lines, strict=False)
    }


def _notes(
    levels: dict[float, str], values: np.ndarray, low: float, high: float, palette: Palette
) -> list[dict[str, Any]]:
    """The name of the dashed lines, and a sign where a value lies outside the axis."""
    small = {"showarrow": False, "font": {"size": 11 * palette.scale, "color": palette.ink}}
    right = small | {"xref": "paper", "x": 1, "xanchor": "right", "opacity": 0.8}
    notes: list[dict[str, Any]] = [
        right | {"y": level, "yanchor": side, "text": _("equilibrium {value}").format(value=signed(level))}
        for level, side in levels.items()
        if low < level < high
    ]
    finite = values[np.isfinite(values)]
    for outside, y, yanchor, sign, peak in (
        ((finite > high).any(), 1, "top", "↑", finite.max(initial=high)),
        ((finite < low).any(), 0, "bottom", "↓", finite.min(initial=low)),
    ):
        if outside:
            text = _("{sign} peak {value:.3g}").format(sign=sign, value=peak)
            notes.append(small | {"xref": "paper", "x": 0.01, "xanchor": "left", "yref": "paper", "y": y,
                                  "yanchor": yanchor, "text": text, "opacity": 0.8})  # fmt: skip
    return notes
