"""How fast the Latent page answers the hand while its run trains, and what the hand costs the training.

A real server, engine and headless Chromium; the digits preset trains all the time, and a mouse moves as a hand does.
Latency: from the time stamp of a pointer event to the end of the frame in which the picture's canvas was drawn; moves
that change no picture do not count. New ground: the map is thrown almost three of its widths aside, which nothing was
sent of; from the last event until the picture of the place under the cross-hair is drawn. Steps per second: the hand
moving all the time (three parts over the map, one part dragging to new ground), the same page with the hand still, and
no page, taking turns.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.browser import FLAGS, NAMES, SIZE
from playground.benchmarks.refresh import Viewer, server
from playground.benchmarks.stamp import stamp
from playground.benchmarks.timing import busy
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NAME = "latent"
HELP = "milliseconds from a pointer move to the changed picture; steps per second with a moving hand and without"
PACE = 1 / 60  # seconds between two moves
WARM = 15.0  # seconds of training before anything is measured
LIMITS = {"map": 33.0, "drag": 33.0, "scrubber": 33.0, "ground": 400.0}  # milliseconds, at the 95th percentile
LEAST = 0.8  # of the steps per second with the hand still
WATCH = """root => {
  const canvas = root.querySelector(".picture canvas"), shown = root.querySelector(".shown");
  window.seen = { moves: [], ground: [] };
  let drawn = false, waits = false, last = 0;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...rest) {
    if (this.canvas === canvas) drawn = true;
    return draw.apply(this, rest);
  };
  const atEndOfFrame = (work) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = work;
    port2.postMessage(0);
  });
  window.addEventListener("pointermove", (event) => {
    const start = (event.getCoalescedEvents()[0] || event).timeStamp;
    last = start;
    drawn = false;
    atEndOfFrame(() => { if (drawn) window.seen.moves.push(performance.now() - start); });
  }, { capture: true });
  if (!shown) return;
  new MutationObserver(() => {
    const now = shown.classList.contains("waiting");
    if (waits && !now) { const start = last; atEndOfFrame(() => window.seen.ground.push(performance.now() - start)); }
    waits = now;
  }).observe(shown, { attributes: true });
}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--rounds", type=count, default=3, help="of steps per second")
    parser.add_argument("--jumps", type=count, default=40, help="to new ground")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the report to `--json`. Gives the exit code, 1 if a limit is not kept."""
    report: dict[str, Any] = {**stamp(), "busy": busy(), "seconds": args.seconds, "limits": LIMITS, "least": LEAST}
    if report["busy"] is not None:
        tqdm.write("others keep {busy:.1f} cores busy".format(**report))
    with _browser() as (chromium, version), server() as (port, _process):
        page = chromium()
        _open(page, port)
        report |= {"browser": version, "latency": _latencies(page, args)}
        for name, row in report["latency"].items():
            tqdm.write(_sentence(name, row))
        report["training"] = row = _training(page, port, args.seconds, args.rounds)
        tqdm.write(
            "digits: {moving:.0f} steps/s with a moving hand, {still:.0f} with a still one, {alone:.0f} with no page; "
            "ratios {to_still:.2f} and {to_alone:.2f}".format(**row)
        )
    kept = all(row["p95"] <= LIMITS[name] for name, row in report["latency"].items()) and row["to_still"] >= LEAST
    report["kept"] = kept
    if args.json:
        files.write(args.json, json.dumps(report, indent=2).encode())
    return 0 if kept else 1


@contextlib.contextmanager
def _browser() -> Iterator[tuple[Callable[[], Page], str]]:
    """What makes a page, and the version. Raises UserError where there is no browser."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise UserError(_("No browser found; looked for {names}.").format(names=", ".join(NAMES)))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as chromium:
        yield lambda: chromium.new_page(viewport=SIZE), chromium.version  # type: ignore[arg-type]


def _open(page: Page, port: int) -> None:
    """The map of a run that trains."""
    page.goto(f"http://127.0.0.1:{port}/?preset=digits")
    page.locator(".st-key-grid canvas").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Play").click()
    time.sleep(WARM)
    page.get_by_role("link", name="Latent").click()
    page.locator(".panmap .map").wait_for(timeout=60_000)
    time.sleep(3)


# The hand


