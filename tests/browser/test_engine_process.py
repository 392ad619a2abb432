"""What becomes of a run when processes end."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import alive, count, play, running, until, visit, wait_beyond


def test_killed_engine_comes_back_and_closing_leaves_none(tmp_path: Path, page: Page) -> None:
    with running(tmp_path) as app:
        visit(page, app.url)
        play(page, beyond=20)
        until(lambda: bool(app.runs()))  # a moment is on disk
        [engine] = app.engines()
        links = {page.url}
        page.on("framenavigated", lambda frame: links.add(frame.url))
        engine.kill()
        warning = page.locator(".st-key-warning")
        expect(warning).to_have_text(
            re.compile("The engine stopped and is starting again|The engine was restarted"), timeout=30_000
        )
        expect(warning).to_have_text(re.compile(r"This run is back from step [1-9]"), timeout=30_000)
        wait_beyond(page, count(page))
        assert links == {page.url}  # the page never took the run for another one meanwhile
        [successor] = app.engines()
        assert successor != engine
    assert not alive(successor)
