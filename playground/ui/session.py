"""What a page knows of its visitor: the host of the engine, the run, and how to show it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

import streamlit as st

from playground.config.run_config import RunConfig
from playground.data import Choice
from playground.engine import links
from playground.engine.gate import Gate
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
from playground.ui import aside, door, link, projector, undo, visitor
from playground.utils import shares
from playground.utils.errors import UserError
from playground.utils.translation import _

_WEIGHTS = "_weights"  # what the switch on the stage says
TWICE = 0.4  # seconds after a press of Play or Pause is drawn within which another one is the same press
PATIENCE = 3.0  # seconds for which a page shows what it asked for before the engine confirms it
_HOST, _RUN, _CONFIG, _QUERY, _LATEST, _STEP = "_host", "_run", "_config", "_query", "_latest", "_step"
_FINDINGS, _PROBLEM, _PENDING, _ASKED = "_findings", "_problem", "_pending", "_asked"
LOOKING, TILE, STRIP = "_looking", "_tile", "_strip"  # what `ui.past` keeps of the run that is open
_SAID, _PRESSED = "_said", "_pressed"
_COPIES, _WATCHERS = "_copies", "_watchers"
_REFUSED = "_refused"
_HELD, _SENT = "_held", "_sent"  # runs and races of this visitor, and when commands were sent
NAMING = {  # which argument names a run that may come into memory
    **dict.fromkeys(("create", "race", "view", "race_view"), 0),
    "fork": 3,
}
BY_HAND = ("send", "fork", "pin")  # what a person asks for: why it was refused stays until the next of these


def host() -> Gate:
    """The engines of this server. `st.session_state["_host"]` comes first, so that a test can bring its own."""
    given: Gate | None = st.session_state.get(_HOST)
    return given or door.engine_host()


def run_id() -> str:
    """The id of this visitor's run; creates the run if need be and keeps the URL in step with it."""
    asked = st.query_params.get(link.RUN, "")
    asked = copied(asked)
    if _RUN not in st.session_state or asked not in ("", st.session_state[_RUN]):
        _open(asked)
    run: str = st.session_state[_RUN]
    projector.write(st.session_state[_QUERY])
    return run


def _open(asked: str) -> None:
    """Take over the run `asked` for, or build a new one from the link, and note what has to be said about it."""
    for key in (LOOKING, TILE, STRIP, _PENDING, _ASKED, _LATEST, _REFUSED):  # of the run that was open before
        st.session_state.pop(key, None)
    config, findings = link.read(projector.of_page(st.query_params.to_dict()))
    visitor.names(config.model_dump())
    if links.right_of(asked) == "copy" and not (asked := copy_of(asked)):
        findings.insert(0, refused())
    found = link.is_id(asked) and _call("exists", asked) is not False  # a host that cannot tell gets the same id again
    st.session_state[_RUN] = run = asked if found else link.new_id()
    undo.open_run(run)
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
        _call("fork", shared, None, {}, new)
        if not st.session_state[_PROBLEM]:
            copies[shared] = new
        elif time.monotonic() > end or not _exists(shared):
            return ""
        else:
            time.sleep(0.2)  # it comes from disk
    return copies[shared]


def _exists(run: str) -> bool:
    problem = st.session_state[_PROBLEM]
    found = bool(_call("exists", run))
    st.session_state[_PROBLEM] = st.session_state[_PROBLEM] or problem
    return found


def watching() -> bool:
    """Whether this visitor may only look at the run. The engine refuses the rest, whatever a page thinks."""
    return links.right_of(st.session_state.get(_RUN, "")) == "watch"


def attend(run: str) -> int:
    """Say that this visitor looks at a run or race; gives how many watch it by a link, to whoever steers it."""
    return int(_call("attend", run, visitor.who()) or 0)


def watchers() -> int:
    """How many people watched this visitor's run at the latest look."""
    count: int = st.session_state.get(_WATCHERS, 0)
    return count


