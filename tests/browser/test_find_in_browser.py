"""Find, Neighbours and Truncation on the Latent page, as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import LONG, App, pause, play, visit
from tests.browser.trained import trained

SEVEN = ((0.3, 0.25), (0.5, 0.25), (0.7, 0.25), (0.6, 0.5), (0.5, 0.8))  # shares of the sheet


def _pixels(canvas: Locator) -> str:
    pixels: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return pixels


def _tool(page: Page, title: str) -> None:
    page.get_by_role("radio", name=title, exact=True).first.click()


def _slots(page: Page) -> list[tuple[float, float]]:
    """Where the stroke goes on the page."""
    sheet = page.locator(".drawer .sheet")
    expect(sheet).to_be_visible(timeout=LONG)
    box = sheet.bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]


def _figure(page: Page, caption: str) -> Locator:
    return page.locator(".pictures figure", has_text=caption)


def test_a_drawing_is_found_and_samples_have_neighbours_and_a_dial(app: App, page: Page) -> None:
    page.goto(f"{app.url}/latent?run={trained(app)}")
    _tool(page, "Find")
    first, *others = _slots(page)
    ask = page.get_by_role("button", name="Find it")
    expect(ask).to_be_disabled()
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    expect(_figure(page, "The picture")).to_be_visible(timeout=LONG)
    expect(ask).to_be_enabled()
    ask.focus()
    page.keyboard.press("Enter")
    expect(_figure(page, "The closest G can make")).to_be_visible(timeout=LONG)
    expect(page.locator(".pictures.starts figure")).to_have_count(16)
    expect(ask).to_be_enabled(timeout=LONG)
    errors = [float(text) for text in page.locator(".pictures.starts figcaption").all_inner_texts()]
    assert errors == sorted(errors)

    _tool(page, "Neighbours")
    near = page.locator(".pictures.near")
    expect(near).to_have_count(2, timeout=LONG)
    shown = near.nth(0).locator("img").nth(0).get_attribute("src")
    page.locator(".picker .pick").nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(near.nth(0).locator("img").nth(0)).not_to_have_attribute("src", shown or "", timeout=LONG)

    _tool(page, "Truncation")
    dial = page.get_by_role("slider", name="How much of the latent space")
    samples = page.locator(".scrubber .picture canvas")
    expect(dial).to_have_attribute("aria-valuetext", "ψ = 1", timeout=LONG)
    expect(page.locator(".scrubber .readout")).to_contain_text(re.compile(r"recall\s*0\.\d\d"), timeout=LONG)
    before, box = _pixels(samples), dial.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 2 / 3, y)
    page.mouse.down()
    seen = {before}
    for share in (0.5, 0.25, 0.05):
        page.mouse.move(box["x"] + share * box["width"], y, steps=3)
        seen.add(_pixels(samples))
    assert len(seen) == 4  # another picture at each stop, the button still down
    page.mouse.up()
    page.keyboard.press("ArrowRight")
    expect(dial).not_to_have_attribute("aria-valuetext", "ψ = 1")


def test_a_finger_draws_and_the_search_beside_a_training_is_cancelled(
    app: App, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor(1024, 768, has_touch=True)
    page = context.new_page()
    visit(page, f"{app.url}/?preset=shapes")
    play(page, beyond=2)
    page.get_by_role("link", name="Latent").click()
    _tool(page, "Find")
    first, *others = _slots(page)
    finger = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", first)
    for place in others:
        touch("touchMove", place)
    touch("touchEnd")  # in motion
    fine = page.get_by_role("button", name="Fine brush")
    fine.tap()
    expect(fine).to_have_attribute("aria-pressed", "true")
    expect(_figure(page, "The picture")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Find it").tap()
    expect(page.locator(".pictures.starts figure")).to_have_count(16, timeout=LONG)  # of what there is so far
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Find it")).to_be_enabled(timeout=LONG)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(_figure(page, "The closest G can make")).to_be_visible()  # the best so far stays
    page.get_by_role("link", name="Train").click()
    pause(page)
