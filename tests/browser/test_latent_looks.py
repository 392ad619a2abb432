"""The Latent page on small windows, before there is something to see, and on the way from one tool to the next."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from playground.ui.pages.latent.tools import TOOLS
from tests.browser.app import LONG, App, pause, wait_beyond

# Looks in each frame whether a control of the map is among what another tool has drawn.
WATCH = """() => {
  window.mixed = 0;
  const look = () => {
    if (document.querySelector(".st-key-latent_walk .st-key-panmap_another")) window.mixed += 1;
    requestAnimationFrame(look);
  };
  look();
}"""
CUT = """() => [...document.querySelectorAll("[data-testid=stMain] [data-testid=stButtonGroup] button")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)"""


def choose(page: Page, tool: str) -> None:
    page.locator(".st-key-latent_tools").get_by_text(TOOLS[tool].title, exact=True).click()
    expect(page.locator(f".st-key-latent_{tool}")).to_be_visible(timeout=LONG)


def width(page: Page, element: str) -> float:
    """The width of the first of them in pixels, once it is there."""
    found = page.locator(element).first
    expect(found).to_be_visible(timeout=LONG)
    box = found.bounding_box()
    assert box is not None
    return box["width"]


def box_of(page: Page, element: str) -> dict[str, float]:
    box = page.locator(element).bounding_box()
    assert box is not None
    return dict(box)


def test_an_untrained_run_is_trained_from_here_no_tool_is_drawn_among_another_and_a_phone_shows_all(
    app: App, page: Page
) -> None:
    page.goto(f"{app.url}/latent?preset=digits")
    begin = page.locator(".st-key-latent_noise").get_by_role("button", name="Train it now")
    expect(begin).to_be_visible(timeout=LONG)
    box = page.locator(".st-key-latent_noise").bounding_box()
    assert box is not None
    assert box["height"] < 250
    begin.click()
    wait_beyond(page, 5)
    expect(page.locator(".panmap canvas").first).to_be_visible(timeout=LONG)
    expect(begin).to_have_count(0, timeout=LONG)
    pause(page)
    page.evaluate(WATCH)
    choose(page, "walk")
    expect(page.locator(".scrubber .picture canvas")).to_be_visible(timeout=LONG)
    assert page.evaluate("window.mixed") == 0
    page.set_viewport_size({"width": 390, "height": 844})
    on_a_phone_pictures_and_sliders_are_as_wide_as_the_page(page)
    on_a_phone_the_lines_of_truncation_stand_below_the_samples(page)


def on_a_phone_pictures_and_sliders_are_as_wide_as_the_page(page: Page) -> None:
    wide = {"dimensions": 200, "walk": 150, "classes": 300, "directions": 150}
    for tool, least in wide.items():
        choose(page, tool)
        picture = f".st-key-latent_{tool} .picture canvas"
        assert width(page, picture) >= least, tool
        assert page.evaluate(CUT) == [], tool
    choose(page, "dimensions")
    assert width(page, ".st-key-latent_dimensions .row .slider") >= 200


def on_a_phone_the_lines_of_truncation_stand_below_the_samples(page: Page) -> None:
    choose(page, "truncation")
    expect(page.locator(".dial .curves canvas")).to_be_visible(timeout=LONG)
    samples, drawn = box_of(page, ".dial .picture canvas"), box_of(page, ".dial .curves canvas")
    assert drawn["y"] > samples["y"] + samples["height"]
    assert drawn["width"] > 300
