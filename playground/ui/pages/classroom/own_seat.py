"""What a student sees of their class on its page: which one it is, who they are in it, and the ways on and out."""

from __future__ import annotations

import streamlit as st

from playground.ui import class_orders, lesson_panel, seat, session
from playground.ui.pages.classroom import entrance
from playground.ui.style import escape_markdown
from playground.utils.translation import _


def render() -> None:
    """Draw it; called at each tick."""
    view = session.view()  # keeps the run awake
    lesson_panel.look(view, "classroom")
    orders = class_orders.given()
    if orders is None or not seat.taken():
        st.rerun()
    with st.container(border=True, key="class_own_seat", width=480):
        st.markdown(f"### {_('Class {code}').format(code=orders.code)}")
        st.markdown(_("You are in it as {name}.").format(name=f"**{escape_markdown(orders.name)}**"))
        st.markdown(_("Your teacher sees the samples of your run, its step, and which steps of the lesson you did."))
        if orders.shown:
            st.markdown(f":material/cast: **{_('The class sees your run.')}**")
        with st.container(horizontal=True, gap="small"):
            if st.button(_("To my run"), type="primary", icon=":material/play_arrow:", key="class_to_run"):
                entrance.to_train()
            st.button(_("Leave the class"), icon=":material/logout:", key="class_leave", on_click=class_orders.leave)
