"""What the students of a class begin with: the run of the teacher and the lesson, as they are at that moment."""

from __future__ import annotations

import streamlit as st

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine.classrooms import Start
from playground.ui import calls, lesson_state, link, session
from playground.ui.style import escape_markdown
from playground.utils.translation import _

KNOBS, WEIGHTS = "knobs", "weights"


def words() -> str:
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


def with_weights(key: str) -> bool:
    """Whether students get the weights of your run, too, where it has any."""
    if not session.opened() or not session.step() or session.watching():
        return False
    labels = {KNOBS: _("From step 0, with its knobs"), WEIGHTS: _("As it is now, with its weights")}
    chosen = st.radio(_("Start"), list(labels), format_func=labels.__getitem__, key=key, label_visibility="collapsed")
    return chosen == WEIGHTS


def of(weights: bool) -> Start | None:
    """What students begin with; None if that cannot be had, see `calls.problem`."""
    query = lesson_state.query()
    lesson, at = query.get(lesson_state.LESSON, ""), lesson_state.progress().at
    shared = ""
    if weights:
        shared = calls.call("share", session.opened(), "copy", None)
        if not shared:
            return None
    return Start(dict(session.last_config()), shared, lesson, at)
