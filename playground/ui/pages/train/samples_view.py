"""The stage of the Train page: the samples as their modality shows them, and a line that explains them."""

from __future__ import annotations

import html

import streamlit as st

from playground.engine.messages import View
from playground.ui import past, session
from playground.ui.components import frames
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.train.display import Display
from playground.utils.translation import _


def render(view: View | None, settings: Display) -> int | None:
    """Draw the stage, or what takes its place while there is nothing to show.

    Gives the index of the fixed z whose image was clicked just now, else None.
    """
    if view is None or view.status == "loading":
        st.html(f'<div class="empty">{html.escape(session.not_ready(view))}</div>')
    elif view.samples is None:
        st.html(f'<div class="empty">{_("There is nothing to show yet.")}</div>')
    else:
        return ON_PAGES[view.kind].stage(view, settings, _alt(view), frames.source(view, _held()), _turn)
    return None


def _held() -> str:
    """Why one cannot choose here whose samples are drawn; "" if one can."""
    return "" if past.looking() is None else _("A moment shows samples of G with averaged weights (EMA).")


def _turn(key: str) -> None:
    """Draw the samples of the weights that were chosen on the stage."""
    if chosen := frames.heard(key, "weights"):
        session.draw_from(chosen)


def _alt(view: View) -> str:
    return _("Samples that G makes at step {step}").format(step=view.step)
