"""Uploads: how much of them the server holds in memory, for each page and in all; and when they go.

Streamlit keeps what was uploaded until the page's session has ended, which it may notice only when somebody else comes.
Here a file that is beyond a share is read and thrown away, and the page says so. The files of a page that was closed go
soon, or at once if another page needs the room.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import time
from collections import Counter
from contextlib import suppress

import streamlit as st
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile

from playground.ui import aside
from playground.utils import logs, shares
from playground.utils.translation import _

log = logging.getLogger(__name__)
A_FILE = 4096  # bytes that a file takes besides its content
GRACE = 15.0  # seconds for which a page that lost its connection may come back to its uploads
LOOK_EVERY = 2.0  # seconds between two looks for pages that were closed
PATIENCE = 30.0  # seconds without a byte after which an upload is given up
_PLACE = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
_PAGE = "_page_of_uploads"

_coming: Counter[str] = Counter()  # bytes that are on their way, by session
_closed: dict[str, float] = {}  # since when the page of a session with uploads has been closed
kept: set[str] = set()  # keys of a session's state that keep what was uploaded


def _manager() -> MemoryUploadedFileManager:
    manager = Runtime.instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return manager


def held(session_id: str | None = None) -> int:
    """About how many bytes of uploads are held or on their way, of a session or of all."""
    storage, coming = _manager().file_storage, sum(_coming.values()) if session_id is None else _coming[session_id]
    sessions = list(storage) if session_id is None else [session_id]
    files = [file for one in sessions for file in list(storage.get(one, {}).values())]
    return coming + sum(len(file.data) + A_FILE for file in files)


def release() -> None:
    """Let go of all uploads of this page: they are used, or the form that had them is gone."""
    if context := get_script_run_ctx(suppress_warning=True):
        context.uploaded_file_mgr.remove_session_files(context.session_id)
    for key in kept:
        st.session_state.pop(key, None)


def content(key: str) -> bytes | None:
    """What was uploaded with the widget of that key; None if nothing was, or if it was left out."""
    file = st.session_state[key]
    return None if file is None or isinstance(file, DeletedFile) else bytes(file.getvalue())


def on_page(path: str) -> None:
    """Say which page is drawn; the uploads of the one before go, as its widgets do."""
    if st.session_state.setdefault(_PAGE, path) != path:
        st.session_state[_PAGE] = path
        release()


# Files that come


class Bounded:
    """Stands before Streamlit's own handler of uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PLACE.search(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self._app(scope, receive, send)
        elif scope["method"] == "DELETE":
            aside.tell(found[1], "")
            await self._app(scope, receive, send)
        else:
            await self._put(found[1], scope, receive, send)

    async def _put(self, session_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        size = dict(scope["headers"]).get(b"content-length", b"")
        if not size.isdigit():
            await PlainTextResponse("Say how long the file is.", 411)(scope, receive, send)
            return
        patient = _patient(receive)
        if Runtime.instance().is_active_session(session_id) and (sentence := _refusal(session_id, int(size))):
            log.info("an upload was left out", extra=logs.extra("file_refused", kind="upload", bytes=int(size)))
            await _throw_away(patient)
            aside.tell(session_id, sentence)
            await Response(status_code=204)(scope, receive, send)  # the browser would show another code as an error
            return
        _coming[session_id] += int(size) + A_FILE
        try:
            await self._app(scope, patient, send)
        except ClientDisconnect:
            with suppress(RuntimeError, OSError):  # nobody may be there
                await PlainTextResponse("The upload stopped.", 408)(scope, receive, send)
        finally:
            _coming[session_id] -= int(size) + A_FILE
            if _coming[session_id] <= 0:
                del _coming[session_id]


def _refusal(session_id: str, size: int) -> str:
    """Why a file cannot be taken, in a sentence with what to do; "" if it can."""
    of_page, of_server = shares.limit("session_uploads"), shares.limit("uploads")
    words = {"size": _size(size), "most": _size(min(of_page, of_server))}
    if size + A_FILE > min(of_page, of_server):
        shares.hit("session_uploads")
        return _("This file has {size}; uploads of one page may have {most} here. Choose a smaller one.").format(
            **words
        )
    if held(session_id) + size + A_FILE > of_page:
        shares.hit("session_uploads")
        return _(
            "The last file was left out: uploads of one page may have {most} in all. Remove one here, or reload the "
            "page, and add it again."
        ).format(**words)
    if held() + size + A_FILE > of_server:
        end_closed(0.0)
    if held() + size + A_FILE > of_server:
        shares.hit("uploads")
        return _("The last file was left out: others upload too much just now. Add it again in a minute.")
    return ""


def _size(size: int) -> str:
    return _("{n} MB").format(n=f"{size / shares.MIB:.3g}")


def _patient(receive: Receive) -> Receive:
    """The same, but who sends nothing for long is taken for gone."""

    async def received() -> Message:
        try:
            return await asyncio.wait_for(receive(), PATIENCE)
        except TimeoutError:
            return {"type": "http.disconnect"}

    return received


async def _throw_away(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


# Pages that were closed


def end_closed(grace: float = GRACE) -> None:
    """End the sessions with uploads whose pages have been closed for that many seconds. On the server's own thread."""
    runtime, manager, now = Runtime.instance(), _manager(), time.monotonic()
    gone = [one for one in list(manager.file_storage) if not runtime.is_active_session(one)]
    for one in set(_closed) - set(gone):
        del _closed[one]
    for one in gone:
        if now - _closed.setdefault(one, now) >= grace:
            runtime.close_session(one)
            manager.remove_session_files(one)  # also of one that Streamlit has forgotten
            del _closed[one]


async def watch() -> None:
    """Look for closed pages as long as the server lives."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        before = len(_manager().file_storage)
        end_closed()
        if len(_manager().file_storage) < before:
            await asyncio.to_thread(gc.collect)  # a session is a circle of objects
