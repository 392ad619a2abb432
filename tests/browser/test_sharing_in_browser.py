"""A link to watch: whoever has it sees the run move and cannot steer it, and their own copy goes its own way."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import COUNT, LONG, App, count, pause, play, slider, spelled, visit, wait_beyond


def _run(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def test_whoever_watches_cannot_steer_and_their_copy_is_another_run(
    app: App, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    owner = context.new_page()
    visit(owner, f"{app.url}/?preset=ring")
    play(owner, beyond=20)
    step = pause(owner)
    owner.keyboard.press("h")
    link, large = owner.locator(".share .link"), owner.locator(".share dialog")
    expect(link).to_have_value(re.compile(rf"^{re.escape(app.url)}/\?run=watch\.\w+$"))
    owner.get_by_role("button", name="Watch: Copy link").click()
    expect(owner.get_by_role("button", name="Watch: Copied")).to_be_visible()
    watch = owner.evaluate("navigator.clipboard.readText()")
    assert watch == link.input_value()
    assert _run(owner) not in watch
    owner.keyboard.press("q")
    expect(large.locator("img")).to_be_in_viewport(ratio=1)
    assert large.locator("img").evaluate("image => image.decode().then(() => image.clientWidth)") > 500
    owner.keyboard.press("Escape")
    expect(large).to_be_hidden()
    owner.keyboard.press("Escape")
    expect(link).to_be_hidden()

    watcher = visitor().new_page()
    visit(watcher, watch)
    expect(watcher.get_by_text("You are watching.")).to_be_visible()
    expect(watcher.get_by_role("button", name="Play")).to_have_count(0)
    expect(slider(watcher, "Learning rate of D")).to_be_disabled()
    for key in "ps0mb":
        watcher.keyboard.press(key)
    expect(owner.get_by_role("button", name="Share · 1 watching")).to_be_visible(timeout=LONG)
    assert count(owner) == step
    play(owner, beyond=step)
    wait_beyond(watcher, step)
    step = pause(owner)
    expect(watcher.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)

    watcher.get_by_role("button", name="Take your own copy").click()
    watcher.get_by_role("button", name="From this moment").click()
    expect(slider(watcher, "Learning rate of D")).to_be_enabled()
    play(watcher, beyond=step)
    assert len({_run(owner), _run(watcher), parse_qs(urlsplit(watch).query)["run"][0]}) == 3
    owner.reload()
    expect(owner.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
