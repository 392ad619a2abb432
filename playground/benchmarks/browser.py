"""What a View costs the main thread of a browser: headless Chromium through Playwright, where both are there.

The sum of all tasks of the page's main thread (`TaskDuration` of the DevTools protocol's `Performance.getMetrics`) by
the number of Views, that is, of changes of the step that the page shows; with the stage, and with the stage hidden
(`display: none`: then it neither decodes nor draws, while everything else of the page goes on). It is the time that the
thread ran: where other programs keep the machine busy, the time on the clock would count them, too.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu")
SIZE = {"width": 1440, "height": 900}
LAYERS = '[...document.querySelectorAll(".st-key-plane, .st-key-grid")]'
COUNT = """() => {
  window.views = 0;
  let step = "";
  new MutationObserver(() => {
    const now = document.querySelector(".meter .step b")?.textContent ?? step;
    if (now !== step) window.views += 1;
    step = now;
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""


def main_thread(port: int, preset: str, seconds: float) -> dict[str, Any]:
    """Milliseconds per View of a playing run, `shown` and `hidden`; or `reason`, why that was not measured."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {"reason": "Playwright is not installed"}
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        return {"reason": f"no browser found; looked for {', '.join(NAMES)}"}
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as chromium:
        page = chromium.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(f"http://127.0.0.1:{port}/?preset={preset}")
        page.locator(".st-key-plane canvas, .st-key-grid img, .st-key-grid canvas").wait_for(timeout=60_000)
        page.get_by_role("button", name="Play").click()
        page.evaluate(COUNT)
        time.sleep(5)
        shown = _per_view(page, seconds)
        page.evaluate(f"{LAYERS}.forEach(e => e.style.display = 'none')")
        time.sleep(1)
        hidden = _per_view(page, seconds)
        return {"shown": shown, "hidden": hidden, "browser": chromium.version}


def _per_view(page: Page, seconds: float) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now() -> tuple[float, int]:
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"], page.evaluate("window.views")

    busy, views = now()
    time.sleep(seconds)
    busy_then, views_then = now()
    return 1000 * (busy_then - busy) / max(1, views_then - views)


def sentence(row: dict[str, Any]) -> str:
    """A row of the report in words."""
    if "reason" in row:
        return "{preset}: browser time was not measured: {reason}".format(**row)
    return (
        "{preset}: {shown:.0f} ms of the browser's main thread per View, {hidden:.0f} with the stage hidden "
        "(headless Chromium {browser}, TaskDuration by Views shown)".format(**row)
    )
