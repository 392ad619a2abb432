"""The Class page: a teacher opens a class and sees all of its students on one board; a student joins it."""

from __future__ import annotations

import streamlit as st

from playground.ui import address, calls, lesson_panel, seat, session
from playground.ui.pages.classroom import board, entrance, own_seat
from playground.ui.pages.page import Page
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK = 0.8  # seconds between two looks at the class
CLASS, JOIN = "class", "join"  # query parameters: the teacher's secret, and the code by which students join
_SECRET = "_class_secret"


def render() -> None:
    """Draw the page for a teacher, for a student, or for who is neither."""
    secret = st.session_state.get(_SECRET) or st.query_params.get(CLASS, "")
    room = calls.host().classrooms.board(secret) if secret else None
    st.session_state[_SECRET] = secret if room else ""
    if room is not None:
        address.write({CLASS: secret})
        st.fragment(board.render, run_every=TICK)(secret)
        return
    if secret:
        st.warning(_("This class has ended, or its address is not complete."), icon=":material/warning:")
    lesson_panel.look(session.latest(), "classroom")
    lesson_panel.sidebar("classroom")
    if said := session.said():
        st.toast(said, icon=":material/info:")
    if seat.taken():
        address.write({})
        st.fragment(own_seat.render, run_every=TICK)()
        return
    code = st.query_params.get(JOIN, "")[: entrance.LONGEST]
    address.write({JOIN: code} if code else {})
    if notice := calls.problem():
        st.warning(escape_markdown(notice))
    entrance.render(code, _open)


def _open(secret: str) -> None:
    """Be the teacher of this class."""
    st.session_state[_SECRET] = secret


PAGE = Page("Classroom", ":material/groups:", 5, render)
