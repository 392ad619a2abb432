"""The curves of a race: one line a lane, over the steps that all share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from playground.engine.messages import Metric, RaceView, View
from playground.ui.charts.spec import Item, Spec, array, axis, layout, log_axis, shown, signed, steps
from playground.ui.modalities import ON_PAGES
from playground.ui.style import Palette
from playground.utils.scales import robust_range
from playground.utils.translation import _

Curve = Literal["quality", "d_loss", "g_loss"]
CURVES: dict[Curve, str] = {"quality": _("Quality"), "d_loss": _("Loss of D"), "g_loss": _("Loss of G")}
SSIM = _("SSIM of outputs and their truth; more is better, 1 is the truth itself")
MODES = _("Modes found × samples within 3σ; more is better")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def overlay(curve: Curve, race_view: RaceView, views: Sequence[View | None], letters: str, palette: Palette) -> Spec:
    """The lines of `curve` with a letter at each end; the legend has the latest values."""
    lines = _lines(curve, race_view, views)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": letter,
            "legendgroup": letter,
            "x": array(step, "i4"),
            "y": array(line),
            "line": {"color": color, "width": 2.5, "dash": dash},
            "hovertemplate": f"{letter} %{{y:.3f}}<extra></extra>",
            "meta": {"smooth": curve != "quality", "label": letter},
        }
        for (step, line), letter, color, dash in zip(lines, letters, palette.lanes, DASHES, strict=False)
    ]
    values = np.concatenate([line for _step, line in lines])
    low, high = (0.0, 1.05) if curve == "quality" and race_view.metric == "modes" else robust_range(values)
    if not len(values) or np.nanmin(values, initial=0.0) >= 0:
        low = max(low, 0.0)
    items = [
        Item(letter, color, signed(float(line[-1])) if len(line) else "", letter)
        for (_step, line), letter, color in zip(lines, letters, palette.lanes, strict=False)
    ]
    share = curve == "quality" and race_view.metric == "modes"
    positive = not share and len(values) > 0 and bool(np.nanmin(values) > 0)
    return Spec(
        data,
        layout(
            palette,
            shown(*views),
            xaxis=steps(palette, race_view.step, 1.03, nticks=8),
            yaxis=axis(palette, low, high),
        ),
        measured_by(race_view.metric) if curve == "quality" else _(CURVES[curve]),
        tuple(items),
        log_axis(values) if positive else None,
    )


def measured_by(metric: Metric) -> str:
    """What the quality of a race is, in words."""
    words = {"modes": MODES, "ssim": SSIM}
    return _(words[metric] if metric in words else ON_PAGES[metric].distance)


def _lines(curve: Curve, race_view: RaceView, views: Sequence[View | None]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Steps (n,) and values (n,) of each lane."""
    if curve == "quality":
        step = race_view.history.get("step", np.zeros(0))
        quality = race_view.history.get("quality", np.zeros((0, len(views))))
        return [(step, quality[:, i]) for i in range(len(views))]
    empty: dict[str, np.ndarray] = {"step": np.zeros(0), curve: np.zeros(0)}
    histories = [empty if view is None or curve not in view.history else view.history for view in views]
    return [(history["step"], history[curve]) for history in histories]
