"""A chart that stays. Streamlit's own Plotly element is built anew for every change: it flickers at each redraw."""

from __future__ import annotations

from playground.ui.charts.spec import Spec
from playground.ui.components import frames

_mount = frames.register("chart")


def chart(figure: Spec, *, key: str, alt: str) -> None:
    """Draw `figure` on a canvas as high as its box; markers of a trace with `meta="glide"` move to their new places."""
    _mount(key=key, data=[figure.to_dict(), alt], height="stretch")  # in a dict Streamlit would look for data frames
