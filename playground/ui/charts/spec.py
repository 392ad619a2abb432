"""What all figures share: Plotly's JSON and typed arrays."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.ui.style import Palette

_TYPES = {"f4": np.float32, "i4": np.int32}


@dataclass(frozen=True)
class Spec:
    """A figure in Plotly's JSON. Plotly can draw it, and so does the chart component, without flicker."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {"data": self.data, "layout": self.layout}


def array(values: np.ndarray, dtype: str = "f4") -> dict[str, str]:
    """`values` (n,) as the base64 typed array that Plotly reads; about a third of JSON's size."""
    values = np.ascontiguousarray(values, _TYPES[dtype])
    return {"dtype": dtype, "bdata": base64.b64encode(values.tobytes()).decode()}


def layout(palette: Palette, title: str, generation: int, **more: Any) -> dict[str, Any]:
    """The common part: transparent, small margins, a title on the left; zooming lasts until the run starts over."""
    one = palette.scale
    return {
        "title": {"text": title, "x": 0, "y": 1, "yanchor": "top", "pad": {"t": 6, "l": 2}, "font": {"size": 15 * one}},
        "font": {"family": "'Source Sans', sans-serif", "color": palette.ink, "size": 13 * one},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 40 * one, "r": 22, "t": 34 * one, "b": 26 * one},
        "separators": ".\u202f",
        "showlegend": False,
        "uirevision": generation,
        "hovermode": "closest",
    } | more  # fmt: skip


def axis(palette: Palette, low: float, high: float, **more: Any) -> dict[str, Any]:
    """An axis over [low, high] with a faint grid."""
    return {
        "range": [low, high],
        "gridcolor": palette.faint,
        "zeroline": False,
        "nticks": 6,
        "automargin": False,
        "fixedrange": True,
    } | more


def signed(x: float) -> str:
    """Two decimals with a true minus sign, which nothing that rounds to 0 has."""
    return f"{x:z.2f}".replace("-", "−")


def span(color: str, text: str) -> str:
    """Coloured text for titles."""
    return f'<span style="color:{color}">{text}</span>'
