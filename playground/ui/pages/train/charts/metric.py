"""A metric over the steps; the values of real samples are a band, their mean a dashed line, baselines dotted lines."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isnan, log10
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.metrics.catalogue import Measure, name
from playground.ui.charts.spec import Item, LogAxis, Spec, array, axis, layout, log_axis, shown, steps
from playground.ui.pages.train.charts import baselines
from playground.ui.style import Palette
from playground.utils.readings import RAW
from playground.utils.scales import robust_range
from playground.utils.translation import _, number

FEW = 12  # values that get a mark each
SOME = 8  # values of which the first ones may lie outside the axis
WIDE = 2  # standard deviations of the band on each side
_ARROWS = {"more": "↑", "less": "↓", "real": "→"}


def measure_chart(view: View, measure: Measure, palette: Palette, small: bool) -> Spec:
    """The values of a View that has some, and thin those of G as it is; `small` leaves out words."""
    step, values = series(view, measure.key)
    raw_step, raw_values = raw(view, measure.key)
    real = view.floors.get(measure.key, np.nan)
    band, levels = _band(view, measure), view.baselines.get(measure.key, {})
    low, high, ticks = _range(measure, (values, raw_values), real, (*band, *levels.values()))
    marked = slice(None) if len(values) <= FEW else slice(-1, None)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("generated"),
            "legendgroup": "generated",
            "x": array(step, "i4"),
            "y": array(values),
            "line": {"color": palette.generated, "width": 2},
            "hovertemplate": "▲ %{y:.3~g}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "legendgroup": "generated",
            "x": array(step[marked], "i4"),
            "y": array(values[marked]),
            "marker": {"color": palette.generated, "symbol": "triangle-up", "size": 8},
            "hoverinfo": "skip",
        },
    ]
    if len(raw_values):
        data.insert(0, _thin(raw_step, raw_values, palette))
    rules = [_rule(real, palette)] if np.isfinite(real) else []
    if band and band[1] > band[0]:
        rules.append(_shade(band[0], band[1], palette))
    rules += baselines.lines(levels, palette, small)
    events = {event.step for event in view.user_events[-FEW:]}
    name_, items = heading(view, measure, palette, small)
    log = _logarithmic(measure, np.concatenate([values, raw_values]), (float(real), *band, *levels.values()))
    if log is None:
        items += _outside(measure, np.append(values, raw_values), low, high, palette, small)
    return Spec(
        data,
        layout(
            palette,
            shown(view),
            xaxis=steps(palette, view.step, nticks=3 if small else 5),
            yaxis=axis(palette, low, high, **(ticks or {"nticks": 3})),
            shapes=rules + [_mark(at, palette) for at in sorted(events)],
        ),
        name_,
        items,
        log,
    )


def _logarithmic(measure: Measure, values: np.ndarray, levels: tuple[float, ...]) -> LogAxis | None:
    """The other axis, where the measure goes through orders of magnitude and nothing is negative."""
    finite = np.append(values, [level for level in levels if np.isfinite(level)])
    if not measure.log or finite.min(initial=0.0) < 0 or not (finite > 0).any():
        return None
    return log_axis(finite, chosen=True)


def series(view: View, key: str) -> tuple[np.ndarray, np.ndarray]:
    """The steps (n,) at which a metric was measured and its values (n,)."""
    values = view.readings.get(key, np.zeros(0))
    there = np.isfinite(values)
    return view.readings.get("step", np.zeros(0))[there], values[there]


def raw(view: View, key: str) -> tuple[np.ndarray, np.ndarray]:
    """The same of G as it is; nothing where there is no average that could differ from it."""
    return series(view, RAW + key) if view.averaged else (np.zeros(0), np.zeros(0))


def _thin(step: np.ndarray, values: np.ndarray, palette: Palette) -> dict[str, Any]:
    """The curve of G as it is."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("raw G"),
        "legendgroup": "raw",
        "x": array(step, "i4"),
        "y": array(values),
        "line": {"color": palette.generated, "width": 1, "dash": "dot"},
        "hovertemplate": _("raw G") + " %{y:.3~g}<extra></extra>",
    }


