"""The stage of the Train page: the points in their plane, or the grid of images, and a line that explains them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.i18n import _
from playground.ui import session
from playground.ui.components.plane import plane
from playground.ui.display import Display
from playground.ui.figures import tiles


def draw(view: View | None, settings: Display) -> None:
    """Draw the stage, or what takes its place while there is nothing to show."""
    if view is None or view.status == "loading":
        st.html(f'<div class="empty">{_("The engine is starting …")}</div>')
    elif view.samples is None:
        st.html(f'<div class="empty">{_("There is nothing to show yet.")}</div>')
    elif view.kind == "points":
        plane(view, key="plane", alt=_alt(view), playing=session.playing())
    else:
        st.html(f'<div class="key">{_key_of_images(view, settings)}</div>')
        st.html(_grid(view, view.samples, settings))


def _key_of_images(view: View, settings: Display) -> str:
    source = _("Average of G (EMA)") if view.weights == "ema" else _("G as it is")
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    per_column = in_columns if view.classes else _("from fixed z")
    return f"<span><b>{_('Samples')}</b></span><span>{source}, {per_column}</span>"


def _grid(view: View, samples: np.ndarray, settings: Display) -> str:
    places, heads = tiles.by_class(view.labels, view.names, settings.rows, settings.columns, len(samples))
    return tiles.html(samples, places, settings.smooth, heads, _alt(view))


def _alt(view: View) -> str:
    return _("Samples that G makes at step {step}").format(step=view.step)
