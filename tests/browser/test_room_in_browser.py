"""The room that a window has is used: nothing that matters lies below the fold, and little of it stays empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.app import LONG, App, stage, visit

VISITOR = Callable[..., BrowserContext]


def test_the_picture_of_a_recorded_step_is_in_sight(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring")
    page.get_by_test_id("stMain").get_by_text("Inside a step", exact=True).click()
    body, picture = page.locator(".st-key-walk_body"), page.locator(".st-key-walk_body .st-key-walk_chart")
    for heading in ("real samples", "z"):  # of the first two phases
        expect(body.locator(".phase")).to_contain_text(heading, timeout=LONG)
        expect(picture).to_be_visible(timeout=LONG)
        inside = """body => { const [all, one] = [body, body.querySelector(".st-key-walk_chart")]
          .map((element) => element.getBoundingClientRect());
          return one.height > 100 && one.top >= all.top && one.bottom <= all.bottom; }"""
        page.wait_for_function(f"() => ({inside})(document.querySelector('.st-key-walk_body'))", timeout=LONG)
        page.get_by_role("button", name="Next", exact=False).click()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (768, 1024)])
def test_the_cards_of_the_gallery_fill_their_rows(app: App, visitor: VISITOR, width: int, height: int) -> None:
    page = visitor(width, height).new_page()
    visit(page, f"{app.url}/?preset=ring")
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


@pytest.mark.parametrize("view", ["Curves", "Metrics", "Networks"])
def test_an_upright_tablet_shows_all_of_the_train_page(app: App, visitor: VISITOR, view: str) -> None:
    page = visitor(768, 1024).new_page()
    visit(page, f"{app.url}/?preset=ring")
    page.get_by_test_id("stMain").get_by_text(view, exact=True).click()
    beside = page.locator(".st-key-curves, .st-key-measures, .st-key-game").first
    expect(beside).to_be_visible(timeout=LONG)
    for part in (page.get_by_role("button", name="Play"), stage(page), beside, page.locator(".st-key-moment_buttons")):
        expect(part.first).to_be_in_viewport(ratio=0.98, timeout=LONG)
    page.wait_for_function(
        """() => { const [main, stage, beside, line] = ["[data-testid=stMain]", ".st-key-stage",
            ":is(.st-key-curves, .st-key-measures, .st-key-game)", ".st-key-timeline"]
            .map((name) => document.querySelector(name));
          const box = (element) => element.getBoundingClientRect();
          return main.scrollHeight <= main.clientHeight && main.scrollWidth <= main.clientWidth
            && box(stage).width > 700 && box(stage).bottom <= box(beside).top + 1
            && box(beside).bottom <= box(line).top + 1; }""",
        timeout=LONG,
    )
