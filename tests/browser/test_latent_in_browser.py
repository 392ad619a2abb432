"""Walks and sliders of the Latent page, as a person uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import LONG, App, count, play, until
from tests.browser.trained import trained


def _run(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def _pixels(canvas: Locator) -> str:
    pixels: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return pixels


def _box(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return dict(box)


def _tool(page: Page, name: str) -> None:
    page.locator(".st-key-latent_tools").get_by_text(name, exact=True).click()


def _swipe(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger that goes from `start` to `end`, not at once."""
    touch = page.context.new_cdp_session(page)
    way = [(start[0] + share * (end[0] - start[0]), start[1]) for share in (0.1, 0.4, 0.7, 1)]
    for kind, points in (("touchStart", [start]), *(("touchMove", [place]) for place in way), ("touchEnd", [])):
        places = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        page.wait_for_timeout(30)


def test_sliders_of_z_and_a_walk_that_its_file_brings_back(
    app: App, visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    page = visitor(1024, 768, has_touch=True).new_page()
    run = trained(app, steps=50)
    page.goto(f"{app.url}/latent?run={run}")
    _tool(page, "z")
    sliders_of_z_with_touch_and_keyboard(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    _tool(page, "Walk")
    a_walk_answers_while_it_is_dragged(page)
    its_file_brings_it_back(page, tmp_path / "walk.webp")
    page.get_by_role("link", name="Train").click()
    expect(page.locator(".st-key-play button", has_text="Play")).to_be_visible(timeout=LONG)  # the walk has one, too
    assert _run(page) == run
    assert count(page) == 50
    play(page, beyond=50)


def a_walk_answers_while_it_is_dragged(page: Page) -> None:
    handle = page.get_by_role("slider", name="Position between A and B")
    expect(handle).to_be_visible(timeout=LONG)
    picture, curves = page.locator(".scrubber .picture canvas"), page.locator(".scrubber .curves canvas")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    box = _box(handle)
    y = box["y"] + box["height"] / 2

    page.mouse.move(box["x"] + 5, y)
    page.mouse.down()
    seen, cursors = [_pixels(picture)], [_pixels(curves)]
    for share in (0.25, 0.5, 0.75, 0.97):
        before = handle.get_attribute("aria-valuenow") or ""
        page.mouse.move(box["x"] + share * box["width"], y, steps=3)
        expect(handle).not_to_have_attribute("aria-valuenow", before)
        seen.append(_pixels(picture))
        cursors.append(_pixels(curves))
    assert len(set(seen)) == len(set(cursors)) == 5  # new ones at each stop, the button still down
    assert max(map(len, seen)) > 1000  # pixels, not an empty canvas
    page.mouse.up()
    last = handle.get_attribute("aria-valuenow")
    assert last
    assert int(last) >= 30
    handle.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "0")

    page.get_by_role("button", name="Play the frames").click()
    expect(handle).not_to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name="Stop").click()


def its_file_brings_it_back(page: Page, file: Path) -> None:
    picture = page.locator(".scrubber .picture canvas")
    page.get_by_text("spline", exact=True).click()
    loop = page.get_by_role("slider", name="Position on the loop through 2 samples")
    expect(loop).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Sample 6, class 5", exact=True).click()
    loop = page.get_by_role("slider", name="Position on the loop through 3 samples")
    expect(loop).to_be_visible(timeout=LONG)
    loop.press("Home")
    first = _pixels(picture)
    page.get_by_role("button", name="Take home").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="WebP").click()
    download.value.save_as(file)
    assert file.read_bytes()[8:12] == b"WEBP"
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Random").click()
    expect(page.get_by_role("slider", name="Position on the loop through 4 samples")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Take home").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("The same frames as in the file.")).to_be_visible(timeout=LONG)
    expect(loop).to_have_attribute("aria-valuenow", "0")
    until(lambda: _pixels(picture) == first)
    page.keyboard.press("Escape")


def sliders_of_z_with_touch_and_keyboard(page: Page) -> None:
    rows = page.locator(".sliders [role=slider]")
    expect(rows).to_have_count(8, timeout=LONG)
    picture = page.locator(".sliders .picture canvas")
    before, box = _pixels(picture), _box(rows.nth(2))

    page.touchscreen.tap(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(rows.nth(2)).to_have_attribute("aria-valuenow", "3")
    assert _pixels(picture) != before
    y = box["y"] + box["height"] / 2
    _swipe(page, (box["x"] + box["width"] - 3, y), (box["x"] + 3, y))
    expect(rows.nth(2)).to_have_attribute("aria-valuenow", "-3")
    rows.nth(5).focus()
    rows.nth(5).press("Home")
    expect(rows.nth(5)).to_have_attribute("aria-valuenow", "-3")
    rows.nth(5).press("ArrowRight")
    expect(rows.nth(5)).to_have_attribute("aria-valuenow", "-2.5")

    page.get_by_role("button", name="Copy as NumPy").tap()
    code = page.get_by_test_id("stCode").locator("code")
    expect(code).to_contain_text("-2.5, ", timeout=LONG)
    numbers = code.inner_text().partition("[")[2].partition("]")[0].split(",")
    assert len(numbers) == 64
    assert (float(numbers[2]), float(numbers[5])) == (-3, -2.5)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset").tap()
    expect(rows.nth(5)).not_to_have_attribute("aria-valuenow", "-2.5", timeout=LONG)
