"""The curves of a race as a figure for a report and as a table: one line a lane."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.export.plots import drawable
from playground.utils.colors import DARK, LIGHT, PAPER
from playground.utils.scales import robust_range, smooth
from playground.utils.translation import _, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (8.0, 8.4)  # inches
DPI = 200
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
    """An SVG with letters as outlines; equal curves give equal bytes."""
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "playground"
    return _saved(curves, "svg", {"Date": None, "Creator": None})


def race_png(curves: RaceCurves) -> bytes:
    """A PNG of 1600 pixels across."""
    return _saved(curves, "png", {"Software": None})


def _saved(curves: RaceCurves, kind: str, metadata: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    race_figure(curves).savefig(out, format=kind, dpi=DPI, metadata=metadata)
    return out.getvalue()


def race_figure(curves: RaceCurves) -> Figure:
    """Panels over the same steps: quality, loss of D, loss of G."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ink = _palette(curves).ink
    fig = Figure(figsize=SIZE, facecolor=_paper(curves), layout="constrained")
    FigureCanvasAgg(fig)
    panels = list(fig.subplots(3, 1, sharex=True))
    _panel(panels[0], curves, curves.measure, [(curves.step, column) for column in curves.quality.T])
    for ax, key, name in zip(panels[1:], ("d_loss", "g_loss"), (_("Loss of D"), _("Loss of G")), strict=True):
        empty = {"step": np.zeros(0), key: np.zeros(0)}
        found = [history if key in history else empty for history in curves.histories]
        _panel(ax, curves, name, [(history["step"], smooth(history[key], HALF_LIFE)) for history in found])
    panels[-1].set_xlabel(_("step"), color=ink, size=9)
    panels[-1].xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda step, _place: number(round(step))))
    labels = [drawable(name) for name in curves.names]
    fig.legend(panels[0].get_lines(), labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9,
               handlelength=4, labelcolor=ink)  # fmt: skip
    return fig


def _palette(curves: RaceCurves) -> Any:
    return DARK if curves.dark else LIGHT


def _paper(curves: RaceCurves) -> str:
    red, green, blue = PAPER[curves.dark]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _panel(ax: Axes, curves: RaceCurves, name: str, lines: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """A line a lane; what lies far outside the axis is drawn just outside it."""
    palette = _palette(curves)
    low, high = robust_range(np.concatenate([np.asarray(values, float) for _step, values in lines]))
    for i, (step, values) in enumerate(lines):
        near = np.clip(np.asarray(values, float), low - (high - low), high + (high - low))
        ax.plot(step, near, color=palette.lanes[i], lw=1.8, ls=DASHES[i])
    ax.set_facecolor(_paper(curves))
    ax.set_ylim(low, high)
    ax.set_ylabel(name, color=palette.ink, size=9)
    ax.grid(axis="y", color=palette.ink, alpha=0.12, lw=0.8)
    ax.tick_params(colors=palette.ink, labelsize=8.5, length=3)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=palette.ink, alpha=0.4)
