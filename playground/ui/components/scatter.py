"""Points in a plane, on a canvas: hundreds of them in several planes, twice a second, are too much for Plotly."""

from __future__ import annotations

from playground.ui.charts.spec import Spec
from playground.ui.components import frames

_mount = frames.register("scatter")


def scatter(figure: Spec, *, key: str, alt: str) -> None:
    """Draw `figure`, markers over a square plane, as high as its box. `alt` says in words what it shows."""
    _mount(key=key, data=[figure.to_dict(), alt], height="stretch")  # in a dict Streamlit would look for data frames
