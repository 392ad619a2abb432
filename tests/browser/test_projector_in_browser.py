"""The projector mode of every page: large enough for the last row, and everything that stays at hand works."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import LONG, App, choose_preset, number, pause, play, settles, slider, stage, visit, wait_beyond

VISITOR = Callable[..., BrowserContext]
SIZES = ((1280, 720), (1440, 900), (1024, 768))
PAGES = ("Train", "Race", "Data", "Latent", "Glossary")
LEAST = 18  # pixels of the smallest type
METER = "(e => e && parseFloat(getComputedStyle(e).fontSize))(document.querySelector('.meter .step'))"

# What one can read with type smaller than that, through all components; icons are pictures. From now on also
# `window.written`, the sizes of words that are drawn on canvases.
SMALL = """least => {
  const found = [], hidden = (element) => {
    for (let one = element; one; one = one.parentElement ?? one.getRootNode().host) {
      const style = getComputedStyle(one);
      if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return true;
      if (style.clipPath.includes("50%")) return true; // for readers of the screen only
    }
    return false;
  };
  const search = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) search(element.shadowRoot);
      const words = [...element.childNodes].filter((node) => node.nodeType === 3);
      const text = words.map((node) => node.data.replaceAll("\u200b", "").trim()).join(""); // without struts
      const box = element.getBoundingClientRect(), size = parseFloat(getComputedStyle(element).fontSize);
      if (!text || size >= least || ["STYLE", "SCRIPT"].includes(element.tagName)) continue;
      if (!box.width || box.bottom < 0 || box.top > innerHeight) continue;
      if (element.dataset.testid === "stIconMaterial") continue;
      if (!hidden(element)) found.push(`${size} ${text.slice(0, 40)}`);
    }
  };
  search(document.body);
  return found.concat((window.written || []).filter((size) => size < least).map((size) => `${size} on a canvas`));
}"""
WRITTEN = """
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (...words) {
  window.written?.push(parseFloat(/([\\d.]+)px/.exec(this.font)[1]));
  return write.apply(this, words);
};
"""
# From now on `window.large` is the size in pixels of what was last written on the picture of a plane.
LARGE = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (...words) {
    if (!this.canvas.isConnected) window.large = parseFloat(this.font); // the picture of what stands still
    return write.apply(this, words);
  };
}"""
SIDE = """() => {
  let side = 0;
  const search = (root) => { for (const one of root.querySelectorAll("*")) {
    if (one.shadowRoot) search(one.shadowRoot);
    if (one.matches(".plane")) side = Number(one.dataset.side || 0);
    if (one.matches(".grid .field canvas")) side = one.getBoundingClientRect().height;
  } };
  search(document.querySelector(".st-key-stage"));
  return side;
}"""


def enter(page: Page) -> None:
    """Press the key, once the page listens to it."""
    expect(page.locator(".st-key-projector button").first).to_be_visible(timeout=LONG)
    page.keyboard.press("l")
    expect(leave(page)).to_be_visible(timeout=LONG)


def leave(page: Page) -> Locator:
    """The button that ends the mode."""
    return page.get_by_role("button", name="Leave", exact=True)


def fits(page: Page) -> None:
    """No type is small, nothing scrolls, all page links are in sight."""
    page.evaluate("window.written = []")
    page.wait_for_function(f"least => ({SMALL})(least).length === 0", arg=LEAST, timeout=LONG)
    assert page.evaluate(SMALL, LEAST) == []
    page.wait_for_function(
        """() => { const main = document.querySelector("[data-testid=stMain]");
          return main.scrollHeight <= main.clientHeight && main.scrollWidth <= main.clientWidth; }""",
        timeout=LONG,
    )
    for title in PAGES:
        expect(page.get_by_test_id("stTopNav").get_by_role("link", name=title)).to_be_in_viewport(ratio=0.9)


def go_to(page: Page, title: str) -> None:
    """Another page, by its link."""
    navigation = page.get_by_test_id("stTopNav")
    navigation.get_by_role("link", name=title).click()
    expect(navigation.locator("[aria-current=page]")).to_contain_text(title, timeout=LONG)


def _size(element: Locator) -> tuple[float, float]:
    """Width and height in pixels."""
    box = element.bounding_box()
    assert box is not None
    return box["width"], box["height"]


def side(page: Page) -> float:
    """The side in pixels of D's plane on the stage, or the height of the table of samples."""
    found: float = page.evaluate(SIDE)
    return found


def test_the_key_enlarges_every_page_and_the_mode_goes_along_and_outlives_a_reload(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    page.add_init_script(WRITTEN)
    visit(page, f"{app.url}/?preset=ring")
    icon = page.get_by_test_id("stSidebar").locator(".stTooltipIcon svg").first
    size = _size(icon)
    enter(page)
    the_key_leaves_and_enters_again(page)
    for title in ("Race", "Data", "Latent", "Glossary"):
        go_to(page, title)
        expect(leave(page)).to_be_visible(timeout=LONG)
        the_key_leaves_and_enters_again(page)
    go_to(page, "Train")
    expect(leave(page)).to_be_visible(timeout=LONG)
    expect(stage(page)).to_be_visible(timeout=LONG)
    page.wait_for_url(re.compile("projector=on"))
    page.reload()
    expect(leave(page)).to_be_visible(timeout=LONG)
    leave(page).click()
    expect(leave(page)).to_have_count(0, timeout=LONG)
    page.wait_for_url(lambda url: "projector" not in url)
    expect(icon).to_be_visible(timeout=LONG)
    assert _size(icon) == size, "what the mode enlarged is as large as before"
    page.reload()
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)
    expect(leave(page)).to_have_count(0)


