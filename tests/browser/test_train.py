"""The Train page, as a person uses it."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import (
    COUNT,
    LONG,
    App,
    at_rest,
    choose_preset,
    count,
    pause,
    play,
    slider,
    spelled,
    stage,
    unfold,
    visit,
    wait_beyond,
)

G_LR = "Learning rate of G"
PIXELS = "canvas => canvas.toDataURL()"


def test_first_page_is_there_at_once_and_samples_knobs_and_keys_work(app: App, page: Page) -> None:
    page.goto(app.url)
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    start = time.monotonic()
    page.goto(app.url)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(slider(page, G_LR)).to_be_visible()
    assert time.monotonic() - start < 10  # 3 s on a machine that does nothing else
    expect(stage(page)).to_be_visible(timeout=LONG)
    at_rest(page)
    play_counts_and_samples_change(page)
    if sys.platform == "linux":
        torch_is_in_the_engine_and_not_in_the_server(app)
    step = a_live_knob_is_an_event_while_it_plays(page)
    last = pause(page)
    _point_at(page, step, last)
    expect(page.locator(".st-key-losses .hoverlayer")).to_contain_text(f"{G_LR}: 0.001 → 0.002")
    pause_step_and_keys(page, last)


def play_counts_and_samples_change(page: Page) -> None:
    noise = stage(page).evaluate(PIXELS)
    assert count(page) == 0
    play(page)
    wait_beyond(page, count(page))
    early = changed(page, noise)
    changed(page, early)
    expect(page.locator(".meter .rate")).to_have_text(re.compile(r"\d steps/s"), timeout=LONG)


def changed(page: Page, before: str) -> str:
    """Wait until the samples are no longer those of `before`; gives what they are."""
    arg = [stage(page).element_handle(), before]
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() !== before", arg=arg, timeout=LONG)
    return str(stage(page).evaluate(PIXELS))


def torch_is_in_the_engine_and_not_in_the_server(app: App) -> None:
    [engine] = app.engines()
    assert "libtorch" in Path(f"/proc/{engine.pid}/maps").read_text()
    assert "libtorch" not in Path(f"/proc/{app.server.pid}/maps").read_text()


def a_live_knob_is_an_event_while_it_plays(page: Page) -> int:
    """Gives the step of the event."""
    page.evaluate("() => { window.steps = []; }")
    slider(page, G_LR).press("ArrowRight")
    event = page.locator(".st-key-sentence")
    expect(event).to_have_text(re.compile(rf"^Step [\d\u202f]+: {G_LR}: 0\.001 → 0\.002$"), timeout=LONG)
    found = re.match(r"Step ([\d\u202f]+)", event.inner_text())
    assert found is not None
    page.wait_for_function("() => window.steps.length > 10")  # for longer than a page waits for a confirmation
    steps = page.evaluate("() => window.steps")
    assert steps == sorted(steps)
    expect(slider(page, G_LR)).to_have_attribute("aria-valuetext", "0.002")
    return int(re.sub(r"\D", "", found[1]))


def _point_at(page: Page, step: int, last: int) -> None:
    """Move the mouse to where `step` is in the losses, whose axis goes a little beyond the `last` one."""
    plot = page.locator(".st-key-losses .nsewdrag").first.bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + step / (1.02 * last) * plot["width"], plot["y"] + plot["height"] / 2)


def pause_step_and_keys(page: Page, stopped: int) -> None:
    page.wait_for_timeout(3000)
    assert count(page) == stopped
    page.get_by_role("button", name=re.compile("^Step")).click()
    expect(page.locator(COUNT)).to_have_text(spelled(stopped + 1), timeout=LONG)

    page.locator(".meter").click()  # no widget has the focus
    page.keyboard.press("s")
    expect(page.locator(COUNT)).to_have_text(spelled(stopped + 2), timeout=LONG)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=LONG)
    wait_beyond(page, stopped + 10)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    page.keyboard.press("0")
    expect(page.locator(".st-key-question")).to_contain_text("Reset starts it over", timeout=LONG)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)


def test_a_structural_knob_asks_first_and_the_ring_finds_its_modes(app: App, page: Page) -> None:
    visit(page, app.url)
    a_structural_knob_asks_first(page)
    ring_finds_its_modes(page)


def a_structural_knob_asks_first(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Step")).click()
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
    unfold(page, "Networks")
    depth = slider(page, "Depth of G")
    question = page.locator(".st-key-question")

    depth.press("ArrowRight")
    expect(question).to_contain_text("Depth of G: 2 → 3 starts the run over.", timeout=LONG)
    page.get_by_role("button", name="Keep the run").click()
    expect(question).to_have_count(0, timeout=LONG)
    expect(depth).to_have_attribute("aria-valuetext", "2", timeout=LONG)
    assert count(page) == 1

    depth.press("ArrowRight")
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(COUNT)).to_have_text("0", timeout=LONG)
    expect(question).to_have_count(0, timeout=LONG)
    expect(depth).to_have_attribute("aria-valuetext", "3", timeout=LONG)
    play(page)
    pause(page)


def ring_finds_its_modes(page: Page) -> None:
    choose_preset(page, "Ring of 8")
    plane = page.locator(".st-key-plane canvas")
    expect(plane).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("preset=ring"))

    modes = page.locator(".key .right")
    expect(modes).to_have_text(re.compile(r"^EMA / raw: [012] / [012] of 8 modes"))
    untrained = plane.evaluate(PIXELS)
    play(page)
    expect(modes).to_have_text(
        re.compile(r"^EMA / raw: [678] / \d of 8 modes · \d+ % / \d+ % within 3σ$"), timeout=LONG
    )
    assert plane.evaluate(PIXELS) != untrained
