"""The coach in a browser: a collapse is named soon after its onset, and its cure brings the run back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import LONG, App, play, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOON = 20_000  # ms
LINE = ".st-key-coach"
SPREAD = re.compile(r"samples vary (0\.\d+) × as much as real ones")


def test_a_collapse_is_named_and_cured(page: Page, app: App) -> None:
    visit(page, f"{app.url}/?preset=collapse")
    top = page.locator(".st-key-stage").bounding_box()
    play(page, 500)  # no sample has a mode of its own before
    line = page.locator(LINE)
    expect(line).to_contain_text("Mode collapse", timeout=SOON)
    assert float(SPREAD.search(line.inner_text())[1]) < 0.5  # type: ignore[index]
    assert line.evaluate("line => getComputedStyle(line).overflowY") == "visible"  # no scroll bar beside one line
    assert page.locator(".st-key-stage").bounding_box() == top  # nothing jumps when it begins to speak
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_role("dialog", name="Why?")).to_contain_text("Go back to before it")
    assert page.locator(".st-key-stage").bounding_box() == top  # nothing jumps
    page.get_by_role("button", name="Try it").click()
    page.keyboard.press("Escape")
    expect(page.locator(LINE)).to_contain_text(re.compile("Learning normally|Converged"), timeout=4 * LONG)
    assert not page.locator(".stException").count()