def heading(view: View, measure: Measure, palette: Palette, small: bool) -> tuple[str, tuple[Item, ...]]:
    """Its name and which way is better; the latest value, with its step where others are newer; that of real ones."""
    step, values = series(view, measure.key)
    network = view.measured.network if view.measured else ""
    items = []
    if len(values):
        latest = spell(measure, float(values[-1]))
        raw_values = raw(view, measure.key)[1]
        if not small and step[-1] < view.readings["step"][-1]:
            latest = _("{value} at step {n}").format(value=latest, n=number(int(step[-1])))
        items.append(Item("▲", palette.generated, latest, "generated" if len(raw_values) else ""))
        if len(raw_values):
            items.append(Item("/", palette.generated, spell(measure, float(raw_values[-1])), "raw"))
    real = view.floors.get(measure.key, np.nan)
    if np.isfinite(real):
        words = "{value}" if small else _("{value} real")
        value = spell(measure, real) if small else spell_band(measure, real, _std(view, measure))
        items.append(Item("●", palette.real, words.format(value=value)))
    return f"{name(measure, view.config['dataset'], network)} {_ARROWS[measure.better]}", tuple(items)


def spell(measure: Measure, value: float) -> str:
    """A value in about three figures, shares in percent."""
    if isnan(value):
        return _("not defined")
    if measure.share:
        return _("{x} %").format(x=f"{100 * value:.0f}")
    if measure.key == "modes":
        return f"{value:.0f}"
    if abs(value) >= 100:
        return number(round(value)).replace("-", "−")
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:z.{digits}f}".replace("-", "−")


def spell_band(measure: Measure, mean: float, std: float) -> str:
    """A mean and a standard deviation, this in two figures; the mean alone where nothing varies."""
    if not std > 0 or isnan(mean):
        return spell(measure, mean)
    if measure.share:
        return _("{x} ± {std} %").format(x=f"{100 * mean:.1f}", std=f"{100 * std:.1f}")
    digits = min(max(1 - floor(log10(std)), 0), 4)
    written = [number(round(v)) if abs(v) >= 1000 else f"{v:z.{digits}f}" for v in (mean, std)]
    return " ± ".join(written).replace("-", "−")


def _std(view: View, measure: Measure) -> float:
    return view.floor_stds.get(measure.key, 0.0)


def _band(view: View, measure: Measure) -> tuple[float, ...]:
    """The lower and the upper end of where real samples usually lie; () if that is not known."""
    mean, half = view.floors.get(measure.key, np.nan), WIDE * _std(view, measure)
    if not np.isfinite([mean, half]).all():
        return ()
    return (max(mean - half, 0.0), min(mean + half, 1.0)) if measure.share else (mean - half, mean + half)


def _range(
    measure: Measure, curves: Sequence[np.ndarray], real: float, others: tuple[float, ...]
) -> tuple[float, float, dict[str, Any]]:
    """The ends of the axis, and ticks if they are not the usual ones; `others` are levels that must be in sight, too.

    The first quarter of many values lies outside where it would flatten the rest.
    """
    levels = (*((float(real),) if np.isfinite(real) else ()), *others)
    if measure.share:
        return -0.03, 1.03, {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    if measure.key == "modes" and levels:
        return 0, 1.08 * real, {"tickvals": sorted({0, round(real / 2), round(real)})}
    values = np.concatenate(curves)
    settled = np.concatenate([curve[len(curve) // 4 :] if len(curve) >= SOME else curve for curve in curves])
    low, high = robust_range(settled, (*levels, float(values.min()), float(values.max())))
    low, high = min((low, *levels)), max((high, *(1.02 * level for level in levels)))  # the goal is always in sight
    return (0.0 if min(values.min(), *levels, 0.0) >= 0 else low), high, {}


def _outside(
    measure: Measure, values: np.ndarray, low: float, high: float, palette: Palette, small: bool
) -> tuple[Item, ...]:
    """The greatest and the least value where they lie outside the axis."""
    word = "" if small else " " + _("peak")
    ends = (("↑", values.max(), values.max() > high), ("↓", values.min(), values.min() < low))
    return tuple(Item(sign + word, palette.ink, spell(measure, float(end))) for sign, end, out in ends if out)


def _rule(level: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
        "line": {"color": palette.real, "width": 2, "dash": "dash"},
    }  # fmt: skip


def _shade(low: float, high: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "rect", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": low, "y1": high,
        "fillcolor": palette.real, "opacity": 0.15, "line": {"width": 0},
    }  # fmt: skip


def _mark(step: int, palette: Palette) -> dict[str, Any]:
    """An event."""
    return {
        "type": "line", "layer": "below", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": palette.ink, "width": 1}, "opacity": 0.3,
    }  # fmt: skip
