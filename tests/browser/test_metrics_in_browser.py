"""The metrics beside the stage in a browser: values with those of real samples, what they mean, and room for all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from playground.metrics.catalogue import MEASURES
from tests.browser.app import LONG, App, choose_preset, pause, play, settles, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VALUES = re.compile(r": .+, real samples \d")
# Parts of the view that stick out of it, and charts that lie on one another
CROSSING = """() => {
  const view = document.querySelector(".st-key-measures").getBoundingClientRect();
  const parts = [...document.querySelectorAll(
    ".st-key-measures_few > div, .st-key-measures button:not(.gan-chart button)")]
    .map(e => [e.textContent || e.className, e.getBoundingClientRect()]).filter(([, r]) => r.width);
  const out = parts.filter(([, r]) => r.left < view.left - 1 || r.right > view.right + 1);
  const over = parts.filter(([, a], i) => parts.some(([, b], j) => i < j
    && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2));
  return [...out, ...over].map(([name]) => name);
}"""


def test_metrics_come_with_floors_and_explanations_and_nothing_jumps(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    play(page, 20)
    page.locator(".st-key-transport").get_by_text("Metrics", exact=True).click()
    metrics_come_and_nothing_jumps(page, "points")
    pause(page)
    choose_preset(page, "Digits")
    expect(page.locator(".st-key-grid .field")).to_be_visible(timeout=LONG)
    play(page, 20)
    top = metrics_come_and_nothing_jumps(page, "images")
    page.get_by_role("button", name="Standard FID").click()
    expect(page.get_by_text("torch-fidelity==0.4.0")).to_be_visible()
    assert page.locator(".st-key-stage").bounding_box() == top
    page.get_by_role("button", name="The metrics", exact=True).click()
    expect(_charts(page).first).to_be_visible()


def _charts(page: Page) -> Locator:
    return page.locator(".st-key-measures_few").get_by_role("group", name=VALUES)


def metrics_come_and_nothing_jumps(page: Page, kind: str) -> FloatRect | None:
    """Gives where the stage is."""
    firsts = [m for m in MEASURES.values() if m.first and m.suits(kind) and not m.coded]
    expect(_charts(page)).to_have_count(len(firsts), timeout=2 * LONG)
    top = page.locator(".st-key-stage").bounding_box()
    page.get_by_role("button", name="What they mean").click()
    for measure in firsts:
        expect(page.get_by_text(measure.says).first).to_be_visible()
    page.keyboard.press("Escape")
    for width, height in ((1440, 900), (1280, 720), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        settles(page, CROSSING, [])
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.locator(".st-key-stage").bounding_box() == top
    return top
