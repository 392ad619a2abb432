"""What the server answers besides pages."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.app import COUNT, LONG, App, pause, play, visit


def test_scripts_come_once_after_the_page_and_no_message_refers_to_a_forgotten_one(app: App, page: Page) -> None:
    page.add_init_script(
        """new MutationObserver(() => {
          const asked = document.querySelector('script[src*="/files/plotly-"]');
          if (asked) window.playFirst ??= Boolean(document.querySelector(".st-key-play button"));
        }).observe(document, { subtree: true, childList: true });"""
    )
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/files/" in answer.url else None)
    messages = Messages(page)
    visit(page, f"{app.url}/?preset=ring")
    expect(page.locator(".st-key-losses .nsewdrag").first).to_be_visible(timeout=LONG)
    assert page.evaluate("window.playFirst") is True
    play(page, beyond=200)
    pause(page)
    messages.wait_for("script_finished", 2)  # what stands still is sent again and again
    assert "delta" in messages.seen
    assert "ref_hash" not in messages.seen, "the browser may have forgotten it"
    scripts_are_kept(answers)
    page.goto(f"{app.url}/data")
    expect(page.get_by_role("button", name="Coloured shapes").first).to_be_visible(timeout=LONG)
    assert page.locator('script[src*="/files/plotly-"]').count() == 0, "no chart, no script"


class Messages:
    """The kinds of messages that a page gets from Streamlit."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        self._sockets: list[WebSocket] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        self._sockets.append(socket)
        socket.on("framereceived", self._note)

    def _note(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.seen.append(str(ForwardMsg.FromString(payload).WhichOneof("type")))

    def wait_for(self, kind: str, more: int) -> None:
        """Wait until there are so many more of a kind."""
        wanted = self.seen.count(kind) + more
        [*_, socket] = self._sockets
        with socket.expect_event("framereceived", lambda _payload: self.seen.count(kind) >= wanted, timeout=LONG):
            pass


def scripts_are_kept(answers: list[Response]) -> None:
    asked = [answer.url for answer in answers]
    assert asked
    assert len(asked) == len(set(asked)), "a script was fetched twice"
    for answer in answers:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    [drawing] = [answer for answer in answers if "/files/plotly-" in answer.url]
    assert drawing.headers["content-encoding"] == "gzip"
    assert int(drawing.headers["content-length"]) < 2_000_000, "of nearly five million"


def test_an_address_that_is_none_gets_a_sentence(app: App) -> None:
    for name in ("nothing.js", "..%2Fdoor.py", "%2e%2e/app.py"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{app.url}/files/{name}", timeout=10)
        assert caught.value.code in (400, 404)


def test_every_answer_has_our_headers(app: App) -> None:
    for path in ("", "/healthz"):
        with urllib.request.urlopen(app.url + path, timeout=10) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_no_page_needs_what_the_headers_forbid(app: App, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "Content Security Policy" in message.text else None)
    visit(page, f"{app.url}/?preset=digits")
    page.keyboard.press("s")
    expect(page.locator(COUNT)).to_have_text("1", timeout=LONG)
    page.locator(".st-key-side").get_by_text("Objective").click()
    expect(page.locator(".st-key-card .katex").first).to_be_visible(timeout=LONG)
    shown = {"Race": ".st-key-lanes canvas", "Data": "button:has-text('Train on this')", "Latent": ".panmap canvas"}
    for name, what in shown.items():
        page.get_by_role("link", name=name).first.click()
        expect(page.locator(what).first).to_be_visible(timeout=LONG)
    other = "http://127.0.0.1:1/x.js"
    with page.expect_console_message(lambda message: other in message.text):  # the policy is in force
        page.evaluate("url => document.head.append(Object.assign(document.createElement('script'), {src: url}))", other)
    assert [text for text in said if other not in text] == []
