"""The room that a window has is used: nothing that matters lies below the fold, and little of it stays empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import LONG, App, stage, visit

VISITOR = Callable[..., BrowserContext]


def test_an_upright_tablet_shows_all_of_the_train_page_and_cards_of_the_gallery_fill_their_rows(
    app: App, visitor: VISITOR
) -> None:
    page = visitor(768, 1024).new_page()
    visit(page, f"{app.url}/?preset=ring")
    for view, part in (("Curves", "curves"), ("Metrics", "measures"), ("Networks", "game")):
        page.get_by_test_id("stMain").get_by_text(view, exact=True).click()
        all_of_the_train_page_is_shown(page, f".st-key-{part}")
    for width, height in ((768, 1024), (1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        the_cards_of_the_gallery_fill_their_rows(page)


def all_of_the_train_page_is_shown(page: Page, view: str) -> None:
    beside = page.locator(view)
    expect(beside).to_be_visible(timeout=LONG)
    for part in (page.get_by_role("button", name="Play"), stage(page), beside, page.locator(".st-key-moment_buttons")):
        expect(part.first).to_be_in_viewport(ratio=0.98, timeout=LONG)
    page.wait_for_function(
        """view => { const [main, stage, beside, line] = ["[data-testid=stMain]", ".st-key-stage", view,
            ".st-key-timeline"].map((name) => document.querySelector(name));
          const box = (element) => element.getBoundingClientRect();
          return main.scrollHeight <= main.clientHeight && main.scrollWidth <= main.clientWidth
            && box(stage).width > 700 && box(stage).bottom <= box(beside).top + 1
            && box(beside).bottom <= box(line).top + 1; }""",
        arg=view,
        timeout=LONG,
    )


def the_cards_of_the_gallery_fill_their_rows(page: Page) -> None:
    page.keyboard.press("Shift+P")
    expect(page.locator(".gallery .card").first).to_be_visible(timeout=LONG)
    ragged = """gallery => [...gallery.querySelectorAll(".cards")].flatMap((cards) => {
      const end = cards.getBoundingClientRect().right, rows = new Map();
      for (const card of cards.querySelectorAll(".card, .both")) {
        const { top, right, width } = card.getBoundingClientRect(), row = Math.round(top);
        if (width) rows.set(row, Math.max(rows.get(row) ?? 0, right));
      }
      return [...rows.values()].filter((right) => Math.abs(right - end) > 2);
    })"""
    gallery = page.locator(".gallery")
    assert gallery.evaluate(ragged) == [], "rows that end before the others"
    gallery.locator("input").fill("digits")
    assert gallery.evaluate(ragged) == []
    page.keyboard.press("Escape")
    expect(gallery).to_have_count(0, timeout=LONG)


@pytest.mark.parametrize(("width", "height", "left"), [(1280, 720, 90), (1366, 768, 110), (1440, 900, 90)])
def test_two_lanes_fill_the_window(app: App, visitor: VISITOR, width: int, height: int, left: int) -> None:
    page = visitor(width, height).new_page()
    page.goto(f"{app.url}/race?of=r1")
    expect(page.locator(".st-key-lanes canvas")).to_have_count(2, timeout=LONG)
    page.wait_for_function(
        """left => {
          const ends = [...document.querySelectorAll(".lane_bars, .lane_foot, .st-key-race_curves")]
            .map((element) => element.getBoundingClientRect()).filter(({ height }) => height);
          const end = Math.max(...ends.map(({ bottom }) => bottom));
          return ends.length > 2 && end <= innerHeight && innerHeight - end < left;
        }""",
        arg=left,
        timeout=LONG,
    )
