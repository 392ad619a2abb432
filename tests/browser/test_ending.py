"""A server of its own from its start, through its first visit and the death of its engine, to its end."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import LONG, App, alive, count, play, running, stage, until, visit, wait_beyond


def test_a_server_says_its_health_brings_its_engine_back_and_ends_with_it(tmp_path: Path, page: Page) -> None:
    with running(tmp_path) as app:
        assert app.engines(), "the engine starts with the server, before anybody visits"
        until(lambda: health(app) == (200, {"server": "ok", "engine": "ok", "engines": 1, "runs": 0, "playing": 0}))
        the_first_visit_may_be(page, f"{app.url}/latent")
        play(page)
        page.get_by_role("link", name="Train").first.click()
        expect(stage(page)).to_be_visible(timeout=LONG)
        its_health_follows_the_engine(app)
        a_killed_engine_comes_back(app, page)
        it_is_gone_with_its_engine_and_the_run_is_kept(app, page, signal.SIGTERM)


def test_a_server_below_a_path_until_it_is_interrupted(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, below="class/gan") as app:
        the_first_visit_may_be(page, f"{app.url}/race")
        expect(page.locator(".st-key-race_curves .nsewdrag").first).to_be_visible(timeout=LONG)
        page.keyboard.press("h")
        expect(page.locator(".share .link")).to_have_value(re.compile(rf"^{re.escape(app.url)}/race\?race=watch\.\w+&"))
        visit(page, f"{app.url}/?preset=ring")
        expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
        play(page, beyond=20)
        it_is_gone_with_its_engine_and_the_run_is_kept(app, page, signal.SIGINT)


def the_first_visit_may_be(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("dialog")).to_have_count(0)


def health(app: App) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"{app.url}/healthz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def its_health_follows_the_engine(app: App) -> None:
    until(lambda: health(app)[1] == {"server": "ok", "engine": "ok", "engines": 1, "runs": 1, "playing": 1})
    [engine] = app.engines()
    engine.suspend()
    try:
        assert health(app) == (503, {"server": "ok", "engine": "does not answer"})
    finally:
        engine.resume()
    until(lambda: health(app)[0] == 200)


def a_killed_engine_comes_back(app: App, page: Page) -> None:
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
    assert links == {page.url}, "the page took the run for another one meanwhile"
    [successor] = app.engines()
    assert successor != engine


def it_is_gone_with_its_engine_and_the_run_is_kept(app: App, page: Page, sent: signal.Signals) -> None:
    engines = app.engines()
    assert engines
    app.server.send_signal(sent)
    app.ended()
    assert not [engine for engine in engines if alive(engine)], "the server did not wait for its engine"
    assert len(app.runs()) == 1
    page.close()  # nothing can be paused on it
