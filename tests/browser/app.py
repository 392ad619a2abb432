"""The app as a server of its own, and how a test reads its pages."""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page, expect

from playground.ui.session import TWICE

ROOT = Path(__file__).resolve().parents[2]
LONG = 90_000
COUNT = ".meter .step b"
PLAYING = ".meter.playing"  # of what trains, as of the latest look
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--font-render-hinting=none",  # text as wide as in a browser with a window
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # the pages of a visitor share the scripts that are compiled
)

# Runs in each page before its own scripts. Keeps every step that the page ever showed in `window.steps`, and reports a
# traceback at the moment it appears, even if it is gone again before anybody looks.
WITNESS = """
window.steps = [];
let tracebacks = 0;
const shown = document.getElementsByClassName("stException");
new MutationObserver(() => {
  const count = document.querySelector(".meter .step b");
  const step = count && Number(count.textContent.replace(/\\D/g, ""));
  if (count && step !== window.steps.at(-1)) window.steps.push(step);
  if (shown.length > tracebacks) console.error("traceback: " + shown[0].textContent);
  tracebacks = shown.length;
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


class App:
    """A running `streamlit run app.py` on a free port of 127.0.0.1, with a data folder of its own.

    Its pages are `below` a path of the server, if one is given.
    """

    def __init__(self, home: Path, below: str = "") -> None:
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}" + (below and f"/{below}")
        self._log = home / "server.log"
        options = [f"--server.port={self.port}", f"--server.baseUrlPath={below}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*(sys.executable, "-m", "streamlit", "run", "app.py"), *options],
                cwd=ROOT,
                env={**os.environ, "PLAYGROUND_HOME": str(home), "PLAYGROUND_ENGINES": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.server = psutil.Process(self._process.pid)
        self._engines: set[psutil.Process] = set()

    def engines(self) -> list[psutil.Process]:
        """The engine processes of this server that are alive; one, as soon as the server answers."""
        found = [child for child in self.server.children(recursive=True) if alive(child)]
        self._engines.update(found)
        return found

    def log(self) -> str:
        """What server and engine wrote to the terminal."""
        return self._log.read_text(errors="replace")

    def runs(self) -> set[str]:
        """The ids of the runs on disk; a run that was trained is there as soon as it is paused."""
        return {file.stem for file in (self.home / "runs").glob("*.safetensors")}

    def wait(self) -> None:
        """Until the server answers."""

        def answers() -> bool:
            assert self._process.poll() is None, self.log()
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).close()
                return True
            return False

        until(answers)

    def ended(self) -> None:
        """Wait until the server has ended."""
        self._process.wait(timeout=60)

    def close(self) -> list[psutil.Process]:
        """End the server; gives the engine processes that outlive it, which are killed then."""
        if self._process.poll() is None:
            self.engines()
            self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _gone, left = psutil.wait_procs(self._engines, timeout=30)
        for engine in left:
            engine.kill()
        return left


@contextlib.contextmanager
def running(home: Path, below: str = "") -> Iterator[App]:
    """An app that is up; afterwards neither a process of it nor a traceback in its log may be left."""
    app = App(home, below)
    try:
        app.wait()
        yield app
    finally:
        left = app.close()
    assert not left, "the engine outlives its server"
    assert "Traceback" not in app.log(), app.log()
    assert '"level": "error"' not in app.log(), app.log()


def alive(process: psutil.Process) -> bool:
    """Whether the process runs; a dead one that its parent has not yet looked at does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def settles(page: Page, script: str, wanted: object) -> None:
    """Wait until what the script gives is what is wanted, as after a change of the window's size."""
    end, found = time.monotonic() + LONG / 1000, page.evaluate(script)
    while found != wanted:
        assert time.monotonic() < end, f"{found} and not {wanted}"
        page.wait_for_timeout(200)
        found = page.evaluate(script)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that no page shows."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _free_port() -> int:
    """A port below those that a system gives to connections by itself, which nobody takes before the server does."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


# What a person sees on the Train page


def visit(page: Page, url: str) -> None:
    """Open the page and wait until the samples of an untrained G are there, that is, until the engine is."""
    page.goto(url)
    expect(stage(page)).to_be_visible(timeout=LONG)
    at_rest(page)


def stage(page: Page) -> Locator:
    """The samples: a grid of images, or of pairs, or D's plane."""
    return page.locator(".st-key-stage").locator(".tiles canvas, .pairs .field canvas, .st-key-plane canvas")


def play(page: Page, beyond: int = 0) -> None:
    """Press Play and wait until the count is beyond a step."""
    page.get_by_role("button", name="Play").click()
    wait_beyond(page, beyond)


def wait_beyond(page: Page, step: int) -> int:
    """Wait until the count of a run that plays is beyond `step`; gives the count.

    It also waits until a press of Pause is no longer taken for the second half of a double click on Play.
    """
    page.wait_for_function(
        f"n => Number((document.querySelector('{COUNT}')?.textContent ?? '').replace(/\\D/g, '')) > n",
        arg=step,
        timeout=LONG,
    )
    page.wait_for_timeout(2000 * TWICE)
    return count(page)


def pause(page: Page) -> int:
    """Press Pause and wait until the page has heard where the run, or the race, stands; gives the step."""
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    expect(page.locator(PLAYING)).to_have_count(0, timeout=LONG)
    at_rest(page)
    return count(page)


def at_rest(page: Page) -> None:
    """Wait until all of the page is drawn, so that it hears every key."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)


def count(page: Page) -> int:
    """The step in the meter."""
    return int(re.sub(r"\D", "", page.locator(COUNT).inner_text()))


def spelled(step: int) -> str:
    """A step as the meter writes it."""
    return f"{step:,}".replace(",", "\u202f")


def slider(page: Page, label: str) -> Locator:
    """The slider of a knob."""
    return page.get_by_role("group", name=label, exact=True).get_by_role("slider")


def number(page: Page, label: str) -> Locator:
    """The field beside the slider of a knob."""
    return page.get_by_role("spinbutton", name=f"{label}: a number", exact=True)


def unfold(page: Page, group: str) -> None:
    """Show all knobs and turn a group of them open, or closed."""
    sidebar = page.get_by_test_id("stSidebar")
    fold = sidebar.locator("summary", has_text=group)
    if not fold.is_visible():
        sidebar.get_by_text("All knobs", exact=True).click()
    fold.click()


def choose_preset(page: Page, label: str) -> None:
    """Choose a preset in the dialog."""
    page.locator(".st-key-preset").get_by_role("button").click()
    page.locator(".gallery").get_by_role("button", name=label, exact=True).click()
    expect(page.locator(".gallery")).to_have_count(0, timeout=LONG)
