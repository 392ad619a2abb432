"""Every page and dialog, light and dark: axe-core has nothing serious to say."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from playground.ui.pages.latent.tools import TOOLS
from tests.browser.app import COUNT, LONG, App, pause, play, visit
from tests.browser.axe import findings, grave
from tests.browser.trained import trained

MAIN, SIDE = "[data-testid=stMain]", ".st-key-side"


class Findings:
    """What axe found on a page, by what was open; a thing that is found again counts once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, str] = {}

    def look(self, where: str, within: str = "") -> None:
        """Look at the page, or `within` what is new in it."""
        for finding in grave(self.page, within):
            self.found.setdefault(finding, where)

    def in_dialog(self, key: str, inside: str) -> None:
        """Look at a dialog that a key opens, with something `inside`."""
        self.page.keyboard.press(key)
        expect(self.page.locator(inside).first).to_be_visible(timeout=LONG)
        self.look(inside)
        self.page.keyboard.press("Escape")
        expect(self.page.locator(inside)).to_have_count(0, timeout=LONG)

    def none(self) -> None:
        assert not self.found, "\n".join(f"{where}: {finding}" for finding, where in self.found.items())


def test_a_finding_says_its_rule_and_the_element(page: Page) -> None:
    page.set_content("<html lang=en><title>A page</title><main><h1>A page</h1><button></button></main></html>")
    [found] = findings(page)
    assert found.startswith("button-name (critical): Buttons must have discernible text\n  <button></button>")


def beside(page: Page, name: str, shown: str) -> None:
    """Choose what stands beside the stage."""
    page.locator(SIDE).get_by_text(name, exact=True).click()
    expect(page.locator(shown).first).to_be_visible(timeout=LONG)


def test_the_train_page_and_its_dialogs(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    play(page, beyond=100)
    beside(page, "Metrics", ".st-key-measures .gan-chart-plot svg")  # something has been measured
    pause(page)
    beside(page, "Curves", ".st-key-losses svg")
    plane, losses = page.locator(".st-key-plane canvas"), page.locator(".st-key-losses .gan-chart-plot")
    expect(plane).to_have_attribute("aria-label", re.compile(r"at step \d+\. .*\d of 8 modes"))
    expect(losses).to_have_attribute("aria-label", re.compile(r"over the steps: D −?\d+\.\d\d, G −?\d+\.\d\d$"))
    seen = Findings(page)
    seen.look("curves")
    for name, shown in (
        ("Metrics", ".st-key-measures .gan-chart-plot svg"),
        ("Objective", ".st-key-card .katex"),
        ("Networks", ".networks .layer"),
        ("Inside a step", ".st-key-walk .game"),
    ):
        beside(page, name, shown)
        seen.look(name, SIDE)
    beside(page, "Curves", ".st-key-losses svg")
    for key, inside in (
        ("Shift+P", ".gallery .card"),
        ("h", ".share .row"),
        ("t", "[role=dialog] .st-key-take_zip_with_all_its_moments_zip"),
        ("o", "[role=dialog] .st-key-open_run"),
    ):
        seen.in_dialog(key, inside)
    seen.none()


def test_the_past_a_projector_and_the_other_pages(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?run={trained(app)}")
    page.keyboard.press("s")
    expect(page.locator(COUNT)).to_have_text("51", timeout=LONG)
    seen = Findings(page)
    the_past_and_the_keys(page, seen)
    a_projector(page, seen)
    for name, shown in (
        ("Race", ".st-key-lanes canvas"),
        ("Data", ".st-key-facts .facts"),
        ("Classroom", ".st-key-class_entrance"),
        ("Glossary", ".katex"),
        ("Latent", ".panmap canvas"),
    ):
        page.get_by_role("link", name=name).first.click()
        expect(page.locator(shown).first).to_be_visible(timeout=LONG)
        seen.look(name)
    for key in list(TOOLS)[1:]:  # the first one is there
        page.locator(".st-key-latent_tools").get_by_text(TOOLS[key].title, exact=True).click()
        expect(page.locator(f".st-key-latent_{key}").first).to_be_visible(timeout=LONG)
        seen.look(key, MAIN)
    seen.none()


def the_past_and_the_keys(page: Page, seen: Findings) -> None:
    page.keyboard.press("[")
    expect(page.get_by_text("as it was")).to_be_visible(timeout=LONG)
    seen.look("a moment")
    seen.in_dialog("f", "[role=dialog] .st-key-fork_yes")
    page.keyboard.press("n")
    expect(page.get_by_text("as it was")).to_be_hidden(timeout=LONG)
    page.keyboard.press("?")
    expect(page.get_by_text("Large type for a projector")).to_be_visible()
    seen.look("keys", "dialog")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Large type for a projector")).to_be_hidden(timeout=LONG)


def a_projector(page: Page, seen: Findings) -> None:
    switch = page.locator(".st-key-projector").get_by_role("button")
    switch.click()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden(timeout=LONG)
    seen.look("projector")
    switch.click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)


def test_the_translate_page(app: App, page: Page) -> None:
    seen = Findings(page)
    page.goto(f"{app.url}/translate?preset=ring")
    expect(page.locator(".st-key-translate_none")).to_be_visible(timeout=LONG)
    seen.look("a run that translates nothing")
    small = "network=unet&g_width=4&d_width=4&g_depth=2&d_depth=2&dataset=typeset-digits&conditional=0"
    page.goto(f"{app.url}/translate?game=paired&task=inpaint-half&{small}")
    expect(page.locator(".pictures.translated")).to_be_visible(timeout=3 * LONG)  # the glyphs are drawn first
    seen.look("before anything is drawn")
    sheet = page.locator(".drawer .sheet").bounding_box()
    assert sheet is not None
    page.mouse.move(sheet["x"] + 50, sheet["y"] + 50)
    page.mouse.down()
    page.mouse.move(sheet["x"] + 150, sheet["y"] + 150, steps=3)
    page.mouse.up()
    expect(page.get_by_text("What G makes of it")).to_be_visible(timeout=LONG)
    page.get_by_role("radio", name="Brush", exact=True).click()
    expect(page.locator(".st-key-translate_paint .sheet")).to_be_visible(timeout=LONG)
    seen.look("a brush", MAIN)
    for source, shown in (("Upload", ".stFileUploader"), ("Camera", ".stCameraInput")):
        page.get_by_role("radio", name=source, exact=True).click()
        expect(page.locator(shown).first).to_be_visible(timeout=LONG)
        seen.look(source, MAIN)
    seen.none()
