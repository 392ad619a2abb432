"""The baselines of a metric: dotted lines with names, at what takes no learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.ui.style import Palette
from playground.utils.translation import _

# By the keys of readings.BASELINES.
NAMES = {"input": _("input as it is"), "bicubic": _("bicubic"), "mean": _("mean image")}


def lines(levels: Mapping[str, float], palette: Palette, small: bool) -> list[dict[str, Any]]:
    """A line each, with its name at one end: those beside each other at other ends."""
    found = []
    for place, (key, level) in enumerate(sorted(levels.items(), key=lambda pair: pair[1])):
        label = {
            "text": _(NAMES[key]), "textposition": ("start", "end", "middle")[place % 3], "yanchor": "bottom",
            "padding": 1, "font": {"size": (9 if small else 11) * palette.scale, "color": palette.ink},
        }  # fmt: skip
        found.append({
            "type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
            "line": {"color": palette.ink, "width": 1, "dash": "dot"}, "opacity": 0.7, "label": label,
        })  # fmt: skip
    return found