def the_key_leaves_and_enters_again(page: Page) -> None:
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.keyboard.press("l")
    expect(leave(page)).to_have_count(0, timeout=LONG)
    page.wait_for_function(f"least => ({SMALL})(least).length > 0", arg=LEAST, timeout=LONG)
    enter(page)


def test_a_lesson_on_a_projector_fills_the_stage_and_has_knobs_and_presets_at_hand(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    page.add_init_script(WRITTEN)
    visit(page, f"{app.url}/?preset=ring")
    small = page.evaluate(METER)
    page.evaluate(LARGE)
    enter(page)
    page.wait_for_function(f"small => {METER} >= 1.3 * small", arg=small)
    page.wait_for_function("window.large >= 18")  # the plane's own numbers grow with it
    three_knobs_are_at_hand(page)
    the_stage_fills_its_half(page)
    choose_preset(page, "Digits")
    expect(page.locator(".st-key-stage .st-key-grid")).to_be_visible(timeout=LONG)
    expect(leave(page)).to_be_visible()
    what_waits_leaves_the_knobs_free(page)
    the_stage_fills_its_half(page)
    choose_preset(page, "Coloured shapes, 32×32")
    the_networks_are_not_cut(page)
    page.locator(".meter").click()  # the list of what stands there has the keyboard
    page.keyboard.press("l")
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)
    page.wait_for_function(f"small => {METER} === small", arg=small)


def three_knobs_are_at_hand(page: Page) -> None:
    for label, name, value in (("Learning rate of D", "d_lr", "0.003"), ("Learning rate of G", "g_lr", "0.004")):
        number(page, label).fill(value)
        number(page, label).press("Enter")
        page.wait_for_url(re.compile(f"{name}={value}"), timeout=LONG)  # what the engine says of the run
    slider(page, "R1 (γ)").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]r1="), timeout=LONG)


def the_stage_fills_its_half(page: Page) -> None:
    page.wait_for_function(f"() => ({SIDE})() >= 520", timeout=LONG)
    at_720 = side(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"() => ({SIDE})() >= 600", timeout=LONG)
    assert side(page) > at_720
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_function(f"() => ({SIDE})() >= 450", timeout=LONG)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator(".meter").click()  # no knob has the focus
    play(page, 20)
    expect(page.get_by_role("slider", name="Moments of this run")).to_be_visible()
    settles(page, "(m => m.scrollHeight - m.clientHeight)(document.querySelector('[data-testid=stMain]'))", 0)
    for _turn in range(6):  # losses, scores, metrics, objective, networks, inside a step
        fits(page)
        page.keyboard.press("v")
        wait_beyond(page, 20)
    pause(page)


def turn_to(page: Page, name: str) -> None:
    """Choose what stands beside the stage."""
    page.locator(".st-key-in_large input").click()
    page.get_by_role("option", name=name).click()


def what_waits_leaves_the_knobs_free(page: Page) -> None:
    turn_to(page, "Metrics")
    waits = page.locator(".st-key-measures .empty")
    expect(waits).to_contain_text("Press Play", timeout=LONG)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            """() => { const box = (one) => document.querySelector(one).getBoundingClientRect();
              const waits = box(".st-key-measures .empty");
              return waits.height > 60 && waits.bottom <= box(".st-key-at_hand").top; }""",
            timeout=LONG,
        )
    page.set_viewport_size({"width": 1280, "height": 720})


def the_networks_are_not_cut(page: Page) -> None:
    turn_to(page, "Networks")
    picture = page.locator(".networks .scroll")
    expect(picture).to_be_visible(timeout=LONG)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        assert picture.evaluate("box => box.scrollHeight - box.clientHeight") <= 0, f"at {width}x{height}"
        expect(page.locator(".networks .line.bottom")).to_be_in_viewport(ratio=0.99)
        for name in ("turn", "at_hand_choose", "at_hand_bar .st-key-preset"):
            expect(page.locator(f".st-key-{name} button").first).to_be_in_viewport(ratio=0.99)
    page.set_viewport_size({"width": 1280, "height": 720})


def test_a_teacher_chooses_the_knobs_at_hand(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring&projector=on")
    page.locator(".st-key-at_hand_choose button").first.click()
    box = page.get_by_role("combobox", name="Knobs at hand")
    box.focus()
    page.keyboard.press("Backspace")  # takes the last of the three away
    expect(page.locator(".st-key-row_r1")).to_have_count(0, timeout=LONG)
    box.fill("Batch size")
    page.get_by_role("option", name="Batch size").click()
    expect(page.locator(".st-key-row_batch_size")).to_be_visible(timeout=LONG)
    page.wait_for_url(re.compile("at_hand=d_lr%2Cg_lr%2Cbatch_size"), timeout=LONG)
    page.reload()
    expect(page.locator(".st-key-row_batch_size")).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-row_r1")).to_have_count(0)
