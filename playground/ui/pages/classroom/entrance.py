"""For who is in no class: join one by its code, or open one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.engine.classrooms import LENGTH
from playground.engine.quiz_boards import LONGEST as LONGEST_NAME
from playground.ui import calls, class_orders, seat
from playground.ui.pages.classroom import start
from playground.ui.style import escape_markdown
from playground.utils.translation import _

LONGEST = 2 * LENGTH  # characters of what is taken for a code


def render(code: str, opened: Callable[[str], None]) -> None:
    """Two forms side by side; whoever came by a link with the `code` sees the first alone."""
    if code:
        with st.container(key="class_entrance", width=480):
            _join(code)
        return
    with st.container(key="class_entrance"):
        left, right = st.columns(2, gap="large")
        with left:
            _join("")
        with right:
            _open(opened)


def _join(code: str) -> None:
    st.markdown(f"### {_('Join a class')}")
    with st.form("class_join", border=True):
        asked = st.text_input(_("Code"), value=code, max_chars=LONGEST, key="class_code", autocomplete="off")
        name = st.text_input(
            _("Nickname (if you like)"),
            max_chars=LONGEST_NAME,
            key="class_name",
            help=_("Your teacher sees it, and the board of the quiz does. It is forgotten when the class ends."),
            autocomplete="off",
        )
        joined = st.form_submit_button(_("Join"), type="primary", icon=":material/login:")
    st.caption(_("You get a run of your own. Your teacher sees its samples, its step and your lesson."))
    if joined:
        class_orders.join(asked or "", name or "")
        if problem := calls.refused():
            st.warning(escape_markdown(problem), icon=":material/warning:")
        elif seat.taken():
            to_train()


def to_train() -> None:
    """Go to the stage."""
    from playground.ui.pages import entry  # the registry imports this module

    st.switch_page(entry("train"))


def _open(opened: Callable[[str], None]) -> None:
    st.markdown(f"### {_('Open a class')}")
    with st.container(border=True, key="class_open_box"):
        st.markdown(start.words())
        weights = start.with_weights("class_from")
        if st.button(_("Open a class"), type="primary", icon=":material/groups:", key="class_open"):
            begins = start.of(weights)
            if begins and (secret := calls.heard(lambda: calls.host().classrooms.open(begins))):
                opened(secret)
                st.rerun()
            if problem := calls.refused():
                st.warning(escape_markdown(problem), icon=":material/warning:")
    st.caption(_("You get a code for your students, and a board on which you see all of them."))
