"""Directions, arithmetic and classes on the Latent page, as a person uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import LONG, App, pause, play, visit


def _pixels(canvas: Locator) -> str:
    pixels: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return pixels


def _tool(page: Page, title: str) -> None:
    page.get_by_text(title, exact=True).first.click()


def _trained(page: Page, app: App) -> None:
    visit(page, app.url)
    play(page, beyond=50)
    pause(page)
    page.get_by_role("link", name="Latent").click()


def test_directions_answer_the_hand_and_are_kept_and_shared(app: App, page: Page, tmp_path: Path) -> None:
    _trained(page, app)
    _tool(page, "Directions")
    rows, picture = page.locator(".directions .row"), page.locator(".directions .picture canvas")
    expect(rows).to_have_count(5, timeout=LONG)
    first = rows.nth(0).get_by_role("slider")
    expect(first).to_have_attribute("aria-valuenow", "0")
    expect(rows.nth(0)).to_contain_text(re.compile(r"PCA 1\s*[\d.]+ %"))
    strip = rows.nth(1).locator("canvas")
    before, box = _pixels(strip), first.bounding_box()
    assert box is not None
    y = box["y"] + 15
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    seen = [_pixels(picture)]
    for share in (0.65, 0.8, 0.97):
        page.mouse.move(box["x"] + share * box["width"], y, steps=3)
        seen.append(_pixels(picture))
    assert len(set(seen)) == 4  # a new picture at each stop, the button still down
    assert max(map(len, seen)) > 1000
    assert _pixels(strip) == before
    page.mouse.up()
    expect(first).to_have_attribute("aria-valuetext", re.compile(r"^\+(2\.75|3\.00) σ$"))
    page.wait_for_function("([c, old]) => c.toDataURL() !== old", arg=[strip.element_handle(), before], timeout=LONG)

    second = rows.nth(1).get_by_role("slider")
    second.focus()
    for key in ("ArrowRight", "ArrowRight", "PageUp"):
        page.keyboard.press(key)
    expect(second).to_have_attribute("aria-valuenow", "1.5")
    expect(page.locator(".directions figcaption")).to_have_text("The sum of all")
    moved = _pixels(picture)
    page.get_by_role("button", name="Reset").click()
    expect(first).to_have_attribute("aria-valuenow", "0", timeout=LONG)
    expect(second).to_have_attribute("aria-valuenow", "0")
    assert _pixels(picture) != moved

    page.get_by_role("button", name="Keep: PCA 1").click()
    expect(page.get_by_text("Kept as “PCA 1”.")).to_be_visible(timeout=LONG)
    _tool(page, "Kept")
    expect(rows).to_have_count(1, timeout=LONG)
    page.get_by_role("button", name="Name and share").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("bold")
    name.press("Enter")
    expect(rows).to_contain_text("bold", timeout=LONG)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    file = tmp_path / "directions.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["directions"][0]["name"] == "bold"
    page.locator("input[type=file]").set_input_files(file)
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.nth(1)).to_contain_text("bold (2)")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove: bold (2)").click()
    expect(rows).to_have_count(1, timeout=LONG)


def test_groups_are_summed_and_classes_morphed_by_touch(app: App, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(1024, 768, has_touch=True).new_page()
    _trained(page, app)
    _tool(page, "Arithmetic")
    tiles = page.locator(".picker .pick")
    expect(page.get_by_text("Step 1:")).to_be_visible(timeout=LONG)
    for group, column in (("A", 3), ("B", 8), ("C", 5)):
        expect(page.get_by_role("radio", name=f"{group} (0)")).to_be_checked(
            timeout=LONG
        )  # the next step comes by itself
        for row in range(3):
            tiles.nth(10 * row + column).tap()
            expect(tiles.nth(10 * row + column)).to_have_attribute("data-letter", group)
    expect(page.locator(".near img")).to_have_count(9, timeout=LONG)
    expect(page.locator(".sum figure > img")).to_have_count(4)
    expect(page.locator(".sum .none")).to_have_count(0)

    _tool(page, "Classes")
    handle = page.get_by_role("slider", name="Position between 3 and 8")
    expect(handle).to_have_attribute("aria-valuetext", "50 % 3, 50 % 8", timeout=LONG)
    picture = page.locator(".scrubber .picture canvas")
    before, box = _pixels(picture), handle.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + 10)
    expect(handle).to_have_attribute("aria-valuetext", "8")
    assert _pixels(picture) != before
    fits = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight + 1")
    assert fits
