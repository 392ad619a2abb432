"""Presets, typed numbers, undo and redo, as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from playground.config.presets import PRESETS, cure_of
from tests.browser.app import (
    COUNT,
    LONG,
    App,
    at_rest,
    choose_preset,
    count,
    number,
    pause,
    play,
    slider,
    spelled,
    until,
    visit,
)

D_LR = "Learning rate of D"


def picture(page: Page) -> str:
    """The points and D's plane."""
    return str(page.locator(".st-key-plane canvas").evaluate("canvas => canvas.toDataURL()"))


def test_presets_by_keyboard_alone_undo_that_brings_the_run_before_one_back_and_a_fresh_start(
    app: App, page: Page
) -> None:
    visit(page, f"{app.url}/?preset=ring&seed=1")
    what_is_typed_into_the_gallery_trains_nothing(page)
    undo_brings_the_run_back(page)
    a_failure_begins_afresh(page)
    one_is_chosen_by_keyboard_alone(page)


def what_is_typed_into_the_gallery_trains_nothing(page: Page) -> None:
    gallery, find = page.locator(".gallery"), page.get_by_label("Find a preset")
    page.keyboard.press("Shift+P")
    expect(find).to_be_focused(timeout=LONG)
    expect(page.get_by_role("button", name="Play")).to_have_count(1)  # that key is another one
    page.keyboard.type("preset can reach")
    expect(gallery.locator(".card:visible")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(gallery).to_have_count(0, timeout=LONG)
    page.keyboard.press("s")  # the keys are the page's again
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
    page.keyboard.press("s")
    expect(page.locator(COUNT)).to_have_text("2", timeout=LONG)
    assert page.evaluate("() => window.steps") == [0, 1, 2], "what was typed into the field trained the run"


def undo_brings_the_run_back(page: Page) -> None:
    """With the weights that it had."""
    at_rest(page)
    step, before = count(page), picture(page)
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
    until(lambda: picture(page) != before)
    page.reload()
    page.locator(".st-key-undo").get_by_role("button").click()
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    until(lambda: picture(page) == before)


def one_is_chosen_by_keyboard_alone(page: Page) -> None:
    gallery = page.locator(".gallery")
    at_rest(page)
    page.keyboard.press("Shift+P")
    expect(page.get_by_label("Find a preset")).to_be_focused(timeout=LONG)
    page.keyboard.type("mode hop")
    page.keyboard.press("ArrowDown")
    expect(gallery.get_by_role("button", name="Mode hopping", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(gallery).to_have_count(0, timeout=LONG)
    expect(page).to_have_url(re.compile("preset=hopping-cured"), timeout=LONG)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=LONG)


def a_failure_begins_afresh(page: Page) -> None:
    """What each of them then comes to, and that each begins so after each other one, does not need a browser."""
    preset = next(preset for preset in PRESETS.values() if cure_of(preset.key))
    trained = picture(page)
    choose_preset(page, preset.label)
    expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)
    query = parse_qs(urlsplit(page.url).query)
    assert query.keys() == {"run", "preset"}, "no knob differs from the preset's"
    assert query["preset"] == [preset.key]
    own = page.context.new_page()
    visit(own, f"{page.url.partition('?')[0]}?preset={preset.key}")
    until(lambda: picture(page) == picture(own))  # the weights and z of a run that was made with it
    assert picture(page) != trained
    own.close()
    page.bring_to_front()


def test_a_learning_rate_is_typed_undone_and_put_back_and_a_knob_is_found_by_what_one_calls_it(
    app: App, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring")
    a_learning_rate_is_typed_marked_undone_and_put_back(page)
    page.get_by_test_id("stSidebar").get_by_text("All knobs", exact=True).click()
    find = page.get_by_label("Find a knob")
    for asked, found in (("lr", D_LR), ("momentum", "β₁ (momentum)"), ("gp", "Gradient penalty (λ)")):
        find.fill(asked)
        expect(slider(page, found)).to_be_visible(timeout=LONG)
    expect(slider(page, D_LR)).to_have_count(0)


def a_learning_rate_is_typed_marked_undone_and_put_back(page: Page) -> None:
    play(page)
    field, back = number(page, D_LR), page.get_by_role("button", name=f"Put back {D_LR}")
    expect(field).to_be_in_viewport()
    field.fill("0.0123")  # found without scrolling, set with one field and one key
    field.press("Enter")
    assert page.get_by_test_id("stSidebarContent").evaluate("sidebar => sidebar.scrollTop") == 0
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
