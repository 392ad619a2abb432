"""The stage of a translation: pairs close up, the wipe, D's patches, a pair through time, the map of points, lanes."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import LONG, App, at_rest, pause, play, settles, visit
from tests.browser.axe import grave

SMALL = "network=unet&g_width=4&d_width=4&g_depth=2&d_depth=2&g_norm=none&batch_size=8"
HALF = f"game=paired&task=inpaint-half&dataset=digits-16&{SMALL}"
RED = f"game=cycle&task=red-blue&dataset=digits-16&objective=lsgan&{SMALL}"
RACE = f"of=own&{HALF}&lanes=reconstruction_weight=1;adversarial_weight=0;reconstruction_weight=0"
MOONS = "game=cycle&task=between&dataset=moons&partner=ring&objective=lsgan&batch_size=32"
PAIRS, CLOSE, FIELD = ".st-key-pairs .pairs", ".st-key-pairs .close", ".st-key-pairs .field"
INSIDE = """([outer, parts]) => {
  const stage = outer.getBoundingClientRect();
  return parts.length && parts.every((part) => {
    const { left, right, bottom } = part.getBoundingClientRect();
    return left >= stage.left - 8 && right <= stage.right + 1 && bottom <= stage.bottom + 1;
  });
}"""
PIXELS = """(canvas, [from, to]) => {
  const x = Math.round(from * canvas.width), w = Math.round(to * canvas.width) - x;
  return canvas.getContext("2d").getImageData(x, 0, w, canvas.height).data;
}"""
PRINT = f"""(canvas, part) => {{
  const data = ({PIXELS})(canvas, part);
  return `${{data.length}} ${{data.reduce((print, value) => (31 * print + value) | 0, 0)}}`;
}}"""
# How far the red of the lowest quarter goes, and the mean red, green and blue
RANGE = f"""canvas => {{
  const red = ({PIXELS})(canvas, [0, 1]).filter((value, i) => i % 4 === 0);
  const lower = red.subarray(Math.floor(red.length * 3 / 4));
  return lower.reduce((a, b) => Math.max(a, b)) - lower.reduce((a, b) => Math.min(a, b));
}}"""
MEAN = f"""canvas => {{
  const data = ({PIXELS})(canvas, [0, 1]);
  const sum = (part) => data.reduce((sum, value, i) => sum + (i % 4 === part ? value : 0), 0);
  return [0, 1, 2].map((part) => 4 * sum(part) / data.length);
}}"""


def open_run(app: App, page: Page, knobs: str) -> None:
    visit(page, f"{app.url}/?{knobs}")
    page.wait_for_function("root => root.pairs().table", arg=page.locator(PAIRS).element_handle())


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.locator(PAIRS).evaluate("root => root.pairs()")
    return found


def figure(page: Page, part: str) -> Locator:
    return page.locator(f"{CLOSE} figure", has=page.locator(f".of-{part}")).locator("canvas")


def strip(canvas: Locator, start: float, end: float) -> str:
    """A print of the pixels of a part of a picture, from `start` to `end` of its width."""
    pixels: str = canvas.evaluate(PRINT, [start, end])
    return pixels


def pair_at(page: Page, index: int) -> tuple[float, float]:
    """The middle of a pair, in pixels of the window."""
    table, box = state(page)["table"], page.locator(FIELD).bounding_box()
    assert box is not None
    row, column = divmod(index, table["c"])
    return (
        box["x"] + column * (table["side"] + 6) + table["side"] / 2,
        box["y"] + row * (table["tall"] + 12) + table["tall"] / 2,
    )


def test_pairs_are_compared_wiped_and_followed_and_d_s_patches_lie_over_them(app: App, page: Page) -> None:
    open_run(app, page, HALF)
    the_stage_fits(page)
    what_is_hidden_is_no_grey(page)
    the_wipe_shows_the_input_on_one_side_and_the_output_on_the_other(page)
    d_s_patches_lie_over_the_outputs_only(page)
    at_rest(page)
    play(page, beyond=20)
    pause(page)
    hover_compares_a_pair_and_a_click_follows_it(page)
    keys_move_and_follow(page, first=3)
    a_moment_shows_its_pairs(page)


def the_stage_fits(page: Page) -> None:
    parts = f"{FIELD} canvas, {CLOSE} canvas, {CLOSE} input, {CLOSE} .said, {PAIRS} .switch"
    main = "(main => main.scrollHeight - main.clientHeight)(document.querySelector('[data-testid=stMain]'))"
    outer = page.locator(".st-key-stage").element_handle()
    for width, height in ((1280, 720), (1024, 768), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(INSIDE, arg=[outer, page.locator(parts).element_handles()], timeout=LONG)
        settles(page, main, 0)


def what_is_hidden_is_no_grey(page: Page) -> None:
    assert figure(page, "input").evaluate(RANGE) > 60, "stripes"


def the_wipe_shows_the_input_on_one_side_and_the_output_on_the_other(page: Page) -> None:
    wipe = page.get_by_role("slider", name="Wipe the input over the output")
    expect(wipe).to_have_value("0")
    source, made = figure(page, "input"), figure(page, "output")
    left, right = (0.02, 0.44), (0.56, 0.98)
    output = [strip(made, *side) for side in (left, right)]
    given = [strip(source, *side) for side in (left, right)]
    assert output[0] != given[0]
    assert output[1] != given[1]
    wipe.fill("50")
    assert strip(made, *left) == given[0]
    assert strip(made, *right) == output[1]
    wipe.press("End")
    expect(wipe).to_have_value("100")
    assert strip(made, 0.02, 0.9) == strip(source, 0.02, 0.9)
    box = made.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 10, steps=4)
    page.mouse.up()
    assert 45 <= int(wipe.input_value()) <= 55
    assert strip(made, *left) == given[0]
    assert strip(made, *right) == output[1]
    wipe.press("Home")
    expect(wipe).to_have_value("0")


def d_s_patches_lie_over_the_outputs_only(page: Page) -> None:
    button = page.get_by_role("button", name="D's patches")
    expect(button).to_have_attribute("aria-pressed", "false")
    plain = {part: strip(figure(page, part), 0, 1) for part in ("input", "output", "truth")}
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert strip(figure(page, "output"), 0, 1) != plain["output"]
    for part in ("input", "truth"):
        assert strip(figure(page, part), 0, 1) == plain[part]
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true", timeout=LONG)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert strip(figure(page, "output"), 0, 1) == plain["output"]


def hover_compares_a_pair_and_a_click_follows_it(page: Page) -> None:
    said, truth = page.locator(f"{CLOSE} .said"), figure(page, "truth")
    expect(said).to_have_text(re.compile(r"^Pair 1P\(real\) \d+ %patches \d+ % … \d+ %"))
    first = strip(truth, 0, 1)
    page.mouse.move(*pair_at(page, 3))
    expect(said).to_contain_text("Pair 4")
    assert strip(truth, 0, 1) != first
    page.mouse.move(5, 5)
    expect(said).to_contain_text("Pair 1")
    assert strip(truth, 0, 1) == first

    page.mouse.click(*pair_at(page, 2))
    film = page.locator(".st-key-strip")
    expect(film).to_contain_text("Pair 3 through time", timeout=LONG)
    captions = film.locator("figcaption")
    expect(captions.first).to_have_text("input")
    expect(captions.last).to_have_text("truth")
    assert captions.count() >= 4, "the start and the present between them"
    page.mouse.move(5, 5)
    expect(said).to_contain_text("Pair 3")
    expect(said).to_contain_text("Followed through time")
    film.get_by_role("button").click()
    expect(film).to_have_count(0, timeout=LONG)


def keys_move_and_follow(page: Page, first: int) -> None:
    """From the pair that was followed last."""
    said, field = page.locator(f"{CLOSE} .said"), page.locator(FIELD)
    page.mouse.move(5, 5)
    field.focus()
    for key, pair in (("ArrowRight", first), ("ArrowRight", first + 1), ("ArrowLeft", first)):
        page.keyboard.press(key)
        expect(said).to_contain_text(f"Pair {pair}")
    columns = state(page)["table"]["c"]
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text(f"Pair {columns + first}")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-strip")).to_contain_text(f"Pair {columns + first} through time", timeout=LONG)
    page.locator(".st-key-strip").get_by_role("button").click()
    expect(page.locator(".st-key-strip")).to_have_count(0, timeout=LONG)


def a_moment_shows_its_pairs(page: Page) -> None:
    made = strip(figure(page, "output"), 0, 1)
    page.keyboard.press("[")
    expect(page.locator(".st-key-moment")).to_be_visible(timeout=LONG)
    page.wait_for_function(
        f"([canvas, before]) => ({PRINT})(canvas, [0, 1]) !== before",
        arg=[figure(page, "output").element_handle(), made],
        timeout=LONG,
    )
    expect(page.get_by_role("button", name="D's patches")).to_be_visible()  # a moment keeps them
    expect(page.locator(f"{CLOSE} figcaption")).to_have_text(["input", "▲ output", "● truth"])


def test_a_cycle_goes_both_ways_and_keeps_nobody_out(app: App, page: Page) -> None:
    open_run(app, page, RED)
    assert grave(page) == []
    captions = page.locator(f"{CLOSE} figcaption")
    expect(captions).to_have_text(["input", "▲ translated", "▲ back again"])
    red = colour(page)
    assert red[0] > red[2], "A is red"
    back = page.locator(".st-key-pairs .ways").get_by_role("button", name="B to A")
    back.click()
    expect(back).to_have_attribute("aria-pressed", "true", timeout=LONG)
    blue = colour(page)
    assert blue[2] > blue[0], "B is blue"
    page.mouse.click(*pair_at(page, 2))
    film = page.locator(".st-key-strip")
    expect(film).to_contain_text("Pair 3 from B to A through time", timeout=LONG)
    expect(page.locator(f"{CLOSE} .said")).to_contain_text("Pair 3")
    shown = film.locator("img").first.get_attribute("src")
    page.locator(".st-key-pairs .ways").get_by_role("button", name="A to B").click()
    expect(film).to_contain_text("Pair 3 through time", timeout=LONG)
    assert film.locator("img").first.get_attribute("src") != shown, "the other input"
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.locator(f"{PAIRS}.narrow")).to_be_visible()
    said, figures = (page.locator(f"{CLOSE} .{part}").bounding_box() for part in ("said", "figures"))
    assert said is not None
    assert figures is not None
    assert said["y"] + said["height"] <= figures["y"], "what is said of a pair stands above its pictures"


def colour(page: Page) -> list[float]:
    """The mean red, green and blue of the input that is close up."""
    mean: list[float] = figure(page, "input").evaluate(MEAN)
    return mean


def test_the_map_of_points_is_drawn_as_threads(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?{MOONS}")
    canvas = page.locator(".st-key-plane canvas")

    def switch(name: str) -> Locator:
        return page.locator(".st-key-plane").get_by_role("button", name=name, exact=True)

    for name, on in (("inputs", "true"), ("map", "true"), ("way back", "false"), ("real", "true")):
        expect(switch(name)).to_have_attribute("aria-pressed", on)
    for name in ("grid", "trails"):
        expect(switch(name)).to_be_hidden()
    for name in ("map", "inputs", "way back"):
        before = canvas.evaluate("canvas => canvas.toDataURL()")
        switch(name).click()
        assert canvas.evaluate("canvas => canvas.toDataURL()") != before, name
    for name in ("inputs", "way back", "real", "generated", "D", "map"):
        if switch(name).get_attribute("aria-pressed") == "true":
            switch(name).click()
    empty = canvas.evaluate("canvas => canvas.toDataURL()")
    switch("map").click()
    threads = canvas.evaluate("canvas => canvas.toDataURL()")
    assert threads != empty
    play(page, beyond=60)
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before", arg=[canvas.element_handle(), threads]
    )


def test_a_race_of_three_shows_pairs_in_every_lane(app: App, page: Page) -> None:
    page.goto(f"{app.url}/race?{RACE}")
    lanes = page.locator(".st-key-lanes .pairs")
    expect(lanes).to_have_count(3, timeout=LONG)
    for i in range(3):
        expect(lanes.nth(i).locator(".labels")).to_contain_text("truth", timeout=LONG)
        page.wait_for_function(
            "lane => { const c = lane.querySelector('canvas'); return c.width && new Set(c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data).size > 20; }",
            arg=lanes.nth(i).element_handle(),
        )
        expect(lanes.nth(i).locator(".close")).to_be_hidden()
