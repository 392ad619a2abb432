"""A server that ends waits for its engine, which keeps every run."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.app import App, alive, play, visit


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_when_the_server_is_gone_so_is_the_engine_and_the_run_is_kept(tmp_path: Path, page: Page, sent: int) -> None:
    app = App(tmp_path)
    try:
        app.wait()
        visit(page, f"{app.url}/?preset=ring")
        play(page, beyond=20)
        engines = app.engines()
        assert engines
        app.server.send_signal(sent)
        app.ended()
        assert not [engine for engine in engines if alive(engine)], "the server did not wait for its engine"
        assert len(app.runs()) == 1
        assert "Traceback" not in app.log()
    finally:
        app.close()
