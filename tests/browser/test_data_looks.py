"""The Data page on a projector and on a phone: nothing is too small to be used."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.app import LONG, App

VISITOR = Callable[..., BrowserContext]


def box_of(found: Locator) -> dict[str, float]:
    expect(found).to_be_visible(timeout=LONG)
    box = found.bounding_box()
    assert box is not None
    return dict(box)


def test_pictures_are_drawn_on_a_projector(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    page.goto(f"{app.url}/data?projector=on")
    choice = page.locator(".st-key-data_at_hand").get_by_role("combobox")
    choice.click(timeout=LONG)
    choice.fill("own: Pictures")  # the list is too long to show all of it
    page.get_by_role("option", name="Add your own: Pictures").click()
    page.get_by_text("Draw them", exact=True).click(timeout=LONG)
    assert box_of(page.locator(".drawer .sheet"))["width"] >= 250


def test_on_a_phone_a_class_is_repeated_in_one_line(app: App, visitor: VISITOR) -> None:
    page = visitor(390, 844).new_page()
    page.goto(f"{app.url}/data?preset=digits")
    row = page.locator(".st-key-repeat")
    expect(row.locator(".stMarkdown").get_by_text("times", exact=True)).to_be_visible(timeout=LONG)
    assert box_of(row)["height"] < 60
