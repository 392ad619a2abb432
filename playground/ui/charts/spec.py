"""What all figures share: Plotly's JSON, typed arrays, and what stands above a chart."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.ui.style import Palette
from playground.utils.translation import _

_TYPES = {"f4": np.float32, "i4": np.int32}

# What every layout, axis and x axis that is read has: the script of the chart component knows it.
COMMON = {
    "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "separators": ".\u202f", "showlegend": False,
    "hovermode": "x unified",
}  # fmt: skip
COMMON_AXIS = {"zeroline": False, "automargin": False, "ticklabelstandoff": 4}
COMMON_CROSSHAIR = {
    "showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "solid", "spikesnap": "hovered data",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """An entry of the legend: a sign with a name, and the latest value.

    `group` is the `legendgroup` of the traces that it switches on and off; without one it is a note.
    """

    text: str
    color: str
    value: str = ""
    group: str = ""

    @property
    def written(self) -> str:
        return f"{self.text} {self.value}".strip()


@dataclass(frozen=True)
class LogAxis:
    """The y axis of a figure once it is logarithmic: its ends as powers of ten, and its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()
    chosen: bool = False  # whether the chart begins with it

    def to_dict(self) -> dict[str, Any]:
        """As Plotly wants it."""
        texts = [f"{tick:,g}".replace(",", "\u202f") for tick in self.ticks]
        return {"type": "log", "range": [self.low, self.high], "tickvals": list(self.ticks), "ticktext": texts}


@dataclass(frozen=True)
class Spec:
    """A figure in Plotly's JSON, with its title and legend as data: the chart component draws those itself.

    `log` is the other y axis that one can choose. `meta` of a trace may ask for more than Plotly does: "smooth" (it is
    averaged as the reader likes), "end" or "label" (a symbol or a letter at its last point), "glide" (its points move
    to their new places).
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    title: str = ""
    items: tuple[Item, ...] = ()
    log: LogAxis | None = None

    @property
    def heading(self) -> str:
        """Title and legend as Plotly's HTML."""
        spans = (span(item.color, escape(item.written)) for item in self.items)
        return "   ".join([f"<b>{escape(self.title)}</b>", *spans] if self.title else spans)

    def to_dict(self) -> dict[str, Any]:
        """The figure as Plotly alone draws it."""
        return {"data": self.data, "layout": self.layout | {"title": {"text": self.heading, "x": 0}}}

    def payload(self) -> dict[str, Any]:
        """What the chart component gets: the same without what it knows.

        An x that an earlier trace has, too, is the number of that trace; equal distances are [first, distance, count].
        Arrays are bytes, see `frames.packed`.
        """
        data: list[dict[str, Any]] = []
        for trace in self.data:
            same = next((i for i, other in enumerate(self.data[: len(data)]) if other["x"] == trace["x"]), None)
            data.append(trace | {"x": _even(trace["x"]) if same is None else same, "y": _raw(trace["y"])})
        items = [[item.text, item.color, item.value, item.group] for item in self.items]
        log = self.log and {"axis": self.log.to_dict(), "chosen": self.log.chosen}
        layout = _without(self.layout, COMMON)
        for name in ("xaxis", "yaxis"):
            layout[name] = _without(layout[name], COMMON_AXIS)
        if "unifiedhovertitle" in layout["xaxis"]:
            layout["xaxis"] = _without(layout["xaxis"], COMMON_CROSSHAIR)
        return {"data": data, "layout": layout, "title": self.title, "items": items, "log": log}


def _without(known: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name not in common or common[name] != value}


def _even(x: Any) -> Any:
    """Whole numbers at equal distances as (first, distance, count), anything else as it is."""
    if not isinstance(x, dict) or x["dtype"] != "i4":
        return _raw(x)
    values = np.frombuffer(base64.b64decode(x["bdata"]), np.int32)
    apart = np.diff(values)
    if len(apart) and (apart == apart[0]).all():
        return {"even": [int(values[0]), int(apart[0]), len(values)]}
    return _raw(x)


def _raw(values: Any) -> Any:
    """An array without base64, anything else as it is."""
    return {"dtype": values["dtype"], "b": base64.b64decode(values["bdata"])} if isinstance(values, dict) else values


def array(values: np.ndarray, dtype: str = "f4") -> dict[str, str]:
    """`values` (n,) as the base64 typed array that Plotly reads; about a third of JSON's size."""
    values = np.ascontiguousarray(values, _TYPES[dtype])
    return {"dtype": dtype, "bdata": base64.b64encode(values.tobytes()).decode()}


def shown(*views: View | None) -> str:
    """Which runs a figure shows, and which start of each."""
    return " ".join(f"{view.run}.{view.generation}" for view in views if view is not None)


def layout(palette: Palette, runs: str = "", **more: Any) -> dict[str, Any]:
    """The common part: transparent, small margins. Zooming lasts as long as `runs` is the same, see `shown`."""
    one = palette.scale
    return COMMON | {
        "font": {"family": "'Source Sans', sans-serif", "color": palette.ink, "size": 13 * one},
        "margin": {"l": 40 * one, "r": 22, "t": 10, "b": 26 * one},
        "uirevision": runs,
        "modebar": {"bgcolor": palette.neutral, "color": palette.ink, "activecolor": palette.ink},
        "hoverlabel": {"bgcolor": palette.neutral, "font": {"color": palette.ink, "size": 13 * one}},
    } | more  # fmt: skip


def axis(palette: Palette, low: float, high: float, **more: Any) -> dict[str, Any]:
    """An axis over [low, high] with a faint grid."""
    return COMMON_AXIS | {"range": [low, high], "gridcolor": palette.faint, "nticks": 6} | more


def steps(palette: Palette, last: float, beyond: float = 1.02, **more: Any) -> dict[str, Any]:
    """The axis of the steps, a little `beyond` the `last` one; a line follows the pointer and says the step."""
    return axis(
        palette, 0, max(float(last), 10.0) * beyond, showgrid=False, tickformat=",d",
        **{"nticks": 5} | crosshair(palette, _("step {x}").format(x="%{x:,.0f}")) | more,
    )  # fmt: skip


def crosshair(palette: Palette, says: str) -> dict[str, Any]:
    """A line at the pointer across an x axis; `says` is the first line of what is read there."""
    return COMMON_CROSSHAIR | {"unifiedhovertitle": {"text": says}, "spikecolor": palette.ink}


def log_axis(values: np.ndarray, chosen: bool = False) -> LogAxis:
    """A logarithmic axis around the positive ones of `values`, with two ticks at least."""
    positive = values[np.isfinite(values) & (values > 0)]
    if not len(positive):
        return LogAxis(-1.0, 0.0, (), chosen)
    low, high = log10(positive.min()) - 0.15, log10(positive.max()) + 0.15
    powers = [10.0**k for k in range(floor(low), ceil(high) + 1)]
    shown: list[float] = []
    for factors in ((1,), (1, 3), (1, 2, 5)):
        shown = [f * p for p in powers for f in factors if low <= log10(f * p) <= high]
        if len(shown) > 1:
            break
    every = ceil(len(shown) / 5)
    return LogAxis(low, high, tuple(shown[::every]), chosen)


def signed(x: float) -> str:
    """Two decimals with a true minus sign, which nothing that rounds to 0 has."""
    return f"{x:z.2f}".replace("-", "−")


def span(color: str, text: str) -> str:
    """Coloured text for titles."""
    return f'<span style="color:{color}">{text}</span>'
