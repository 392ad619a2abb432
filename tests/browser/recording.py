"""Films how G finds the modes of the ring: `python -m tests.browser.recording` writes `assets/ring.webp`.

The real app in headless Chromium. On the way it samples where the points are shown, 20 times within a second, and fails
if a point that moves was twice at the same place.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from playground.bench.refresh import server
from tests.browser.app import FLAGS

FILE = Path(__file__).resolve().parents[2] / "assets" / "ring.webp"
MOST = 3_000_000  # bytes
PACE = 0.09  # seconds between two pictures
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
    if (i + 1 < n) await new Promise((done) => setTimeout(done, 50));
  }
  return [performance.now() - start, out];
}"""


def continuity(root: Locator, samples: int = SAMPLES) -> dict[str, float]:
    """Samples `root.positions()` every 50 ms: `seconds`, the number of points that `moving`, the least number of
    `places` that one of these was seen at, and their longest `leap` between two samples.
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


def film(page: Page) -> tuple[list[Image.Image], list[int]]:
    """Pictures of the page from Play until all modes are found, and for how many milliseconds each is shown."""
    plane, key = page.locator(".st-key-plane .plane"), page.locator(".st-key-plane .key .right")
    pictures: list[Image.Image] = []
    times: list[float] = []
    page.get_by_role("button", name="Play").click()
    start, end, checked = time.monotonic(), float("inf"), 0
    while (now := time.monotonic()) < min(end, start + LONGEST):
        times.append(now)
        shot = Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=90))).convert("RGB")
        pictures.append(shot.resize((FILM_WIDTH, FILM_WIDTH * HEIGHT // WIDTH), Image.Resampling.LANCZOS))
        found = MODES.search(key.inner_text())
        if found and found[1] == found[2] and end == float("inf"):
            end = now + AFTER
            say(f"all {found[2]} modes {now - start:.1f} s after Play")
        if now - start > 3 * (checked + 1) and checked < 3:
            checked += 1
            result = continuity(plane)
            say(
                "{places} places of {moving} moving points in {seconds:.2f} s, longest leap {leap:.3f}".format(**result)
            )
            assert result["places"] == SAMPLES, "a moving point rested"
        time.sleep(max(0.0, now + PACE - time.monotonic()))
    assert end < float("inf"), "not all modes were found"
    return pictures, [round(1000 * (after - before)) for before, after in zip(times, [*times[1:], end], strict=True)]


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
        page.goto(f"http://127.0.0.1:{port}/?preset=ring")
        page.locator(".st-key-plane canvas").wait_for(timeout=60_000)
        page.locator(".st-key-plane .switch", has_text="trails").click()
        pictures, durations = film(page)
        page.get_by_role("button", name="Pause").click()
        browser.close()
    write(pictures, durations)


if __name__ == "__main__":
    main()
