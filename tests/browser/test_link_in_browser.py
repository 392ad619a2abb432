"""The link of a run: reload, a second tab, nonsense."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, count, pause, play, slider, spelled, visit, wait_beyond

D_LR = "Learning rate of D"


def test_reload_and_second_tab_find_the_run(app: App, page: Page) -> None:
    visit(page, app.url)
    play(page, beyond=20)
    step = pause(page)
    link = page.url
    page.reload()
    expect(page.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert page.url == link

    second = page.context.new_page()
    visit(second, link)
    expect(second.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    slider(second, D_LR).press("ArrowLeft")
    expect(slider(page, D_LR)).to_have_attribute("aria-valuetext", "0.0005", timeout=LONG)
    expect(slider(second, D_LR)).to_have_attribute("aria-valuetext", "0.0005")
    expect(page.locator(".st-key-sentence")).to_contain_text(f"{D_LR}: 0.001 → 0.0005", timeout=LONG)
    play(second, beyond=step)
    wait_beyond(page, step)


def test_one_link_is_one_run(app: App, visitor: Callable[..., BrowserContext]) -> None:
    before = app.runs()
    first = visitor().new_page()
    visit(first, app.url)
    play(first, beyond=20)
    others = [visitor().new_page() for _ in range(2)]
    for other in others:
        other.goto(first.url)
    for other in others:
        wait_beyond(other, count(first))
    step = pause(first)
    for other in others:
        expect(other.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    assert app.runs() - before == {parse_qs(urlsplit(first.url).query)["run"][0]}
    assert len(app.engines()) == 1


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
