"""What the figures for reports share: their files, their paper, and an empty panel over the steps."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.utils.colors import PAPER, Palette
from playground.utils.translation import _, english, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200


def svg(figure: Figure, title: str = "") -> bytes:
    """An SVG with letters as outlines, so that it looks the same everywhere; equal figures give equal bytes."""
    import matplotlib as mpl

    named = {"Title": drawable(title)} if title else {}
    with mpl.rc_context({"svg.hashsalt": "playground"}):  # the names of its parts would be random
        return _saved(figure, "svg", {"Date": None, "Creator": None, **named})


def png(figure: Figure) -> bytes:
    """A PNG with 200 pixels an inch."""
    return _saved(figure, "png", {"Software": None})


def _saved(figure: Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=kind, dpi=DPI, metadata=metadata)
    return out.getvalue()


def empty(width: float, height: float, dark: bool, **options: Any) -> Figure:
    """A figure of so many inches without a panel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fig = Figure(figsize=(width, height), facecolor=paper(dark), **options)
    FigureCanvasAgg(fig)
    return fig


def paper(dark: bool) -> str:
    """The colour behind everything."""
    red, green, blue = PAPER[dark]
    return f"#{red:02x}{green:02x}{blue:02x}"


def prepare(ax: Axes, palette: Palette, dark: bool, name: str, low: float, high: float) -> None:
    """An empty panel from `low` to `high`, with what it shows beside it."""
    ax.set_facecolor(paper(dark))
    ax.set_ylim(low, high)
    ax.set_ylabel(drawable(name), color=palette.ink, size=9)
    ax.grid(axis="y", color=palette.ink, alpha=0.12, lw=0.8)
    ax.tick_params(colors=palette.ink, labelsize=8.5, length=3)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=palette.ink, alpha=0.4)


def set_steps(ax: Axes, palette: Palette) -> None:
    """Name the axis of the steps and write whole numbers beside it."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda step, _place: number(round(step))))
    ax.set_xlabel(drawable(_("step")), color=palette.ink, size=9)


def near(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """What lies far outside the panel moves to just outside: huge numbers are more than a renderer can take."""
    out: np.ndarray = np.clip(values, low - (high - low), high + (high - low))
    return out


def drawable(text: str) -> str:
    """`text` as one line of letters that the font has; a message that has others is in English, else each is a box."""
    known = _letters()
    text = text if all(ord(c) in known for c in text) else english(text)
    return "".join(c if ord(c) in known else "□" if c.isprintable() else " " for c in text)


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
