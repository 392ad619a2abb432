"""What a page knows of its visitor: the host of the engine, the run, and how to show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any

import streamlit as st

from playground.config.run_config import RunConfig
from playground.data import Choice
from playground.engine import links
from playground.engine.messages import (
    Card,
    Command,
    Pause,
    Play,
    Reset,
    SetKnobs,
    Step,
    StepThrough,
    View,
    Weights,
)
from playground.ui import address, calls, door, language, lesson_state, link, undo, visitor
from playground.utils.translation import _

_WEIGHTS = "_weights"  # what the switch on the stage says
TWICE = 0.4  # seconds after a press of Play or Pause is drawn within which another one is the same press
PATIENCE = 3.0  # seconds for which a press waits for what the engine makes of it
GRANTED_WITHIN = 10.0  # seconds for which a page shows what it asked for before a busy engine confirms it
_RUN, _CONFIG, _QUERY, _LATEST, _STEP = "_run", "_config", "_query", "_latest", "_step"
_FINDINGS, _PENDING, _ASKED = "_findings", "_pending", "_asked"
LOOKING, TILE, STRIP = "_looking", "_tile", "_strip"  # what `ui.past` keeps of the run that is open
_SAID, _PRESSED = "_said", "_pressed"
_COPIES, _WATCHERS = "_copies", "_watchers"


def run_id() -> str:
    """The id of this visitor's run; creates the run if need be and keeps the URL in step with it."""
    asked = st.query_params.get(link.RUN, "")
    asked = copied(asked)
    if _RUN not in st.session_state or asked not in ("", st.session_state[_RUN]):
        _open(asked)
    run: str = st.session_state[_RUN]
    address.write(st.session_state[_QUERY])
    return run


def _open(asked: str) -> None:
    """Take over the run `asked` for, or build a new one from the link, and note what has to be said about it."""
    for key in (LOOKING, TILE, STRIP, _PENDING, _ASKED, _LATEST, calls.REFUSED):  # of the run that was open before
        st.session_state.pop(key, None)
    config, findings = link.read(address.of_page(st.query_params.to_dict()))
    visitor.names(config.model_dump())
    if links.right_of(asked) == "copy" and not (asked := copy_of(asked)):
        findings.insert(0, calls.refused())
    # a host that cannot tell gets the same id again
    found = link.is_id(asked) and calls.call("exists", asked) is not False
    st.session_state[_RUN] = run = asked if found else link.new_id()
    undo.open_run(run)
    st.session_state[_STEP] = 1 if found else 0  # at least, until the engine says more
    _remember(config.model_dump())
    if found:
        latest = calls.call("view", run, weights())
        if latest is not None and latest.status != "loading":
            _remember(latest.config)
        return
    if asked:
        findings.insert(0, _("The run in this link is not known here. This is a new one."))
    st.session_state[_FINDINGS] = findings
    calls.call("create", run, st.session_state[_CONFIG])


def copied(asked: str) -> str:
    """This visitor's own copy of what a link lets people copy, once they have one; else what was `asked` for."""
    copies: dict[str, str] = st.session_state.get(_COPIES, {})
    return copies.get(asked, asked)


def copy_of(shared: str) -> str:
    """This visitor's copy of the run or race that a link shares, made at the first look; "" if there is none to be had,
    see `refused`.
    """
    copies: dict[str, str] = st.session_state.setdefault(_COPIES, {})
    end = time.monotonic() + PATIENCE
    while shared not in copies:
        new = link.new_id()
        calls.call("fork", shared, None, {}, new)
        if not calls.problem():
            copies[shared] = new
        elif time.monotonic() > end or not _exists(shared):
            return ""
        else:
            time.sleep(0.2)  # it comes from disk
    return copies[shared]


def _exists(run: str) -> bool:
    problem = st.session_state[calls.PROBLEM]
    found = bool(calls.call("exists", run))
    st.session_state[calls.PROBLEM] = st.session_state[calls.PROBLEM] or problem
    return found


def opened() -> str:
    """The id of this visitor's run; "" as long as none was opened."""
    run: str = st.session_state.get(_RUN, "")
    return run


def watching() -> bool:
    """Whether this visitor may only look at the run. The engine refuses the rest, whatever a page thinks."""
    return links.right_of(opened()) == "watch"


def attend(run: str) -> int:
    """Say that this visitor looks at a run or race; gives how many watch it by a link, to whoever steers it."""
    return int(calls.call("attend", run, visitor.who()) or 0)


def watchers() -> int:
    """How many people watched this visitor's run at the latest look."""
    count: int = st.session_state.get(_WATCHERS, 0)
    return count


def take(run: str) -> None:
    """Make a run that exists this visitor's."""
    _open(run)
    address.write(st.session_state[_QUERY])


def last_config() -> dict[str, Any]:
    """All knobs of this visitor's run as they were last seen; those of a new one where there is none yet."""
    values: dict[str, Any] = st.session_state.get(_CONFIG) or link.read({})[0].model_dump()
    return values


def _remember(config: dict[str, Any]) -> None:
    """Keep the run's config, for the URL and for a host that has forgotten the run."""
    st.session_state[_CONFIG] = config
    st.session_state[_QUERY] = link.write(st.session_state[_RUN], RunConfig.checked(config))


def weights() -> Weights:
    """Which weights of G make the samples on show."""
    return "raw" if st.session_state.get(_WEIGHTS) == "raw" else "ema"


def draw_from(chosen: Weights) -> None:
    """Choose which weights of G make the samples on show, until the visitor chooses again."""
    st.session_state[_WEIGHTS] = "raw" if chosen == "raw" else "ema"


