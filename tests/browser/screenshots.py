"""Makes the README's pictures from the real app and notes what a person with a stopwatch would.

`python -m tests.browser.screenshots` plays the digits and the ring preset in headless Chromium, the page open all the
time, and writes `assets/screenshots/` and the times to `assets/evidence/page.json`; with `--times` only the latter.
With `--data FOLDER` it takes a folder of IDX files through the Data page, trains on it for two minutes and writes
`assets/evidence/idx-120s.png`. With `--preset NAME` it plays that preset for `--seconds` (20 where not given) and
writes `assets/evidence/NAME-20s.png`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from playground.benchmarks.refresh import server
from playground.benchmarks.stamp import stamp
from playground.benchmarks.timing import busy
from playground.ui.pages.latent.tools import TOOLS
from playground.utils import files
from tests.browser.app import FLAGS

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "screenshots"
TIMES = FOLDER.parent / "evidence" / "page.json"
PLAYED = 60  # seconds for which the ring is played at most until its samples are good
MODES = re.compile(r"(\d+)(?: / \d+)? of (\d+) modes · (\d+) %(?: / \d+ %)? within")


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def open_page(page: Page, port: int, preset: str) -> float:
    """Open the Train page of a new run and wait until it can be played; gives the seconds until its Play button."""
    start = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}/?preset={preset}")
    page.get_by_role("button", name="Play").wait_for()
    spent = time.perf_counter() - start
    say(f"{preset}: first paint with a Play button after {spent:.1f} s")
    page.locator(".meter .device").filter(has_text=re.compile(r"\w")).wait_for(timeout=60_000)
    return round(spent, 1)


def step(page: Page) -> str:
    return page.locator(".meter .step").inner_text()


def play_digits(page: Page, seconds: float) -> None:
    page.get_by_role("button", name="Play").click()
    start = time.perf_counter()
    time.sleep(seconds)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()
    say(f"{seconds:.0f} s asked, {time.perf_counter() - start:.1f} s after Play: {step(page)}")


def play_ring(page: Page, seconds: float) -> dict[str, Any]:
    """Play until all modes are found and 90 % of the samples are good; gives after how many seconds and at which step.

    What is not reached in so many seconds is None.
    """
    found: dict[str, Any] = {"all_modes": None, "good": None}
    page.get_by_role("button", name="Play").click()
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds and None in found.values():
        said = MODES.search(page.locator(".key").inner_text())
        for name, reached in (
            ("all_modes", said and said[1] == said[2]),
            ("good", said and int(said[3]) >= 90),
        ):
            if reached and found[name] is None:
                found[name] = {"seconds": round(spent, 1), "at": step(page)}
                say(f"ring: {name} {spent:.1f} s after Play, {step(page)}")
        time.sleep(0.1)
    page.get_by_role("button", name="Pause").click()
    return found


def explore(page: Page) -> None:
    """Every tool of the Latent page."""
    page.get_by_role("link", name="Latent").first.click()
    for tool in TOOLS.values():
        page.locator(".st-key-latent_tools").get_by_text(tool.title, exact=True).click()
        time.sleep(2)
        match tool.title:
            case "Walk" | "Classes":
                slider = page.locator(".scrubber [role=slider]").first
                slider.focus()
                for _ in range(12):
                    slider.press("ArrowRight")
            case "Directions":
                for row in page.locator(".directions [role=slider]").all()[:2]:
                    row.focus()
                    for _ in range(8):
                        row.press("ArrowRight")
            case "Arithmetic":
                page.get_by_role("button", name="Suggest").click()
            case "Find":
                page.get_by_text("Training image", exact=True).click()
                page.get_by_role("button", name="Find it").click()
                page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=60_000)
        page.get_by_role("button", name="Cancel").wait_for(state="detached", timeout=60_000)
        time.sleep(3)
        page.screenshot(path=FOLDER / f"latent-{tool.title.lower()}.png")


def show_data(page: Page) -> None:
    """The Data page with the coloured shapes."""
    page.get_by_role("link", name="Data").first.click()
    page.get_by_role("button", name="Coloured shapes").click()
    page.locator(".facts").filter(has_text="32×32").wait_for(timeout=60_000)
    time.sleep(2)
    page.screenshot(path=FOLDER / "data.png")


def follow_the_coach(page: Page, port: int) -> None:
    """A collapse, what the coach says of it, and the run after the cure, beside its metrics."""
    open_page(page, port, "collapse")
    page.get_by_role("button", name="Play").click()
    line = page.locator(".st-key-coach")
    line.filter(has_text="Mode collapse").wait_for(timeout=60_000)
    page.get_by_role("button", name="Why?").click()
    time.sleep(2)
    page.screenshot(path=FOLDER / "coach.png")
    page.get_by_role("button", name="Try it").click()
    page.keyboard.press("Escape")
    line.filter(has_text=re.compile("Learning normally|Converged")).wait_for(timeout=120_000)
    page.get_by_text("Metrics", exact=True).click()
    time.sleep(20)
    page.screenshot(path=FOLDER / "coach-cured.png")


def train_on_folder(page: Page, port: int, folder: str, seconds: float = 120) -> None:
    """Take a folder through the Data page, train on it, look."""
    open_page(page, port, "digits")
    page.get_by_role("link", name="Data").first.click()
    page.get_by_role("button", name="Folder of IDX files").click()
    field = page.get_by_role("textbox", name="Folder on the machine")
    field.fill(folder)
    field.press("Enter")
    page.locator(".facts").filter(has_text="28×28").wait_for(timeout=60_000)
    time.sleep(1)
    page.screenshot(path=FOLDER.parent / "evidence" / "idx-card.png")
    page.get_by_role("button", name="Train on this").click()
    page.locator(".st-key-stage .tiles canvas").wait_for(timeout=60_000)
    time.sleep(2)
    play_digits(page, seconds)
    time.sleep(1.5)
    page.screenshot(path=FOLDER.parent / "evidence" / "idx-120s.png")


def show_preset(page: Page, port: int, preset: str, seconds: int) -> None:
    """A preset so many seconds after Play, while it goes on."""
    open_page(page, port, preset)
    page.get_by_role("button", name="Play").click()
    time.sleep(seconds)
    page.screenshot(path=FOLDER.parent / "evidence" / f"{preset}-{seconds}s.png")
    say(f"{preset}: {seconds} s after Play at {step(page)}")


def main(arguments: Sequence[str]) -> None:
    """One browser, one server, the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", metavar="FOLDER", help="as the page takes it: from the root, or from ~")
    parser.add_argument("--preset", help="play this preset only, and take one picture of it")
    parser.add_argument("--seconds", type=int, default=20, help="how long the preset of --preset is played")
    parser.add_argument("--times", action="store_true", help="take no pictures, write the times only")
    options = parser.parse_args(arguments)
    folder = options.data
    times: dict[str, Any] = {**stamp("tests.browser.screenshots"), "busy": busy()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with server() as (port, _process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if folder or options.preset:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            if folder:
                train_on_folder(page, port, folder)
            else:
                show_preset(page, port, options.preset, options.seconds)
            browser.close()
            return
        for preset, scheme in (("digits", "light"), ("ring", "dark")):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            context.set_default_timeout(120_000)  # of a machine that others keep busy
            page = context.new_page()
            visitor = "first_visitor" if preset == "digits" else "later_visitor"
            times[visitor] = open_page(page, port, preset)
            if preset == "ring":
                times["ring"] = play_ring(page, PLAYED)
            elif not options.times:
                play_digits(page, 20)
            if options.times:
                context.close()
                continue
            time.sleep(1.5)
            page.screenshot(path=FOLDER / f"train-{preset}.png")
            if preset == "digits":
                explore(page)
                show_data(page)
            context.close()
        if not options.times:
            follow_the_coach(browser.new_page(viewport={"width": 1440, "height": 900}), port)
        times["browser"] = browser.version
        browser.close()
    files.write(TIMES, (json.dumps(times, indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1:])
