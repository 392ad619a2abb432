"""A collapse is named soon after its onset, in a line that is never cut, and its cure brings the run back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from playground.coach import CONDITIONS, EARLY
from playground.config.presets import PRESETS
from playground.ui.pages.train import coach_line, cure
from tests.browser.app import LONG, App, count, pause, play, visit
from tests.said import lengthy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VISITOR = Callable[..., BrowserContext]
SIZES = [(1440, 900), (1280, 720), (1024, 768), (390, 844)]
ONE_SCREEN = SIZES[:2]
SOON = 4000  # steps
LINE, CURE = ".st-key-coach", ".st-key-cure_now"
TEXT = f"{LINE} .stMarkdown p"
SPREAD = re.compile(r"samples vary (0\.\d+) × as much as real ones")
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


def resize(page: Page, width: int, height: int) -> None:
    """Another window; waits until the page has come to rest in it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        """() => { const box = JSON.stringify(document.querySelector(".st-key-stage").getBoundingClientRect());
          const same = box === window.lastBox; window.lastBox = box; return same; }""",
        polling=200,
    )


def says(page: Page) -> list[str]:
    """What is cut where the line says each sentence beside the longest name of a cure; then all is put back."""
    found: list[str] = page.locator(TEXT).evaluate(
        f"""(text, [sentences, name]) => {{
          const labels = [...document.querySelectorAll(".st-key-cure_now button p")];  // one of two is not shown
          const before = [...text.childNodes], named = labels.map(label => [...label.childNodes]);
          labels.forEach(label => label.replaceChildren(name));
          const wrong = sentences.flatMap(sentence => {{
            text.replaceChildren("⚠ " + sentence);
            return ({CUT})(text).map(what => sentence + ": " + what);
          }});
          text.replaceChildren(...before);
          labels.forEach((label, n) => label.replaceChildren(...named[n]));
          return wrong;
        }}""",
        [sorted(SAYS), NAME],
    )
    return found


def height(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["height"]


def test_a_collapse_is_named_legible_at_every_size_explained_and_cured(app: App, page: Page, visitor: VISITOR) -> None:
    visit(page, f"{app.url}/?preset=collapse")
    it_is_named_soon_after_its_onset(page)
    wrong = []
    for size in SIZES:
        resize(page, *size)
        wrong += [f"{size}: {what}" for what in cut(page, one_screen=size in ONE_SCREEN)]
        the_cure_is_in_the_window(page, f"{size}")
        terms_are_explained_by_pointer_and_keyboard(page)
    the_first_term_comes_after_a_tab(page)
    terms_are_explained_by_touch(visitor(390, 844, has_touch=True, is_mobile=True).new_page(), page.url)
    resize(page, *SIZES[0])
    page.keyboard.press("l")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden(timeout=LONG)
    for size in SIZES:
        resize(page, *size)
        wrong += [f"{size}, on a projector: {what}" for what in cut(page, one_screen=size in ONE_SCREEN)]
    assert not wrong, "\n".join(wrong)
    resize(page, *SIZES[0])
    page.keyboard.press("l")
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG)
    resize(page, *SIZES[-1])
    the_cure_works_in_the_smallest_window_and_is_undone(page)
    why_it_is_said_leads_to_the_cure_which_brings_the_run_back(page)


def it_is_named_soon_after_its_onset(page: Page) -> None:
    """The run rests then."""
    top = page.locator(".st-key-stage").bounding_box()
    play(page, 500)  # no sample has a mode of its own before
    line = page.locator(LINE)
    expect(line).to_contain_text("Mode collapse", timeout=LONG)
    assert count(page) < SOON
    assert float(SPREAD.search(line.inner_text())[1]) < 0.5  # type: ignore[index]
    assert line.evaluate("line => getComputedStyle(line).overflowY") == "visible"  # no scroll bar beside one line
    assert page.locator(".st-key-stage").bounding_box() == top  # nothing jumps when it begins to speak
    pause(page)
    expect(page.locator(TEXT)).to_contain_text("Mode collapse", timeout=LONG)


def cut(page: Page, one_screen: bool) -> list[str]:
    """What is cut in this window of what the line says, or may say one day, and what that moves."""
    line = page.locator(LINE)
    assert len(SAYS) > len(CONDITIONS)
    before, top = height(line), page.locator(".st-key-stage").bounding_box()
    found: list[str] = page.locator(TEXT).evaluate(CUT)
    found += says(page)
    if height(line) != before or page.locator(".st-key-stage").bounding_box() != top:
        found.append("it jumps")
    if one_screen and page.get_by_test_id("stMain").evaluate("m => m.scrollHeight > m.clientHeight"):
        found.append("the page scrolls")
    return found


def the_cure_is_in_the_window(page: Page, size: str) -> None:
    button = page.locator(CURE).get_by_role("button")
    expect(button).to_be_in_viewport(ratio=0.99)
    expect(button).to_contain_text("Try: R1 0.1 and 3 more")
    assert button.evaluate("b => b.scrollWidth <= b.clientWidth"), f"its name is cut at {size}"
    button.click(trial=True)  # nothing lies over it


def the_cure_works_in_the_smallest_window_and_is_undone(page: Page) -> None:
    button = page.locator(CURE).get_by_role("button")
    top = page.locator(".st-key-stage").bounding_box()
    button.click()
    expect(page.locator(".st-key-sentence")).to_contain_text("R1", timeout=LONG)
    expect(button).to_have_count(0)
    assert page.locator(".st-key-stage").bounding_box() == top, "where it says something else, nothing jumps"
    resize(page, *SIZES[0])
    expect(page.get_by_role("spinbutton", name="R1 (γ): a number", exact=True)).to_have_value("0.1", timeout=LONG)
    page.locator(".st-key-undo").get_by_role("button").click()
    expect(page.get_by_role("spinbutton", name="R1 (γ): a number", exact=True)).to_have_value("0", timeout=LONG)


def terms_are_explained_by_pointer_and_keyboard(page: Page) -> None:
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


def the_first_term_comes_after_a_tab(page: Page) -> None:
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
    page.locator(f"{TEXT} dfn").first.blur()


def terms_are_explained_by_touch(touch: Page, link: str) -> None:
    visit(touch, link)
    touch.locator(f"{TEXT} dfn").first.tap()
    expect(touch.locator(TEXT).get_by_text("G makes only a few kinds of samples")).to_be_visible()
    touch.close()


def why_it_is_said_leads_to_the_cure_which_brings_the_run_back(page: Page) -> None:
    play(page)
    expect(page.locator(LINE)).to_contain_text("Mode collapse", timeout=LONG)
    top = page.locator(".st-key-stage").bounding_box()
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_role("dialog", name="Why?")).to_contain_text("Go back to before it")
    assert page.locator(".st-key-stage").bounding_box() == top  # nothing jumps
    page.get_by_role("button", name="Try it").click()
    page.keyboard.press("Escape")
    expect(page.locator(LINE)).to_contain_text(re.compile("Learning normally|Converged"), timeout=4 * LONG)
    assert not page.locator(".stException").count()