def view(saliency: bool = False) -> View | None:
    """The latest View of this visitor's run, or None until there is one. Each tick calls it: it keeps the run awake.

    `saliency`: also what D looks at in each image.
    """
    run = run_id()
    latest: View | None = calls.call("view", run, weights(), saliency)
    st.session_state[_LATEST] = latest
    if latest is None:
        calls.call("create", run, st.session_state[_CONFIG])
        return None
    if latest.status != "loading":  # else not yet read from disk
        st.session_state[_STEP] = latest.step
        if latest.config != st.session_state[_CONFIG]:
            _remember(latest.config)
            run_id()
    _settle(latest)
    st.session_state[_WATCHERS] = attend(run)
    return latest


def _settle(latest: View) -> None:
    """Forget what was asked for and is now so, or was not granted in time."""
    late = latest.status != "loading" and not latest.waiting
    values, until = st.session_state.get(_PENDING, ({}, 0.0))
    if values and (all(latest.config[k] == v for k, v in values.items()) or (late and time.monotonic() > until)):
        del st.session_state[_PENDING]
    asked, until = st.session_state.get(_ASKED, ("", 0.0))
    if asked and (latest.status in (asked, "failed") or (late and time.monotonic() > until)):
        del st.session_state[_ASKED]


def not_ready(view: View | None) -> str:
    """What a page waits for while a run has nothing to show."""
    if view is None:
        return _("The engine is starting.")
    return view.waiting or _("The run is being made ready.")


def latest() -> View | None:
    """The View that was asked for last."""
    found: View | None = st.session_state.get(_LATEST)
    return found


def confirmed() -> dict[str, Any]:
    """All knobs as the engine last said they are."""
    values: dict[str, Any] = st.session_state[_CONFIG]
    return values


def config() -> dict[str, Any]:
    """All knobs of the run, with the changes that are on their way to it."""
    values: dict[str, Any] = st.session_state.get(_PENDING, ({}, 0.0))[0]
    return {**confirmed(), **values}


def step() -> int:
    """The step at the latest look; while a known run comes from disk, the last one that was seen."""
    latest: int = st.session_state.get(_STEP, 0)
    return latest


def playing() -> bool:
    """Whether the run is training, or is about to."""
    asked = st.session_state.get(_ASKED, ("", 0.0))[0]
    latest: View | None = st.session_state.get(_LATEST)
    return bool(asked == "playing" if asked else latest and latest.status == "playing")


def send(command: Command) -> None:
    """Queue a command for this visitor's run, and note how to undo it."""
    before = config()
    _deliver(command)
    if not calls.problem():
        undo.note(command, before, latest())


def step_back(redo: bool = False) -> None:
    """Undo the last change of knobs, or redo it; waits for one that the engine has not yet carried out."""
    change, now, end = undo.last(redo), latest(), time.monotonic() + PATIENCE
    while change and change.over and now and now.generation <= change.generation and time.monotonic() < end:
        time.sleep(0.02)
        now = calls.call("view", run_id(), weights())
    if change is not None:
        _deliver(undo.take(now, redo), change.before)


def _deliver(command: Command, expecting: dict[str, Any] | None = None) -> None:
    """Queue a command; `expecting`: knobs that it changes without naming them."""
    st.session_state.pop(_FINDINGS, None)
    lesson_state.settle()
    language.settle()
    calls.call("send", run_id(), command)
    match command:
        case Play():
            st.session_state[_ASKED] = ("playing", time.monotonic() + GRANTED_WITHIN)
        case Pause() | Step() | StepThrough() | Reset():
            st.session_state[_ASKED] = ("paused", time.monotonic() + GRANTED_WITHIN)
    values = getattr(command, "values", {}) | (expecting or {})
    if values:
        pending = st.session_state.get(_PENDING, ({}, 0.0))[0] | values
        st.session_state[_PENDING] = (pending, time.monotonic() + GRANTED_WITHIN)


def press(sender: Callable[[Command], None], command: Command) -> None:
    """Send Play or Pause, whose button turns into the other at once.

    A press that comes while the first is not yet drawn, or right after it, is a double click, or one press that a busy
    server was told twice: it would undo the first.
    """
    if time.monotonic() - st.session_state.get(_PRESSED, -inf) > TWICE:
        st.session_state[_PRESSED] = inf  # until it is drawn
        sender(command)


def drawn() -> None:
    """What was pressed is on the page now; called where a redraw ends."""
    door.count_redraw()
    if st.session_state.get(_PRESSED) == inf:
        st.session_state[_PRESSED] = time.monotonic()


def set_knobs(values: dict[str, Any]) -> None:
    """Change knobs of this visitor's run."""
    if values:
        visitor.names(values)
        send(SetKnobs(values))


def card(dataset: str, source: str, choice: Choice, fetch: bool = False) -> Card | None:
    """What the engine knows of a dataset, or how far its reading is; None if it does not answer."""
    visitor.names({"folder": source})
    found: Card | None = calls.call("card", run_id(), dataset, source, choice, fetch)
    return found


def cancel(dataset: str, source: str) -> None:
    """No longer wait for a dataset."""
    calls.call("cancel", run_id(), dataset, source)


def findings() -> str:
    """What had to be mended in the link that opened this run, until the first command; "" if nothing."""
    return " ".join(filter(None, [*st.session_state.get(_FINDINGS, []), lesson_state.finding(), language.finding()]))


def say(sentence: str) -> None:
    """Have a page say something in passing when it is drawn next: a callback must not draw."""
    st.session_state[_SAID] = sentence


def said() -> str:
    """What is to be said, once."""
    sentence: str = st.session_state.pop(_SAID, "")
    return sentence
