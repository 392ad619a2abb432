"""What a redraw of a fragment changes reaches the browser in one piece.

Streamlit sends what a script has drawn so far every few milliseconds, and for each such part the browser goes through
the whole page: the bar at its top, the sidebar, every box. A fragment whose drawing takes several of these intervals
would cost the browser several times as much, and would be seen half old and half new. So its messages wait for its end.

A redraw also makes each download anew and forgets what the browser still shows until the messages are there. So what is
no longer drawn can be downloaded for a while.
"""

from __future__ import annotations

import asyncio
import time
from weakref import WeakKeyDictionary

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.media_file_manager import MediaFileManager

LONGEST = 0.4  # seconds for which they wait; what takes longer is shown as it comes
OUTLIVES = 20.0  # seconds for which a download can be asked for after it was drawn for the last time
_flushing = AppSession.flush_browser_queue
_waiting: WeakKeyDictionary[AppSession, tuple[ForwardMsg, float]] = WeakKeyDictionary()  # a run's first message, since


def _flush(self: AppSession) -> list[ForwardMsg]:
    """The messages that may go to the browser now; Streamlit asks after each new one, the last of a run included."""
    start = _redraw(self)
    if start is not None:
        now = time.monotonic()
        known, since = _waiting.get(self, (None, now))  # since when of an earlier redraw, if that was not sent yet
        if known is not start:
            _waiting[self] = start, since
            if self._message_enqueued_callback:  # has Streamlit ask again, even if nothing new is drawn
                asyncio.get_running_loop().call_later(1.1 * LONGEST, self._message_enqueued_callback)
        if now - since < LONGEST:
            return []
    ended = _waiting.pop(self, None) is not None and self._state == AppSessionState.APP_NOT_RUNNING
    return [message for message in _flushing(self) if not (ended and _says_that_it_runs(message))]


def _redraw(session: AppSession) -> ForwardMsg | None:
    """The first message of the run that goes on, if that is one of a fragment and nothing of it is sent yet."""
    if session._state != AppSessionState.APP_IS_RUNNING:
        return None
    starts = [message for message in session._browser_queue._queue if message.WhichOneof("type") == "new_session"]
    return starts[-1] if starts and starts[-1].metadata.run.fragment_ids else None


def _says_that_it_runs(message: ForwardMsg) -> bool:
    """The browser would show that a script runs which has ended."""
    return message.WhichOneof("type") == "session_status_changed" and message.session_status_changed.script_is_running


def _forget_downloads(self: MediaFileManager) -> None:
    """Forget downloads that no session has drawn for a while. The caller holds the lock of the manager."""
    drawn = {file for files in self._files_by_session_and_coord.values() for file in files.values()}
    since, now = _gone.setdefault(self, {}), time.monotonic()
    for file in list(self._deferred_callables):
        if file in drawn:
            since.pop(file, None)
        elif now - since.setdefault(file, now) > OUTLIVES:
            self._drop_deferred_id(file)
            del since[file]


_gone: WeakKeyDictionary[MediaFileManager, dict[str, float]] = WeakKeyDictionary()  # since when nobody draws a download


def send_whole() -> None:
    """From now on this server sends a fragment's redraw at its end."""
    AppSession.flush_browser_queue = _flush  # type: ignore[method-assign]
    MediaFileManager._remove_orphaned_deferred_callables = _forget_downloads  # type: ignore[method-assign]
