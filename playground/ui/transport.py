"""What trains a run or a race, on every page alike: Play or Pause, one step, Reset; and how far the run is."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from playground.engine.messages import Command, Pause, Play, Step, View
from playground.ui import session
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number


def buttons(
    send: Callable[[Command], None], playing: bool, reset: Callable[[], None] | None, step: str, key: str = ""
) -> None:
    """Draw them; `reset` asks for a yes first, `step` says what one step does, `key` begins the keys of the buttons.

    Without `reset` there is no button for it.
    """
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
    if reset is not None:
        st.button(_("Reset"), icon=":material/replay:", key=f"{key}reset", shortcut="0", on_click=reset)


def meter(view: View | None, *more: tuple[str, str]) -> str:
    """Step, speed and device in figures of constant width, as HTML; then `more`, (class, text).

    Its class `playing` says what the run does as of the latest look; the button says what was asked for.
    """
    step = view.step if view else 0
    rate = view.steps_per_second if view and session.playing() else 0.0
    device = view.device if view else ""
    speed = _("{rate} steps/s").format(rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}") if rate else ""
    parts = [
        ("step", _("step {n}").format(n=f"<b>{number(step)}</b>")),
        ("rate", speed),
        ("device", escape(device)),
        *more,
    ]
    playing = " playing" if view and view.status == "playing" else ""
    return (
        f'<div class="meter{playing}">'
        + "".join(f'<span class="{name}">{text}</span>' for name, text in parts)
        + "</div>"
    )


def waits(view: View | None) -> None:
    """Say for what a page waits that has no samples yet."""
    sentence = f"{session.not_ready(view)} {_('Samples appear here in a moment.')}"
    st.info(escape_markdown(sentence), icon=":material/hourglass_top:")


def shortcuts() -> list[tuple[str, str]]:
    """The keys of a page that looks at the run, each with what it does."""
    steering = [("P", _("Play or pause")), ("S", _("One step"))]
    return [
        *([] if session.watching() else steering),
        ("H", _("Share: links to watch, copy or steer")),
        ("L", _("Large type for a projector, and back")),
        ("?", _("This list")),
    ]
