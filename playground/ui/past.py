"""The visitor's run as it was: the moment on the stage, a sample through time, a recorded step, runs from files."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import streamlit as st

from playground.config.run_config import KNOBS
from playground.engine.messages import Film, Rewind, StepThrough, View
from playground.ui import calls, link, session, visitor
from playground.utils import shares
from playground.utils.recipe import Recipe
from playground.utils.step_record import Part, Record

LISTEN = 0.1  # seconds between two looks whether the page is still open while a file is read
STRIP_EVERY = 2.0  # seconds between two looks at one sample through time
_VIEW, _RECORD = "_past", "_record"


def step_through(part: Part) -> None:
    """Make one recorded step, and wait for it as long as a person would."""
    before: View | None = session.latest()
    session.send(StepThrough(part))
    look_at(None)
    st.session_state.pop(_RECORD, None)
    end = time.monotonic() + session.PATIENCE
    while time.monotonic() < end:
        latest = calls.call("view", session.run_id(), session.weights())
        if latest is None or latest.status in ("loading", "failed") or latest.waiting or latest.notice:
            return
        if latest.recorded not in (0, before.recorded if before else 0):
            return
        time.sleep(0.02)


def record(latest: View) -> Record | None:
    """The recorded step that a View speaks of; asked of the engine once."""
    key = (latest.run, latest.generation, latest.recorded)
    if not latest.recorded:
        return None
    if st.session_state.get(_RECORD, (None, None))[0] != key:
        st.session_state[_RECORD] = (key, calls.call("record", latest.run))
    found: Record | None = st.session_state[_RECORD][1]
    return found


def looking() -> int | None:
    """The moment on the stage; None for the present."""
    moment: int | None = st.session_state.get(session.LOOKING)
    return moment


def look_at(moment: int | None) -> None:
    """Put a moment on the stage, or the present."""
    st.session_state[session.LOOKING] = moment


def view() -> View | None:
    """The run at the moment on the stage; None if that is the present."""
    moment = looking()
    if moment is None:
        return None
    key, found = st.session_state.get(_VIEW, (None, None))
    if key != (session.run_id(), moment):
        found = calls.call("past", session.run_id(), moment)
        st.session_state[_VIEW] = (session.run_id(), moment), found
        if found is None:
            look_at(None)
    past: View | None = found
    return past


def rewind() -> None:
    """Let the run go on from the moment on the stage."""
    if (moment := looking()) is not None:
        session.send(Rewind(moment))
        look_at(None)


def cure(values: dict[str, Any], moment: int | None) -> None:
    """Change knobs; first go back to `moment`, if there is one, but to none of the knobs of that time."""
    if moment is None:
        session.set_knobs(values)
    else:
        live = {name: value for name, value in session.confirmed().items() if KNOBS[name].live}
        session.send(Rewind(moment, live | values))


def fork(values: dict[str, Any]) -> None:
    """Go to a new run that goes on from the moment on the stage with other live knobs."""
    new = link.new_id()
    calls.call("fork", session.run_id(), looking(), values, new)
    if not calls.problem():
        session.take(new)


def open_run(content: bytes) -> str:
    """Go to the run in a zip; gives "", or the sentence that says why there is none."""
    new, engine, who = link.new_id(), calls.host(), visitor.who()
    calls.heard(partial(calls.admit, new))
    if problem := calls.refused():
        return problem

    def opened() -> None:
        with shares.turn("opens", who):
            engine.open(new, content)

    with ThreadPoolExecutor(1) as reader:
        opening = reader.submit(opened)
        try:
            while not wait([opening], LISTEN).done:
                looking()  # here Streamlit ends the script of a page that was closed or has something newer
        except BaseException:
            engine.cancel_open(new)
            raise
    calls.heard(opening.result)
    if problem := calls.refused():
        return problem
    session.take(new)
    return ""


def tile() -> int | None:
    """The sample that is followed through time."""
    index: int | None = st.session_state.get(session.TILE)
    return index


def follow_tile(index: int | None) -> None:
    """Follow one of the samples through time, or none."""
    st.session_state[session.TILE] = index
    st.session_state.pop(session.STRIP, None)


def strip(shown: View, reverse: bool = False) -> Film | None:
    """The sample that is followed, at all moments; at most some seconds old. `reverse`: that of the way from B to A.

    None if none is, or if the run has other data, or images of another size, than what is `shown`.
    """
    way = shown.translation.reverse if reverse and shown.translation is not None else None
    samples = shown.samples if way is None else way.samples
    index = tile()
    if index is None or samples is None or index >= len(samples):
        return None
    owner = session.run_id(), index, shown.generation, way is not None
    of, found, until = st.session_state.get(session.STRIP, (None, None, 0.0))
    if of != owner or time.monotonic() > until:
        found = calls.call("strip", session.run_id(), index, way is not None) or (found if of == owner else None)
        st.session_state[session.STRIP] = owner, found, time.monotonic() + STRIP_EVERY
    film: Film | None = found
    return None if film is None or film.samples.shape[1:] != samples.shape[1:] else film


def files() -> tuple[Callable[[], tuple[View, ...]], Callable[[], bytes]]:
    """What gives the run at all its moments, and the run as a zip; to be called later, without a page."""
    engine, run = calls.host(), session.run_id()
    return lambda: engine.film(run), lambda: engine.pack(run)


def recipe(with_data: bool, with_weights: bool = False) -> Callable[[], Recipe]:
    """What gives what a script or a model of the run needs; to be called later, without a page."""
    engine, run = calls.host(), session.run_id()
    return lambda: engine.recipe(run, with_data, with_weights)
