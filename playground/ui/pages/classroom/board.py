"""The teacher's board: the code, all students, one of them in large, and what everybody has to do."""

from __future__ import annotations

import time
from functools import partial
from html import escape

import streamlit as st

from playground.engine.classrooms import Classroom
from playground.engine.messages import Command, Pause, Play
from playground.ui import calls, lesson_state, session, visitor
from playground.ui.components import board as cards
from playground.ui.components.share import qr
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.classroom import start, students
from playground.ui.pages.classroom.students import Row
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

BOARD = "class_board"


def render(secret: str) -> None:
    """Draw it; called at each tick."""
    room = calls.host().classrooms.board(secret)
    if room is None:
        st.rerun()
    if said := session.said():
        st.toast(said, icon=":material/info:")
    if problem := calls.refused():
        st.warning(escape_markdown(problem), icon=":material/warning:")
    now = time.monotonic()
    found = students.rows(calls.host(), room, now)
    _head(secret, room, found)
    if not found:
        _invitation(room)
        return
    found = students.ordered(found, _orders(secret, room, found, now))
    shown = next((row for row in found if row.student.number == room.shown), None)
    with st.container(key="class_room", horizontal=True, gap="medium"):
        with st.container(key="class_cards"):
            _cards(secret, room, found)
        if shown is not None:
            with st.container(key="class_shown", gap="small"):
                _large(secret, shown)


