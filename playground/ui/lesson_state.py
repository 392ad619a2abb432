"""Which lesson a visitor does, where in it they are, and what of it is done.

It goes with them from page to page and stands in the address, so that it outlives a reload and can be sent to a class.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field

import streamlit as st

from playground.lessons.lesson import LESSONS, Lesson, Step, lesson
from playground.ui import language
from playground.utils.translation import _

LESSON, AT = "lesson", "at"  # query parameters of all pages: its key, and the number of the step, from 1
OWN = "own-"  # before the name of a lesson that somebody brought
MOST, OWN_MOST = 500, 100  # lessons in work, and lessons that people brought, that the server keeps
_KEY, _PROGRESS, _FINDING, _CAME = "_lesson", "_lesson_progress", "_lesson_finding", "_lesson_came"
KNOBS_SHOWN = "_lesson_knobs"  # on a projector: the knobs at hand are in the place of the lesson
_lock = threading.Lock()
_brought: dict[str, Lesson] = {}  # by key; what was used last stands last


@dataclass
class Progress:
    """Where a visitor is: the index of the step, which is their number at the end; and what was done of which step."""

    at: int = 0
    done: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)  # whose check was true once
    chosen: dict[int, int] = field(default_factory=dict)  # the latest answer to the question of a step

    def copy(self) -> Progress:
        """The same, as an object of its own: others may be on the same run."""
        return Progress(self.at, {*self.done}, {*self.held}, {**self.chosen})


def begin() -> None:
    """Take over what the address says, the first time that a page is drawn for a visitor."""
    if _KEY in st.session_state:
        return
    st.session_state[_KEY] = ""
    if not (key := st.query_params.get(LESSON, "")):
        return
    if found := known(key):
        open_lesson(key, _index(st.query_params.get(AT, ""), found))
        st.session_state[_CAME] = True
    elif key.startswith(OWN):
        st.session_state[_FINDING] = _("The lesson in this link is no longer known here. Bring its file again.")
    else:
        sentence = _("There is no lesson named “{lesson}”. All lessons are behind the button “Lessons”.")
        st.session_state[_FINDING] = sentence.format(lesson=key[:40])


def _index(text: str, of: Lesson) -> int:
    """The step that an address names; the first one if it names none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), len(of.steps) + 1) - 1


def finding() -> str:
    """What has to be said about the lesson in the link; "" if nothing."""
    sentence: str = st.session_state.get(_FINDING, "")
    return sentence


def settle() -> None:
    """Say it no longer."""
    st.session_state.pop(_FINDING, None)


def query() -> dict[str, str]:
    """The query parameters that find the lesson and its step."""
    key = st.session_state.get(_KEY, "")
    return {LESSON: key, AT: str(progress().at + 1)} if key else {}


# The lesson


def current() -> Lesson | None:
    """The lesson that this visitor does; None if they do none."""
    key = st.session_state.get(_KEY, "")
    return known(key) if key else None


def on() -> bool:
    """Whether a lesson is on."""
    return current() is not None


def step() -> Step | None:
    """The step at which the visitor is; None without a lesson, and at its end."""
    now = current()
    return now.steps[progress().at] if now and progress().at < len(now.steps) else None


def started() -> str:
    """The preset that an earlier step of the lesson started last; "" if none did."""
    now, at = current(), progress().at
    return next((step.preset for step in reversed(now.steps[:at]) if step.preset), "") if now else ""


def progress() -> Progress:
    """Where the visitor is in the lesson."""
    found: Progress = st.session_state.setdefault(_PROGRESS, Progress())
    return found


def version() -> tuple[object, ...]:
    """Changes whenever what the panel shows does."""
    now = progress()
    key = st.session_state.get(_KEY, "")
    return key, now.at, frozenset(now.done), frozenset(now.held), tuple(now.chosen.items())


def open_lesson(key: str, at: int = 0) -> None:
    """Begin a lesson, or come in at a step: then those before it count as done."""
    st.session_state[_KEY] = key
    st.session_state[_PROGRESS] = Progress(at, set(range(at)))
    for name in (_CAME, KNOBS_SHOWN):
        st.session_state.pop(name, None)
    settle()


def leave() -> None:
    """Be in no lesson."""
    st.session_state[_KEY] = ""
    st.session_state[_PROGRESS] = Progress()


def go(to: int) -> None:
    """Go to a step. One that only has to be read is done when one goes on."""
    now, here = progress(), step()
    if to > now.at and here is not None and here.check is None and not here.choices:
        now.done.add(now.at)
    if (lesson := current()) is not None:
        now.at = min(max(to, 0), len(lesson.steps))


def hold() -> None:
    """Note that the check of the step is true."""
    progress().held.add(progress().at)
    _finish()


def answer(at: int, choice: int) -> None:
    """Answer the question of a step; not if one is no longer there."""
    here = step()
    if at == progress().at and here is not None and choice < len(here.choices):
        progress().chosen[at] = choice
        _finish()


def _finish() -> None:
    """Tick the step if all is done that it asks for; a wrong answer after the right one takes nothing away."""
    now, here = progress(), step()
    if here is None or (here.check is not None and now.at not in now.held):
        return
    chosen = now.chosen.get(now.at)
    if not here.choices or (chosen is not None and here.choices[chosen].right):
        now.done.add(now.at)


# Kept by the server, so that a reload finds it


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _of(run: str, key: str) -> list[Progress]:
    return []


def keep_with(run: str) -> None:
    """Keep what is done with a run of this visitor; the first time after a reload, go on with what was kept."""
    if not run or not (key := st.session_state.get(_KEY, "")):
        return
    kept = _of(run, key)
    if st.session_state.pop(_CAME, False) and kept and kept[0].at == progress().at:
        st.session_state[_PROGRESS] = kept[0].copy()
    kept[:] = [progress().copy()]


# Lessons that people bring


def own_key(text: str) -> str:
    """The key of a lesson that somebody brings; nobody who does not know the text can guess it."""
    return OWN + hashlib.sha256(text.encode()).hexdigest()[:16]


def bring(lesson: Lesson) -> None:
    """Keep a lesson for whoever has the link to it, and begin it."""
    with _lock:
        _brought[lesson.key] = lesson
        while len(_brought) > OWN_MOST:
            del _brought[next(iter(_brought))]
    open_lesson(lesson.key)


def known(key: str) -> Lesson | None:
    """The lesson of this key, in the language of the visitor; None if there is none, or no longer."""
    if key.startswith(OWN):
        with _lock:
            if found := _brought.pop(key, None):
                _brought[key] = found  # who is in use goes last
            return found
    return lesson(key, language.of_visitor()) if key in LESSONS else None
