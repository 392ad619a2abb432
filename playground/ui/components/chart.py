"""A chart that stays. Streamlit's own Plotly element is built anew for every change: it flickers at each redraw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import plotly

from playground.ui import door
from playground.ui.charts import spec
from playground.ui.charts.spec import Spec
from playground.ui.components import frames
from playground.utils.translation import _

# Plotly's own script is fetched from here, by the first chart that is shown, once the page is painted.
ADDRESS = door.publish("plotly", (files(plotly) / "package_data" / "plotly.min.js").read_bytes())


def words() -> dict[str, Any]:
    """The words that the script of a chart shows."""
    return {
        "chart": _("chart"),
        "keys": _("Arrow keys read the values, plus and minus zoom, Escape goes back to the newest step."),
        "missing": _("This chart could not be loaded. Reload the page."),
        "toggle": _("Show or hide"),
        "log": _("log"),
        "logarithmic": _("Logarithmic axis"),
        "smoothing": _("Smoothing"),
        "smoothings": {"off": _("Exact"), "light": _("Smooth"), "strong": _("Smoother")},
        "unsmoothed": _("unsmoothed"),
        "zoom": _("Drag to zoom"),
        "pan": _("Drag to move"),
        "back": _("Back to the newest step (double-click)"),
        "png": _("Save as PNG"),
        "svg": _("Save as SVG"),
    }


CONSTANTS = {
    "PLOTLY": ADDRESS,
    "COMMON": spec.COMMON,
    "COMMON_AXIS": spec.COMMON_AXIS,
    "COMMON_CROSSHAIR": spec.COMMON_CROSSHAIR,
}
_mount = frames.register(
    "chart",
    *("chart_head", "chart_figure", "chart_plotly", "chart_keys"),
    constants=CONSTANTS,
    words=words,
    isolated=False,  # Plotly's style sheet goes to the document
)


@dataclass(frozen=True)
class Switch:
    """A choice between several figures that one chart shows in turn; `options` maps each to its name."""

    label: str
    options: dict[str, str]
    chosen: str
    on_change: Callable[[], None]


def chart(figure: Spec, *, key: str, alt: str, switch: Switch | None = None) -> None:
    """Draw `figure` as high as its box. `alt` says in words what it shows.

    `on_change` of a switch is called when another of its figures is asked for; `asked(key)` gives which.
    """
    turn = switch and {
        "label": switch.label,
        "options": list(switch.options.items()),
        "chosen": switch.chosen,
    }
    _mount(
        key=key,
        data=frames.packed([figure.payload(), alt, key, turn]),
        height="stretch",
        on_turn_change=switch.on_change if switch else _nothing,
    )


def asked(key: str) -> Any:
    """Which figure was asked for with the switch of a chart."""
    return frames.heard(key, "turn")


def _nothing() -> None:
    """Streamlit keeps only values that somebody listens to."""