def _box(element: Locator) -> tuple[float, float, float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def _moments(seconds: float) -> Iterator[float]:
    """The times, from 0, at which the hand moves."""
    start = now = time.perf_counter()
    while now - start < seconds:
        yield now - start
        time.sleep(max(0.0, now + PACE - time.perf_counter()))
        now = time.perf_counter()


def _hover(page: Page, seconds: float) -> None:
    """Over the map in loops, some 350 pixels a second."""
    x, y, width, height = _box(page.locator(".panmap .map"))
    for t in _moments(seconds):
        page.mouse.move(x + width * (0.5 + 0.4 * math.sin(1.1 * t)), y + height * (0.5 + 0.4 * math.sin(1.7 * t)))


def _drag(page: Page, seconds: float) -> None:
    """The map to and fro, wandering off."""
    x, y, width, height = _box(page.locator(".panmap .map"))
    x, y = x + width / 2, y + height / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for t in _moments(seconds):
        page.mouse.move(x - 0.4 * width * math.sin(1.3 * t), y - 0.4 * height * math.sin(0.9 * t))
    page.mouse.up()


def _jump(page: Page, direction: float) -> None:
    """Throw the map almost three of its widths aside, and wait."""
    x, y, width, height = _box(page.locator(".panmap .map"))
    x, y = x + width / 2, y + height / 2
    dx, dy = 0.45 * width * math.cos(direction), 0.45 * height * math.sin(direction)
    for _throw in range(3):
        page.mouse.move(x + dx, y + dy)
        page.mouse.down()
        for share in (0.5, 0.0, -0.5, -1.0):
            page.mouse.move(x + share * dx, y + share * dy)
        page.mouse.up()
    time.sleep(1.0)


def _scrub(page: Page, seconds: float) -> None:
    """The slider of the path to and fro, its button down."""
    x, y, width, height = _box(page.get_by_role("slider", name="Position between A and B"))
    page.mouse.move(x + width / 2, y + height / 2)
    page.mouse.down()
    for t in _moments(seconds):
        page.mouse.move(x + width * (0.5 + 0.48 * math.sin(1.1 * t)), y + height / 2)
    page.mouse.up()


# What is measured


def _latencies(page: Page, args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Milliseconds for each kind of motion."""
    page.locator(".panmap").evaluate(WATCH)
    rows = {}
    for name, hand in (("map", _hover), ("drag", _drag)):
        hand(page, 3)
        page.evaluate("window.seen.moves = []")
        hand(page, args.seconds)
        rows[name] = _row(page.evaluate("window.seen.moves"), args.seconds)
    rng = random.Random(0)
    page.evaluate("window.seen.ground = []")
    for _k in tqdm(range(args.jumps), desc="new ground"):
        _jump(page, rng.uniform(0, 2 * math.pi))
    rows["ground"] = {**_row(page.evaluate("window.seen.ground")), "jumps": args.jumps}
    page.get_by_text("Walk", exact=True).click()
    scrubber = page.locator(".scrubber")
    scrubber.wait_for(timeout=30_000)
    time.sleep(3)
    scrubber.evaluate(WATCH)
    _scrub(page, args.seconds)
    rows["scrubber"] = _row(page.evaluate("window.seen.moves"), args.seconds)
    page.get_by_text("Map", exact=True).click()
    page.locator(".panmap .map").wait_for(timeout=30_000)
    return rows


def _row(values: list[float], seconds: float = 0.0) -> dict[str, Any]:
    ordered = sorted(values)
    if not ordered:
        raise RuntimeError("no picture changed")
    row: dict[str, Any] = {"n": len(ordered)}
    for share in (50, 95, 99):
        row[f"p{share}"] = round(ordered[min(len(ordered) - 1, math.ceil(share / 100 * len(ordered)) - 1)], 1)
    return row | ({"per_second": round(len(ordered) / seconds, 1)} if seconds else {})


def _sentence(name: str, row: dict[str, Any]) -> str:
    return "{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms of {n}".format(name=name, **row)


def _training(page: Page, port: int, seconds: float, rounds: int) -> dict[str, float]:
    """Steps per second under each condition, medians over the rounds, and of the ratios within a round."""
    found: dict[str, list[float]] = {"moving": [], "still": [], "alone": []}
    link = dict(parse_qsl(urlsplit(page.url).query))
    for _k in tqdm(range(rounds), desc="training"):
        address = page.url
        page.goto("about:blank")  # and no clock runs in the page any more
        found["alone"].append(_rate(port, link, lambda: time.sleep(seconds)))
        page.goto(address)
        page.locator(".panmap .map").wait_for(timeout=60_000)
        time.sleep(3)
        for name, hand in (("moving", _move), ("still", lambda _page, seconds: time.sleep(seconds))):
            found[name].append(_rate(port, link, lambda hand=hand: hand(page, seconds)))  # type: ignore[misc]
    rates = {name: round(median(values), 1) for name, values in found.items()}
    for name in ("still", "alone"):
        rates[f"to_{name}"] = round(median(a / b for a, b in zip(found["moving"], found[name], strict=True)), 3)
    return rates


def _move(page: Page, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0.1:
        _hover(page, min(3.0, left))
        _drag(page, min(1.0, max(0.0, end - time.perf_counter())))


def _rate(port: int, link: dict[str, str], work: Callable[[], None]) -> float:
    """Steps per second while `work` goes on."""

    def look() -> tuple[int, float]:
        with Viewer(port, link) as viewer:
            return viewer.step(), time.perf_counter()

    first, start = look()
    work()
    last, end = look()
    return (last - first) / (end - start)
