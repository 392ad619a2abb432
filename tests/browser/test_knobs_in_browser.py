"""Presets, typed numbers, undo and redo, as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, choose_preset, count, number, pause, play, slider, spelled, visit

D_LR = "Learning rate of D"


def test_presets_by_keyboard_alone(app: App, page: Page) -> None:
    visit(page, app.url)
    gallery, find = page.locator(".gallery"), page.get_by_label("Find a preset")
    page.keyboard.press("Shift+P")
    expect(find).to_be_focused(timeout=LONG)
    expect(page.get_by_role("button", name="Play")).to_have_count(1)  # that key is another one
    page.keyboard.type("sharp")
    expect(gallery.locator(".card:visible")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(gallery).to_have_count(0, timeout=LONG)
    page.keyboard.press("s")  # the keys are the page's again
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
    page.keyboard.press("s")
    expect(page.locator(COUNT)).to_have_text("2", timeout=LONG)
    assert page.evaluate("() => window.steps") == [0, 1, 2], "what was typed into the field trained the run"

    page.keyboard.press("Shift+P")
    expect(find).to_be_focused(timeout=LONG)
    page.keyboard.type("mode hop")
    page.keyboard.press("ArrowDown")
    expect(gallery.get_by_role("button", name="Mode hopping", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(gallery).to_have_count(0, timeout=LONG)
    expect(page).to_have_url(re.compile("preset=hopping-cured"), timeout=LONG)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=LONG)


def test_undo_brings_the_run_before_a_preset_back(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    play(page, beyond=100)
    step = pause(page)
    choose_preset(page, "Grid of 25")
    expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)
    message = page.locator(".st-key-offer")
    expect(message).to_contain_text("“Grid of 25” from step 0", timeout=LONG)
    message.get_by_role("button", name="Undo").click()
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    expect(page).to_have_url(re.compile("preset=ring"), timeout=LONG)
    page.keyboard.press("Shift+U")
    expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)
    expect(page).to_have_url(re.compile("preset=grid"), timeout=LONG)
    page.keyboard.press("u")
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)


def test_a_learning_rate_is_typed_marked_undone_and_put_back(app: App, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring")
    play(page)
    field, back = number(page, D_LR), page.get_by_role("button", name=f"Put back {D_LR}")
    expect(field).to_be_in_viewport()
    field.fill("0.0123")
    field.press("Enter")
    expect(slider(page, D_LR)).to_have_attribute("aria-valuetext", "0.0123", timeout=LONG)
    expect(page.locator(".st-key-sentence, .st-key-coach")).to_be_visible()
    expect(field).to_be_focused()
    expect(back).to_be_visible(timeout=LONG)
    slider(page, D_LR).press("ArrowRight")  # from between two stops to the next one
    expect(field).to_have_value("0.02", timeout=LONG)
    expect(slider(page, D_LR)).to_be_focused()
    pause(page)
    page.locator(".meter").click()  # no field has the keyboard
    page.keyboard.press("u")
    expect(field).to_have_value("0.0123", timeout=LONG)
    back.click()
    expect(field).to_have_value("0.002", timeout=LONG)
    expect(back).to_have_count(0, timeout=LONG)
    assert count(page) > 0, "live knobs keep the weights"
