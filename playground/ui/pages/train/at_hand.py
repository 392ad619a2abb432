"""On a projector: the preset, undo and redo, and the few knobs that a teacher has chosen to keep at hand."""

from __future__ import annotations

import streamlit as st

from playground.config.run_config import KNOBS, RunConfig
from playground.ui import knobs, lesson_panel, lesson_state, projector, session
from playground.ui.pages.train import preset_panel
from playground.utils.translation import _

_CHOICE = "at_hand_choice"


def render() -> None:
    """Draw them, or the step of a lesson in their place.

    They stand outside of what each tick draws again, which would come between a hand and a slider.
    """
    config = RunConfig.checked(session.config() | knobs.staged())
    with st.container(key="at_hand", gap="xsmall"):
        if not lesson_panel.shows_knobs():
            lesson_panel.large()
            return
        with st.container(key="at_hand_bar", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            preset_panel.button(config)
            preset_panel.history(lessons=not lesson_state.on())
            name = _("Choose the knobs at hand")
            with st.popover(_("Knobs"), icon=":material/tune:", key="at_hand_choose", help=name):
                _choose(config.game)
            if lesson_state.on():
                st.button(
                    _("Lesson"),
                    icon=":material/school:",
                    key="lesson_back_to",
                    on_click=lesson_panel.show_knobs,
                    args=(False,),
                )
        with st.container(key="at_hand_knobs", gap="xsmall"):
            knobs.rows(projector.at_hand(config.game), config)


def _choose(game: str) -> None:
    st.session_state[_CHOICE] = list(projector.at_hand(game))
    st.multiselect(
        _("Knobs at hand"),
        projector.fit_at_hand(),
        format_func=lambda name: _(KNOBS[name].label),
        max_selections=projector.MOST,
        key=_CHOICE,
        on_change=lambda: projector.choose(st.session_state[_CHOICE]),
    )
