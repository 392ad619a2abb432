"""The coach's line at every size: never cut, its cure at hand, its terms explained, and nothing jumps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from playground.coach import CONDITIONS, EARLY
from playground.config.presets import PRESETS
from playground.ui.pages.train import coach_line, cure
from tests.browser.app import LONG, App, pause, play, visit
from tests.said import lengthy

VISITOR = Callable[..., BrowserContext]
SIZES = [(1440, 900), (1280, 720), (1024, 768), (390, 844)]
ONE_SCREEN = SIZES[:2]
TEXT = ".st-key-coach .stMarkdown p"
WHEN = ("", "At step 100\u202f000:")
SAYS = {" ".join(coach_line.sentence(said, when))
        for key in CONDITIONS if key != EARLY for said in lengthy(key) for when in WHEN}  # fmt: skip

NAME = max((cure.in_short(found) for preset in PRESETS.values() for condition in CONDITIONS.values()
            if (found := condition.cure(preset.config))), key=len)  # fmt: skip

# What is cut of the text: by itself, by the line, by the window, or by a button of the line.
CUT = """text => {
  const box = element => element.getBoundingClientRect(), p = box(text);
  const line = box(document.querySelector(".st-key-coach"));
  const range = document.createRange();
  range.selectNodeContents(text);
  const said = range.getBoundingClientRect();
  const buttons = [...document.querySelectorAll(".st-key-coach button")].map(box).filter(b => b.width);
  return [
    ["width", text.scrollWidth > text.clientWidth],
    ["height", text.scrollHeight > text.clientHeight + 1],
    ["line", p.top < line.top - 1 || p.bottom > line.bottom + 1 || said.right > line.right + 1],
    ["window", said.left < 0 || said.right > innerWidth],
    ["button", buttons.some(b => b.left < said.right - 1 && said.left < b.right - 1
                                 && b.top < p.bottom - 1 && p.top < b.bottom - 1)],
    ["a button's place", buttons.some(b => b.bottom > line.bottom + 1 || b.right > line.right + 1)],
    ["ellipsis", getComputedStyle(text).textOverflow === "ellipsis" && getComputedStyle(text).overflow === "hidden"],
  ].filter(([, wrong]) => wrong).map(([name]) => `${name}: text ${p.top}-${p.bottom} in ${line.top}-${line.bottom}`);
}"""


@pytest.fixture
def collapsed(app: App, visitor: VISITOR) -> Page:
    """A run of the collapse preset that rests where the coach has named the collapse."""
    page = visitor().new_page()
    visit(page, f"{app.url}/?preset=collapse")
    play(page, 500)
    expect(page.locator(TEXT)).to_contain_text("Mode collapse", timeout=LONG)
    pause(page)
    expect(page.locator(TEXT)).to_contain_text("Mode collapse", timeout=LONG)
    return page


def resize(page: Page, width: int, height: int) -> None:
    """Another window; waits until the page has come to rest in it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        """() => { const box = JSON.stringify(document.querySelector(".st-key-stage").getBoundingClientRect());
          const same = box === window.lastBox; window.lastBox = box; return same; }""",
        polling=200,
    )


def says(page: Page, sentence: str) -> list[str]:
    """What is cut where the line says `sentence` beside the longest name of a cure; then all is put back."""
    wrong: list[str] = page.locator(TEXT).evaluate(
        f"""(text, [sentence, name]) => {{
          const labels = [...document.querySelectorAll(".st-key-cure_now button p")];  // one of two is not shown
          const before = [...text.childNodes], named = labels.map(label => [...label.childNodes]);
          text.replaceChildren("⚠ " + sentence);
          labels.forEach(label => label.replaceChildren(name));
          const wrong = ({CUT})(text);
          text.replaceChildren(...before);
          labels.forEach((label, n) => label.replaceChildren(...named[n]));
          return wrong;
        }}""",
        [sentence, NAME],
    )
    return [f"{sentence}: {what}" for what in wrong]


def height(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["height"]


def test_no_sentence_is_cut_at_any_size(collapsed: Page) -> None:
    page, line = collapsed, collapsed.locator(".st-key-coach")
    assert len(SAYS) > len(CONDITIONS)
    wrong = []
    for projector in (False, True):
        for size in SIZES:
            resize(page, *size)
            before, top = height(line), page.locator(".st-key-stage").bounding_box()
            found = page.locator(TEXT).evaluate(CUT) + [what for sentence in SAYS for what in says(page, sentence)]
            if height(line) != before or page.locator(".st-key-stage").bounding_box() != top:
                found.append("it jumps")
            if size in ONE_SCREEN and page.get_by_test_id("stMain").evaluate("m => m.scrollHeight > m.clientHeight"):
                found.append("the page scrolls")
            wrong += [f"{size}, projector {projector}: {what}" for what in found]
        if not projector:
            resize(page, *SIZES[0])
            page.keyboard.press("l")
            expect(page.get_by_test_id("stSidebar")).to_be_hidden(timeout=LONG)
    assert not wrong, "\n".join(wrong)


def test_the_cure_is_in_the_window_at_every_size_and_works(collapsed: Page) -> None:
    page = collapsed
    button = page.locator(".st-key-cure_now").get_by_role("button")
    for size in SIZES:
        resize(page, *size)
        expect(button).to_be_in_viewport(ratio=0.99)
        expect(button).to_contain_text("Try: R1 0.1 and 3 more")
        assert button.evaluate("b => b.scrollWidth <= b.clientWidth"), f"its name is cut at {size}"
        button.click(trial=True)  # nothing lies over it
    top = page.locator(".st-key-stage").bounding_box()
    button.click()
    expect(page.locator(".st-key-sentence")).to_contain_text("R1", timeout=LONG)
    expect(button).to_have_count(0)
    assert page.locator(".st-key-stage").bounding_box() == top, "where it says something else, nothing jumps"
    resize(page, *SIZES[0])
    expect(page.get_by_role("spinbutton", name="R1 (γ): a number", exact=True)).to_have_value("0.1", timeout=LONG)
    page.locator(".st-key-undo").get_by_role("button").click()
    expect(page.get_by_role("spinbutton", name="R1 (γ): a number", exact=True)).to_have_value("0", timeout=LONG)


def test_terms_are_explained_by_pointer_keyboard_and_touch(app: App, collapsed: Page, visitor: VISITOR) -> None:
    page = collapsed
    for size in SIZES:
        resize(page, *size)
        for term in page.locator(f"{TEXT} dfn").all():
            tip = term.get_by_role("tooltip")
            expect(tip).to_be_hidden()
            term.hover()
            expect(tip).to_be_in_viewport(ratio=0.99)
            page.mouse.move(1, 1)
            expect(tip).to_be_hidden()
            term.focus()
            expect(tip).to_be_in_viewport(ratio=0.99)
            term.blur()
    page.get_by_role("button", name="Why?").focus()
    page.keyboard.press("Tab")
    expect(page.locator(f"{TEXT} dfn").first).to_be_focused()
    expect(page.get_by_text("G makes only a few kinds of samples")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("G makes only a few kinds of samples")).to_be_hidden()
    expect(page.locator(f"{TEXT} dfn").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_text("G makes only a few kinds of samples")).to_be_visible()
    touch = visitor(390, 844, has_touch=True, is_mobile=True).new_page()
    visit(touch, page.url)
    touch.locator(f"{TEXT} dfn").first.tap()
    expect(touch.locator(TEXT).get_by_text("G makes only a few kinds of samples")).to_be_visible()
