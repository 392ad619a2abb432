"""What a page knows of its visitor: the host of the engine, the run, and how to show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.config import KNOBS, RunConfig
from playground.data import Choice
from playground.engine.host import Host
from playground.engine.messages import (
    Card,
    Command,
    Film,
    Pause,
    Play,
    Reset,
    Rewind,
    SetKnobs,
    Step,
    StepThrough,
    View,
    Weights,
)
from playground.errors import UserError
from playground.i18n import _
from playground.phases import Part, Record
from playground.ui import link

WEIGHTS = "weights"  # the key of the switch in Display
PATIENCE = 3.0  # seconds for which a page shows what it asked for before the engine confirms it
_HOST, _RUN, _CONFIG, _QUERY, _LATEST, _STEP = "_host", "_run", "_config", "_query", "_latest", "_step"
_FINDINGS, _PROBLEM, _PENDING, _ASKED = "_findings", "_problem", "_pending", "_asked"
_LOOKING, _PAST, _TILE, _STRIP = "_looking", "_past", "_tile", "_strip"
STRIP_EVERY = 2.0  # seconds between two looks at one sample through time
_RECORD, _SAID = "_record", "_said"


@st.cache_resource(show_spinner=False)
def _server_host() -> Host:
    return Host()


def host() -> Host:
    """The engine's host, one per server. `st.session_state["_host"]` comes first, so that a test can bring its own."""
    given: Host | None = st.session_state.get(_HOST)
    return given or _server_host()


def run_id() -> str:
    """The id of this visitor's run; creates the run if need be and keeps the URL in step with it."""
    asked = st.query_params.get(link.RUN, "")
    if _RUN not in st.session_state or asked not in ("", st.session_state[_RUN]):
        _open(asked)
    run: str = st.session_state[_RUN]
    if st.query_params.to_dict() != st.session_state[_QUERY]:
        st.query_params.from_dict(st.session_state[_QUERY])
    return run


def _open(asked: str) -> None:
    """Take over the run `asked` for, or build a new one from the link, and note what has to be said about it."""
    for key in (_LOOKING, _TILE, _STRIP, _PENDING, _ASKED, _LATEST):  # of the run that was open before
        st.session_state.pop(key, None)
    config, findings = link.read(st.query_params.to_dict())
    found = link.is_id(asked) and _call("exists", asked) is not False  # a host that cannot tell gets the same id again
    st.session_state[_RUN] = run = asked if found else link.new_id()
    st.session_state[_STEP] = 1 if found else 0  # at least, until the engine says more
    _remember(config.model_dump())
    if found:
        latest = _call("view", run, weights())
        if latest is not None and latest.status != "loading":
            _remember(latest.config)
        return
    if asked:
        findings.insert(0, _("The run in this link is not known here. This is a new one."))
    st.session_state[_FINDINGS] = findings
    _call("create", run, st.session_state[_CONFIG])


def take(run: str) -> None:
    """Make a run that exists this visitor's."""
    _open(run)
    st.query_params.from_dict(st.session_state[_QUERY])


def last_config() -> dict[str, Any]:
    """All knobs of this visitor's run as they were last seen; those of a new one where there is none yet."""
    values: dict[str, Any] = st.session_state.get(_CONFIG) or link.read({})[0].model_dump()
    return values


def _remember(config: dict[str, Any]) -> None:
    """Keep the run's config, for the URL and for a host that has forgotten the run."""
    st.session_state[_CONFIG] = config
    st.session_state[_QUERY] = link.write(st.session_state[_RUN], RunConfig(**config))


def weights() -> Weights:
    """Which weights of G make the samples on show."""
    return "raw" if st.session_state.get(WEIGHTS) == "raw" else "ema"


def view(saliency: bool = False) -> View | None:
    """The latest View of this visitor's run, or None until there is one. Each tick calls it: it keeps the run awake.

    `saliency`: also what D looks at in each image.
    """
    run = run_id()
    latest: View | None = _call("view", run, weights(), saliency)
    st.session_state[_LATEST] = latest
    if latest is None:
        _call("create", run, st.session_state[_CONFIG])
        return None
    if latest.status != "loading":  # else not yet read from disk
        st.session_state[_STEP] = latest.step
        if latest.config != st.session_state[_CONFIG]:
            _remember(latest.config)
            run_id()
    _settle(latest)
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
    """Queue a command for this visitor's run."""
    st.session_state.pop(_FINDINGS, None)
    _call("send", run_id(), command)
    match command:
        case Play():
            st.session_state[_ASKED] = ("playing", time.monotonic() + PATIENCE)
        case Pause() | Step() | StepThrough() | Reset():
            st.session_state[_ASKED] = ("paused", time.monotonic() + PATIENCE)
        case SetKnobs(values) | Rewind(values=values) if values:
            pending = st.session_state.get(_PENDING, ({}, 0.0))[0] | values
            st.session_state[_PENDING] = (pending, time.monotonic() + PATIENCE)


