"""What the door does for people who are not on the machine of the server."""

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import cast

import pytest
from streamlit import App
from streamlit.testing.v1 import AppTest

from playground.data import idx_folder
from playground.ui import door


def serve(monkeypatch: pytest.MonkeyPatch, address: str | None) -> str | None:
    """Start and end a server that listens there; gives the folders that it allows."""
    monkeypatch.setattr(door, "Fleet", lambda **_launcher: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(door.callbacks, "run_whole", lambda: None)
    monkeypatch.setattr(door.redraws, "send_whole", lambda: None)
    monkeypatch.setattr(door, "get_option", lambda _name: address)
    found: list[str | None] = []

    async def run() -> None:
        async with door.lifespan(cast(App, None)):
            found.append(os.environ.get(idx_folder.SETTING))

    with ThreadPoolExecutor(1) as elsewhere:  # the tests in a browser have a loop in this thread
        elsewhere.submit(asyncio.run, run()).result()
    return found[0]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "school.example", None, "::", "fe80::1"])
def test_a_server_for_others_reads_no_folder_unless_that_is_set(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    monkeypatch.setenv(idx_folder.SETTING, "")  # put back afterwards
    monkeypatch.delenv(idx_folder.SETTING)
    assert serve(monkeypatch, address) == ""
    monkeypatch.setenv(idx_folder.SETTING, "/data")
    assert serve(monkeypatch, address) == "/data"


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_a_server_for_this_machine_reads_any(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.delenv(idx_folder.SETTING, raising=False)
    assert serve(monkeypatch, address) is None


def test_an_error_of_ours_is_named_on_the_page_and_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        from playground.ui import door

        door.failed(RuntimeError("/home/teacher/secret"))

    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(page).run()
    said = app.error[0].value
    name = said.split()[-1].rstrip(".")
    assert "secret" not in said
    assert not app.exception
    assert f"error {name} on a page" in caplog.text
    assert "/home/teacher/secret" in caplog.text


def test_a_server_that_cannot_start_its_engines_says_so_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("PLAYGROUND_CLUSTER", "auto")
    monkeypatch.setattr(sys, "argv", ["app.py"])
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(SystemExit) as ended:
        serve(monkeypatch, "127.0.0.1")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == "A cluster needs Ray. Install it with pip install -r requirements-cluster.txt.\n"
