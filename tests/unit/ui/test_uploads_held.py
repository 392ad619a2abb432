"""How much of uploads the server holds: for one page, for all, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from playground.ui import aside, uploads
from playground.utils import shares

MIB = shares.MIB


class Server:
    """Streamlit's handler of uploads behind ours, with the sessions of `open`."""

    def __init__(self) -> None:
        self.files = MemoryUploadedFileManager("/_stcore/upload_file")
        self.open, self.ended, self.received = {"a", "b", "c"}, list[str](), 0
        self.asked = 0
        self.runtime = SimpleNamespace(
            uploaded_file_mgr=self.files,
            is_active_session=lambda one: one in self.open,
            close_session=self.ended.append,
        )
        self.app = uploads.Bounded(self._streamlit)

    async def _streamlit(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        session, file = scope["path"].split("/")[-2:]
        if scope["method"] == "DELETE":
            self.files.remove_file(session, file)
        else:
            content = await request.body()
            await asyncio.sleep(0)
            self.files.add_file(session, UploadedFileRec(file, file, "", content))
        await Response(status_code=204)(scope, receive, send)

    async def _ask(self, method: str, session: str, file: str, size: int, told: int | None) -> int:
        codes: list[int] = []
        chunks = [min(MIB, size - at) for at in range(0, size, MIB)]

        async def receive() -> dict[str, Any]:
            if not chunks:
                return {"type": "http.disconnect"} if told != size else {"type": "http.request", "body": b""}
            self.received += chunks[0]
            return {"type": "http.request", "body": bytes(chunks.pop(0)), "more_body": told != size or bool(chunks)}

        async def send(message: Any) -> None:
            codes.append(message.get("status", 0))

        headers = [] if told is None else [(b"content-length", str(told).encode())]
        path = f"/_stcore/upload_file/{session}/{file}"
        await self.app({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
        return codes[0]

    def put(self, session: str, *sizes: int, told: int | None = -1) -> list[int]:
        """Upload files at the same time; gives the codes of the answers. `told`: in place of the true length."""

        async def work() -> list[int]:
            first = self.asked
            self.asked += len(sizes)
            asked = [
                self._ask("PUT", session, f"{first + n}", size, size if told == -1 else told)
                for n, size in enumerate(sizes)
            ]
            return list(await asyncio.gather(*asked))

        return run(work())

    def delete(self, session: str, file: str) -> None:
        run(self._ask("DELETE", session, file, 0, 0))

    def held(self, session: str) -> int:
        return sum(len(file.data) for file in self.files.file_storage.get(session, {}).values())


def run(work: Any) -> Any:
    with ThreadPoolExecutor(1) as elsewhere:  # the tests in a browser have a loop in this thread
        return elsewhere.submit(asyncio.run, work).result()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server()
    monkeypatch.setattr(uploads, "Runtime", SimpleNamespace(instance=lambda: made.runtime))
    monkeypatch.setenv("PLAYGROUND_SESSION_UPLOADS", "10M")
    monkeypatch.setenv("PLAYGROUND_UPLOADS", "16M")
    yield made
    for session in ("a", "b", "c"):
        aside.tell(session, "")
    assert not uploads._coming


def said(session: str) -> str:
    return aside._said.get(session, ("", 0.0))[0]


def test_what_is_within_the_share_is_taken(server: Server) -> None:
    assert server.put("a", 4 * MIB, 5 * MIB) == [204, 204]
    assert server.held("a") == 9 * MIB
    assert said("a") == ""


def test_twenty_files_at_once_are_no_way_around_the_share(server: Server) -> None:
    before = shares.hits().get("session_uploads", 0)
    assert server.put("a", *[4 * MIB] * 20) == [204] * 20
    assert server.held("a") == 8 * MIB
    assert server.received == 80 * MIB, "what is left out is read, or the browser would see a broken connection"
    assert said("a").startswith("The last file was left out: uploads of one page may have 10 MB in all.")
    assert shares.hits()["session_uploads"] == before + 18
    server.delete("a", "0")
    assert said("a") == ""
    server.put("a", 4 * MIB)
    assert server.held("a") == 8 * MIB


def test_many_empty_files_count_too(server: Server) -> None:
    for _ in range(3):
        server.put("a", *[0] * 1000)
    assert len(server.files.file_storage["a"]) == 10 * MIB / uploads.A_FILE
    assert "left out" in said("a")


def test_a_file_beyond_all_says_so(server: Server) -> None:
    server.put("a", 12 * MIB)
    assert server.held("a") == 0
    assert said("a") == "This file has 12 MB; uploads of one page may have 10 MB here. Choose a smaller one."


def test_all_pages_together_have_a_share_and_closed_ones_go_first(server: Server) -> None:
    server.put("a", 8 * MIB)
    server.put("b", 8 * MIB - 2 * uploads.A_FILE)
    server.put("c", MIB)
    assert server.held("c") == 0
    assert said("c").endswith("Add it again in a minute.")
    server.open.remove("a")
    server.put("c", MIB)
    assert (server.held("a"), server.held("c")) == (0, MIB)
    assert server.ended == ["a"]


def test_a_length_that_is_missing_or_wrong_is_no_way_in(server: Server) -> None:
    assert server.put("a", MIB, told=None) == [411]
    assert server.received == 0
    assert server.put("a", 4 * MIB, told=5 * MIB) == [408]
    assert server.held("a") == 0


def test_files_of_a_closed_page_go_after_a_moment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(uploads, "time", SimpleNamespace(monotonic=lambda: now))
    server.put("a", MIB)
    server.put("b", MIB)
    server.open.remove("a")
    uploads.end_closed()
    now += uploads.GRACE / 2
    server.open.add("a")  # its connection was lost for a moment
    uploads.end_closed()
    server.open.remove("a")
    now += uploads.GRACE / 2
    uploads.end_closed()
    assert server.held("a") == MIB
    now += uploads.GRACE
    uploads.end_closed()
    assert (server.held("a"), server.held("b")) == (0, MIB)
    assert server.ended == ["a"]


def test_who_sends_nothing_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)

    async def silent() -> Any:
        await asyncio.sleep(60)

    codes: list[int] = []

    async def send(message: Any) -> None:
        codes.append(message.get("status", 0))

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/_stcore/upload_file/a/0",
        "headers": [(b"content-length", b"9")],
    }
    run(server.app(scope, silent, send))
    assert codes[0] == 408


@pytest.mark.parametrize(("text", "found"), [("", shares.GIB), ("30M", 30 * MIB), ("much", shares.GIB)])
def test_a_share_is_a_setting_or_its_default(text: str, found: int) -> None:
    assert shares.limit("uploads", {"PLAYGROUND_UPLOADS": text}) == found
