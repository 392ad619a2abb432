"""One step in slow motion, with the keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.app import LONG, App, count, pause, play, visit
from tests.browser.test_layout import _too_tall, _too_wide

PLACE = ".st-key-walk_bar .meter b"


def _open(page: Page, url: str) -> None:
    visit(page, url)
    page.get_by_role("radio", name="Inside a step").click()
    expect(page.get_by_role("button", name="Both")).to_be_enabled(timeout=LONG)


def _picture_in_sight(page: Page) -> None:
    """In the smallest window of a lesson."""
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.locator(".st-key-walk_body .st-key-walk_chart")).to_be_visible(timeout=LONG)
    inside = """body => { const [all, one] = [body, body.querySelector(".st-key-walk_chart")]
      .map((element) => element.getBoundingClientRect());
      return one.height > 100 && one.top >= all.top && one.bottom <= all.bottom; }"""
    page.wait_for_function(f"() => ({inside})(document.querySelector('.st-key-walk_body'))", timeout=LONG)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_through_all_captions_with_the_keyboard(app: App, page: Page) -> None:
    _open(page, f"{app.url}/?preset=ring&r1=0")
    place = page.locator(PLACE)
    expect(place).to_have_text("1 / 13", timeout=LONG)
    expect(page.locator(".meter .step b")).to_have_text("1", timeout=LONG)
    titles = []
    for i in range(1, 14):
        expect(place).to_have_text(f"{i} / 13", timeout=LONG)
        phase = page.locator(".phase")
        if titles:
            expect(phase).not_to_have_text(titles[-1], timeout=LONG)
        titles.append(phase.inner_text())
        expect(page.locator(".st-key-walk_body code")).to_be_visible()
        if i <= 2:
            expect(page.locator(".st-key-walk_body .phase")).to_contain_text(("real samples", "z")[i - 1])
            _picture_in_sight(page)
        assert _too_tall(page) == 0, titles[-1]
        page.keyboard.press("k")
    assert len(set(titles)) == 13
    assert titles[0] == "Draw real samples"
    assert titles[-1] == "Average the weights of G"
    expect(page.get_by_role("img", name="At work: G", exact=True)).to_be_visible()
    page.keyboard.press("j")
    expect(place).to_have_text("12 / 13", timeout=LONG)
    assert count(page) == 1
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.get_by_role("button", name="G only")).to_be_in_viewport()
    expect(page.locator(".game span").last).to_be_in_viewport(ratio=1)
    assert _too_wide(page) == []
    numbers = page.locator(".st-key-walk_bar .meter > :visible").first
    numbers.evaluate("e => { e.textContent = e.textContent.replace(/step 1$/, 'step 16 827') }")
    left, button = numbers.bounding_box(), page.get_by_role("button", name="Next").bounding_box()
    assert left
    assert button
    assert button["x"] + button["width"] <= left["x"], "the numbers stand beside the buttons"


def test_a_run_that_plays_makes_the_step_and_rests(app: App, page: Page) -> None:
    slow = "batch_size=1024&g_width=256&d_width=256"  # the coach, which takes the sentence's place, has not spoken yet
    _open(page, f"{app.url}/?preset=ring&{slow}")
    play(page, beyond=5)
    page.get_by_role("button", name="D only").click()
    expect(page.locator(PLACE)).to_have_text(re.compile(r"^1 / \d+$"), timeout=LONG)
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-sentence")).to_contain_text("D alone learned", timeout=LONG)
    play(page, count(page))
    step = pause(page)
    page.wait_for_timeout(1000)
    assert count(page) == step
