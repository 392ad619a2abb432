"""What the server answers besides pages."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.app import LONG, App, play, running, visit, wait_beyond


def test_scripts_come_once_and_are_kept(app: App, page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/files/" in answer.url else None)
    visit(page, f"{app.url}/?preset=ring")
    play(page, beyond=20)
    expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
    wait_beyond(page, 200)
    asked = [answer.url for answer in answers]
    assert asked
    assert len(asked) == len(set(asked)), "a script was fetched twice"
    for answer in answers:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    [drawing] = [answer for answer in answers if "/files/plotly-" in answer.url]
    assert drawing.headers["content-encoding"] == "gzip"
    assert int(drawing.headers["content-length"]) < 2_000_000, "of nearly five million"


def test_the_script_of_the_charts_waits_for_the_page(app: App, page: Page) -> None:
    page.add_init_script(
        """new MutationObserver(() => {
          const asked = document.querySelector('script[src*="/files/plotly-"]');
          if (asked) window.playFirst ??= Boolean(document.querySelector(".st-key-play button"));
        }).observe(document, { subtree: true, childList: true });"""
    )
    visit(page, f"{app.url}/?preset=ring")
    expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
    assert page.evaluate("window.playFirst") is True
    page.goto(f"{app.url}/data")
    expect(page.get_by_role("button", name="Coloured shapes")).to_be_visible(timeout=LONG)
    assert page.locator('script[src*="/files/plotly-"]').count() == 0, "no chart, no script"


def test_an_address_that_is_none_gets_a_sentence(app: App) -> None:
    for name in ("nothing.js", "..%2Fdoor.py", "%2e%2e/app.py"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{app.url}/files/{name}", timeout=10)
        assert caught.value.code in (400, 404)


def test_a_server_below_a_path(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, below="class/gan") as app:
        visit(page, f"{app.url}/?preset=ring")
        expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
        page.goto(f"{app.url}/race")
        expect(page.locator(".st-key-race_curves .nsewdrag").first).to_be_visible(timeout=LONG)


def test_every_answer_has_our_headers(app: App) -> None:
    with urllib.request.urlopen(app.url, timeout=10) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
