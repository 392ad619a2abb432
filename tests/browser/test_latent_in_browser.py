"""The Latent page, as a person uses it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import LONG, App, count, pause, play, visit


def _run(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def _pixels(canvas: Locator) -> str:
    pixels: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return pixels


def test_pictures_change_while_the_slider_is_dragged(app: App, page: Page) -> None:
    visit(page, app.url)
    play(page, beyond=50)
    step, run = pause(page), _run(page)
    page.get_by_role("link", name="Latent").click()
    page.get_by_role("radio", name="Paths").click()
    handle = page.get_by_role("slider", name="Position between A and B")
    expect(handle).to_be_visible(timeout=LONG)
    picture = page.locator(".scrubber .picture canvas")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    box = handle.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2

    page.mouse.move(box["x"] + 5, y)
    page.mouse.down()
    seen = [_pixels(picture)]
    for share in (0.25, 0.5, 0.75, 0.97):
        before = handle.get_attribute("aria-valuenow") or ""
        page.mouse.move(box["x"] + share * box["width"], y, steps=3)
        expect(handle).not_to_have_attribute("aria-valuenow", before)
        seen.append(_pixels(picture))
    assert len(set(seen)) == 5  # a new picture at each stop, the button still down
    assert max(map(len, seen)) > 1000  # pixels, not an empty canvas
    page.mouse.up()
    last = handle.get_attribute("aria-valuenow")
    assert last
    assert int(last) >= 30

    page.get_by_role("link", name="Train").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    assert _run(page) == run
    assert count(page) == step
    play(page, beyond=step)