def take(run: str) -> None:
    """Make a run that exists this visitor's."""
    _open(run)
    projector.write(st.session_state[_QUERY])


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
    if not problem():
        undo.note(command, before, latest())


def step_back(redo: bool = False) -> None:
    """Undo the last change of knobs, or redo it; waits for one that the engine has not yet carried out."""
    change, now, end = undo.last(redo), latest(), time.monotonic() + PATIENCE
    while change and change.over and now and now.generation <= change.generation and time.monotonic() < end:
        time.sleep(0.02)
        now = _call("view", run_id(), weights())
    if change is not None:
        _deliver(undo.take(now, redo), change.before)


def _deliver(command: Command, expecting: dict[str, Any] | None = None) -> None:
    """Queue a command; `expecting`: knobs that it changes without naming them."""
    st.session_state.pop(_FINDINGS, None)
    _call("send", run_id(), command)
    match command:
        case Play():
            st.session_state[_ASKED] = ("playing", time.monotonic() + PATIENCE)
        case Pause() | Step() | StepThrough() | Reset():
            st.session_state[_ASKED] = ("paused", time.monotonic() + PATIENCE)
    values = getattr(command, "values", {}) | (expecting or {})
    if values:
        pending = st.session_state.get(_PENDING, ({}, 0.0))[0] | values
        st.session_state[_PENDING] = (pending, time.monotonic() + PATIENCE)


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
    found: Card | None = _call("card", run_id(), dataset, source, choice, fetch)
    return found


def cancel(dataset: str, source: str) -> None:
    """No longer wait for a dataset."""
    _call("cancel", run_id(), dataset, source)


def refused() -> str:
    """What the engine refused just now, once; "" if nothing."""
    sentence: str = st.session_state.pop(_PROBLEM, "")
    return sentence


def problem() -> str:
    """Why the engine refused the latest call; "" if it did not."""
    sentence: str = st.session_state.get(_PROBLEM, "")
    return sentence


def notice() -> str:
    """Why an upload, the latest call, or the latest command was refused; or a sentence about the engine; or ""."""
    return aside.heard() or problem() or st.session_state.get(_REFUSED, "") or host().notice


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
    result = heard(partial(_within_shares, method, *arguments))
    if method in BY_HAND:
        st.session_state[_REFUSED] = problem()
    return result


def _within_shares(method: str, *arguments: Any) -> Any:
    """What the host answers, if this visitor may have so much of it. Raises UserError."""
    if method in NAMING:
        admit(arguments[NAMING[method]])
    if method == "send":
        _pace()
    return getattr(host(), method)(*arguments)


def admit(run: str) -> None:
    """Count a run or race, which this visitor makes or brings into memory. Raises UserError."""
    held, group = st.session_state.get(_HELD, ()), links.group_of(run)
    if group not in held:
        st.session_state[_HELD] = (*host().admit(group, held), group)


def _pace() -> None:
    """Count a command. Raises UserError where there were too many in a minute."""
    sent: deque[float] = st.session_state.setdefault(_SENT, deque())
    now = time.monotonic()
    while sent and now - sent[0] > 60:
        sent.popleft()
    if len(sent) >= shares.limit("session_commands"):
        shares.hit("session_commands")
        raise UserError(_("These are too many changes in one minute. Wait a moment, then go on."))
    sent.append(now)


def heard(answer: Callable[[], Any]) -> Any:
    """What the host answers; a UserError becomes the sentence of `notice` and gives None."""
    try:
        result = answer()
    except UserError as error:
        st.session_state[_PROBLEM] = visitor.hide(str(error))
        return None
    st.session_state[_PROBLEM] = ""
    return visitor.may_see(result)


def call(method: str, *arguments: Any) -> Any:
    """Call a method of the host, for a page that looks at more than this visitor's run; None if that fails."""
    return _call(method, *arguments)
