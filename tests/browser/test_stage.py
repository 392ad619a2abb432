"""The stage: layers, motion, zoom and pointer of the plane; pointer and keys of the table of images."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import LONG, App, count, pause, play, settles, visit, wait_beyond
from tests.browser.recording import SAMPLES, continuity

PIXELS = "canvas => canvas.toDataURL()"
# Whether parts that are seen lie within the stage and the window
INSIDE = """([outer, parts, height]) => {
  const stage = outer.getBoundingClientRect(), seen = parts.filter((part) => part.checkVisibility());
  return seen.length && seen.every((part) => {
    const { left, right, bottom } = part.getBoundingClientRect();
    return left >= stage.left - 8 && right <= stage.right + 1 && bottom <= height;
  });
}"""
CANVAS, PLANE, FIELD = ".st-key-plane canvas", ".st-key-plane .plane", ".st-key-grid .field"


def open_ring(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    expect(page.locator(CANVAS)).to_be_visible(timeout=LONG)


def switch(page: Page, name: str):
    return page.locator(".st-key-plane").get_by_role("button", name=name, exact=True)


def pixels(page: Page) -> str:
    picture: str = page.locator(CANVAS).evaluate(PIXELS)
    return picture


def corner(page: Page) -> tuple[float, float, float]:
    """Left and top of the plane's square, which stands in the middle, in pixels of the window, and its side."""
    box = page.locator(CANVAS).bounding_box()
    assert box is not None
    side = min(box["width"] - 42, box["height"] - 26)
    return box["x"] + max(30, (box["width"] - side) / 2), box["y"] + 4, side


def test_points_move_without_a_rest(app: App, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(reduced_motion="no-preference").new_page()
    open_ring(app, page)
    play(page, beyond=100)
    page.wait_for_timeout(2000)  # several Views, so that their pace is known
    result = continuity(page.locator(PLANE))
    assert result["moving"] > 400
    assert result["places"] == SAMPLES
    assert result["leap"] < 0.5


def test_a_plane_answers_to_pointer_wheel_and_keys_and_its_layers_are_remembered(app: App, page: Page) -> None:
    open_ring(app, page)
    the_stage_fits(page, ".st-key-plane .switch", ".st-key-plane .right", CANVAS)
    the_pointer_reads_d_and_z(page)
    zoom_keeps_what_is_under_the_pointer(page)
    wheel_drag_and_keys_move_the_view(page)
    layers_have_switches_that_are_remembered(page)
    points_jump_and_trails_follow_them(page)
    pause(page)
    a_switch_draws_g_as_it_is(page)


def the_stage_fits(page: Page, *inside: str) -> None:
    """It, and what is inside of it, in two windows."""
    main = "(main => main.scrollHeight - main.clientHeight)(document.querySelector('[data-testid=stMain]'))"
    outer = page.locator(".st-key-stage").element_handle()
    for width, height in ((1024, 768), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for selector in inside:
            parts = page.locator(selector).element_handles()
            page.wait_for_function(INSIDE, arg=[outer, parts, height], timeout=LONG)
        settles(page, main, 0)


def the_pointer_reads_d_and_z(page: Page) -> None:
    left, top, side = corner(page)
    tip = page.locator(".st-key-plane .tip")
    x, y = page.locator(PLANE).evaluate("root => root.positions()[7]")
    extent = 1.3  # of the ring
    page.mouse.move(left + (x / extent + 1) / 2 * side, top + (1 - y / extent) / 2 * side)
    expect(tip).to_have_text(re.compile(r"^generated · P\(real\) \d+ % · z −?\d\.\d\d, −?\d\.\d\d$"))
    page.mouse.move(left + 5, top + 5)
    expect(tip).to_have_text(re.compile(r"^P\(real\) \d+ %$"))
    page.mouse.move(left, top - 60)
    expect(tip).to_be_hidden()


def zoom_keeps_what_is_under_the_pointer(page: Page) -> None:
    left, top, side = corner(page)
    tip = page.locator(".st-key-plane .tip")
    page.mouse.move(left + 0.31 * side, top + 0.52 * side)
    said = tip.inner_text()
    page.mouse.wheel(0, -600)
    page.wait_for_timeout(300)
    page.mouse.move(left + 0.31 * side, top + 0.52 * side)
    assert abs(number(tip.inner_text()) - number(said)) < 0.02
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("button", name="Show everything")).to_be_hidden()


def number(text: str) -> float:
    found = re.search(r"P\(real\) (\d+) %", text)
    assert found, text
    return float(found[1]) / 100


def wheel_drag_and_keys_move_the_view(page: Page) -> None:
    left, top, side = corner(page)
    whole = pixels(page)
    page.mouse.move(left + side / 2, top + side / 2)
    page.mouse.wheel(0, -300)
    expect_change(page, whole)
    near = pixels(page)
    page.mouse.down()
    page.mouse.move(left + side / 2 + 60, top + side / 2 + 20)
    page.mouse.up()
    expect_change(page, near)
    page.mouse.dblclick(left + side / 2, top + side / 2)
    page.mouse.move(left, top - 40)
    assert pixels(page) == whole

    page.locator(CANVAS).focus()
    for key in ("+", "ArrowLeft", "ArrowUp", "-"):
        before = pixels(page)
        page.keyboard.press(key)
        assert pixels(page) != before, key
    page.keyboard.press("Home")
    assert pixels(page) == whole
    page.keyboard.press("+")
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("button", name="Show everything")).to_be_hidden()
    assert pixels(page) == whole


