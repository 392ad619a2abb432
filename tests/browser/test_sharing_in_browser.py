"""A link to watch: whoever has it sees the run move and cannot steer it, and their own copy goes its own way."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.app import (
    COUNT,
    LONG,
    App,
    at_rest,
    choose_preset,
    count,
    number,
    pause,
    play,
    slider,
    spelled,
    stage,
    until,
    visit,
    wait_beyond,
)

# A page then keeps its connections to the server, so that a test can send anything by them.
SOCKETS = """window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...how) { super(...how); window.sockets.push(this); } };"""


def _run(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["run"][0]


def test_whoever_watches_steers_nothing_their_copy_is_another_run_and_a_co_teacher_steers(
    app: App, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor(own=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(SOCKETS)
    owner, sent = context.new_page(), []

    def keep(frame: bytes | str) -> None:
        message = BackMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
        if message.HasField("rerun_script") and message.rerun_script.widget_states.widgets:
            sent.append(message)

    owner.on("websocket", lambda socket: socket.on("framesent", keep))
    visit(owner, f"{app.url}/?preset=ring")
    watch = the_link_is_copied_and_large(owner, app.url)
    a_co_teacher_steers_and_the_events_say_so(owner, visitor().new_page())
    forged, harmless = what_steers(owner, sent)

    watching = visitor(own=True)
    watching.add_init_script(SOCKETS)
    watcher = watching.new_page()
    visit(watcher, watch)
    messages_written_by_hand_steer_nothing(owner, watcher, forged, harmless)
    step = whoever_watches_follows_and_cannot_steer(owner, watcher)
    a_copy_is_another_run(owner, watcher, watch, step)


def the_link_is_copied_and_large(owner: Page, url: str) -> str:
    """Gives the link to watch."""
    owner.keyboard.press("h")
    link, large = owner.locator(".share .link"), owner.locator(".share dialog")
    expect(link).to_have_value(re.compile(rf"^{re.escape(url)}/\?run=watch\.\w+$"))
    owner.get_by_role("button", name="Watch: Copy link").click()
    expect(owner.get_by_role("button", name="Watch: Copied")).to_be_visible()
    watch: str = owner.evaluate("navigator.clipboard.readText()")
    assert watch == link.input_value()
    assert _run(owner) not in watch
    owner.keyboard.press("q")
    expect(large.locator("img")).to_be_in_viewport(ratio=1)
    assert large.locator("img").evaluate("image => image.decode().then(() => image.clientWidth)") > 500
    owner.keyboard.press("Escape")
    expect(large).to_be_hidden()
    owner.keyboard.press("Escape")
    expect(link).to_be_hidden()
    return watch


def a_co_teacher_steers_and_the_events_say_so(owner: Page, helper: Page) -> None:
    visit(helper, link_to(owner, "Steer together"))
    number(helper, "Learning rate of D").fill("0.0123")
    number(helper, "Learning rate of D").press("Enter")
    expect(owner.get_by_text(re.compile("Co-teacher: Learning rate of D: 0.002 → 0.0123"))).to_be_visible(timeout=LONG)
    expect(slider(owner, "Learning rate of D")).to_have_attribute("aria-valuetext", "0.0123", timeout=LONG)
    play(helper)
    wait_beyond(owner, 0)
    pause(helper)
    expect(owner.get_by_role("button", name="Play")).to_be_visible(timeout=LONG)
    helper.close()


def what_steers(owner: Page, sent: list[BackMsg]) -> tuple[list[BackMsg], BackMsg]:
    """Messages that steer a run, which is at step 1 then, and one that does not."""
    at_rest(owner)
    before = count(owner)
    sent.clear()
    owner.get_by_role("button", name="Step Shortcut S", exact=True).click()
    expect(owner.locator(COUNT)).to_have_text(spelled(before + 1), timeout=LONG)
    step = [message for message in sent if any(w.trigger_value for w in message.rerun_script.widget_states.widgets)][-1]
    number(owner, "Learning rate of D").fill("0.0234")
    number(owner, "Learning rate of D").press("Enter")
    expect(slider(owner, "Learning rate of D")).to_have_attribute("aria-valuetext", "0.0234", timeout=LONG)
    play(owner, beyond=before + 20)
    pause(owner)
    choose_preset(owner, "Grid of 25")
    expect(owner.locator(COUNT)).to_have_text("0", timeout=LONG)
    forged = list(sent)
    sent.clear()
    owner.get_by_role("radio", name="Metrics").click()
    expect(owner.locator(".st-key-measures")).to_be_visible(timeout=LONG)
    harmless = sent[-1]
    send_as(owner, step)
    expect(owner.locator(COUNT)).to_have_text("1", timeout=LONG)  # so it is heard where it may be
    return forged, harmless


def send_as(page: Page, message: BackMsg) -> None:
    """Send what another page sent by the connection of this one, as if it were of its run."""
    forged = BackMsg()
    forged.CopyFrom(message)
    forged.rerun_script.query_string = urlsplit(page.url).query
    page.evaluate("bytes => sockets.at(-1).send(new Uint8Array(bytes))", list(forged.SerializeToString()))


def messages_written_by_hand_steer_nothing(
    owner: Page, watcher: Page, forged: list[BackMsg], harmless: BackMsg
) -> None:
    wait_for_a_look(owner)
    address, picture = owner.url, still(owner)
    expect(watcher.locator(COUNT)).to_have_text("1", timeout=LONG)
    for message in forged:
        send_as(watcher, message)
    send_as(watcher, harmless)
    expect(watcher.locator(".st-key-measures")).to_be_visible(timeout=LONG)  # all of them were heard
    wait_for_a_look(owner)
    assert (count(owner), owner.url, still(owner)) == (1, address, picture)
    assert owner.get_by_role("button", name="Play").is_visible()
    assert count(watcher) == 1


def whoever_watches_follows_and_cannot_steer(owner: Page, watcher: Page) -> int:
    """Gives the step at which the run rests."""
    step = count(owner)
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
    return step


def a_copy_is_another_run(owner: Page, watcher: Page, watch: str, step: int) -> None:
    wait_for_a_look(owner)
    picture = still(owner)
    watcher.get_by_role("button", name="Take your own copy").click()
    watcher.get_by_role("button", name="From this moment").click()
    expect(slider(watcher, "Learning rate of D")).to_be_enabled()
    play(watcher, beyond=step)
    assert len({_run(owner), _run(watcher), parse_qs(urlsplit(watch).query)["run"][0]}) == 3
    pause(watcher)
    owner.reload()
    expect(owner.locator(COUNT)).to_have_text(spelled(step), timeout=LONG)
    until(lambda: still(owner) == picture)


def link_to(page: Page, title: str) -> str:
    """What the dialog that shares the run gives, which is then closed."""
    page.keyboard.press("h")
    page.locator(".share .rows").get_by_text(title, exact=True).click()
    link = page.locator(".share .link").input_value()
    page.keyboard.press("Escape")
    expect(page.locator(".share")).to_be_hidden()
    return link


def still(page: Page) -> str:
    """The picture on the stage."""
    return str(stage(page).evaluate("canvas => canvas.toDataURL()"))


def wait_for_a_look(page: Page) -> None:
    """Until a page that rests has looked at its run once more."""
    page.wait_for_timeout(3000)