def _head(secret: str, room: Classroom, found: list[Row]) -> None:
    """The code, how many there are, and the ways to let in and to end."""
    away = sum(row.away for row in found)
    count = _("{n} students").format(n=len(found)) + (" · " + _("{n} away").format(n=away) if away else "")
    with st.container(key="class_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<b class="class_code">{escape(room.code)}</b> <span class="class_count">{escape(count)}</span>')
        if found:
            with st.popover(_("Invite"), icon=":material/qr_code_2:", key="class_invite"):
                _invitation(room)
        st.toggle(
            _("Joining is open"),
            value=room.joining,
            key="class_joining",
            on_change=lambda: calls.host().classrooms.let_in(secret, bool(st.session_state["class_joining"])),
        )
        with st.popover(_("End the class"), icon=":material/logout:", key="class_end"):
            st.markdown(_("The class forgets all names and results. The runs of the students stay theirs."))
            st.button(_("End it"), type="primary", key="class_end_yes", on_click=_end, args=(secret,))


def _end(secret: str) -> None:
    calls.host().classrooms.end(secret)


def _invitation(room: Classroom) -> None:
    """How students come in: by a link, its QR code, or the code."""
    where = visitor.address()
    url = f"{where}?join={room.code}"
    with st.container(key="class_invitation"):
        picture = qr(url)
        st.html(
            f'<div class="class_join"><img src="{escape(picture)}" alt="{escape(_("QR code of the link"))}">'
            f"<div><p>{escape(_('Scan it, or open this address and join by the code.'))}</p>"
            f'<p class="class_url">{escape(url)}</p><p class="class_large">{escape(room.code)}</p></div></div>'
        )
    if visitor.only_here(where):
        st.caption(_("This address works on this computer only. Open the page by its name in the network first."))
    st.caption(_("Keep the address of your own page to yourself: whoever has it leads the class."))


def _orders(secret: str, room: Classroom, found: list[Row], now: float) -> str:
    """What everybody has to do, and the results; gives the order of the students."""
    with st.container(key="class_orders", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(_("Pause all"), icon=":material/pause:", key="class_pause", on_click=_all, args=(secret, Pause()))
        st.button(_("All go on"), icon=":material/play_arrow:", key="class_play", on_click=_all, args=(secret, Play()))
        with st.popover(_("All start from …"), icon=":material/replay:", key="class_start"):
            st.markdown(start.words())
            weights = start.with_weights("class_start_from")
            st.button(_("Start all"), type="primary", key="class_start_yes", on_click=_start, args=(secret, weights))
        if step := _next(room):
            at, label, title = step
            st.button(
                label, icon=":material/arrow_forward:", key="class_next", help=title, on_click=_turn, args=(secret, at)
            )
        by = st.selectbox(
            _("Order"),
            [students.NEED, students.NAME, students.JOINED],
            format_func={
                students.NEED: _("Who needs help first"),
                students.NAME: _("By name"),
                students.JOINED: _("As they joined"),
            }.__getitem__,
            key="class_order",
            label_visibility="collapsed",
            persist_state="session",
            width=220,
        )
        st.download_button(
            _("Results (CSV)"),
            partial(students.table, found, now),
            "class.csv",
            "text/csv",
            icon=":material/download:",
            key="class_csv",
            on_click="ignore",
        )
    return by or students.NEED


def _next(room: Classroom) -> tuple[int, str, str] | None:
    """The step after the one at which the class is: its index, the label of the button, and its title."""
    lesson, at = lesson_state.known(room.start.lesson), room.at + 1
    if lesson is None or at >= len(lesson.steps):
        return None
    return at, _("All to step {n}").format(n=at + 1), escape_markdown(lesson.steps[at].title)


def _turn(secret: str, at: int) -> None:
    calls.heard(lambda: calls.host().classrooms.turn_to(secret, at))


def _start(secret: str, weights: bool) -> None:
    if begins := start.of(weights):
        calls.heard(lambda: calls.host().classrooms.begin(secret, begins))


def _all(secret: str, command: Command) -> None:
    """Send a command to the runs of all students; a pause also to the other ones that they have."""
    host, room = calls.host(), calls.host().classrooms.board(secret)
    if room is None:
        return
    count = 0
    for student in room.students.values():
        runs = {student.run, *student.held} if isinstance(command, Pause) else {student.run}
        for run in filter(None, runs):
            try:
                host.send(run, command)
                count += 1
            except UserError:  # it has left the memory, or is only watched
                continue
    words = _("{n} runs pause.") if isinstance(command, Pause) else _("{n} runs go on.")
    session.say(words.format(n=number(count)))


def _cards(secret: str, room: Classroom, found: list[Row]) -> None:
    cards.board([students.card(row, room.shown) for row in found], key=BOARD, on_choose=lambda: _choose(secret))


def _choose(secret: str) -> None:
    """Show the run of the student whose card was pressed, or no longer."""
    chosen, room = cards.choice(BOARD), calls.host().classrooms.board(secret)
    if chosen is not None and room is not None:
        _show(secret, 0 if chosen == room.shown else chosen)


def _show(secret: str, n: int) -> None:
    calls.heard(lambda: calls.host().classrooms.show(secret, n))


def _remove(secret: str, n: int) -> None:
    calls.heard(lambda: calls.host().classrooms.remove(secret, n))


def _large(secret: str, row: Row) -> None:
    """The run of one student for all to see; the student knows."""
    one, view = row.student, row.view
    with st.container(key="class_large_head", horizontal=True, vertical_alignment="center", gap="small"):
        said = f"{_('step {n}').format(n=number(view.step))} · {row.says}" if view else row.says
        st.html(f'<h2 class="class_name">{escape(one.name)}</h2>{escape(said)}', width="stretch")
        st.button(_("Close"), icon=":material/close:", key="class_close", on_click=_show, args=(secret, 0))
        with st.popover(_("Remove"), icon=":material/person_remove:", key="class_remove"):
            st.markdown(_("{name} leaves the class and keeps the run.").format(name=escape_markdown(one.name)))
            st.button(_("Remove them"), key="class_remove_yes", on_click=_remove, args=(secret, one.number))
    if view is None or view.samples is None:
        return
    alt = _("The samples of {name}").format(name=one.name)
    with st.container(key="class_large"):
        ON_PAGES[view.kind].lane(view, "class_stage", alt, 1, view.status == "playing")
