"""Calls of the engines for a visitor: what they may take, and what becomes of errors."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from playground.engine import links
from playground.engine.gate import Gate
from playground.ui import aside, door, visitor
from playground.ui.told import told
from playground.utils import shares
from playground.utils.errors import UserError
from playground.utils.translation import _

_HOST, PROBLEM = "_host", "_problem"
REFUSED = "_refused"
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


def call(method: str, *arguments: Any) -> Any:
    """Call the host; a UserError becomes the sentence of `notice` and gives None."""
    result = heard(partial(_within_shares, method, *arguments))
    if method in BY_HAND:
        st.session_state[REFUSED] = problem()
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
    group = links.group_of(run)
    if group not in held():
        st.session_state[_HELD] = (*host().admit(group, held()), group)


def held() -> tuple[str, ...]:
    """The runs and races that this visitor has in memory."""
    found: tuple[str, ...] = st.session_state.get(_HELD, ())
    return found


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
        st.session_state[PROBLEM] = visitor.hide(told(str(error)))
        return None
    st.session_state[PROBLEM] = ""
    return visitor.may_see(told(result))


def refused() -> str:
    """What the engine refused just now, once; "" if nothing."""
    sentence: str = st.session_state.pop(PROBLEM, "")
    return sentence


def problem() -> str:
    """Why the engine refused the latest call; "" if it did not."""
    sentence: str = st.session_state.get(PROBLEM, "")
    return sentence


def notice() -> str:
    """Why an upload, the latest call, or the latest command was refused; or a sentence about the engine; or ""."""
    return aside.heard() or problem() or st.session_state.get(REFUSED, "") or told(host().notice)
