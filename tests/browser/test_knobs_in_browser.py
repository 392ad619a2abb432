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


def test_presets_by_keyboard_alone(app: App, page: Page) -> None:
    visit(page, app.url)
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
    before = picture(page)
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
    until(lambda: picture(page) == before)  # the weights are those of before


def test_every_failure_begins_afresh_whatever_was_trained_before(app: App, page: Page) -> None:
    """What each of them then comes to does not need a browser."""
    failures = [preset for preset in PRESETS.values() if cure_of(preset.key)]
    assert len(failures) == 5
    visit(page, f"{app.url}/?preset={failures[-1].key}&seed=1")
    own = page.context.new_page()
    for preset in failures:
        page.bring_to_front()
        page.get_by_role("button", name="Step Shortcut S", exact=True).click()
        expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
        trained = picture(page)
        choose_preset(page, preset.label)
        expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)
        query = parse_qs(urlsplit(page.url).query)
        assert query.keys() == {"run", "preset"}, "no knob differs from the preset's"
        assert query["preset"] == [preset.key]
        own.bring_to_front()
        visit(own, f"{app.url}/?preset={preset.key}")
        until(lambda: picture(page) == picture(own))  # the weights and z of a run that was made with it
        assert picture(page) != trained


def test_a_knob_is_found_by_what_one_calls_it(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    page.get_by_test_id("stSidebar").get_by_text("All knobs", exact=True).click()
    find = page.get_by_label("Find a knob")
    for asked, found in (("lr", D_LR), ("momentum", "β₁ (momentum)"), ("gp", "Gradient penalty (λ)")):
        find.fill(asked)
        expect(slider(page, found)).to_be_visible(timeout=LONG)
    expect(slider(page, D_LR)).to_have_count(0)


def test_a_learning_rate_is_typed_marked_undone_and_put_back(app: App, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring")
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
