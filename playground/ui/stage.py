"""The stage of the Train page: the points in their plane, or the grid of images, and a line that explains them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground import grid
from playground.engine.messages import View
from playground.i18n import _
from playground.ui.components.chart import chart
from playground.ui.display import Display
from playground.ui.figures import tiles
from playground.ui.figures.plane import plane
from playground.ui.style import Palette


def draw(view: View | None, settings: Display, palette: Palette) -> None:
    """Draw the stage, or what takes its place while there is nothing to show."""
    if view is None or view.status == "loading":
        st.html(f'<div class="empty">{_("The engine is starting …")}</div>')
    elif view.samples is None:
        st.html(f'<div class="empty">{_("There is nothing to show yet.")}</div>')
    elif view.kind == "points":
        st.html(_key_of_points(view, palette))
        chart(plane(view, palette), key="plane", alt=_alt(view))
    else:
        st.html(f'<div class="key">{_key_of_images(view, settings)}</div>')
        st.html(_grid(view, view.samples, settings))


def _key_of_points(view: View, palette: Palette) -> str:
    """What the colours mean, and how many modes G has found."""
    ramp = f"linear-gradient(90deg,{palette.generated},{palette.neutral},{palette.real})"
    left = (
        f'<span><span style="color:{palette.real}">●</span> {_("real")}</span>'
        f'<span><span style="color:{palette.generated}">▲</span> {_("generated")}</span>'
        f'<span class="wide">{_("D says")} <span class="ramp" style="background:{ramp}"></span></span>'
    )
    modes = ""
    if view.modes is not None:
        modes = _("{modes} of {count} modes").format(modes=f"<b>{view.modes}</b>", count=view.mode_count)
        if view.high_quality is not None:
            share = f"<b>{100 * view.high_quality:.0f} %</b>"
            modes += " · " + _("{share} within 3σ").format(share=share)
    return f'<div class="key">{left}<span class="right">{modes}</span></div>'


def _key_of_images(view: View, settings: Display) -> str:
    source = _("Average of G (EMA)") if view.weights == "ema" else _("G as it is")
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    per_column = in_columns if view.classes else _("from fixed z")
    return f"<span><b>{_('Samples')}</b></span><span>{source}, {per_column}</span>"


def _grid(view: View, samples: np.ndarray, settings: Display) -> str:
    places, heads = grid.by_class(view.labels, view.names, settings.rows, settings.columns, len(samples))
    return tiles.html(samples, places, settings.smooth, heads, _alt(view))


def _alt(view: View) -> str:
    return _("Samples that G makes at step {step}").format(step=view.step)
