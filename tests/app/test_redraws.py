"""What a redraw of a fragment sends waits for its end, and then reaches the browser in one piece."""

from __future__ import annotations

import asyncio
from unittest.mock import MagicMock

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.run_descriptor import RunDescriptor

from playground.ui import redraws

HELD = ["new_session", "delta", "script_finished", "session_status_changed"]


@pytest.fixture(autouse=True)
def _here_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "flush_browser_queue", redraws._flushing)
    redraws.send_whole()


class Page:
    """A session of Streamlit whose script is played by the test. It has to be made in a running loop."""

    def __init__(self) -> None:
        self.asked_to_send = 0
        self.session = AppSession(ScriptData("app.py", False), MagicMock(), MagicMock(), self._ask, {})

    def _ask(self) -> None:
        self.asked_to_send += 1

    def begin(self, *fragments: str) -> None:
        self._run = RunDescriptor.create(fragments)
        self._happen(ScriptRunnerEvent.SCRIPT_STARTED, page_script_hash="page", fragment_ids_this_run=[*fragments])

    def draw(self) -> None:
        self.session._enqueue_forward_msg(ForwardMsg(delta={"new_element": {"markdown": {"body": "loss"}}}))

    def end(self) -> None:
        fragment = bool(self._run.fragment_ids)
        kind = "FRAGMENT_STOPPED_WITH_SUCCESS" if fragment else "SCRIPT_STOPPED_WITH_SUCCESS"
        self._happen(ScriptRunnerEvent[kind])

    def end_for_another(self) -> None:
        self._happen(ScriptRunnerEvent.SCRIPT_STOPPED_FOR_RERUN)

    def sent(self) -> list[str | None]:
        """The kinds of the messages that go to the browser now."""
        return [message.WhichOneof("type") for message in self.session.flush_browser_queue()]

    def _happen(self, event: ScriptRunnerEvent, **more: object) -> None:
        self.session._handle_scriptrunner_event_on_event_loop(None, event, run_descriptor=self._run, **more)  # type: ignore[arg-type]


def test_a_fragment_is_sent_at_its_end_in_one_piece() -> None:
    async def check() -> None:
        page = Page()
        page.begin("live")
        page.draw()
        assert page.sent() == []
        assert page.sent() == []
        page.end()
        assert page.sent() == HELD, "without word that it runs, which would be a commit of the whole page"
        page.begin("live")
        assert page.sent() == [], "the next one waits, too"

    asyncio.run(check())


def test_the_whole_page_is_shown_as_it_comes() -> None:
    async def check() -> None:
        page = Page()
        page.begin()
        page.draw()
        assert page.sent() == ["new_session", "session_status_changed", "delta"]

    asyncio.run(check())


def test_a_whole_page_that_a_fragment_asked_for_does_not_wait() -> None:
    async def check() -> None:
        page = Page()
        page.begin("live")
        assert page.sent() == []
        page.end_for_another()
        page.begin()
        page.draw()
        assert page.sent()[-1] == "delta"
        page.end()
        assert page.sent() == ["script_finished", "session_status_changed"]

    asyncio.run(check())


def test_what_takes_long_is_shown_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraws, "LONGEST", 0.01)

    async def check() -> None:
        page = Page()
        page.begin("dialog")
        page.draw()
        assert page.sent() == []
        page.asked_to_send = 0
        await asyncio.sleep(0.05)
        assert page.asked_to_send == 1, "Streamlit is reminded: a script that waits for something draws nothing"
        assert page.sent() == ["new_session", "session_status_changed", "delta"]
        page.draw()
        assert page.sent() == ["delta"]

    asyncio.run(check())


def test_what_the_browser_still_shows_can_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        MediaFileManager, "_remove_orphaned_deferred_callables", MediaFileManager._remove_orphaned_deferred_callables
    )
    redraws.send_whole()
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    shown = files.add_deferred(lambda: b"shown", "text/plain", "0.1")
    drawn = files.add_deferred(lambda: b"drawn", "text/plain", "0.1")
    files.remove_orphaned_files()
    assert files.execute_deferred(shown) != files.execute_deferred(drawn)
    monkeypatch.setattr(redraws, "OUTLIVES", 0.0)
    files.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError):
        files.execute_deferred(shown)
    assert files.execute_deferred(drawn)


def test_redraws_that_follow_each_other_at_once_are_sent() -> None:
    async def play() -> list[list[str | None]]:
        page = Page()
        sent = []
        for _redraw in range(3):
            page.begin("stage")
            page.draw()
            sent.append(page.sent())
            page.end()  # the next one begins before anything is sent
            await asyncio.sleep(0.6 * redraws.LONGEST)
        return sent

    assert any(asyncio.run(play())), "each of them waits no longer than the first would"
