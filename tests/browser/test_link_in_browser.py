"""The link of a run: reload, a second tab, nonsense."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, count, pause, play, slider, spelled, visit, wait_beyond

D_LR = "Learning rate of D"


def test_a_reload_a_second_tab_and_another_visitor_find_the_one_run(
    app: App, page: Page, visitor: Callable[..., BrowserContext]
) -> None:
    before = app.runs()
    visit(page, app.url)
    play(page, beyond=20)
    step = pause(page)
    a_reload_finds_it(page, step)
    second = page.context.new_page()
    a_second_tab_finds_it_and_turns_a_knob(page, second, step)
    play(second, beyond=step)
    wait_beyond(page, step)
    other = visitor().new_page()
    other.goto(page.url)
    wait_beyond(other, count(page))
    step = pause(page)
    for one in (second, other):
        expect(one.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert app.runs() - before == {parse_qs(urlsplit(page.url).query)["run"][0]}
    assert len(app.engines()) == 1


def a_reload_finds_it(page: Page, step: int) -> None:
    link = page.url
    page.reload()
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert page.url == link


def a_second_tab_finds_it_and_turns_a_knob(page: Page, second: Page, step: int) -> None:
    visit(second, page.url)
    expect(second.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    slider(second, D_LR).press("ArrowLeft")
    expect(slider(page, D_LR)).to_have_attribute("aria-valuetext", "0.0005", timeout=LONG)
    expect(slider(second, D_LR)).to_have_attribute("aria-valuetext", "0.0005")
    expect(page.locator(".st-key-sentence")).to_contain_text(f"{D_LR}: 0.001 → 0.0005", timeout=LONG)


def test_nonsense_in_the_link_is_mended_and_said(app: App, page: Page) -> None:
    nonsense = "run=..%2F..%2Fetc&preset=nope&banana=1&g_lr=99&batch_size=many&z_dim=-5&dataset=%00&seed=1e99"
    page.goto(f"{app.url}/?{nonsense}")
    note = page.locator(".st-key-findings")
    for sentence in (
        "The run in this link is not known here. This is a new one.",
        "There is no preset named “nope”. This is “Digits”.",
        "The link names knobs that do not exist; they were ignored: “banana”.",
        "It is now 0.1",
        "It is now 1",
    ):
        expect(note).to_contain_text(sentence, timeout=LONG)
    expect(slider(page, "Learning rate of G")).to_have_attribute("aria-valuetext", "0.1")
    assert "nope" not in page.url
    assert "banana" not in page.url
    play(page)
