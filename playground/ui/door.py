"""What the server answers besides pages: our files, its health, and headers; and the engine, which lives as long."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import logging
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import App, get_option

from playground.data.idx_folder import SETTING
from playground.engine.cluster import launcher
from playground.engine.fleet import Fleet
from playground.engine.gate import Gate
from playground.ui import callbacks, numbers, operator_page, redraws, uploads, visitor
from playground.utils import files, logs, shares, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _

SCRIPT = Path(__file__).with_name("main") / "script.py"
FOLDER = "files"  # of the addresses; Streamlit keeps others for itself
FOR_GOOD = "public, max-age=31536000, immutable"  # another content has another address
PATIENCE = 2.0  # seconds for which the engine is waited for when somebody asks for the server's health

log = logging.getLogger(__name__)
# Streamlit's page has scripts and styles within it, makes components from blobs, and talks over a web socket.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' ws: wss: data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{part} {sources}" for part, sources in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class _Script:
    """A file of ours; compressed when somebody first asks for it, and then kept so."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._packed = b""
        self._lock = threading.Lock()

    def packed(self) -> bytes:
        """The content in gzip."""
        with self._lock:
            self._packed = self._packed or gzip.compress(self.content, mtime=0)
        return self._packed


_files: dict[str, _Script] = {}


@lru_cache(maxsize=1)
def engine_host() -> Gate:
    """The engines of this server, behind the gate that knows who may do what."""
    return Gate(Fleet(launcher=launcher(sys.argv[1:])), files.home() / "links")


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """From the start of the server to its end. What runs at the exit of Python would not: a signal ends it.

    A server that ends waits until the engine has its runs on disk.
    """
    callbacks.run_whole()
    redraws.send_whole()
    end_log = logs.prepare("pages")
    try:
        async with _serving():
            yield None
    finally:
        end_log()


@asynccontextmanager
async def _serving() -> AsyncIterator[None]:
    """The engines, and what looks after uploads, as long as the server answers."""
    logging.getLogger("streamlit.runtime.backend_operation_handler").addFilter(_not_said)
    address = get_option("server.address") or "0.0.0.0"
    if not visitor.only_here(f"http://[{address}]" if ":" in address else f"http://{address}"):
        # whoever is not on this machine reads no folder of it unless that is allowed
        os.environ.setdefault(SETTING, "")
    # films wait for their turn in these threads; the server's health must not wait behind them
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * shares.MOST_WAITING, "server"))
    try:
        host = engine_host()
    except UserError as error:
        terminal.complain(str(error))
        os._exit(2)  # any error would be shown as a traceback
    watching = asyncio.create_task(uploads.watch())
    yield
    watching.cancel()
    await asyncio.to_thread(host.close)
    engine_host.cache_clear()


def _not_said(record: logging.LogRecord) -> bool:
    """Whether an error of a download is one of ours to look into: the page says a `UserError` itself."""
    return not (record.exc_info and isinstance(record.exc_info[1], UserError))


def failed(error: Exception) -> bool:
    """Say on a page that it met an error, under a name by which the log says which; no visitor reads a traceback."""
    name = secrets.token_hex(3)
    numbers.count("page_errors")
    log.error("error %s on a page", name, exc_info=error, extra=logs.extra("page_error", id=name))
    st.error(
        _("This page met an error of ours. Reload it: runs go on meanwhile. The server's log has it as {name}.").format(
            name=name
        )
    )
    return True


def publish(name: str, content: bytes) -> str:
    """Give a script an address, which says its content; relative to that of a page."""
    file = f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.js"
    _files[file] = _Script(content)
    return f"{FOLDER}/{file}"


