"""Tab, arrows, Enter and Escape alone: everything that a mouse does, and one always sees where one is."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import LONG, App, number, slider, stage, visit, wait_beyond
from tests.browser.axe import THEMED

AROUND = 150  # stops of a page at most
FOCUSED = "element => element.getRootNode().activeElement === element"
# The element that has the focus, and what is wrong with its ring, which may be around what stands for a hidden field.
STOP = """() => {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  if (!here || here === document.body) return null;
  const up = (e) => e.parentElement ?? e.getRootNode().host;
  const outlined = (e) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(e);
    return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  };
  const rgb = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const shares = [0.2126, 0.7152, 0.0722];
  const luminance = (colour) => shares.reduce((sum, share, i) => sum + share * linear(colour[i] / 255), 0.05);
  const behind = (e) => {
    const colour = e ? rgb(getComputedStyle(e).backgroundColor) : [255, 255, 255];
    return colour[3] === 0 ? behind(up(e)) : colour;
  };
  const name = `${here.tagName} ${here.getAttribute("aria-label") ?? here.textContent.trim().slice(0, 40)}`;
  let ring = here;
  for (let i = 0; i < 3 && !outlined(ring); i += 1) ring = up(ring);
  if (!outlined(ring)) return [name, "no ring"];
  const { outlineColor, outlineOffset } = getComputedStyle(ring), { width, height } = ring.getBoundingClientRect();
  if (Math.min(width, height) < 8) return [name, "a ring around nothing"];
  const both = [rgb(outlineColor), behind(parseFloat(outlineOffset) < 0 ? ring : up(ring))].map(luminance);
  const contrast = Math.max(...both) / Math.min(...both);
  return [name, contrast < 3 ? `a ring of contrast ${contrast.toFixed(1)}` : ""];
}"""
INSIDE = "() => Boolean(document.activeElement?.closest('[role=dialog]'))"


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible(timeout=LONG)
    for _ in range(AROUND):
        page.keyboard.press(key)
        if target.evaluate(FOCUSED):
            return
    raise AssertionError(f"Tab does not come to {target}")


def button_of(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}").get_by_role("button")


def opens_and_closes(page: Page, button: Locator, inside: str) -> None:
    """Enter opens a dialog, which has the focus; Escape closes it, and the focus is where it was."""
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.locator(inside).first).to_be_visible(timeout=LONG)
    page.wait_for_function(INSIDE)
    page.keyboard.press("Escape")
    expect(page.locator(inside)).to_have_count(0, timeout=LONG)
    expect(button).to_be_focused(timeout=LONG)


def choose(page: Page, preset: str) -> None:
    """Choose a preset by its name."""
    button = button_of(page, "preset")
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find a preset")).to_be_focused(timeout=LONG)
    page.keyboard.type(preset)
    page.keyboard.press("Enter")
    expect(page.locator(".gallery")).to_have_count(0, timeout=LONG)
    expect(button).to_be_focused(timeout=LONG)


def go_to(page: Page, name: str) -> None:
    tab_to(page, page.get_by_role("link", name=name).first)
    page.keyboard.press("Enter")


def one_step(page: Page) -> None:
    """Train one step: the map shows nothing of networks that learned nothing."""
    page.keyboard.press("s")
    wait_beyond(page, 0)


def test_a_run_is_chosen_played_and_looked_back_at_and_every_dialog_and_stop_is_reached(app: App, page: Page) -> None:
    visit(page, app.url)
    choose(page, "grid of")
    a_knob_is_changed(page)
    it_is_played(page)
    it_is_looked_back_at(page)
    every_dialog_takes_the_focus_and_gives_it_back(page)
    a_ring_is_around_every_stop_in_both_themes(page)


def a_knob_is_changed(page: Page) -> None:
    expect(page).to_have_url(re.compile("preset=grid"), timeout=LONG)
    field = number(page, "Learning rate of D")
    tab_to(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type("0.004")
    page.keyboard.press("Enter")
    expect(slider(page, "Learning rate of D")).to_have_attribute("aria-valuetext", "0.004", timeout=LONG)
    expect(field).to_be_focused()


def it_is_played(page: Page) -> None:
    play = button_of(page, "play")
    tab_to(page, play)
    page.keyboard.press("Enter")
    wait_beyond(page, 20)
    expect(play).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play")).to_be_focused(timeout=LONG)


def it_is_looked_back_at(page: Page) -> None:
    line, past = page.get_by_role("slider", name="Moments of this run"), page.get_by_text("as it was")
    tab_to(page, line)
    page.keyboard.press("Home")
    expect(past).to_be_visible(timeout=LONG)
    expect(line).to_be_focused()
    opens_and_closes(page, button_of(page, "fork"), "[role=dialog] .st-key-fork_yes")
    tab_to(page, button_of(page, "now"))
    page.keyboard.press("Enter")
    expect(past).to_be_hidden(timeout=LONG)


def every_dialog_takes_the_focus_and_gives_it_back(page: Page) -> None:
    opens_and_closes(page, button_of(page, "preset"), ".gallery")
    opens_and_closes(page, button_of(page, "share"), ".share")
    opens_and_closes(page, button_of(page, "home"), "[role=dialog] [class*=st-key-take_]")
    opens_and_closes(page, button_of(page, "open"), "[role=dialog] .st-key-open_run")
    button, listed = (
        page.get_by_role("button", name="Keyboard shortcuts"),
        page.get_by_text("Large type for a projector"),
    )
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(listed).to_be_visible()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(button).to_be_focused()


def test_what_stands_beside_the_stage_a_tile_and_another_page_with_its_map(app: App, page: Page) -> None:
    visit(page, app.url)
    what_stands_beside_the_stage(page)
    a_tile(page)
    one_step(page)
    another_page_and_its_map(page)


def what_stands_beside_the_stage(page: Page) -> None:
    side = page.locator(".st-key-side")
    tab_to(page, side.get_by_role("radio", name="Curves"))
    for name, shown in (("Metrics", ".st-key-measures"), ("Objective", ".st-key-card"), ("Networks", ".networks")):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator(shown).first).to_be_visible(timeout=LONG)
        expect(side.get_by_role("radio", name=name)).to_be_focused()
    parts = page.locator(".networks .part")
    tab_to(page, parts.first)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".networks .tip")).to_be_visible()
    tab_to(page, side.get_by_role("radio", name="Networks"), "Shift+Tab")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-losses svg").first).to_be_visible(timeout=LONG)


def a_tile(page: Page) -> None:
    tab_to(page, page.locator(".st-key-grid .field"))
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text(re.compile(r"^Sample \d+ through"))).to_be_visible(timeout=LONG)
    back = page.get_by_role("button", name="Back to what D says")
    tab_to(page, back)
    page.keyboard.press("Enter")
    expect(back).to_have_count(0, timeout=LONG)


def another_page_and_its_map(page: Page) -> None:
    go_to(page, "Latent")
    area, root = page.get_by_role("application"), page.locator(".panmap")
    tab_to(page, area)
    expect(root).to_have_attribute("data-u", re.compile("."), timeout=LONG)
    start = root.get_attribute("data-u")
    assert start is not None
    page.keyboard.press("ArrowRight")
    expect(root).not_to_have_attribute("data-u", start)
    page.keyboard.press("Home")
    expect(root).to_have_attribute("data-u", start)
    go_to(page, "Train")
    expect(stage(page)).to_be_visible(timeout=LONG)


def a_ring_is_around_every_stop_in_both_themes(page: Page) -> None:
    wrong: set[str] = set()
    for name, shown in (
        ("Train", ".st-key-losses svg"),
        ("Latent", ".panmap canvas"),
        ("Race", ".st-key-lanes canvas"),
    ):
        page.get_by_role("link", name=name).first.click()
        expect(page.locator(shown).first).to_be_visible(timeout=LONG)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_function(THEMED)
            stops = _around(page)
            assert len(stops) > 20
            wrong |= {f"{name}, {scheme}, {stop}: {why}" for stop, why in stops if why}
    assert not wrong, "\n".join(sorted(wrong))


def _around(page: Page) -> list[tuple[str, str]]:
    """All stops of the page after the first, a link into it, each with what is wrong with its ring."""
    page.get_by_role("link", name="Skip to main content").focus()
    stops: list[tuple[str, str]] = []
    for _ in range(AROUND):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None and stops:
            return stops
        if stop is not None:
            stops.append(tuple(stop))
    raise AssertionError("Tab does not come round")
