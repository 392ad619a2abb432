"""The curves of a run as a figure for a report: SVG, which stays sharp at any size, or PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.engine.messages import Event
from playground.export import figures
from playground.export.figures import drawable, near
from playground.utils.colors import DARK, LIGHT, Palette
from playground.utils.scales import robust_range, sigmoid, smooth
from playground.utils.translation import _, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, PANELS, LINE = 8.0, 5.2, 0.17  # inches: of the figure, of the two panels' height, of a line of text
LEFT, RIGHT, TOP, BOTTOM = 0.75, 0.25, 0.82, 0.55  # inches around the panels
LISTED = 12  # events below the panels, the latest ones
LONGEST = 112  # characters of such a line
FEW = 60  # rows that need no average
NEAR = 0.025  # of the axis: events closer than this share a mark


@dataclass(frozen=True)
class Curves:
    """What the figure shows.

    `columns` are "step", one "..._loss" a network, and of a GAN "d_real" and "d_fake", equally long, as in a View's
    history. `levels` are the losses of D and G at the equilibrium, empty where there is none. `probability` says that
    the sigmoid of D's logit is one.
    """

    columns: Mapping[str, np.ndarray]
    events: Sequence[Event] = ()
    title: str = ""
    levels: tuple[float, ...] = ()
    probability: bool = False
    dark: bool = False

    @property
    def palette(self) -> Palette:
        return DARK if self.dark else LIGHT

    def column(self, name: str) -> np.ndarray:
        """A column with gaps (NaN) for what is not finite."""
        values = np.asarray(self.columns.get(name, np.zeros(0)), float)
        return np.where(np.isfinite(values), values, np.nan)


def curves_svg(curves: Curves) -> bytes:
    """An SVG; equal curves give equal bytes."""
    return figures.svg(figure(curves), curves.title)


def curves_png(curves: Curves) -> bytes:
    """A PNG of 1600 pixels across."""
    return figures.png(figure(curves))


def figure(curves: Curves) -> Figure:
    """Panels over the same steps, the losses and of a GAN what D says, and the events in words below them."""
    marks = grouped(curves.events, _end(curves) * NEAR)
    lines = _lines(marks)
    height = PANELS + TOP + BOTTOM + (LINE * (len(lines) + 1) if lines else 0)
    fig = figures.empty(WIDTH, height, curves.dark)
    scored = "d_real" in curves.columns
    panels = [fig.add_subplot()] if not scored else list(fig.subplots(2, 1, sharex=True, height_ratios=(3, 2)))
    bottom = height - TOP - PANELS
    fig.subplots_adjust(LEFT / WIDTH, bottom / height, 1 - RIGHT / WIDTH, 1 - TOP / height, hspace=0.2)
    _draw_losses(panels[0], curves)
    if scored:
        _draw_scores(panels[1], curves)
    _draw_marks(panels, marks, curves.palette)
    panels[-1].set_xlim(0, _end(curves) * 1.02)
    figures.set_steps(panels[-1], curves.palette)
    style: dict[str, Any] = {"color": curves.palette.ink, "parse_math": False}
    fig.text(LEFT / WIDTH, 1 - 0.26 / height, drawable(curves.title), size=12, weight="bold", va="center", **style)
    for k, line in enumerate(lines):
        fig.text(LEFT / WIDTH, (bottom - BOTTOM - LINE * (k + 0.5)) / height, line, size=8, va="center", **style)
    return fig


def _draw_losses(ax: Axes, curves: Curves) -> None:
    palette, step = curves.palette, curves.column("step")
    names = [name for name in curves.columns if name.endswith("_loss")] or ["d_loss", "g_loss"]
    found = [(name.removesuffix("_loss").upper(), curves.column(name)) for name in names]
    values = np.concatenate([loss for _name, loss in found])
    low, high = _range(values, curves.levels)
    if np.nanmin(np.append(values, curves.levels or 0.0)) >= 0:
        low = max(low, 0.0)  # losses that cannot be negative
    _prepare(ax, curves, _("Loss"), low, high)
    for name, loss in found:
        color, dash, marker = (palette.discriminator, "-", "s") if name[0] == "D" else (palette.generated, "--", "^")
        _line(ax, step, loss, color, dash, marker, name)
    several = len(set(curves.levels)) > 1
    colors = (palette.discriminator, palette.generated) if several else (palette.ink,)
    losses = [loss for _name, loss in found] if several else [values]
    for level, color, loss in zip(dict.fromkeys(curves.levels), colors, losses, strict=False):
        ax.axhline(level, color=color, lw=1, ls=(0, (6, 4)), alpha=0.7, zorder=1)
        if low < level < high:
            _name_level(ax, level, loss, palette)
    _note_peaks(ax, values, low, high, curves)
    _legend(ax, palette, 0.055)


def _name_level(ax: Axes, level: float, loss: np.ndarray, palette: Palette) -> None:
    """The name of a dashed line, on the side where the loss is not, lately."""
    recent = loss[-max(1, len(loss) // 5) :]
    below = (recent[np.isfinite(recent)] > level).mean() > 0.5 if np.isfinite(recent).any() else False
    text = _("equilibrium {value:.2f}").format(value=level)
    ax.annotate(text, (1, level), (-3, -3 if below else 2), ("axes fraction", "data"), "offset points", ha="right",
                va="top" if below else "bottom", size=7.5, color=palette.ink, alpha=0.8)  # fmt: skip


def _range(values: np.ndarray, include: tuple[float, ...] = ()) -> tuple[float, float]:
    """The robust range, and the least and the greatest value if they do not lie far outside."""
    finite = values[np.isfinite(values)]
    ends = (float(finite.min()), float(finite.max())) if len(finite) else ()
    return robust_range(values, (*include, *ends))


def _draw_scores(ax: Axes, curves: Curves) -> None:
    palette, step, real, fake = curves.palette, *(curves.column(name) for name in ("step", "d_real", "d_fake"))
    if curves.probability:
        real, fake = sigmoid(real), sigmoid(fake)
        _prepare(ax, curves, _("D's mean score as a probability"), 0.0, 1.0)
        ax.axhline(0.5, color=palette.ink, lw=1, ls=(0, (6, 4)), alpha=0.7, zorder=1)
    else:
        low, high = _range(np.concatenate([real, fake]))
        _prepare(ax, curves, _("D's mean score"), low, high)
        _note_peaks(ax, np.concatenate([real, fake]), low, high, curves)
    _line(ax, step, real, palette.real, "-", "o", _("real, D(x)"))
    _line(ax, step, fake, palette.generated, ":", "^", _("generated, D(G(z))"))
    _legend(ax, palette)


def _prepare(ax: Axes, curves: Curves, name: str, low: float, high: float) -> None:
    figures.prepare(ax, curves.palette, curves.dark, name, low, high)


def _line(ax: Axes, step: np.ndarray, values: np.ndarray, color: str, dash: str, marker: str, name: str) -> None:
    """The values, faint, and their average over about a sixtieth of the run, with marks that tell it without colour."""
    low, high = ax.get_ylim()
    n = min(len(step), len(values))
    step, values = step[:n], values[:n]
    averaged = smooth(values, n / 60) if n > FEW else values
    if n > FEW:
        ax.plot(step, near(values, low, high), color=color, lw=0.7, alpha=0.35, zorder=2)
    ax.plot(step, near(averaged, low, high), color=color, lw=1.8, ls=dash, marker=marker, ms=4.5, zorder=3,
            markevery=max(1, n // 12), label=name)  # fmt: skip


def _note_peaks(ax: Axes, values: np.ndarray, low: float, high: float, curves: Curves) -> None:
    """A sign where a value lies outside the axis."""
    finite = values[np.isfinite(values)]
    behind = {"facecolor": figures.paper(curves.dark), "edgecolor": "none", "alpha": 0.8, "pad": 1}
    for outside, y, va, sign, peak in (
        ((finite > high).any(), 0.98, "top", "↑", finite.max(initial=high)),
        ((finite < low).any(), 0.02, "bottom", "↓", finite.min(initial=low)),
    ):
        if outside:
            text = _("{sign} peak {value:.3g}").format(sign=sign, value=peak)
            ax.text(0.01, y, text, transform=ax.transAxes, size=7.5, va=va, color=curves.palette.ink, zorder=4,
                    bbox=behind)  # fmt: skip


def _legend(ax: Axes, palette: Palette, lift: float = 0.0) -> None:
    """The names of the lines above the panel; `lift`, a share of its height, leaves room for the marks."""
    ax.legend(loc="lower right", bbox_to_anchor=(1.01, 1 + lift), ncols=2, frameon=False, fontsize=9, handlelength=3,
              borderaxespad=0.2, labelcolor=palette.ink)  # fmt: skip


def _end(curves: Curves) -> float:
    return float(np.nanmax([10.0, *curves.column("step"), *(event.step for event in curves.events)]))


# Events


def grouped(events: Sequence[Event], near: float) -> list[list[Event]]:
    """The events in the order of their steps; those within `near` steps of the first of a group belong to it."""
    groups: list[list[Event]] = []
    for event in sorted(events, key=lambda event: event.step):
        if groups and event.step - groups[-1][0].step <= near:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _draw_marks(panels: Sequence[Axes], marks: Sequence[Sequence[Event]], palette: Palette) -> None:
    """A line through all panels for every step with an event, a number over the first of each group."""
    for k, group in enumerate(marks):
        for step in {event.step: None for event in group}:
            for ax in panels:
                ax.axvline(step, color=palette.ink, lw=0.8, alpha=0.4, zorder=1)
        panels[0].annotate(str(k + 1), (group[0].step, 1), (0, 2), ("data", "axes fraction"), "offset points",
                           ha="center", va="bottom", size=8, weight="bold", color=palette.ink)  # fmt: skip


def _lines(marks: Sequence[Sequence[Event]]) -> list[str]:
    """The latest events in words, with the numbers of their marks."""
    lines = [
        f"{k + 1}   " + _("step {step}").format(step=number(event.step)) + f"   {_(event.text)}"
        for k, group in enumerate(marks)
        for event in group
    ]
    lines = [drawable(line if len(line) <= LONGEST else line[: LONGEST - 1] + "…") for line in lines]
    hidden = len(lines) - LISTED
    return lines if hidden <= 0 else [_("{n} earlier ones are not listed").format(n=hidden), *lines[hidden:]]
