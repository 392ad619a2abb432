"""The board of a class, alone on an empty page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from playground.ui.components import frames
from tests.browser.test_components import HARNESS

pytestmark = pytest.mark.browser


def test_cards_of_a_class_keep_the_keyboard_where_it_is_when_their_order_changes(page: Page) -> None:
    script = "".join((frames.HERE / f"{stem}.js").read_text("utf-8") for stem in ("common", "board"))
    page.evaluate(HARNESS, [(frames.HERE / "board.html").read_text("utf-8"), script])
    more = {"step": "step 3", "ticked": "1 of 9", "away": False, "shown": False, "real": b""}
    mei = {"n": 1, "name": "Mei", "state": "training", "alarm": False, "points": True, "picture": b"\x80\x80"} | more
    ada = mei | {"n": 2, "name": "Ada"}
    draw = "data => { window.here ??= place(); draw(here, Uint8Array.from(data)); }"
    words = {"words": {"board": "Students"}}
    page.evaluate(draw, list(frames.packed({"students": [mei, ada]} | words)))
    card = page.get_by_role("button", name="Ada")
    card.focus()
    worse = ada | {"alarm": True, "state": "Mode collapse"}
    page.evaluate(draw, list(frames.packed({"students": [worse, mei]} | words)))
    assert page.get_by_role("button").first.text_content() == "Adastep 31 of 9Mode collapse"
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("window.said")[0][0] == "choice"
    assert page.evaluate("window.said")[0][1]["n"] == 2
    dots = "e => [...e.getContext('2d').getImageData(0, 0, e.width, e.height).data].some(Boolean)"
    assert card.locator("canvas").evaluate(dots)
    page.evaluate(draw, list(frames.packed({"students": [mei]} | words)))
    expect(card).to_have_count(0)
