"""The two games of the quiz, by keys alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.app import LONG, App
from tests.browser.trained import trained


def test_tiles_are_marked_by_keys_and_points_moved_by_them(app: App, page: Page) -> None:
    page.goto(f"{app.url}/quiz?run={trained(app)}")
    tiles = page.locator(".guess .tile")
    expect(tiles).to_have_count(12, timeout=LONG)
    check = page.get_by_role("button", name="Check my answers")
    expect(check).to_be_disabled()
    tiles.first.focus()
    for key in "rgrgrgrgrgrg":
        page.keyboard.press(key)
    check.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".guess .count")).to_have_text(re.compile(r"You: \d+ of 12\. D: \d+ of 12\."), timeout=LONG)
    expect(page.get_by_role("button", name="More tiles of this level")).to_be_visible()

    page.goto(f"{app.url}/quiz?run={trained(app, 'ring', 300)}")
    points, loss = page.locator(".place .point"), page.locator(".quiz_scores tbody td").first
    expect(points).to_have_count(20, timeout=LONG)
    place = points.first.get_attribute("aria-label") or ""
    points.first.focus()
    for _n in range(6):
        page.keyboard.press("Shift+ArrowLeft")
    expect(points.first).not_to_have_attribute("aria-label", place)
    expect(loss).to_have_text(re.compile(r"^−?\d+\.\d\d$"))
    moved = points.last.get_attribute("aria-label") or ""
    page.get_by_role("button", name="Follow the gradient").click()
    expect(points.last).not_to_have_attribute("aria-label", moved, timeout=LONG)
