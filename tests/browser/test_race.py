"""The Race page, as a person uses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, pause, settles, spelled, stage, wait_beyond

VISITOR = Callable[..., BrowserContext]
PLANES, CURVES = ".st-key-lanes canvas", ".st-key-race_curves .nsewdrag"
SIZES = ((1440, 900), (1280, 720), (1024, 768))
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


def resized(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def test_both_lanes_count_the_same_step_a_reload_finds_them_and_one_goes_on_on_the_train_page(
    race: Page, visitor: VISITOR
) -> None:
    race.get_by_role("button", name="Play").click()
    wait_beyond(race, 10)
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
    race.get_by_role("button", name="Open").nth(1).click()
    expect(stage(race)).to_be_visible(timeout=LONG)
    expect(race.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert "run=" in race.url
    race.get_by_role("link", name="Race").first.click()
    expect(race.locator(PLANES)).to_have_count(2, timeout=LONG)
    expect(race.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)


def test_every_race_fits_every_window_and_one_is_chosen_and_played_with_the_keyboard(race: Page) -> None:
    curves_and_planes_share_the_window(race)
    two_lanes_fill_the_window(race)
    planes_fill_their_lanes(race)
    the_list_of_keys_and_projector_mode(race)
    five_lanes_are_chosen_and_played_with_the_keyboard(race)
    choose(race, "How fast D learns")
    expect(race.locator(PLANES)).to_have_count(3, timeout=LONG)
    curves_and_planes_share_the_window(race)


def curves_and_planes_share_the_window(page: Page) -> None:
    for (width, height), least in zip(SIZES, (320, 250, 220), strict=True):
        resized(page, width, height)
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


def two_lanes_fill_the_window(page: Page) -> None:
    for width, height, left in ((1280, 720, 90), (1366, 768, 110), (1440, 900, 90)):
        resized(page, width, height)
        page.wait_for_function(
            """left => {
              const ends = [...document.querySelectorAll(".lane_bars, .lane_foot, .st-key-race_curves")]
                .map((element) => element.getBoundingClientRect()).filter(({ height }) => height);
              const end = Math.max(...ends.map(({ bottom }) => bottom));
              return ends.length > 2 && end <= innerHeight && innerHeight - end < left;
            }""",
            arg=left,
            timeout=LONG,
        )


def planes_fill_their_lanes(page: Page) -> None:
    """The sizes end with the one of a projector that is the smallest."""
    for width, height in ((1280, 720), (1440, 900), (1024, 768)):
        resized(page, width, height)
        page.wait_for_function(
            """() => [...document.querySelectorAll(".st-key-lanes .stColumn")].every((lane) => {
              const plane = lane.querySelector("[class*=st-key-lane_plane_]").getBoundingClientRect();
              return plane.height > 0 && Math.abs(plane.width - plane.height) < 2;
            })""",
            timeout=LONG,
        )
        expect(page.locator(CURVES).first).to_be_in_viewport(ratio=0.99, timeout=LONG)
        shares = page.evaluate(
            """() => [...document.querySelectorAll(".st-key-lanes .stColumn")].map((lane) =>
              lane.querySelector("[class*=st-key-lane_plane_]").clientWidth / lane.clientWidth)"""
        )
        if (width, height) == (1280, 720):
            assert min(shares) > 0.95
    settles(page, TALL, 0)


def the_list_of_keys_and_projector_mode(page: Page) -> None:
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_visible(timeout=LONG)  # who hears the key
    page.keyboard.press("?")
    expect(page.get_by_text("Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Keyboard shortcuts")).to_be_hidden()
    size = "(e => e && parseFloat(getComputedStyle(e).fontSize))(document.querySelector('.meter .step'))"
    small = page.evaluate(size)
    page.keyboard.press("l")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden(timeout=LONG)
    page.wait_for_function(f"small => {size} >= 1.3 * small", arg=small)
    planes_fill_their_lanes(page)
    for width, height in ((1280, 720), (1024, 768)):
        resized(page, width, height)
        expect(page.locator(CURVES).first).to_be_in_viewport(ratio=0.99)
        settles(page, TALL, 0)
    page.keyboard.press("l")
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)


def five_lanes_are_chosen_and_played_with_the_keyboard(page: Page) -> None:
    page.get_by_role("combobox", name="Race").focus()
    page.keyboard.type("five")
    page.keyboard.press("Enter")
    expect(page.locator(PLANES)).to_have_count(5, timeout=LONG)
    for width, height in SIZES:
        resized(page, width, height)
        expect(page.locator(CURVES).first).to_be_visible()
        settles(page, f"[{TALL}, {WIDE}]", [0, 0])
    page.keyboard.press("Tab")  # out of the field, which takes letters for itself
    page.keyboard.press("Tab")  # and out of the switch, which also does
    page.keyboard.press("p")
    wait_beyond(page, 10)
    expect(page.locator(".meter")).to_contain_text("all lanes in one step", timeout=LONG)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
