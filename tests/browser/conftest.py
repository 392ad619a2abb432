"""A browser, and pages that nothing may go wrong on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.app import FLAGS, LONG, PLAYING, WITNESS, App, running

expect.set_options(timeout=LONG)  # a machine may be slow; no test measures time
PLAY = ".st-key-play, .st-key-race_play, .st-key-latent_play, .st-key-translate_play"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a browser is a browser test."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One server for the tests that leave it as they found it."""
    with running(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes visitors: browser contexts whose pages report errors and tracebacks, which fail the test at its end.

    What still plays is paused then, so that it does not slow the next test.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.text.startswith("traceback"):
            problems.append(message.text)

    def make(width: int = 1440, height: int = 900, **options: Any) -> BrowserContext:
        still = {"reduced_motion": "reduce"}  # pictures between two Views would take the time of the tests beside
        context = browser.new_context(viewport={"width": width, "height": height}, **(still | options))
        context.set_default_timeout(LONG)
        context.add_init_script(WITNESS)
        context.on("console", note)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        for page in context.pages:
            rest(page)
        context.close()
    assert problems == []


@pytest.fixture
def page(visitor: Callable[..., BrowserContext]) -> Page:
    """A page of one visitor at 1440x900."""
    return visitor().new_page()


def rest(page: Page) -> None:
    """Pause what plays, unless the server is gone.

    Another tab may have paused the run a moment ago: then the button turns into Play under the pointer and has to be
    pressed once more. A dialog that a test left open lies over the button.
    """
    button = page.locator(PLAY).locator("button:enabled", has_text="Pause")
    for _ in range(8):
        if not button.is_visible():
            return
        page.keyboard.press("Escape")
        with contextlib.suppress(PlaywrightTimeout):
            button.click(timeout=LONG // 5)
        with contextlib.suppress(AssertionError):  # a press that was lost
            expect(page.locator(PLAYING)).to_have_count(0, timeout=LONG // 20)
    assert not button.is_visible(), "it cannot be paused"
