"""A callback runs to its end, whatever the browser sends in the meantime."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit import App
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1 import AppTest

from playground.ui import callbacks, door, redraws


def _page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    def newer() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_rerun(RerunData())

    def change() -> None:
        newer()  # as when the browser sends something newer just now
        st.session_state["done"] = [*st.session_state.get("done", []), st.session_state["letter"]]

    st.selectbox("Letter", ["a", "b"], key="letter", on_change=change)
    st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1


def _change() -> AppTest:
    page = AppTest.from_function(_page).run()
    page.selectbox[0].select("b").run()
    assert not page.exception
    return page


def test_a_callback_is_not_stopped_in_its_middle() -> None:
    callbacks.run_whole()
    page = _change()
    assert page.session_state["done"] == ["b"]
    assert page.session_state["drawn"] == 2, "what was newer came after the callback, in place of its run"


def test_runs_of_one_visitor_have_one_lock_for_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "_making", _runner)

    def made(session: str) -> Any:
        runner = ScriptRunner.__new__(ScriptRunner)
        callbacks._make(runner, session)
        return runner

    older, newer, other = made("a"), made("a"), made("b")
    assert older._session_state is not newer._session_state
    assert older._session_state._lock is newer._session_state._lock
    assert older._session_state._lock is not other._session_state._lock
    del older, newer, other
    gc.collect()
    assert not callbacks._locks


def _runner(self: ScriptRunner, session: str) -> None:
    self._session_id, self._session_state = session, SafeSessionState(SessionState(), lambda: None)


@pytest.mark.parametrize("by_timer", [True, False])
def test_a_press_counts_with_its_own_message_only(monkeypatch: pytest.MonkeyPatch, by_timer: bool) -> None:
    """The browser sends a press that the timer carried once more (Streamlit 1.67)."""
    heard: list[ClientState] = []
    monkeypatch.setattr(callbacks, "_requesting", lambda _session, message: heard.append(message))
    message = ClientState(is_auto_rerun=by_timer)
    message.widget_states.widgets.add(id="play", trigger_value=True)
    message.widget_states.widgets.add(id="dataset", string_value="ring")
    message.widget_states.widgets.add(id="component", json_trigger_value="[1]")
    callbacks._request(cast(AppSession, None), message)
    callbacks._request(cast(AppSession, None), None)
    found = [widget.id for widget in heard[0].widget_states.widgets]
    assert found == (["dataset"] if by_timer else ["play", "dataset", "component"])
    assert len(heard) == 2


@pytest.mark.parametrize(("there", "by_timer", "asked"), [(True, False, "it"), (False, False, ""), (False, True, "it")])
def test_a_press_in_a_fragment_that_is_not_there_has_the_whole_page_drawn(
    monkeypatch: pytest.MonkeyPatch, there: bool, by_timer: bool, asked: str
) -> None:
    """Streamlit would forget it; what the timer asks of such a fragment it may forget."""
    heard: list[str] = []
    monkeypatch.setattr(callbacks, "_requesting", lambda _session, state: heard.append(state.fragment_id))
    session = cast(AppSession, SimpleNamespace(has_fragment=lambda _fragment: there))
    callbacks._request(session, ClientState(fragment_id="it", is_auto_rerun=by_timer))
    assert heard == [asked]


def test_the_server_begins_with_it_and_ends_what_is_to_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptRunner, "__init__", callbacks._making)
    monkeypatch.setattr(ScriptRunner, "_maybe_handle_execution_control_request", callbacks._stopping)
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", callbacks._dispatching)
    monkeypatch.setattr(AppSession, "request_rerun", callbacks._requesting)
    monkeypatch.setattr(AppSession, "flush_browser_queue", redraws._flushing)
    ended: list[str] = []
    monkeypatch.setattr(door, "Fleet", lambda **_launcher: SimpleNamespace(close=lambda: ended.append("engine")))

    async def serve() -> None:
        async with door.lifespan(cast(App, None)):
            assert _change().session_state["done"] == ["b"]
            assert AppSession.request_rerun is callbacks._request
            assert AppSession.flush_browser_queue is redraws._flush
            assert not ended

    with ThreadPoolExecutor(1) as elsewhere:  # the tests in a browser have a loop in this thread
        elsewhere.submit(asyncio.run, serve()).result()
    assert ended == ["engine"]


def test_streamlit_alone_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails, Streamlit has learned it, and `callbacks` can go."""
    monkeypatch.setattr(ScriptRunner, "_maybe_handle_execution_control_request", callbacks._stopping)
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", callbacks._dispatching)
    assert "done" not in _change().session_state
