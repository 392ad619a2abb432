"""A browser, and pages that nothing may go wrong on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.app import FLAGS, LONG, PLAYING, WITNESS, App, running

expect.set_options(timeout=LONG)  # a machine may be slow; no test measures time
PARKED = "/healthz"
PLAY = ".st-key-play, .st-key-race_play, .st-key-latent_play, .st-key-translate_play"


class Pool:
    """Browser contexts that tests have one after the other.

    In each, an empty page stays open. It keeps the process in which the scripts of the app are compiled already, which
    is two fifths of what a page costs to load.
    """

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, kind: str, options: dict[str, Any]) -> BrowserContext:
        """A context of these options: one that is free, or a new one."""
        if self._free.get(kind):
            return self._free[kind].pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(LONG)
        context.add_init_script(WITNESS)
        context.on("console", self._note)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        return context

    def give_back(self, kind: str, context: BrowserContext) -> None:
        """Take everything of its last visitor out of it; close it if it has no `kind`, or if its server is gone."""
        pages = context.pages
        parked = [page for page in pages if page.url.endswith(PARKED)]
        try:
            [here, *_] = [page.url for page in pages if kind and page not in parked and page.url.startswith("http")]
            parked = parked or [context.new_page()]
            parked[0].goto(urljoin(here, PARKED))
            for page in pages:
                if page not in parked:
                    page.close()
            parked[0].evaluate("localStorage.clear()")
            context.clear_cookies()
        except (PlaywrightError, ValueError):
            context.close()
        else:
            self._free.setdefault(kind, []).append(context)

    def _note(self, message: ConsoleMessage) -> None:
        if message.text.startswith("traceback"):
            self.problems.append(message.text)


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


@pytest.fixture(scope="session")
def pool(browser: Browser) -> Pool:
    return Pool(browser)


@pytest.fixture
def visitor(pool: Pool) -> Iterator[Callable[..., BrowserContext]]:
    """Makes visitors: browser contexts whose pages report errors and tracebacks, which fail the test at its end.

    What still plays is paused then, so that it does not slow the next test. A visitor has the window of another test's
    visitor, with nothing of theirs in it but the scripts of the app. Whoever changes the context itself and not only
    its pages asks for one of their `own`.
    """
    made: list[tuple[str, BrowserContext]] = []

    def make(width: int = 1440, height: int = 900, own: bool = False, **options: Any) -> BrowserContext:
        still = {"reduced_motion": "reduce"}  # pictures between two Views would take the time of the tests beside
        options = {"viewport": {"width": width, "height": height}} | still | options
        kind = "" if own else repr(sorted(options.items()))
        made.append((kind, pool.take(kind, options)))
        return made[-1][1]

    yield make
    for kind, context in made:
        for page in context.pages:
            rest(page)
        pool.give_back(kind, context)
    problems, pool.problems = pool.problems, []
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
