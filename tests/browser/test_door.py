"""What the server answers besides pages."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.app import LONG, App, play, running, until, visit, wait_beyond


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
    expect(page.get_by_role("button", name="Coloured shapes").first).to_be_visible(timeout=LONG)
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
        page.keyboard.press("h")
        expect(page.locator(".share .link")).to_have_value(re.compile(rf"^{re.escape(app.url)}/race\?race=watch\.\w+&"))


def test_every_answer_has_our_headers(app: App) -> None:
    for path in ("", "/healthz"):
        with urllib.request.urlopen(app.url + path, timeout=10) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_no_page_needs_what_the_headers_forbid(app: App, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "Content Security Policy" in message.text else None)
    visit(page, f"{app.url}/?preset=digits")
    play(page, beyond=20)
    page.locator(".st-key-side").get_by_text("Objective").click()
    expect(page.locator(".st-key-card .katex").first).to_be_visible(timeout=LONG)
    shown = {"race": "canvas", "data": "[data-testid=stMain] button", "latent": "[data-testid=stMain] button"}
    for path, what in shown.items():
        page.goto(f"{app.url}/{path}")
        expect(page.locator(what).first).to_be_visible(timeout=LONG)
    other = "http://127.0.0.1:1/x.js"
    with page.expect_console_message(lambda message: other in message.text):  # the policy is in force
        page.evaluate("url => document.head.append(Object.assign(document.createElement('script'), {src: url}))", other)
    assert [text for text in said if other not in text] == []


def test_the_health_of_the_server_and_its_engine(tmp_path: Path, page: Page) -> None:
    def health(app: App) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(f"{app.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    with running(tmp_path) as app:
        assert app.engines(), "the engine starts with the server, before anybody visits"
        until(lambda: health(app) == (200, {"server": "ok", "engine": "ok", "engines": 1, "runs": 0, "playing": 0}))
        visit(page, f"{app.url}/?preset=ring")
        play(page, beyond=20)
        until(lambda: health(app)[1] == {"server": "ok", "engine": "ok", "engines": 1, "runs": 1, "playing": 1})
        [engine] = app.engines()
        engine.suspend()
        try:
            assert health(app) == (503, {"server": "ok", "engine": "does not answer"})
        finally:
            engine.resume()
        until(lambda: health(app)[0] == 200)


@pytest.mark.parametrize("path", ["race", "latent"])
def test_the_first_visit_of_a_server_may_be_any_page(tmp_path: Path, page: Page, path: str) -> None:
    with running(tmp_path) as app:
        page.goto(f"{app.url}/{path}")
        expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
        expect(page.get_by_role("dialog")).to_have_count(0)
