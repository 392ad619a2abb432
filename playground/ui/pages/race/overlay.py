"""The curves of a race: one line a lane, over the steps that all share."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Literal

import numpy as np

from playground.engine.messages import Metric, RaceView, View
from playground.ui.charts.spec import Spec, array, axis, layout, signed, span
from playground.ui.style import Palette
from playground.utils.scales import robust_range, smooth
from playground.utils.translation import _

Curve = Literal["quality", "d_loss", "g_loss"]
CURVES: dict[Curve, str] = {"quality": "Quality", "d_loss": "Loss of D", "g_loss": "Loss of G"}
METRICS: dict[Metric, str] = {
    "modes": "Modes found × samples within 3σ; more is better",
    "points": "Sliced Wasserstein distance; less is better",
    "pixels": "Sliced Wasserstein distance of pixels; less is better",
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
APART = 0.06  # of the axis: two letters that do not cover each other
HALF_LIFE = 5.0  # rows of the history over which losses are averaged


def overlay(curve: Curve, race_view: RaceView, views: Sequence[View | None], letters: str, palette: Palette) -> Spec:
    """The lines of `curve` with a letter at each end; the title has the latest values."""
    lines = _lines(curve, race_view, views)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": letter,
            "x": array(step, "i4"),
            "y": array(line),
            "line": {"color": color, "width": 2.5, "dash": dash},
        }
        for (step, line), letter, color, dash in zip(lines, letters, palette.lanes, DASHES, strict=False)
    ]
    values = np.concatenate([line for _step, line in lines])
    low, high = (0.0, 1.05) if curve == "quality" and race_view.metric == "modes" else robust_range(values)
    if not len(values) or np.nanmin(values, initial=0.0) >= 0:
        low = max(low, 0.0)
    end = max(float(race_view.step), 10.0)
    ends = [(float(step[-1]), float(line[-1])) if len(line) else None for step, line in lines]
    what = _(METRICS[race_view.metric]) if curve == "quality" else _(CURVES[curve])
    legend = "   ".join(
        span(color, escape(f"{letter} {signed(at[1])}" if at else letter))
        for at, letter, color in zip(ends, letters, palette.lanes, strict=False)
    )
    marks = [(*at, letter, color) for at, letter, color in zip(ends, letters, palette.lanes, strict=False) if at]
    return Spec(
        data,
        layout(
            palette,
            f"<b>{what}</b>   {legend}",
            0,
            xaxis=axis(palette, 0, end * 1.03, showgrid=False, tickformat=",d", nticks=8),
            yaxis=axis(palette, low, high),
            annotations=_letters(marks, low, high),
        ),
    )


def _lines(curve: Curve, race_view: RaceView, views: Sequence[View | None]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Steps (n,) and values (n,) of each lane."""
    if curve == "quality":
        step = race_view.history.get("step", np.zeros(0))
        quality = race_view.history.get("quality", np.zeros((0, len(views))))
        return [(step, quality[:, i]) for i in range(len(views))]
    empty: dict[str, np.ndarray] = {"step": np.zeros(0), curve: np.zeros(0)}
    histories = [empty if view is None or curve not in view.history else view.history for view in views]
    return [(history["step"], smooth(history[curve], HALF_LIFE)) for history in histories]


def _letters(marks: list[tuple[float, float, str, str]], low: float, high: float) -> list[dict[str, Any]]:
    """The letters of the lanes at the ends (x, y) of their lines, moved up where they would cover each other."""
    notes: list[dict[str, Any]] = []
    free = low
    for x, y, letter, color in sorted((mark for mark in marks if np.isfinite(mark[1])), key=lambda mark: mark[1]):
        at = min(max(y, free), high)
        free = at + APART * (high - low)
        notes.append(
            {
                "text": letter, "x": x, "y": at, "xanchor": "left", "yanchor": "middle", "showarrow": False,
                "font": {"color": color, "size": 13},
            }
        )  # fmt: skip
    return notes
