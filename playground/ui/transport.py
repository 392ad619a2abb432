"""The buttons that train a run or a race: Play or Pause, one step, Reset."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.engine.messages import Command, Pause, Play, Step
from playground.ui import session
from playground.utils.translation import _


def buttons(
    send: Callable[[Command], None], playing: bool, reset: Callable[[], None], step: str, key: str = ""
) -> None:
    """Draw them; `reset` asks for a yes first, `step` says what one step does, `key` begins the keys of the buttons."""
    st.button(
        _("Pause") if playing else _("Play"),
        icon=":material/pause:" if playing else ":material/play_arrow:",
        type="primary",
        key=f"{key}play",
        shortcut="P",
        on_click=session.press,
        args=(send, Pause() if playing else Play()),
    )
    st.button(
        _("Step"),
        icon=":material/skip_next:",
        key=f"{key}step",
        shortcut="S",
        help=step,
        on_click=send,
        args=(Step(),),
        disabled=playing,
    )
    st.button(_("Reset"), icon=":material/replay:", key=f"{key}reset", shortcut="0", on_click=reset)
