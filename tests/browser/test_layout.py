"""The Train page fits the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import LONG, App, pause, play, stage, visit, wait_beyond

VISITOR = Callable[..., BrowserContext]
MANY = "100\u202f000"  # steps
# Where the buttons and the stage stand, and how wide the timeline is, with the count as it is or with another one.
PLACES = """(another) => {
  const count = document.querySelector(".meter .step b"), counted = [...count.childNodes];
  if (another) count.replaceChildren(another);
  const places = [".st-key-step", ".st-key-reset", ".st-key-stage", ".st-key-line"].map(name => {
    const main = document.querySelector("[data-testid=stMain]").scrollTop;
    const box = document.querySelector(name).getBoundingClientRect();
    return [name, [box.left, box.top + main, box.width].map(Math.round)]; });
  count.replaceChildren(...counted);
  return Object.fromEntries(places);
}"""
BACKGROUND = "element => getComputedStyle(element).backgroundColor"


def _too_tall(page: Page) -> int:
    """Pixels that the page would scroll down."""
    pixels: int = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight - main.clientHeight")
    return pixels


def _too_wide(page: Page) -> list[str]:
    """What sticks out of the window on the right or scrolls sideways."""
    names: list[str] = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(
            "[data-testid=stMain], .st-key-transport, .st-key-transport button, .meter, .meter span, " +
            ".st-key-stage, .st-key-curves, .key")]
          .filter(e => e.getBoundingClientRect().right > innerWidth + 1
            || (e.matches("html, [data-testid=stMain]") && e.scrollWidth > e.clientWidth + 1))
          .map(e => e.className || e.tagName)"""
    )
    return names


def _under_a_button(page: Page) -> list[str]:
    """What of the meter lies under a button of the transport bar."""
    names: list[str] = page.evaluate(
        """() => { const boxes = s => [...document.querySelectorAll(s)].map(e => [e, e.getBoundingClientRect()]);
          const buttons = boxes(".st-key-transport button");
          return boxes(".meter span").filter(([, a]) => a.width && buttons.some(
            ([, b]) => a.left < b.right - 1 && b.left < a.right - 1)).map(([e]) => e.className) }"""
    )
    return names


def _curves_are_drawn(page: Page) -> None:
    for chart in ("losses", "scores"):
        expect(page.locator(f".st-key-{chart} .nsewdrag").first).to_be_visible(timeout=LONG)


def test_train_page_does_not_scroll_with_tiles(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=digits")
    _does_not_scroll(page)


def test_train_page_does_not_scroll_with_a_plane_and_neither_play_nor_the_past_moves_anything(
    app: App, page: Page
) -> None:
    visit(page, f"{app.url}/?preset=ring")
    expect(page.get_by_role("slider", name="Moments of this run")).to_be_visible(timeout=LONG)
    before = _places_at_each_size(page)
    _does_not_scroll(page)
    wait_beyond(page, 120)
    assert _places_at_each_size(page) == before, "while it plays"
    pause(page)
    assert _places_at_each_size(page) == before
    page.keyboard.press("[")
    expect(page.locator(".st-key-moment")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Now")).to_be_visible(timeout=LONG)
    assert _places_at_each_size(page) == before, "with a moment on the stage"


def _does_not_scroll(page: Page) -> None:
    """The page neither scrolls before Play nor while it plays, in which it is left."""
    _curves_are_drawn(page)
    for width, height in ((1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            "() => document.querySelector('.st-key-curves').getBoundingClientRect().bottom < innerHeight"
        )
        assert _too_tall(page) == 0, f"at {width}x{height}, before Play"
        assert _too_wide(page) == []
    play(page, beyond=20)
    for width, height in ((1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        wait_beyond(page, 40)
        assert _too_tall(page) == 0, f"at {width}x{height}, after Play"
        assert _too_wide(page) == _under_a_button(page) == []
    page.set_viewport_size({"width": 1024, "height": 768})
    wait_beyond(page, 60)
    assert _too_wide(page) == _under_a_button(page) == []


def _places_at_each_size(page: Page) -> dict[tuple[int, int], dict[str, list[int]]]:
    """Where things stand in windows of three sizes, once each has come to rest."""
    found = {}
    for width, height in ((390, 844), (1024, 768), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("window.looks = []")
        page.wait_for_function(
            f"""() => {{ const seen = JSON.stringify(({PLACES})());
              looks.push(seen);
              return looks.length > 3 && looks.slice(-3).every(look => look === seen); }}""",
            polling=150,
        )
        found[width, height] = page.evaluate(PLACES)
        assert page.evaluate(PLACES, MANY) == found[width, height], f"{MANY} steps at {width}x{height}"
    return found


def test_nothing_sticks_out_while_the_page_appears_light_or_dark(app: App, visitor: VISITOR) -> None:
    backgrounds = set()
    for scheme in ("light", "dark"):
        page = visitor(1280, 720, color_scheme=scheme).new_page()
        page.add_init_script(
            """window.tallest = 0;
            const look = () => {
              const main = document.querySelector("[data-testid=stMain]");
              if (main?.querySelector(".st-key-line")) {
                window.tallest = Math.max(window.tallest, main.scrollHeight - main.clientHeight);
              }
              requestAnimationFrame(look);
            };
            look();"""
        )
        visit(page, f"{app.url}/?preset=ring")
        expect(stage(page)).to_be_visible()
        _curves_are_drawn(page)
        expect(page.get_by_role("slider", name="Moments of this run")).to_be_visible(timeout=LONG)
        assert page.evaluate("() => window.tallest") == 0
        backgrounds.add(page.get_by_test_id("stApp").evaluate(BACKGROUND))
    assert len(backgrounds) == 2


@pytest.mark.parametrize("path", ["", "race", "latent", "glossary"])
def test_on_a_phone_nothing_lies_over_the_count_of_steps_and_the_sidebar_opens(
    app: App, visitor: VISITOR, path: str
) -> None:
    page = visitor(390, 844).new_page()
    page.goto(f"{app.url}/{path}")
    if path in ("", "race"):
        _nothing_lies_over_the_count_of_steps(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Latent")
    expect(link).to_be_in_viewport(timeout=LONG)
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(link).not_to_be_in_viewport(timeout=LONG)


def _nothing_lies_over_the_count_of_steps(page: Page) -> None:
    expect(page.get_by_test_id("stMain").get_by_role("radio").first).to_be_visible(timeout=LONG)
    page.wait_for_function(  # the sidebar lies over the page until it has folded itself away
        """(many) => {
            const step = document.querySelector(".meter .step");
            if (!step) return false;
            step.querySelector("b").textContent = many;
            const box = step.querySelector("b").getBoundingClientRect();
            const top = document.elementFromPoint(box.right - 2, box.top + box.height / 2);
            return box.right <= innerWidth && step.contains(top);
        }""",
        arg=MANY,
        timeout=20_000,
    )
