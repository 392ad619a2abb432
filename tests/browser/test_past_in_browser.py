"""The time machine, as a person uses it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import (
    COUNT,
    LONG,
    App,
    at_rest,
    choose_preset,
    count,
    pause,
    play,
    spelled,
    stage,
    visit,
    wait_beyond,
)

VISITOR = Callable[..., BrowserContext]
SEVERAL = re.compile(r"^([4-9]|\d\d+)$")  # moments


def line(page: Page) -> Locator:
    """The timeline."""
    return page.get_by_role("slider", name="Moments of this run")


def moments(page: Page) -> int:
    """How many moments the timeline has."""
    return int(line(page).get_attribute("aria-valuemax") or 0)


def drag_to(page: Page, share: float) -> None:
    """Drag along the timeline and let go at a share of its length."""
    box = line(page).bounding_box()
    assert box
    y = box["y"] + 0.55 * box["height"]
    page.mouse.move(box["x"] + box["width"] * (share + 0.1), y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, y, steps=4)
    page.mouse.up()


def looked_at(page: Page) -> int:
    """The step of the past that is on the stage, once it is the one where the hand let go of the timeline."""
    expect(page.get_by_text("as it was")).to_be_visible(timeout=LONG)
    found = re.match(r"Step ([\d\u202f]+)", line(page).get_attribute("aria-valuetext") or "")
    assert found
    expect(page.get_by_text(f"Step {found[1]}, as it was")).to_be_visible(timeout=LONG)
    return int(found[1].replace("\u202f", ""))


def trained(page: Page, app: App, knobs: str = "preset=ring") -> None:
    visit(page, f"{app.url}/?{knobs}")
    play(page, beyond=50)
    expect(line(page)).to_have_attribute("aria-valuemax", SEVERAL, timeout=LONG)


def expect_count(page: Page, step: int) -> None:
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)


def stage_of(page: Page) -> str:
    return str(stage(page).first.evaluate("canvas => canvas.toDataURL()"))


def test_a_run_that_plays_is_looked_back_at_and_rewound_by_keys(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?preset=ring")
    page.keyboard.press("s")
    expect_count(page, 1)
    page.keyboard.press("p")
    wait_beyond(page, 50)
    page.keyboard.press("m")
    expect(line(page)).to_have_attribute("aria-valuemax", SEVERAL, timeout=LONG)
    what_is_said_of_a_moment_stays_with_it(page)
    page.keyboard.press("n")
    expect(page.get_by_text("as it was")).to_be_hidden(timeout=LONG)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    the_keyboard_alone_goes_back(page)


def what_is_said_of_a_moment_stays_with_it(page: Page) -> None:
    drag_to(page, 0.5)
    then, tip = looked_at(page), page.locator(".st-key-timeline .tip")
    expect(tip).to_contain_text(spelled(then))
    before = tip.bounding_box()
    wait_beyond(page, 3 * count(page) // 2)
    after, box = tip.bounding_box(), line(page).bounding_box()
    assert before
    assert after
    assert box
    middle = after["x"] + after["width"] / 2 - box["x"] - 14
    assert after["x"] < before["x"] - 20, "the moment has moved to the left"
    assert abs(middle / (box["width"] - 28) - then / count(page)) < 0.1


def the_keyboard_alone_goes_back(page: Page) -> None:
    page.keyboard.press("[")
    late, said = looked_at(page), line(page).get_attribute("aria-valuetext") or ""
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(line(page)).not_to_have_attribute("aria-valuetext", said, timeout=LONG)
    early = looked_at(page)
    assert early < late
    line(page).focus()
    page.keyboard.press("Home")
    expect(line(page)).to_have_attribute("aria-valuetext", re.compile(r"^Step 0\b"), timeout=LONG)
    assert looked_at(page) == 0
    page.keyboard.press("ArrowRight")
    expect(line(page)).not_to_have_attribute("aria-valuetext", re.compile(r"^Step 0\b"), timeout=LONG)
    then = looked_at(page)
    assert then > 0
    page.keyboard.press("b")
    expect(page.get_by_text("Back from step")).to_be_visible(timeout=LONG)
    expect_count(page, then)
    page.keyboard.press("?")
    expect(page.get_by_text("Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Keyboard shortcuts")).to_be_hidden()


def test_a_fork_is_a_second_run_and_rewinding_keeps_the_old_future(app: App, page: Page) -> None:
    trained(page, app)
    step = pause(page)
    a_fork_is_a_second_run(page, step)
    before = moments(page)
    drag_to(page, 0.3)
    then = looked_at(page)
    page.get_by_role("button", name="Rewind").click()
    expect(page.get_by_text(f"Step {spelled(then)}: Back from step {spelled(step)}")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("as it was")).to_be_hidden()
    expect_count(page, then)
    assert moments(page) >= before, "the moments of the old future are still there"
    play(page, then + 20)
    pause(page)
    page.reload()
    expect(stage(page)).to_be_visible(timeout=LONG)
    assert count(page) > then
    assert moments(page) >= before


def a_fork_is_a_second_run(page: Page, step: int) -> None:
    old = page.url
    drag_to(page, 0.3)
    then = looked_at(page)
    page.get_by_role("button", name="Fork").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"goes on from step {spelled(then)}")).to_be_visible(timeout=LONG)
    dialog.get_by_role("slider").press("ArrowRight")
    page.wait_for_timeout(1000)
    dialog.get_by_role("button", name="Fork").click()
    expect(page.get_by_text(re.compile(r"R1 \(γ\): 0.1 → 0.2"))).to_be_visible(timeout=LONG)
    expect_count(page, then)
    assert page.url != old
    play(page, then)
    pause(page)
    page.go_back()  # once: a knob that differs is no entry of its own
    expect_count(page, step)  # the first run stays as it was
    assert page.url == old
    at_rest(page)


def test_a_run_of_images_is_scrubbed_and_goes_home_and_other_data_end_its_filmstrip(
    app: App, page: Page, visitor: VISITOR, tmp_path: Path
) -> None:
    trained(page, app, "preset=digits&g_width=16&d_width=16")
    scrubbing_shows_the_past_while_the_training_goes_on(page)
    step, kept = pause(page), moments(page)
    path = taken_home(page, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert {"config.json", "history.csv", "checkpoint.safetensors", "timeline.json"} <= set(archive.namelist())
    play(page, step)
    other_data_end_the_filmstrip(page)
    pause(page)

    other = visitor().new_page()
    visit(other, f"{app.url}/?preset=ring")
    play(other, beyond=20)
    a_hostile_zip_gets_a_sentence_and_the_run_goes_on(other)
    pause(other)
    other.get_by_role("button", name="Open a run").click()
    bring(other, "run.zip", path.read_bytes())
    expect(stage(other)).to_be_visible(timeout=LONG)
    expect(other.get_by_text("Opened from a file")).to_be_visible(timeout=LONG)
    expect_count(other, step)
    assert moments(other) == kept
    drag_to(other, 0.3)
    looked_at(other)
    play(other, step)


def scrubbing_shows_the_past_while_the_training_goes_on(page: Page) -> None:
    first, wide = stage_of(page), line(page).evaluate("line => line.clientWidth")
    drag_to(page, 0.2)
    then = looked_at(page)
    assert line(page).evaluate("line => line.clientWidth") == wide, "no button makes it narrower under the hand"
    now = count(page)
    assert then < now
    wait_beyond(page, now + 20)
    assert looked_at(page) == then, "the stage stays where it was put"
    page.wait_for_timeout(1000)  # the picture comes a moment after the sentence: it has to be decoded
    shown = stage_of(page)
    assert shown != first
    wait_beyond(page, count(page) + 20)
    assert stage_of(page) == shown, "the past does not move"
    page.get_by_role("button", name="Now").click()
    expect(page.get_by_text("as it was")).to_be_hidden(timeout=LONG)


def other_data_end_the_filmstrip(page: Page) -> None:
    """Of a sample that is followed; the data that it was of bring it back."""
    page.locator(".st-key-grid .field").click()
    strip = page.locator(".st-key-strip")
    expect(strip.locator("figure").first).to_be_visible(timeout=LONG)
    choose_preset(page, "Ring of 8")
    expect(strip).to_have_count(0, timeout=LONG)
    expect(page.locator(".st-key-plane canvas")).to_be_visible(timeout=LONG)
    play(page)
    page.keyboard.press("u")
    expect(strip.locator("figure").first).to_be_visible(timeout=LONG)


def a_hostile_zip_gets_a_sentence_and_the_run_goes_on(page: Page) -> None:
    """A program in place of a run; what else such a file may be is tested where it is read."""
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("checkpoint.safetensors", b"cos\nsystem\n(S'touch /tmp/pwned'\ntR.")
        archive.writestr("timeline.json", "[]")
    before = page.url
    page.get_by_role("button", name="Open a run").click()
    bring(page, "run.zip", evil.getvalue())
    expect(page.get_by_role("dialog").get_by_text(re.compile("not a run|damaged"))).to_be_visible(timeout=LONG)
    assert page.url == before
    page.keyboard.press("Escape")
    wait_beyond(page, count(page) + 5)


def taken_home(page: Page, tmp_path: Path) -> Path:
    page.get_by_role("button", name="Take home").click()
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("button", name="Zip with all its moments").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    page.evaluate(  # as after an export: the button was disabled while it worked, and nothing has the focus
        """() => { document.activeElement.blur();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })); }"""
    )
    expect(page.get_by_role("dialog")).to_be_hidden()
    return path


def bring(page: Page, name: str, content: bytes) -> None:
    dialog = page.get_by_role("dialog")
    file = {"name": name, "mimeType": "application/zip", "buffer": content}
    dialog.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    dialog.get_by_role("button", name="Open", exact=True).click()
