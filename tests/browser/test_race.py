"""The Race page, as a person uses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, pause, settles, spelled, stage, wait_beyond

VISITOR = Callable[..., BrowserContext]
PLANES = ".st-key-lanes canvas"
TALL = "(main => main.scrollHeight - main.clientHeight)(document.querySelector('[data-testid=stMain]'))"
WIDE = """[...document.querySelectorAll(".st-key-race_transport, .meter span, .st-key-lanes .stColumn, .lane")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"""


@pytest.fixture
def race(app: App, visitor: VISITOR) -> Page:
    """A page with a race of two that is ready."""
    page = visitor().new_page()
    page.goto(f"{app.url}/race?of=r1")
    expect(page.locator(PLANES)).to_have_count(2, timeout=LONG)
    return page


def choose(page: Page, label: str) -> None:
    """Choose a race in the sidebar."""
    page.get_by_role("combobox", name="Race").click()
    page.get_by_role("option", name=label, exact=True).click()


def test_both_lanes_count_the_same_step_and_a_reload_finds_them(app: App, race: Page, visitor: VISITOR) -> None:
    race.get_by_role("button", name="Play").click()
    wait_beyond(race, 20)
    step = pause(race)
    for letter in "AB":
        label = race.locator(f"{PLANES} >> xpath=ancestor-or-self::*[@aria-label]").nth("AB".index(letter))
        expect(label).to_have_attribute(
            "aria-label", f"{letter}, {'Without R1' if letter == 'A' else 'With R1'}: samples at step {step}"
        )
    race.reload()
    expect(race.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    other = visitor().new_page()
    other.goto(race.url)
    expect(other.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    expect(other.locator(PLANES)).to_have_count(2)


def test_a_race_is_chosen_and_played_with_the_keyboard(race: Page) -> None:
    race.get_by_role("combobox", name="Race").focus()
    race.keyboard.type("five")
    race.keyboard.press("Enter")
    expect(race.locator(PLANES)).to_have_count(5, timeout=LONG)
    race.keyboard.press("Tab")  # out of the field, which takes letters for itself
    race.keyboard.press("Tab")  # and out of the switch, which also does
    race.keyboard.press("p")
    wait_beyond(race, 10)
    expect(race.locator(".meter")).to_contain_text("all lanes in one step", timeout=LONG)
    race.keyboard.press("p")
    expect(race.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)


def test_projector_mode_and_the_list_of_keys(race: Page) -> None:
    expect(race.get_by_role("button", name="Keyboard shortcuts")).to_be_visible(timeout=LONG)  # who hears the key
    race.keyboard.press("?")
    expect(race.get_by_text("Keyboard shortcuts")).to_be_visible()
    race.keyboard.press("Escape")
    expect(race.get_by_text("Keyboard shortcuts")).to_be_hidden()
    size = "(e => e && parseFloat(getComputedStyle(e).fontSize))(document.querySelector('.meter .step'))"
    small = race.evaluate(size)
    race.keyboard.press("l")
    expect(race.get_by_test_id("stSidebar")).to_be_hidden(timeout=LONG)
    race.wait_for_function(f"small => {size} >= 1.3 * small", arg=small)
    for width, height in ((1280, 720), (1024, 768)):
        race.set_viewport_size({"width": width, "height": height})
        expect(race.locator(".st-key-race_curves .nsewdrag").first).to_be_in_viewport(ratio=0.99)
        settles(race, TALL, 0)
    race.keyboard.press("l")
    expect(race.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)


def test_a_lane_goes_on_on_the_train_page(race: Page) -> None:
    race.get_by_role("button", name="Play").click()
    wait_beyond(race, 10)
    step = pause(race)
    race.get_by_role("button", name="Open").nth(1).click()
    expect(stage(race)).to_be_visible(timeout=LONG)
    expect(race.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert "run=" in race.url
    race.get_by_role("link", name="Race").first.click()
    expect(race.locator(PLANES)).to_have_count(2, timeout=LONG)
    expect(race.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)


@pytest.mark.parametrize("race_key", ["r1", "d-lr"])
def test_curves_and_planes_share_the_window(app: App, visitor: VISITOR, race_key: str) -> None:
    page = visitor(1440, 900).new_page()
    page.goto(f"{app.url}/race?of={race_key}")
    lanes = 2 if race_key == "r1" else 3
    expect(page.locator(PLANES)).to_have_count(lanes, timeout=LONG)
    for width, height, least in ((1440, 900, 320), (1280, 720, 250), (1024, 768, 220)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            """least => {
              const box = selector => document.querySelector(selector).getBoundingClientRect();
              const [curves, plane] = [box(".st-key-race_curves"), box("[class*='st-key-lane_plane_']")];
              return curves.height > 150 && curves.bottom <= innerHeight && plane.width > least;
            }""",
            arg=least,
            timeout=LONG,
        )
    corner = [page.locator(f".st-key-{name}_corner button").first.bounding_box() for name in ("share", "projector")]
    assert corner[0] is not None
    assert corner[1] is not None
    assert corner[0]["x"] + corner[0]["width"] < corner[1]["x"], "buttons that lie over each other"
    assert corner[0]["height"] == pytest.approx(corner[1]["height"], abs=1)


def test_five_lanes_fit_a_window(app: App, visitor: VISITOR) -> None:
    page = visitor(1440, 900).new_page()
    page.goto(f"{app.url}/race?of=seeds")
    expect(page.locator(PLANES)).to_have_count(5, timeout=LONG)
    for width, height in ((1440, 900), (1280, 720), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(".st-key-race_curves .nsewdrag").first).to_be_visible()
        settles(page, f"[{TALL}, {WIDE}]", [0, 0])