def expect_change(page: Page, before: str) -> None:
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before", arg=[page.locator(CANVAS).element_handle(), before]
    )


def layers_have_switches_that_are_remembered(page: Page) -> None:
    states = {"real": "true", "generated": "true", "D": "true", "push": "false", "grid": "false", "trails": "false"}
    for name, state in states.items():
        expect(switch(page, name)).to_have_attribute("aria-pressed", state)
    before = page.locator(CANVAS).bounding_box()
    for name in ("push", "generated", "grid", "real", "D"):  # the grid of an untrained G lies below its points
        picture = pixels(page)
        switch(page, name).press("Enter")
        assert pixels(page) != picture, name
    assert page.locator(CANVAS).bounding_box() == before
    page.reload()
    expect(switch(page, "push")).to_have_attribute("aria-pressed", "true", timeout=LONG)
    expect(switch(page, "real")).to_have_attribute("aria-pressed", "false")
    for name in ("push", "generated", "grid", "real", "D"):  # as they were
        switch(page, name).press("Enter")
        expect(switch(page, name)).to_have_attribute("aria-pressed", states[name])


def points_jump_and_trails_follow_them(page: Page) -> None:
    switch(page, "trails").click()
    still = pixels(page)
    for name in ("generated", "real", "D"):
        switch(page, name).click()
    empty = pixels(page)
    assert empty != still
    play(page, beyond=100)
    expect_change(page, empty)
    assert 1 <= continuity(page.locator(PLANE))["places"] < 8, "as motion is not wanted"
    for name in ("generated", "real", "D", "trails"):
        switch(page, name).click()


def a_switch_draws_g_as_it_is(page: Page) -> None:
    ema, raw = (page.locator(f".st-key-plane .source button[data-weights={name}]") for name in ("ema", "raw"))
    expect(ema).to_have_attribute("aria-pressed", "true")
    picture = pixels(page)
    raw.click()
    expect(raw).to_have_attribute("aria-pressed", "true", timeout=LONG)
    expect(ema).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".st-key-plane .right")).to_contain_text("EMA / raw: ")
    assert pixels(page) != picture


def test_tiles_answer_to_pointer_and_keys_and_what_d_looks_at_lies_over_them(app: App, page: Page) -> None:
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(bytes_of(data))))
    visit(page, app.url)
    the_stage_fits(page, ".st-key-grid .switch", FIELD)
    a_tile_answers_to_pointer_and_keys(page, sent)
    what_d_looks_at_lies_over_the_tiles(page)


def a_tile_answers_to_pointer_and_keys(page: Page, sent: list[bytes]) -> None:
    sent.clear()
    field, tip = page.locator(FIELD), page.locator(".st-key-grid .tip")
    box = field.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3.4 * box["width"] / 10, box["y"] + 1.4 * box["height"] / 10)
    expect(tip).to_have_text(re.compile(r"^3 · P\(real\) \d+ %$"))
    assert not any(b"picked" in message for message in sent)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(500)
    [click] = [message for message in sent if b"picked" in message]
    assert re.search(rb"picked\D+13\b", click), "the 13th fixed z: row 1, class 3"

    page.mouse.move(box["x"], box["y"] - 60)
    expect(tip).to_be_hidden()
    sent.clear()
    field.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(tip).to_have_text(re.compile(r"^1 · P\(real\)"))
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    [press] = [message for message in sent if b"picked" in message]
    assert re.search(rb"picked\D+11\b", press)


def bytes_of(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def what_d_looks_at_lies_over_the_tiles(page: Page) -> None:
    heat, button = page.locator(".st-key-grid .heat"), page.get_by_role("button", name="What D looks at")
    expect(heat).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(heat).to_be_visible(timeout=LONG)
    expect(heat).to_have_attribute("style", re.compile("data:image/png"), timeout=LONG)
    play(page, beyond=20)
    wait_beyond(page, count(page))
    expect(heat).to_be_visible()
    button.click()
    expect(heat).to_be_hidden(timeout=LONG)
    expect(button).to_have_attribute("aria-pressed", "false")
