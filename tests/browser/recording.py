"""Films how G finds the modes of the ring: `python -m tests.browser.recording` writes `assets/ring.webp`.

The real app in headless Chromium. First it samples where the points are shown, 20 times within a second, and fails if a
point that moves was twice at the same place.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from playground.benchmarks.refresh import server
from tests.browser.app import FLAGS

FILE = Path(__file__).resolve().parents[2] / "assets" / "ring.webp"
MOST = 3_000_000  # bytes
PACE = 0.08  # seconds between two pictures, at least
LONGEST = 120.0  # seconds
AFTER = 2.0  # seconds of film after the last mode
WIDTH, HEIGHT = 1280, 720
FILM_WIDTH = 800
SAMPLES = 20  # within a second
MODES = re.compile(r"(\d+) of (\d+) modes")
SAMPLE = """async (root, n) => {
  const out = [], start = performance.now();
  for (let i = 0; i < n; i += 1) {
    out.push(root.positions());
    if (i + 1 < n) await new Promise((done) => setTimeout(done, 42));
  }
  return [performance.now() - start, out];
}"""


def continuity(root: Locator, samples: int = SAMPLES) -> dict[str, float]:
    """Samples `root.positions()` every 42 ms or more, which takes `seconds`: how many points are `moving`, the least
    number of `places` that one of these was seen at, and their longest `leap` between two samples.
    """
    spent, shown = root.evaluate(SAMPLE, samples)
    places = np.array(shown)  # (samples, points, 2)
    moving = (places[0] != places[-1]).any(1)
    seen = [len(np.unique(places[:, i], axis=0)) for i in np.flatnonzero(moving)]
    leaps = np.hypot(*np.diff(places, axis=0).transpose(2, 0, 1))
    return {
        "seconds": spent / 1000,
        "moving": int(moving.sum()),
        "places": min(seen, default=0),
        "leap": float(leaps.max()),
    }


class Film:
    """The pictures that Chromium's screencast gives of a page, at most one each `PACE`, and when they were made."""

    def __init__(self, page: Page) -> None:
        self.pictures: list[Image.Image] = []
        self.times: list[float] = []
        self._session = page.context.new_cdp_session(page)
        self._session.on("Page.screencastFrame", self._take)
        size = {"maxWidth": FILM_WIDTH, "maxHeight": FILM_WIDTH * HEIGHT // WIDTH}
        self._session.send("Page.startScreencast", {"format": "jpeg", "quality": 90, **size})

    def _take(self, frame: dict[str, Any]) -> None:
        self._session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        now = float(frame["metadata"]["timestamp"])
        if not self.times or now - self.times[-1] >= PACE:
            self.times.append(now)
            self.pictures.append(Image.open(io.BytesIO(base64.b64decode(frame["data"]))).convert("RGB"))

    def end(self) -> list[int]:
        """Stop; for how many milliseconds each picture is to be seen."""
        self._session.send("Page.stopScreencast")
        self._session.detach()
        pairs = zip(self.times, [*self.times[1:], self.times[-1] + AFTER], strict=True)
        return [round(1000 * (after - before)) for before, after in pairs]


def check(page: Page) -> None:
    """Play, and look three times whether points move without a rest; pause."""
    page.get_by_role("button", name="Play").click()
    for _ in range(3):
        page.wait_for_timeout(3000)
        result = continuity(page.locator(".st-key-plane .plane"))
        say(
            "{places} places of each of {moving} moving points in {seconds:.2f} s; longest leap {leap:.3f}".format(
                **result
            )
        )
        assert result["places"] == SAMPLES, "a moving point rested"
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Play").wait_for()


def find_modes(page: Page) -> None:
    """Play until all modes are found, and a little longer; pause."""
    key = page.locator(".st-key-plane .key .right")
    page.get_by_role("button", name="Play").click()
    start = time.monotonic()
    while (spent := time.monotonic() - start) < LONGEST:
        found = MODES.search(key.inner_text())
        if found and found[1] == found[2]:
            say(f"all {found[2]} modes {spent:.1f} s after Play")
            page.wait_for_timeout(1000 * AFTER)
            page.get_by_role("button", name="Pause").click()
            return
        page.wait_for_timeout(100)
    raise AssertionError("not all modes were found")


def open_ring(page: Page, port: int) -> None:
    """The Train page of a new run."""
    page.goto(f"http://127.0.0.1:{port}/?preset=ring")
    page.locator(".st-key-plane canvas").wait_for(timeout=60_000)


def write(pictures: list[Image.Image], durations: list[int]) -> None:
    """An animated WebP that is small enough."""
    for quality in (60, 45, 30, 20):
        file = io.BytesIO()
        options = {"save_all": True, "append_images": pictures[1:], "duration": durations, "loop": 0, "method": 3}
        pictures[0].save(file, "WEBP", quality=quality, **options)  # type: ignore[arg-type]
        if file.tell() <= MOST:
            break
    assert file.tell() <= MOST, "too large"
    FILE.write_bytes(file.getvalue())
    seconds = sum(durations) / 1000
    say(f"{FILE.name}: {len(pictures)} pictures, {seconds:.0f} s, {file.tell() / 1e6:.2f} MB, quality {quality}")


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def main() -> None:
    """One browser, one server, one film."""
    with server() as (port, _process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        open_ring(page, port)
        check(page)
        open_ring(page, port)
        page.locator(".st-key-plane .switch", has_text="trails").click()
        film = Film(page)
        find_modes(page)
        durations = film.end()
        browser.close()
    write(film.pictures, durations)


if __name__ == "__main__":
    main()
