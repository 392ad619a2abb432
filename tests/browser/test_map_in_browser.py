"""The Map of the Latent page under mouse, keys and touch, with a server that cannot answer where it need not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import COUNT, LONG, App, choose_preset, stage, visit


@contextlib.contextmanager
def _silence(app: App) -> Iterator[None]:
    """A server that does not answer."""
    app.server.suspend()
    try:
        yield
    finally:
        app.server.resume()


def _open(page: Page) -> Locator:
    """The map of a run, after a step of it; gives it once its first pictures are there."""
    page.get_by_role("button", name="Step Shortcut S", exact=True).click()
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
    page.get_by_role("link", name="Latent").click()
    area = page.get_by_role("application")
    expect(area).to_be_visible(timeout=LONG)
    page.wait_for_timeout(3000)  # what is ahead is there, too
    return area


def _middle(area: Locator) -> tuple[float, float]:
    box = area.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _place(page: Page) -> tuple[float, float]:
    """The u and v of what is shown, a few frames after the last event."""
    page.wait_for_timeout(120)
    said: Any = page.locator(".panmap").evaluate("root => [Number(root.dataset.u), Number(root.dataset.v)]")
    return said[0], said[1]


def _picture(page: Page) -> str:
    page.wait_for_timeout(120)
    pixels: str = page.locator(".panmap .shown canvas").evaluate("canvas => canvas.toDataURL()")
    return pixels


def _touch(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    """One finger that drags."""
    session = page.context.new_cdp_session(page)
    for kind, share in (
        ("touchStart", 0.0),
        ("touchMove", 0.3),
        ("touchMove", 0.7),
        ("touchMove", 1.0),
        ("touchEnd", 1.0),
    ):
        points = [] if kind == "touchEnd" else [{"x": x + share * dx, "y": y + share * dy}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


def _pinch(page: Page, x: float, y: float, before: float, after: float) -> None:
    """Two fingers whose distance changes, their middle at (x, y)."""
    session = page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", 1.0)):
        half = (before + share * (after - before)) / 2
        points = [{"x": x - half, "y": y, "id": 0}, {"x": x + half, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})
    session.detach()


def _units(page: Page, x: float, y: float) -> float:
    """How far 100 pixels of the map go."""
    page.mouse.move(x, y)
    left = _place(page)[0]
    page.mouse.move(x + 100, y)
    return _place(page)[0] - left


def test_the_map_answers_without_the_server(app: App, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(has_touch=True).new_page()
    visit(page, app.url)
    pictures_follow_the_hand(app, page)
    page.get_by_role("button", name="Show on Train").click()
    expect(page.get_by_text("rows now go across the map")).to_be_visible(timeout=LONG)
    page.get_by_test_id("stTopNav").get_by_role("link", name="Train").click()
    expect(stage(page)).to_be_visible(timeout=LONG)
    choose_preset(page, "Ring of 8")
    expect(page.locator(".st-key-plane canvas")).to_be_visible(timeout=LONG)
    the_marker_of_a_2d_run_follows_the_hand(app, page)


def pictures_follow_the_hand(app: App, page: Page) -> None:
    area = _open(page)
    x, y = _middle(area)
    with _silence(app):
        seen = []
        for k in range(4):  # hover
            page.mouse.move(x - 150 + 100 * k, y + 60 * k - 90)
            seen.append(_picture(page))
        assert len(set(seen)) == 4
        assert max(map(len, seen)) > 1000  # pixels, not an empty canvas

        area.press("Home")
        start = _place(page)
        area.press("ArrowRight")
        right = _place(page)
        assert right[0] > start[0]
        assert right[1] == start[1]
        area.press("Shift+ArrowUp")
        up = _place(page)
        assert up[0] == right[0]
        assert up[1] - start[1] > 2 * (right[0] - start[0])
        area.press("Home")
        assert _place(page) == start

        page.mouse.move(x, y)  # drag
        page.mouse.down()
        page.mouse.move(x - 60, y, steps=2)
        half = _place(page)
        page.mouse.move(x - 120, y, steps=2)
        there = _place(page)
        page.mouse.up()
        assert start[0] < half[0] < there[0]
        area.press("Home")
        _place(page)
        _touch(page, x, y, -120, 0)
        assert abs(_place(page)[0] - there[0]) < 0.2

    before = _place(page)[0]
    for _throw in range(4):  # far away, where nothing is known
        _touch(page, x + 250, y, -500, 0)
    shown = page.locator(".panmap .shown:not(.waiting)")
    expect(shown).to_be_visible(timeout=LONG)
    page.wait_for_function(
        "([root, far]) => Number(root.dataset.u) > far",
        arg=[page.locator(".panmap").element_handle(), before + 4],
        timeout=LONG,
    )


def the_marker_of_a_2d_run_follows_the_hand(app: App, page: Page) -> None:
    area = _open(page)
    x, y = _middle(area)
    marker = page.locator(".panmap .marker")
    with _silence(app):
        seen = []
        for k in range(4):
            page.mouse.move(x - 150 + 100 * k, y + 60 * k - 90)
            _place(page)
            seen.append(marker.evaluate("element => element.style.transform"))
        assert len(set(seen)) == 4
        assert all(seen)
        area.press("Home")
        start = _place(page)
        area.press("ArrowUp")
        assert _place(page)[1] > start[1]
        wide = _units(page, x, y)
        page.mouse.wheel(0, -300)
        near = _units(page, x, y)
        assert near < 0.8 * wide
        _pinch(page, x, y, 160, 80)
        assert abs(_units(page, x, y) / near - 2) < 0.1, "half the distance shows twice as much"
    expect(page.locator(".panmap figcaption")).to_contain_text("|z|")
