"""Projector mode: the pages for the last row of a classroom. Large type, large pictures, and only what that leaves
room for. It goes with a visitor from page to page and stands in the address, so that it outlives a reload.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.config.run_config import KNOBS
from playground.ui import style
from playground.utils.translation import _

ON, AT_HAND = "projector", "at_hand"  # query parameters of all pages
FIRST = ("d_lr", "g_lr", "r1")  # the knobs that are at hand before anybody chose
FIRST_OF = {
    "paired": ("reconstruction_weight", "adversarial_weight", "d_lr"),
    "cycle": ("cycle_weight", "identity_weight", "adversarial_weight"),
}  # where the game is not the GAN
MOST = len(FIRST)
TYPE = 21  # pixels of the type; the smallest is 18
_KNOBS = "_at_hand"
_CSS = Path(__file__).with_suffix(".css").read_text("utf-8")


def begin() -> None:
    """Take over what the address says, the first time that a page is drawn for a visitor."""
    if style.PROJECTOR not in st.session_state:
        st.session_state[style.PROJECTOR] = ON in st.query_params
        choose(st.query_params.get(AT_HAND, "").split(","))


def on() -> bool:
    """Whether the page is shown on a projector."""
    return bool(st.session_state.get(style.PROJECTOR))


def corner() -> None:
    """In the corner of every page the button that begins and ends the mode, which also enlarges what follows."""
    with st.container(key="projector_corner"):
        st.button(
            _("Leave") if on() else _("Projector mode"),
            icon=":material/close_fullscreen:" if on() else ":material/present_to_all:",
            key="projector",
            shortcut="L",
            help=_("Leave projector mode") if on() else _("Projector mode: large type, fewer controls"),
            on_click=_switch,
        )
    if on():
        st.html(f"<style>html {{ font-size: {TYPE}px !important; }}\n{_CSS}</style>")


def halves() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The half of the window for what is looked at, and the one for everything else."""
    return st.container(key="large_stage", gap="xsmall"), st.container(key="large_side", gap="xsmall")


def _switch() -> None:
    st.session_state[style.PROJECTOR] = not on()


# The knobs that stay at hand


def fit_at_hand() -> list[str]:
    """The knobs that may stay at hand: those that are not typed as text."""
    return [name for name, knob in KNOBS.items() if knob.type is not str or (knob.choices and len(knob.choices) > 1)]


def at_hand(game: str = "gan") -> tuple[str, ...]:
    """The knobs that this visitor has at hand: those that were chosen, or else those that steer the game."""
    chosen: tuple[str, ...] = st.session_state.get(_KNOBS, ())
    return chosen or FIRST_OF.get(game, FIRST)


def choose(names: list[str]) -> None:
    """Have the first of these knobs at hand, as many as there is room for; names of no knob count for nothing.

    Without any it is the knobs that steer the game again.
    """
    known = [name for name in dict.fromkeys(names) if name in fit_at_hand()]
    st.session_state[_KNOBS] = tuple(known[:MOST])


# The address


def query() -> dict[str, str]:
    """The query parameters of the mode."""
    return ({ON: "on"} if on() else {}) | ({AT_HAND: ",".join(chosen)} if (chosen := at_hand()) != FIRST else {})
