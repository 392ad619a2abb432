"""The picture of the networks: live, with the keyboard, without being sent or built again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.app import COUNT, LONG, App, count, pause, play, spelled, visit
from tests.browser.test_layout import _too_tall, _too_wide, _under_a_button

PICTURE = ".st-key-game .networks"
CUT = """picture => { const out = picture.getBoundingClientRect();
  const boxes = [...picture.querySelectorAll(".box, .card")].map(e => e.getBoundingClientRect());
  return boxes.filter(b => b.left < out.left - 1 || b.right > out.right + 1).length
    + boxes.filter((a, i) => boxes.some((b, j) => i < j && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)).length }"""


def test_the_picture_stays_and_its_numbers_go_on(app: App, page: Page) -> None:
    received: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(frame)))
    visit(page, f"{app.url}/?preset=ring")
    page.get_by_role("radio", name="Networks").click()
    picture = page.locator(PICTURE)
    layers = picture.locator(".layer")
    expect(layers).to_have_count(8, timeout=LONG)
    expect(layers.first).to_contain_text("Linear 2 → 64 ReLU")
    expect(picture.locator(".arrows path")).to_have_count(10)
    layers.first.evaluate("layer => { layer.dataset.seen = 'yes'; }")
    play(page, beyond=20)
    norm = layers.first.locator(".norm")
    expect(norm).to_have_text(re.compile(r"\d"), timeout=LONG)
    before = picture.locator(".when").inner_text()
    received.clear()
    expect(picture.locator(".when")).not_to_have_text(before, timeout=LONG)
    expect(picture.get_by_text("loss of G")).to_be_visible()
    assert layers.first.get_attribute("data-seen") == "yes", "the picture was built anew"
    sent = [frame if isinstance(frame, bytes) else frame.encode() for frame in received]
    assert any(b"gradients" in frame for frame in sent)
    assert not any(b"discriminator, scores" in frame for frame in sent), "the words were sent again"
    for width, height in ((1440, 900), (1280, 720), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(COUNT)).not_to_have_text(spelled(count(page)), timeout=LONG)
        assert picture.evaluate(CUT) == 0, f"at {width}x{height}"
        assert _too_wide(page) == _under_a_button(page) == []
        assert height == 768 or _too_tall(page) == 0
    pause(page)


def test_with_the_keyboard_through_folded_layers(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring&g_depth=6&d_depth=6&conditional=0")
    page.get_by_role("radio", name="Networks").click()
    picture = page.locator(PICTURE)
    folded = picture.get_by_role("button", name=re.compile("^5 × Linear 64 → 64"))
    expect(folded).to_have_count(2, timeout=LONG)
    tip = picture.locator(".tip")
    expect(picture.locator("[tabindex='0']")).to_have_count(1)
    picture.locator(".part").first.focus()
    expect(tip).to_contain_text("Random numbers")
    for words in ("generator", "Linear 2 → 64", "5 × Linear"):
        page.keyboard.press("ArrowDown")
        expect(tip).to_contain_text(words)
    expect(folded.first).to_have_attribute("aria-expanded", "false")
    inner = picture.locator(".layer.inner:visible")
    expect(inner).to_have_count(0)
    page.keyboard.press("Enter")
    expect(inner).to_have_count(5)
    page.keyboard.press("ArrowDown")
    expect(inner.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.keyboard.press("End")
    expect(tip).to_contain_text("How far G is from fooling D")
