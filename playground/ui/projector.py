"""Projector mode: large type and fewer controls, for the last row of a classroom."""

from __future__ import annotations

import streamlit as st

from playground.ui import style
from playground.utils.translation import _


def on() -> bool:
    """Whether the page is shown on a projector."""
    return bool(st.session_state.get(style.PROJECTOR))


def button() -> None:
    """The switch."""
    label = _("Leave projector mode") if on() else _("Projector mode: large type, fewer controls")
    st.button(label, icon=":material/close_fullscreen:" if on() else ":material/present_to_all:", key="projector",
              shortcut="L", help=label, on_click=_switch)  # fmt: skip


def _switch() -> None:
    st.session_state[style.PROJECTOR] = not on()


def apply() -> None:
    """Enlarge what follows, if it is on."""
    if on():
        style.enlarge()