async def _file(request: Request) -> Response:
    script = _files.get(request.path_params["name"])
    if script is None:
        return PlainTextResponse("There is no such file. Reload the page.", 404)
    headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(script.content, media_type="text/javascript", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(await asyncio.to_thread(script.packed), media_type="text/javascript", headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether a client that sends this as `Accept-Encoding` can unpack gzip: it is named, or *, and not with q=0."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, *parameters = (word.strip() for word in part.split(";"))
        weights[coding] = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    return weights.get("gzip", weights.get("*", "0")).strip("0.") != ""


class _Health:
    """Answers whether the server and its engine work, and how many runs there are: 200, or 503 while they do not.

    The engine is asked once at a time, however many ask the server: an engine that hangs would hold them all.
    """

    def __init__(self) -> None:
        self._asked: asyncio.Future[dict[str, int] | None] | None = None

    async def __call__(self, _request: Request) -> Response:
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(asyncio.to_thread(_runs_of_engine))
        try:
            runs = await asyncio.wait_for(asyncio.shield(self._asked), PATIENCE)
        except TimeoutError:
            runs = None
        if runs is None:
            return JSONResponse({"server": "ok", "engine": "does not answer"}, 503, {"Cache-Control": "no-store"})
        return JSONResponse({"server": "ok", "engine": "ok", **runs}, headers={"Cache-Control": "no-store"})


def _runs_of_engine() -> dict[str, int] | None:
    """How many engines and runs there are; None where the engine does not answer."""
    try:
        return engine_host().health()
    except UserError:
        return None


def count_redraw() -> None:
    """Note that a page was drawn."""
    numbers.count("redraws")


def _for_operator(request: Request) -> bool:
    """Whether somebody may read numbers: who is on this machine, or gives the token of `PLAYGROUND_TOKEN`."""
    if token := os.environ.get("PLAYGROUND_TOKEN", ""):
        return hmac.compare_digest(_given(request.headers.get("authorization", "")).encode(), token.encode())
    here = request.client is not None and request.client.host.removeprefix("::ffff:") in visitor.HERE
    # A page of another site may have a name that leads to this machine.
    here = here and visitor.only_here(f"http://{request.headers.get('host', 'localhost')}")
    return here and not any(name in request.headers for name in visitor.PROXIES)


def _given(authorization: str) -> str:
    """The token in a header: that of a program, or the password that a browser asked a person for."""
    kind, _space, rest = authorization.partition(" ")
    if kind.lower() == "basic":
        with suppress(ValueError):
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        return ""
    return rest if kind == "Bearer" else authorization


async def _numbers() -> dict[str, float]:
    return await asyncio.to_thread(lambda: numbers.collect(engine_host().load()))


async def _metrics(request: Request) -> Response:
    """Numbers for Prometheus, to the operator."""
    if not _for_operator(request):
        return PlainTextResponse("Only the operator of this server may read this.", 403)
    text = numbers.as_prometheus(await _numbers())
    return PlainTextResponse(text, headers={"Cache-Control": "no-store"}, media_type="text/plain; version=0.0.4")


async def _operator(request: Request) -> Response:
    """The same as a page, to the operator, whom the browser asks for the token as a password; the name is any."""
    if not _for_operator(request):
        asks = {"WWW-Authenticate": 'Basic realm="The token of this server", charset="UTF-8"'}
        with_token = bool(os.environ.get("PLAYGROUND_TOKEN", ""))
        said = _("Only the operator of this server may read this: the password is what PLAYGROUND_TOKEN was set to.")
        return PlainTextResponse(said, 401 if with_token else 403, asks if with_token else {})
    return HTMLResponse(operator_page.html(await _numbers()), headers={"Cache-Control": "no-store"})


class _Headers:
    """Adds headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)


def _below(path: str) -> str:
    """A path of ours as the server is asked for it, also where all of the app is below a path."""
    base = str(get_option("server.baseUrlPath")).strip("/")
    return f"/{base}{path}" if base else path


ROUTES = [
    Route(_below(f"/{FOLDER}/{{name}}"), _file),
    Route(_below("/healthz"), _Health().__call__),
    Route(_below("/metrics"), _metrics),
    Route(_below("/operator"), _operator),
]
MIDDLEWARE = [Middleware(_Headers), Middleware(uploads.Bounded)]