def set_knobs(values: dict[str, Any]) -> None:
    """Change knobs of this visitor's run."""
    if values:
        send(SetKnobs(values))


def step_through(part: Part) -> None:
    """Make one recorded step, and wait for it as long as a person would."""
    before: View | None = st.session_state.get(_LATEST)
    send(StepThrough(part))
    look_at(None)
    st.session_state.pop(_RECORD, None)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        latest = _call("view", run_id(), weights())
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
        st.session_state[_RECORD] = (key, _call("record", latest.run))
    found: Record | None = st.session_state[_RECORD][1]
    return found


# The past


def looking() -> int | None:
    """The moment on the stage; None for the present."""
    moment: int | None = st.session_state.get(_LOOKING)
    return moment


def look_at(moment: int | None) -> None:
    """Put a moment on the stage, or the present."""
    st.session_state[_LOOKING] = moment


def past() -> View | None:
    """The run at the moment on the stage; None if that is the present."""
    moment = looking()
    if moment is None:
        return None
    key, found = st.session_state.get(_PAST, (None, None))
    if key != (run_id(), moment):
        found = _call("past", run_id(), moment)
        st.session_state[_PAST] = (run_id(), moment), found
        if found is None:
            look_at(None)
    view: View | None = found
    return view


def rewind() -> None:
    """Let the run go on from the moment on the stage."""
    if (moment := looking()) is not None:
        send(Rewind(moment))
        look_at(None)


def cure(values: dict[str, Any], moment: int | None) -> None:
    """Change knobs; first go back to `moment`, if there is one, but to none of the knobs of that time."""
    if moment is None:
        set_knobs(values)
    else:
        live = {name: value for name, value in confirmed().items() if KNOBS[name].live}
        send(Rewind(moment, live | values))


def fork(values: dict[str, Any]) -> None:
    """Go to a new run that goes on from the moment on the stage with other live knobs."""
    new = link.new_id()
    _call("fork", run_id(), looking(), values, new)
    if not notice():
        take(new)


def open_run(content: bytes) -> str:
    """Go to the run in a zip; gives "", or the sentence that says why there is none."""
    new = link.new_id()
    _call("open", new, content)
    if problem := st.session_state.pop(_PROBLEM, ""):
        return str(problem)
    take(new)
    return ""


def tile() -> int | None:
    """The sample that is followed through time."""
    index: int | None = st.session_state.get(_TILE)
    return index


def follow_tile(index: int | None) -> None:
    """Follow one of the samples through time, or none."""
    st.session_state[_TILE] = index
    st.session_state.pop(_STRIP, None)


def strip() -> Film | None:
    """The sample that is followed, at all moments; at most some seconds old."""
    found, until = st.session_state.get(_STRIP, (None, 0.0))
    if tile() is not None and time.monotonic() > until:
        found = _call("strip", run_id(), tile())
        st.session_state[_STRIP] = found, time.monotonic() + STRIP_EVERY
    film: Film | None = found
    return film


def files() -> tuple[Callable[[], tuple[View, ...]], Callable[[], bytes]]:
    """What gives the run at all its moments, and the run as a zip; to be called later, without a page."""
    engine, run = host(), run_id()
    return lambda: engine.film(run), lambda: engine.pack(run)


def card(dataset: str, source: str, choice: Choice, fetch: bool = False) -> Card | None:
    """What the engine knows of a dataset, or how far its reading is; None if it does not answer."""
    found: Card | None = _call("card", run_id(), dataset, source, choice, fetch)
    return found


def cancel(dataset: str, source: str) -> None:
    """No longer wait for a dataset."""
    _call("cancel", run_id(), dataset, source)


def notice() -> str:
    """A sentence about the engine, or ""."""
    return st.session_state.get(_PROBLEM, "") or host().notice


def findings() -> str:
    """What had to be mended in the link that opened this run, until the first command; "" if nothing."""
    return " ".join(st.session_state.get(_FINDINGS, []))


def say(sentence: str) -> None:
    """Have a page say something in passing when it is drawn next: a callback must not draw."""
    st.session_state[_SAID] = sentence


def said() -> str:
    """What is to be said, once."""
    sentence: str = st.session_state.pop(_SAID, "")
    return sentence


def _call(method: str, *arguments: Any) -> Any:
    """Call the host; a UserError becomes the sentence of `notice` and gives None."""
    try:
        result = getattr(host(), method)(*arguments)
    except UserError as error:
        st.session_state[_PROBLEM] = str(error)
        return None
    st.session_state[_PROBLEM] = ""
    return result


def call(method: str, *arguments: Any) -> Any:
    """Call a method of the host, for a page that looks at more than this visitor's run; None if that fails."""
    return _call(method, *arguments)
