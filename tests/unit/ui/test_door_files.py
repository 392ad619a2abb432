"""The addresses of scripts: kept for good, compressed where the client can unpack it, and no others."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plotly
import pytest
from starlette.applications import Starlette

from playground.ui import door
from playground.ui.components import chart

SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
APP = Starlette(routes=door.ROUTES)


def get(path: str, accepts: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content of an answer."""
    told: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        told.append(message)

    headers = [] if accepts is None else [(b"accept-encoding", accepts.encode())]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "headers": headers, "client": None, "server": ("test", 80),
    }  # fmt: skip
    with ThreadPoolExecutor(1) as elsewhere:  # the tests in a browser have a loop in this thread
        elsewhere.submit(asyncio.run, APP(scope, receive, send)).result()  # type: ignore[arg-type]
    start, *rest = told
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(part["body"] for part in rest)


def test_plotlys_own_script_is_there_compressed_once_and_kept_for_good() -> None:
    path = f"/{chart.ADDRESS}"
    status, headers, content = get(path, "gzip, deflate, br")
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"].startswith("text/javascript")
    assert len(content) < 2_000_000
    assert gzip.decompress(content) == SCRIPT.read_bytes()
    script = door._files[path.rsplit("/")[-1]]
    assert script.packed() is script.packed(), "not compressed for every visitor"


@pytest.mark.parametrize("accepts", [None, "", "br", "identity", "gzip;q=0", "gzip; q=0.0, br", "*;q=0"])
def test_who_cannot_unpack_gets_it_as_it_is(accepts: str | None) -> None:
    path = "/" + door.publish("some", b"export default 1;\n")
    status, headers, content = get(path, accepts)
    assert (status, content) == (200, b"export default 1;\n")
    assert "content-encoding" not in headers
    assert headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepts", ["gzip", "GZIP", "br;q=1, gzip;q=0.1", "*", "deflate, gzip;q=1.0"])
def test_who_can_unpack_gets_it_compressed(accepts: str) -> None:
    path = "/" + door.publish("some", b"export default 1;\n")
    _status, headers, content = get(path, accepts)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(content) == b"export default 1;\n"


def test_another_content_has_another_address() -> None:
    assert door.publish("some", b"1") == door.publish("some", b"1") != door.publish("some", b"2")


@pytest.mark.parametrize("name", ["nothing.js", "plotly.min.js", "plotly-0000000000000000.js", "..%2Fdoor.py"])
def test_other_names_are_not_found(name: str) -> None:
    status, _headers, content = get(f"/{door.FOLDER}/{name}")
    assert status == 404
    assert b"Reload the page" in content
