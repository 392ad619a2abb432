"""A lesson from its link to its end, as a student does it, and as a class sees it on a projector."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from playground.lessons.lesson import LESSONS
from tests.browser.app import LONG, App, visit
from tests.browser.axe import grave

VISITOR = Callable[..., BrowserContext]
KEY = "two-networks"
LESSON = LESSONS[KEY]


def panel(page: Page, name: str, prefix: str = "") -> Locator:
    return page.locator(f".st-key-{prefix}lesson_{name}")


def button(page: Page, name: str, prefix: str = "") -> Locator:
    return panel(page, name, prefix).get_by_role("button").locator("visible=true").first


def ticked(page: Page) -> Locator:
    return page.locator(".lesson_state.done").first


def goes_on(page: Page, at: int) -> None:
    """Press Next, and wait for the step."""
    button(page, "next").click()
    page.wait_for_url(re.compile(rf"[?&]at={at + 1}(&|$)"), timeout=LONG)


def answer(page: Page, at: int) -> None:
    """Choose the right answer; at the first question a wrong one before."""
    choices = LESSON.steps[at].choices
    wrong = next(i for i, choice in enumerate(choices) if not choice.right)
    right = next(i for i, choice in enumerate(choices) if choice.right)
    if at == 0:
        button(page, f"choice_{wrong}").click()
        expect(page.get_by_test_id("stSidebar")).to_contain_text("Not quite.", timeout=LONG)
    button(page, f"choice_{right}").click()


def test_a_student_walks_through_the_first_lesson(app: App, page: Page) -> None:
    visit(page, f"{app.url}/?lesson={KEY}")
    expect(page.get_by_role("heading", name=LESSON.title)).to_be_visible(timeout=LONG)
    for at, step in enumerate(LESSON.steps):
        expect(page.get_by_role("heading", name=step.title, exact=True)).to_be_visible(timeout=LONG)
        if step.preset or step.knobs:
            button(page, "set").click()
        if step.choices:
            answer(page, at)
        elif at == 1:  # Press Play
            top = panel(page, "turns").evaluate("one => one.getBoundingClientRect().top")
            page.get_by_role("button", name="Play").first.click()
            expect(ticked(page)).to_be_visible(timeout=LONG)
            assert panel(page, "turns").evaluate("one => one.getBoundingClientRect().top") == top
            expect(page.locator("#read-out")).to_contain_text("Done.", timeout=LONG)
        elif "recorded" in step.check.text if step.check else False:
            record(page)
        if step.check is None or (at < len(LESSON.steps) - 1 and "modes" not in step.check.text):
            expect(ticked(page)).to_be_visible(timeout=LONG)  # what takes long to train is passed over
        if at == 0:
            assert grave(page, "[data-testid=stSidebar]") == []
        goes_on(page, at + 1)
    expect(page.get_by_role("heading", name="What you learnt")).to_be_visible(timeout=LONG)
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.get_by_role("heading", name="What you learnt")).to_be_visible(timeout=LONG)
    page.locator(".st-key-lessons").get_by_role("button").first.click()
    expect(page.locator(".st-key-lesson_bring")).to_be_visible(timeout=LONG)
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})  # a telephone, whose sidebar is shut
    expect(button(page, "open")).to_contain_text("The end", timeout=LONG)
    button(page, "open").click()
    button(page, "leave", "corner_").click()
    page.wait_for_url(lambda url: "lesson" not in url, timeout=LONG)
    expect(panel(page, "next")).to_have_count(0, timeout=LONG)


def record(page: Page) -> None:
    """Go through one step in slow motion."""
    page.get_by_role("button", name="Pause").first.click()
    page.get_by_test_id("stMain").get_by_text("Inside a step", exact=True).click()
    page.get_by_role("button", name=re.compile("^Both")).first.click()


def test_a_class_sees_a_step_on_a_projector(app: App, visitor: VISITOR) -> None:
    page = visitor(1280, 720).new_page()
    visit(page, f"{app.url}/?preset=ring&lesson={KEY}&at=2&projector=on")
    expect(panel(page, "large")).to_contain_text(LESSON.steps[1].text.split(".")[0], timeout=LONG)
    for name in ("next", "back", "knobs", "leave"):
        expect(button(page, name)).to_be_in_viewport(ratio=0.99)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollHeight - main.clientHeight") == 0
    button(page, "knobs").click()
    expect(page.locator(".st-key-row_d_lr")).to_be_in_viewport(ratio=0.9, timeout=LONG)
    button(page, "back_to").click()
    expect(button(page, "next")).to_be_visible(timeout=LONG)
    page.get_by_test_id("stTopNav").get_by_role("link", name="Race").click()
    opener = page.locator(".st-key-lesson_open").get_by_role("button").locator("visible=true").first
    expect(opener).to_contain_text("Step 2 of", timeout=LONG)
    opener.click()
    expect(panel(page, "popover")).to_contain_text(LESSON.steps[1].title, timeout=LONG)
    button(page, "next", "corner_").click()
    page.wait_for_url(re.compile("[?&]at=3"), timeout=LONG)
