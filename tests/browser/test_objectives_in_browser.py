"""The objectives as a class walks through them: live, one after the other, with the card beside the samples."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from playground.config.presets import PRESETS
from playground.losses.objectives import OBJECTIVES
from playground.ui.pages.train.charts.gradient import CURVES
from tests.browser.app import (
    COUNT,
    LONG,
    App,
    choose_preset,
    count,
    pause,
    play,
    slider,
    spelled,
    unfold,
    visit,
    wait_beyond,
)

CARD = ".st-key-card"


def _show(page: Page, what: str) -> None:
    page.locator(".st-key-side").get_by_text(what, exact=True).click()


def _choose(page: Page, label: str) -> None:
    page.get_by_role("combobox", name="Objective").click()
    page.get_by_role("option", name=label, exact=True).click()


def _goes_on(page: Page) -> None:
    expect(page.locator(COUNT)).not_to_have_text(spelled(count(page)), timeout=LONG)


def test_every_objective_takes_over_live_and_what_stands_beside_the_run_stands_still(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=digits")
    every_objective_takes_over_live(page, "digits", [*OBJECTIVES])
    pause(page)
    choose_preset(page, PRESETS["ring"].label)
    expect(page.locator(".st-key-plane canvas")).to_be_visible(timeout=LONG)
    every_objective_takes_over_live(page, "ring", [*OBJECTIVES][::-1])
    folds_open_while_the_run_plays(page)
    pause(page)


def every_objective_takes_over_live(page: Page, preset: str, all_in_turn: list[str]) -> None:
    """One after the other, until the first one is back."""
    play(page, beyond=20)
    _show(page, "Objective")
    page.evaluate("() => { window.steps = []; }")
    first = PRESETS[preset].config.objective
    for key in [*(key for key in all_in_turn if key != first), first]:
        _choose(page, OBJECTIVES[key].label)
        changed = re.compile(
            rf"^Step [\d\u202f]+: Objective: .* → {OBJECTIVES[key].label} \(D's optimiser restarted\)$"
        )
        expect(page.locator(".st-key-sentence")).to_have_text(changed, timeout=LONG)
        expect(page.locator(CARD)).to_contain_text(OBJECTIVES[key].paper, timeout=LONG)
        expect(page.locator(f"{CARD} .gan-chart")).to_have_count(2 if key in CURVES else 0)
        _goes_on(page)
        expect(page.locator(".st-key-warning")).to_have_count(0)
        if (preset, key) == ("ring", "minimax"):
            the_card_stands_still_while_the_run_plays(page)
    steps = page.evaluate("() => window.steps")
    assert steps == sorted(steps), "the run started over"
    _show(page, "Curves")
    expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-question")).to_have_count(0)
    expect(page.locator(CARD)).to_have_count(0)


def the_card_stands_still_while_the_run_plays(page: Page) -> None:
    formula = page.locator(f"{CARD} .katex-display")
    expect(formula).to_be_visible(timeout=LONG)
    page.set_viewport_size({"width": 1280, "height": 720})
    card = page.locator(CARD)
    card.evaluate("card => { card.scrollTop = 60; }")
    formula.evaluate("formula => { formula.dataset.seen = 'yes'; }")
    before = page.locator(".st-key-g_gradient .scatterlayer").inner_html()
    for _ in range(3):
        _goes_on(page)
    assert card.evaluate("card => card.scrollTop") == 60
    assert formula.get_attribute("data-seen") == "yes", "the formula was built anew"
    page.wait_for_function(  # its curves moved
        "before => document.querySelector('.st-key-g_gradient .scatterlayer').innerHTML !== before", arg=before
    )
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollHeight - main.clientHeight") == 0
    page.set_viewport_size({"width": 1440, "height": 900})


def folds_open_while_the_run_plays(page: Page) -> None:
    stage = page.locator(".st-key-stage")
    before = stage.bounding_box()
    for group, knob in (("What D sees", "Instance noise (σ)"), ("Networks", "Width of G")):
        unfold(page, group)
        expect(slider(page, knob)).to_be_visible(timeout=LONG)
        assert stage.bounding_box() == before
    slider(page, "Instance noise (σ)").press("ArrowRight")
    expect(page.locator(".st-key-sentence")).to_contain_text("Instance noise (σ): 0 → ", timeout=LONG)
    expect(slider(page, "Instance noise (σ)")).not_to_have_attribute("aria-valuetext", "0", timeout=LONG)
    noise = slider(page, "Instance noise (σ)").get_attribute("aria-valuetext")
    unfold(page, "What D sees")
    expect(slider(page, "Instance noise (σ)")).to_have_count(0, timeout=LONG)
    unfold(page, "What D sees")
    expect(slider(page, "Instance noise (σ)")).to_have_attribute("aria-valuetext", noise or "", timeout=LONG)
    wait_beyond(page, count(page))
