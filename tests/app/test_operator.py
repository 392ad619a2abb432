"""What the operator of a server is told: /metrics, and the command that reads it."""

import asyncio
import base64
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from playground.cli.main import main
from playground.ui import door, numbers, operator_page
from playground.utils import shares

LOAD = {"engines": 2.0, "runs": 3.0, "runs_playing": 1.0, "steps_per_second": 431.5, "run_memory_bytes": 1e9}


@pytest.fixture(autouse=True)
def _server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "engine_host", lambda: SimpleNamespace(load=lambda: LOAD))
    monkeypatch.delenv("PLAYGROUND_TOKEN", raising=False)


def ask(client: str = "127.0.0.1", **headers: str) -> tuple[int, str, str]:
    """The code, the kind and the text of what /metrics answers."""
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    request = Request({"type": "http", "method": "GET", "path": "/metrics", "client": (client, 1), "headers": given})
    with ThreadPoolExecutor(1) as elsewhere:  # the tests in a browser have a loop in this thread
        answer = elsewhere.submit(asyncio.run, door._metrics(request)).result()
    return answer.status_code, answer.headers["content-type"], bytes(answer.body).decode()


def page(client: str = "127.0.0.1", **headers: str) -> tuple[int, Any, str]:
    """The code, the headers and the text of the operator's page."""
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    request = Request({"type": "http", "method": "GET", "path": "/operator", "client": (client, 1), "headers": given})
    with ThreadPoolExecutor(1) as elsewhere:
        answer = elsewhere.submit(asyncio.run, door._operator(request)).result()
    return answer.status_code, answer.headers, bytes(answer.body).decode()


def test_the_page_has_the_same_numbers_and_needs_no_script() -> None:
    code, headers, text = page()
    assert code == 200
    assert headers["content-type"].startswith("text/html")
    assert headers["cache-control"] == "no-store"
    assert "<script" not in text
    assert f'http-equiv="refresh" content="{operator_page.EVERY}"' in text
    shown = dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)(?:<small>.*?</small>)?</dd>", text))
    assert shown["Steps per second"] == "432"
    assert shown["Runs in memory"] == "3"
    assert shown["Memory of runs"].strip() == "954 MB"
    prometheus = ask()[2]
    for name, number in numbers.NUMBERS.items():
        assert f"gan_playground_{name}" in prometheus
        assert number.group in ("", numbers.LIMITS) or number.title in shown
    for share in shares.SHARES.values():
        assert f"<code>{share.setting}</code>" in text


def test_the_page_counts_limits_of_pages_and_of_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    def met(name: str) -> int:
        found = re.search(rf"limit_{name}_hits_total (\d+)", ask()[2])
        assert found
        return int(found[1])

    before = met("exports")
    shares.hit("exports")
    assert met("exports") == before + 1
    before = met("memory")
    load = LOAD | {"limit_memory_hits": 5.0}
    monkeypatch.setattr(door, "engine_host", lambda: SimpleNamespace(load=lambda: load))
    assert met("memory") == before + 5


def test_an_engine_that_is_silent_is_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "All engines answer." in page()[2]
    monkeypatch.setattr(door, "engine_host", lambda: SimpleNamespace(load=lambda: LOAD | {"engines_silent": 1.0}))
    assert "An engine does not answer." in page()[2]


def test_a_browser_gives_the_token_as_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    there = "192.168.1.9"
    assert page(there)[0] == 403
    monkeypatch.setenv("PLAYGROUND_TOKEN", "sec:ret")
    code, headers, _text = page()
    assert (code, headers["www-authenticate"].split()[0]) == (401, "Basic")
    for wrong in ("", "x:", "x:sec", "sec:ret", "x:sec:ret2"):
        assert page(there, authorization=basic(wrong))[0] == 401
    for broken in ("Basic", "Basic ???", "Basic /w==", "Digest x"):
        assert page(there, authorization=broken)[0] == 401
    assert page(there, authorization=basic("anybody:sec:ret"))[0] == 200
    assert ask(there, authorization=basic("x:sec:ret"))[0] == 200


def redraws(text: str) -> int:
    found = re.search(r"redraws_total (\d+)", text)
    assert found
    return int(found[1])


def test_the_numbers_are_written_as_prometheus_reads_them() -> None:
    code, kind, text = ask()
    assert code == 200
    assert kind.startswith("text/plain; version=0.0.4")
    for line in text.splitlines():
        assert re.fullmatch(r"# HELP \w+ .+|# TYPE \w+ (gauge|counter)|\w+ [0-9.e+-]+", line), line
    assert "gan_playground_steps_per_second 431.5" in text
    door.count_redraw()
    assert redraws(ask()[2]) == redraws(text) + 1


def test_others_read_them_with_the_token_only(monkeypatch: pytest.MonkeyPatch) -> None:
    there = "192.168.1.9"
    assert ask(there)[0] == 403
    assert ask(x_forwarded_for="1.2.3.4")[0] == 403
    monkeypatch.setenv("PLAYGROUND_TOKEN", "secret")
    assert ask()[0] == 403
    for token in ("", "Secret", "secre", "secret1", "säcret"):
        assert ask(there, authorization=f"Bearer {token}")[0] == 403
    assert ask(there, authorization="Bearer secret")[0] == 200


def test_this_machine_is_known_by_its_usual_names_alone() -> None:
    """A page of another site whose name leads here is not of this machine."""
    for client, host in [
        ("127.0.0.1", "localhost:8501"),
        ("::1", "[::1]:8501"),
        ("::ffff:127.0.0.1", "127.0.0.1:8501"),
    ]:
        assert ask(client, host=host)[0] == 200
    for host in ("evil.example", "localhost.evil.example:8501", "[", "[::2]:8501"):
        assert ask(host=host)[0] == 403


@pytest.fixture
def answering() -> Iterator[tuple[str, dict[str, object]]]:
    """A server that answers as it is told, and notes the token it was given."""
    told: dict[str, object] = {"code": 200, "text": "", "token": None}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told["token"], told["path"] = self.headers.get("Authorization"), self.path
            self.send_response(int(str(told["code"])))
            self.end_headers()
            self.wfile.write(str(told["text"]).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}", told
    made.shutdown()
    made.server_close()


def test_status_prints_what_the_server_says(
    answering: tuple[str, dict[str, object]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, told = answering
    told["text"] = ask()[2]
    monkeypatch.setenv("PLAYGROUND_TOKEN", "secret")
    assert main(["status", address + "/"]) == 0
    said = capsys.readouterr().out
    assert "Runs in memory: 3\n" in said
    assert "Steps per second of all runs: 431.5\n" in said
    assert (told["token"], told["path"]) == ("Bearer secret", "/metrics")
    assert main(["status", address, "--json"]) == 0
    assert '"runs_playing": 1.0' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "text", "says"), [(403, "", "PLAYGROUND_TOKEN"), (404, "", "answers 404"), (200, "<html>", "is not a GAN")]
)
def test_status_says_what_is_wrong(
    answering: tuple[str, dict[str, object]], capsys: pytest.CaptureFixture[str], code: int, text: str, says: str
) -> None:
    address, told = answering
    told.update(code=code, text=text)
    assert main(["status", address]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "file:///etc/passwd", "127.0.0.1:8501"])
def test_status_of_no_server(capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert main(["status", address]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
