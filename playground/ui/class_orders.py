"""What ties the pages of a student to their class: they tell it where the student is, and do what the teacher says."""

from __future__ import annotations

import streamlit as st

from playground.engine import links
from playground.engine.classrooms import Orders, Start
from playground.engine.messages import Pause
from playground.ui import calls, lesson_state, link, seat, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

_ORDERS, _BEFORE = "_class_orders", "_class_before"


def look() -> None:
    """Tell the class what this page knows, and follow its orders; called at each tick of a page."""
    if not seat.taken():
        return
    before, orders = given(), _report()
    st.session_state[_ORDERS] = orders
    if orders is None:
        seat.take("")
        session.say(_("Your class has ended, or you are no longer in it. Your run stays yours."))
        return
    if before is None:  # just joined, or after a reload
        return
    if orders.starts != before.starts:
        begin(orders.start)
        session.say(_("Your teacher started something new for everybody."))
    elif orders.turns != before.turns and orders.start.lesson:
        _turn(orders)
        session.say(_("Your teacher went on to the next step of the lesson."))
    if orders.shown and not before.shown:
        session.say(_("Your teacher shows your run to the class now."))


def _report() -> Orders | None:
    run, lesson, progress = session.opened(), lesson_state.current(), lesson_state.progress()
    known = {
        "held": tuple(calls.held()),
        "lesson": lesson.key if lesson else "",
        "at": progress.at,
        "done": frozenset(progress.done),
        "steps": len(lesson.steps) if lesson else 0,
    }
    if run and links.right_of(run) == "owner":
        known["run"] = run
    return calls.host().classrooms.report(seat.taken(), **known)


def given() -> Orders | None:
    """The orders at the latest look; None before it, and for who is in no class."""
    orders: Orders | None = st.session_state.get(_ORDERS)
    return orders


def version() -> tuple[object, ...]:
    """Changes whenever what pages show of the class does."""
    orders = given()
    return (orders.code, orders.starts, orders.turns, orders.shown) if orders else ()


def join(code: str, name: str) -> None:
    """Take part in a class, and begin with what it begins with; `calls.problem` says why not."""
    took = calls.heard(lambda: calls.host().classrooms.join(code, name))
    if not took:
        return
    seat.take(took)
    if (orders := _report()) is not None:
        begin(orders.start)
        st.session_state[_ORDERS] = orders


def leave() -> None:
    """Take part no longer. The run stays."""
    calls.host().classrooms.leave(seat.taken())
    seat.take("")
    st.session_state.pop(_ORDERS, None)


def begin(start: Start) -> None:
    """Begin a run of one's own, and the lesson. The run before pauses, and is one press away."""
    if before := session.opened():
        st.session_state[_BEFORE] = before
        if not session.watching():
            calls.call("send", before, Pause())
    new = session.copy_of(start.link) if start.link else ""
    if not new:
        new = link.new_id()
        calls.call("create", new, start.config)
    if not calls.problem():
        session.take(new)
    if start.lesson:
        lesson_state.open_lesson(start.lesson, start.at)


def _turn(orders: Orders) -> None:
    """Go to the step that the teacher named."""
    lesson = lesson_state.current()
    if lesson is None or lesson.key != orders.start.lesson:
        lesson_state.open_lesson(orders.start.lesson, orders.at)
    else:
        lesson_state.go(orders.at)


def sidebar() -> None:
    """At the top of the sidebar: which class this is, who one is in it, and whether all see the run."""
    orders = given()
    if orders is None:
        return
    with st.sidebar, st.container(key="class_seat", gap="xsmall"):
        words = _("Class {code} · {name}").format(code=f"**{orders.code}**", name=escape_markdown(orders.name))
        st.markdown(f":material/groups: {words}")
        if orders.shown:
            st.markdown(f":material/cast: **{_('The class sees your run.')}**")
        before = st.session_state.get(_BEFORE, "")
        if before and before != session.opened():
            st.button(
                _("My run before"),
                icon=":material/undo:",
                key="class_before",
                type="tertiary",
                help=_("The run that you had before your teacher started something new"),
                on_click=_back,
            )


def _back() -> None:
    before, now = st.session_state[_BEFORE], session.opened()
    session.take(before)
    st.session_state[_BEFORE] = now
