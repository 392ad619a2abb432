"""A metric over the steps, with the value of real samples as a dashed line."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.i18n import _, number
from playground.metrics.catalogue import Measure, name
from playground.scales import robust_range
from playground.ui.figures.spec import Spec, array, axis, layout, span
from playground.ui.style import Palette

FEW = 12  # values that get a mark each
_ARROWS = {"more": "↑", "less": "↓", "real": "→"}


def measure_chart(view: View, measure: Measure, palette: Palette, small: bool) -> Spec:
    """The values of a View that has some; `small` leaves out words."""
    step, values = series(view, measure.key)
    real = view.floors.get(measure.key, np.nan)
    low, high, ticks = _range(measure, values, real)
    y = np.log10(np.maximum(values, 10.0**low)) if measure.log else values
    marked = slice(None) if len(y) <= FEW else slice(-1, None)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("generated"),
            "x": array(step, "i4"),
            "y": array(y),
            "customdata": array(values),
            "line": {"color": palette.generated, "width": 2},
            "hovertemplate": "%{customdata:.3~g}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": array(step[marked], "i4"),
            "y": array(y[marked]),
            "marker": {"color": palette.generated, "symbol": "triangle-up", "size": 8},
            "hoverinfo": "skip",
        },
    ]
    end = max(float(view.step), 10.0)
    levels = [] if not np.isfinite(real) else [log10(max(real, 10.0**low)) if measure.log else real]
    steps = {event.step for event in view.deeds[-FEW:]}
    return Spec(
        data,
        layout(
            palette,
            title(view, measure, palette, small),
            view.generation,
            xaxis=axis(palette, 0, end * 1.02, showgrid=False, tickformat=",d", nticks=3 if small else 5),
            yaxis=axis(palette, low, high, **(ticks or {"nticks": 3})),
            shapes=[_rule(level, palette) for level in levels] + [_mark(at, palette) for at in sorted(steps)],
        ),
    )


def series(view: View, key: str) -> tuple[np.ndarray, np.ndarray]:
    """The steps (n,) at which a metric was measured and its values (n,)."""
    values = view.readings.get(key, np.zeros(0))
    there = np.isfinite(values)
    return view.readings.get("step", np.zeros(0))[there], values[there]


def title(view: View, measure: Measure, palette: Palette, small: bool) -> str:
    """Its name, which way is better, the latest value, with its step where others are newer, and that of real ones."""
    step, values = series(view, measure.key)
    network = view.measured.network if view.measured else ""
    parts = [f"<b>{name(measure, view.config['dataset'], network)} {_ARROWS[measure.better]}</b>"]
    if len(values):
        latest = f"▲ {spell(measure, float(values[-1]))}"
        if not small and step[-1] < view.readings["step"][-1]:
            latest = _("{value} at step {n}").format(value=latest, n=number(int(step[-1])))
        parts.append(span(palette.generated, latest))
    real = view.floors.get(measure.key, np.nan)
    if np.isfinite(real):
        words = "● {value}" if small else _("● {value} real")
        parts.append(span(palette.real, words.format(value=spell(measure, real))))
    return "   ".join(parts)


def spell(measure: Measure, value: float) -> str:
    """A value in about three figures, shares in percent."""
    if measure.share:
        return _("{x} %").format(x=f"{100 * value:.0f}")
    if measure.key == "modes":
        return f"{value:.0f}"
    if abs(value) >= 100:
        return number(round(value)).replace("-", "−")
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:z.{digits}f}".replace("-", "−")


def _range(measure: Measure, values: np.ndarray, real: float) -> tuple[float, float, dict[str, Any]]:
    """The ends of the axis, in logarithms where the measure wants them, and ticks if they are not the usual ones."""
    levels = (float(real),) if np.isfinite(real) else ()
    if measure.log:  # an unbiased estimate may be negative: then what lies below a third of its size is at the foot
        return decades(np.append(np.maximum(values, -real / 3) if real < 0 else values, levels))
    if measure.share:
        return -0.03, 1.03, {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    if measure.key == "modes" and levels:
        return 0, 1.08 * real, {"tickvals": sorted({0, round(real / 2), round(real)})}
    low, high = robust_range(values, levels)
    low, high = min((low, *levels)), max((high, *(1.02 * level for level in levels)))  # the goal is always in sight
    return (0.0 if min(values.min(), *levels, 0.0) >= 0 else low), high, {}


def decades(values: np.ndarray) -> tuple[float, float, dict[str, Any]]:
    """Ends and ticks of a logarithmic axis around the positive ones of `values`."""
    positive = values[values > 0]
    if not len(positive):
        return -1.0, 0.0, {}
    low, high = log10(positive.min()) - 0.15, log10(positive.max()) + 0.15
    powers = [10.0**k for k in range(floor(low), ceil(high) + 1)]
    for factors in ((1,), (1, 3), (1, 2, 5)):
        shown = [f * p for p in powers for f in factors if low <= log10(f * p) <= high]
        if len(shown) > 1:
            break
    return (
        low,
        high,
        {"tickvals": [log10(v) for v in shown], "ticktext": [f"{v:,g}".replace(",", "\u202f") for v in shown]},
    )


def _rule(level: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
        "line": {"color": palette.real, "width": 2, "dash": "dash"},
    }  # fmt: skip


def _mark(step: int, palette: Palette) -> dict[str, Any]:
    """An event."""
    return {
        "type": "line", "layer": "below", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": palette.ink, "width": 1}, "opacity": 0.3,
    }  # fmt: skip
