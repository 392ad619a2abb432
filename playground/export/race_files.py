"""The curves of a race as a figure for a report and as a table: one line a lane."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.export import figures
from playground.export.figures import drawable
from playground.utils.colors import DARK, LIGHT, Palette
from playground.utils.scales import robust_range, smooth
from playground.utils.translation import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (8.0, 8.4)  # inches
HALF_LIFE = 5.0  # rows of the history over which losses are averaged
DASHES = ("-", "--", ":", "-.", (0, (8, 2)))


@dataclass(frozen=True)
class RaceCurves:
    """What there is to take home of a race.

    `names` of the lanes; `step` (n,) and `quality` (n, lanes), which the axis calls `measure`; `histories` as in the
    lanes' Views.
    """

    names: Sequence[str]
    step: np.ndarray
    quality: np.ndarray
    measure: str
    histories: Sequence[Mapping[str, np.ndarray]]
    dark: bool = False


def race_csv(curves: RaceCurves) -> bytes:
    """One number a row: lane, step, quantity, value."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["lane", "step", "quantity", "value"])
    for i, name in enumerate(curves.names):
        rows = zip(curves.step.tolist(), curves.quality[:, i].tolist(), strict=True)
        table.writerows([name, int(step), "quality", value] for step, value in rows)
        history = curves.histories[i]
        for quantity in (key for key in history if key != "step"):
            rows = zip(history["step"].tolist(), history[quantity].tolist(), strict=True)
            table.writerows([name, int(step), quantity, value] for step, value in rows)
    return out.getvalue().encode()


def race_svg(curves: RaceCurves) -> bytes:
    """An SVG; equal curves give equal bytes."""
    return figures.svg(race_figure(curves))


def race_png(curves: RaceCurves) -> bytes:
    """A PNG of 1600 pixels across."""
    return figures.png(race_figure(curves))


def race_figure(curves: RaceCurves) -> Figure:
    """Panels over the same steps: quality, loss of D, loss of G."""
    fig = figures.empty(*SIZE, curves.dark, layout="constrained")
    panels = list(fig.subplots(3, 1, sharex=True))
    _panel(panels[0], curves, curves.measure, [(curves.step, column) for column in curves.quality.T])
    for ax, key, name in zip(panels[1:], ("d_loss", "g_loss"), (_("Loss of D"), _("Loss of G")), strict=True):
        empty = {"step": np.zeros(0), key: np.zeros(0)}
        found = [history if key in history else empty for history in curves.histories]
        _panel(ax, curves, name, [(history["step"], smooth(history[key], HALF_LIFE)) for history in found])
    figures.set_steps(panels[-1], _palette(curves))
    labels = [drawable(name) for name in curves.names]
    fig.legend(panels[0].get_lines(), labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9,
               handlelength=4, labelcolor=_palette(curves).ink)  # fmt: skip
    return fig


def _palette(curves: RaceCurves) -> Palette:
    return DARK if curves.dark else LIGHT


def _panel(ax: Axes, curves: RaceCurves, name: str, lines: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """A line a lane; what lies far outside the axis is drawn just outside it."""
    palette = _palette(curves)
    low, high = robust_range(np.concatenate([np.asarray(values, float) for _step, values in lines]))
    figures.prepare(ax, palette, curves.dark, name, low, high)
    for i, (step, values) in enumerate(lines):
        shown = figures.near(np.asarray(values, float), low, high)
        ax.plot(step, shown, color=palette.lanes[i], lw=1.8, ls=DASHES[i])
