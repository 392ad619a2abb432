"""Callbacks of widgets that run to their end, and once for each press.

Streamlit stops a script where it reads `st.session_state` or draws, as soon as the browser has sent something newer. It
also stops a callback there, and does not call it again: its widget shows the new value, and nothing was done with it.
That happens when the fragment's timer carries a person's change a moment before the change itself arrives.

A press of a button that the timer carried arrives a second time with its own message, and would be called twice: Play
would be Play and Pause. So what the timer says of presses does not count.

And Streamlit forgets what was pressed in a fragment that is not there at the moment: one run of the whole page was
stopped before it came to the fragment, and the next one is not there yet. Then the press has the whole page drawn.

A newer run of the whole page begins in a thread of its own while the older one still comes to its next stop. Streamlit
gives each of them a lock of its own for the state of the visitor, so that one may change what the other goes through,
and the page ends with an error. Here all runs of one visitor have the same lock.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakValueDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state import SafeSessionState

_making = ScriptRunner.__init__
_stopping = ScriptRunner._maybe_handle_execution_control_request
_dispatching = SafeSessionState.on_script_will_rerun
_requesting = AppSession.request_rerun
PRESSES = ("trigger_value", "json_trigger_value")
_busy: set[int] = set()  # the threads that run callbacks at the moment
_locks: WeakValueDictionary[str, Any] = WeakValueDictionary()  # by visitor, as long as one of their runs has it
_guard = threading.Lock()


def _make(self: ScriptRunner, *args: Any, **kwargs: Any) -> None:
    _making(self, *args, **kwargs)
    state = self._session_state
    with _guard:
        lock = _locks.setdefault(self._session_id, state._lock)
    object.__setattr__(state, "_lock", lock)


def _stop_if_asked(self: ScriptRunner) -> None:
    if self._script_thread is None or self._script_thread.ident not in _busy:
        _stopping(self)


def _dispatch(self: SafeSessionState, *args: Any, **kwargs: Any) -> None:
    thread = threading.get_ident()
    _busy.add(thread)
    try:
        _dispatching(self, *args, **kwargs)
    finally:
        _busy.discard(thread)


def _request(self: AppSession, client_state: ClientState | None) -> None:
    if client_state is not None and client_state.is_auto_rerun:
        widgets = client_state.widget_states.widgets
        others = [widget for widget in widgets if widget.WhichOneof("value") not in PRESSES]
        if len(others) < len(widgets):
            del widgets[:]
            widgets.extend(others)
    elif client_state is not None and client_state.fragment_id and not self.has_fragment(client_state.fragment_id):
        client_state.fragment_id = ""
    _requesting(self, client_state)


def run_whole() -> None:
    """From now on no callback of this server is stopped in its middle. What is newer waits until it has ended.

    And none is called twice for one press, and no two runs of a visitor change their state at the same time.
    """
    ScriptRunner.__init__ = _make  # type: ignore[method-assign]
    AppSession.request_rerun = _request  # type: ignore[method-assign]
    ScriptRunner._maybe_handle_execution_control_request = _stop_if_asked  # type: ignore[method-assign]
    SafeSessionState.on_script_will_rerun = _dispatch  # type: ignore[method-assign]
