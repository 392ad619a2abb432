"""For who is in no class: join one by its code, or open one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine.classrooms import LENGTH, Start
from playground.engine.quiz_boards import LONGEST as LONGEST_NAME
from playground.ui import calls, class_orders, lesson_state, link, seat, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

LONGEST = 2 * LENGTH  # characters of what is taken for a code
KNOBS, WEIGHTS = "knobs", "weights"


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
        st.markdown(starts_with())
        weights = from_where("class_from")
        if st.button(_("Open a class"), type="primary", icon=":material/groups:", key="class_open"):
            start = start_of(weights)
            if start and (secret := calls.heard(lambda: calls.host().classrooms.open(start))):
                opened(secret)
                st.rerun()
            if problem := calls.refused():
                st.warning(escape_markdown(problem), icon=":material/warning:")
    st.caption(_("You get a code for your students, and a board on which you see all of them."))


def starts_with() -> str:
    """What students would begin with: your run, and your lesson."""
    config = RunConfig.checked(session.last_config())
    preset = escape_markdown(_(PRESETS[link.nearest_preset(config)].label))
    lesson = lesson_state.current()
    if lesson is not None:
        words = _("Your students start with your run (“{preset}”) and your lesson (“{lesson}”).")
        return words.format(preset=preset, lesson=escape_markdown(lesson.title))
    return _("Your students start with your run (“{preset}”). Open a lesson first to give it to them.").format(
        preset=preset
    )


def from_where(key: str) -> bool:
    """Whether students get the weights of your run, too, where it has any."""
    if not session.opened() or not session.step() or session.watching():
        return False
    labels = {KNOBS: _("From step 0, with its knobs"), WEIGHTS: _("As it is now, with its weights")}
    chosen = st.radio(_("Start"), list(labels), format_func=labels.__getitem__, key=key, label_visibility="collapsed")
    return chosen == WEIGHTS


def start_of(weights: bool) -> Start | None:
    """What students begin with; None if that cannot be had, see `calls.problem`."""
    query = lesson_state.query()
    lesson, at = query.get(lesson_state.LESSON, ""), lesson_state.progress().at
    shared = ""
    if weights:
        shared = calls.call("share", session.opened(), "copy", None)
        if not shared:
            return None
    return Start(dict(session.last_config()), shared, lesson, at)
