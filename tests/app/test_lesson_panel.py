"""The panel of a lesson, without a browser and without an engine."""

from __future__ import annotations

import io
import zipfile

import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.messages import Reset, SetKnobs
from playground.lessons.lesson import Lesson, lesson, read_text
from playground.ui import lesson_panel, lesson_state, lesson_text, link
from playground.ui.pages import PAGES
from playground.ui.pages.train import lesson_choice
from playground.utils.errors import UserError
from tests.app.fakes import FakeHost
from tests.app.form import read
from tests.app.test_projector import open_at
from tests.app.test_train_page import only_run, open_page, param, texts

TEXT = """---
title: A first look
minutes: 5
learns:
- What **two** networks do
- What a mode is
---
## Look
Read <b>this</b> and `that`.

- One [link](https://example.org)
- Two

## Play
Press Play and wait.

preset: digits
knobs: d_lr=0.001, g_lr=0.002
check: step >= 20

## Think
question: Who judges?
- [x] D :: It says real or generated.
- [ ] G :: It only draws.

Ask yourself.

## Turn
Raise the penalty.

knobs: r1=3
check: r1 == 3

## Go
Open the latent page.

page: latent
check: page == "latent"
"""
MISTAKEN = TEXT.replace("minutes: 5", "minutes: none").replace("step >= 20", "stap >= 20")
OTHER = TEXT.replace("A first look", "A second look")


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture(autouse=True)
def lessons(monkeypatch: pytest.MonkeyPatch) -> dict[str, Lesson]:
    """Two lessons in place of those that come with the app."""
    found = {key: read_text(key, "en", text, "en.md") for key, text in {"first": TEXT, "second": OTHER}.items()}
    for module in (lesson_state, lesson_panel, lesson_choice):
        monkeypatch.setattr(module, "LESSONS", found)
    for module in (lesson_state, lesson_choice):
        monkeypatch.setattr(module, "lesson", lambda key, language="en": found[key])
    return found


def opened(host: FakeHost, **query: str) -> AppTest:
    page = open_page(host, unfold=False, **query)
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def state(page: AppTest) -> str:
    """What the panel says of the step."""
    found = [element.proto.body for element in page.get("html") if "lesson_state" in element.proto.body]
    return found[0].split(">")[1].split("<")[0]


def has(page: AppTest, key: str) -> bool:
    return any(button.key == key for button in page.button)


def test_a_link_opens_a_lesson_and_the_page_is_as_always(host: FakeHost) -> None:
    page = opened(host, lesson="first")
    assert "A first look" in html(page)
    assert "Step 1 of 5" in html(page)
    assert page.button(key="lesson_back").disabled
    assert param(page, "lesson") == "first"
    assert param(page, "at") == "1"
    assert link.read({"preset": "digits"})[1] == []
    assert "Press Play" in texts(page)
    assert not has(opened(host), "lesson_next")


def test_the_text_is_shown_without_links(host: FakeHost) -> None:
    page = opened(host, lesson="first")
    text = next(element.value for element in page.markdown if "Read" in element.value)
    assert "`that`" in text
    assert "\n- Two" in text
    assert "[link](" not in text
    assert "<b>" not in text


def test_an_unknown_lesson_gets_a_sentence(host: FakeHost) -> None:
    page = opened(host, lesson="nobody<b>")
    assert "There is no lesson named “nobody" in texts(page)
    assert not has(page, "lesson_next")
    assert "lesson" not in page.query_params
    press(page, "play")
    assert "There is no lesson named" not in texts(page)
    assert "no longer known here" in texts(opened(host, lesson="own-0123456789abcdef"))


@pytest.mark.parametrize(("at", "wanted"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("99", 6), ("9" * 5000, 1)])
def test_a_link_leads_to_a_step(at: str, wanted: int, host: FakeHost) -> None:
    page = opened(host, lesson="first", at=at)
    assert param(page, "at") == str(wanted)


def test_next_and_back_always_work_and_reading_is_enough_where_nothing_is_asked(host: FakeHost) -> None:
    page = opened(host, lesson="first")
    press(page, "lesson_next")
    assert param(page, "at") == "2"
    assert "Step 2 of 5" in html(page)
    assert lesson_state_of(page).done == {0}
    press(page, "lesson_next")
    press(page, "lesson_back")
    assert lesson_state_of(page).done == {0}
    assert "This ticks itself" in state(page)


def lesson_state_of(page: AppTest) -> lesson_state.Progress:
    found: lesson_state.Progress = page.session_state["_lesson_progress"]
    return found


def primary(page: AppTest, key: str = "lesson_next") -> bool:
    return page.button(key=key).proto.type == "primary"


def test_a_step_ticks_itself_when_its_check_is_true(host: FakeHost) -> None:
    page = opened(host, lesson="first", at="2")
    assert not primary(page)
    only_run(host).step = 30
    page.run()
    assert state(page) == "✓ Done."
    assert primary(page)
    assert "Step 2, done: Play" in html(page)
    only_run(host).step = 0
    page.run()
    assert state(page) == "✓ Done."


def test_an_answer_is_judged_and_a_wrong_one_may_be_tried_again(host: FakeHost) -> None:
    page = opened(host, lesson="first", at="3")
    press(page, "lesson_choice_1")
    assert "Not quite. Try another answer." in texts(page)
    assert "It only draws." in texts(page)
    assert not primary(page)
    press(page, "lesson_choice_0")
    assert "Right." in texts(page)
    assert "It says real or generated." in texts(page)
    assert primary(page)
    assert state(page) == "✓ Done."
    press(page, "lesson_choice_1")
    assert state(page) == "✓ Done."


def test_one_press_sets_the_preset_with_its_knobs_and_undo_brings_the_old_run_back(host: FakeHost) -> None:
    page = opened(host, preset="ring", lesson="first", at="2")
    before = dict(only_run(host).config)
    only_run(host).step = 10
    page.run()
    assert "Digits" in page.button(key="lesson_set").label
    press(page, "lesson_set")
    [command] = host.commands
    assert isinstance(command, Reset)
    assert only_run(host).config == PRESETS["digits"].config.model_dump() | {"d_lr": 0.001, "g_lr": 0.002}
    press(page, "undo")
    assert only_run(host).config == before
    assert only_run(host).step == 10


def test_who_comes_in_late_is_offered_the_preset_with_which_the_lesson_goes_on(host: FakeHost) -> None:
    page = opened(host, preset="ring", lesson="first", at="3")
    assert page.button(key="lesson_set").label == f"Start “{PRESETS['digits'].label}”"
    press(page, "lesson_set")
    assert only_run(host).config["dataset"] == "digits"
    assert not has(page.run(), "lesson_set")
    late = opened(FakeHost(), preset="ring", lesson="first", at="4")  # a step with knobs
    assert late.button(key="lesson_set").label == f"Start “{PRESETS['digits'].label}”"


def test_one_press_sets_live_knobs_at_once(host: FakeHost) -> None:
    page = opened(host, preset="digits", lesson="first", at="4")
    only_run(host).step = 10
    page.run()
    press(page, "lesson_set")
    assert host.commands == [SetKnobs({"r1": 3.0})]
    page.run()
    assert page.button(key="lesson_set").disabled
    assert state(page) == "✓ Done."


def test_a_step_leads_to_its_page_where_the_panel_is_too(host: FakeHost) -> None:
    assert "latent" in [link.proto.page for link in opened(host, lesson="first", at="5").get("page_link")]
    page = open_at(host, "latent", lesson="first", at="5")
    assert state(page) == "✓ Done."
    assert param(page, "lesson") == "first"


def test_a_tool_of_the_latent_page_ticks_its_step(host: FakeHost, lessons: dict[str, Lesson]) -> None:
    lessons["first"] = read_text("first", "en", TEXT.replace('page == "latent"', 'tool == "walk"'), "en.md")
    page = open_at(host, "latent", lesson="first", at="5")
    assert state(page) != "✓ Done."
    page.session_state["latent_tool_images"] = "walk"
    page.run()
    assert state(page) == "✓ Done."


@pytest.mark.parametrize("path", [path for path in PAGES if path != "glossary"])
def test_the_panel_is_on_every_page(path: str, host: FakeHost) -> None:
    page = open_at(host, path, lesson="first", at="3")
    assert "A first look" in html(page)
    press(page, "lesson_choice_0")
    assert primary(page)
    assert primary(page, "corner_lesson_next")
    assert param(page, "at") == "3"
    large = open_at(host, path, lesson="first", at="3", projector="on")
    assert has(large, "lesson_next" if path == "train" else "corner_lesson_next")


def test_on_a_projector_the_knobs_at_hand_change_places_with_the_lesson(host: FakeHost) -> None:
    page = open_at(host, "train", lesson="first", projector="on")
    assert not has(page, "preset")
    press(page, "lesson_knobs")
    assert has(page, "preset")
    assert not has(page, "lesson_next")
    press(page, "lesson_back_to")
    assert has(page, "lesson_next")


def test_a_reload_finds_the_step_and_its_ticks(host: FakeHost) -> None:
    page = opened(host, lesson="first", at="1")
    press(page, "lesson_next")
    press(page, "lesson_next")  # passed over
    press(page, "lesson_choice_0")
    again = opened(host, **{name: param(page, name) for name in page.query_params})
    assert lesson_state_of(again).done == {0, 2}
    stranger = opened(FakeHost(), lesson="first", at="3")
    assert lesson_state_of(stranger).done == {0, 1}


def test_the_end_says_what_was_learnt_and_leads_on(host: FakeHost) -> None:
    page = opened(host, lesson="first", at="5")
    assert page.button(key="lesson_next").label == "Finish"
    press(page, "lesson_next")
    assert "What a mode is" in texts(page)
    assert page.button(key="lesson_next").disabled
    press(page, "lesson_after")
    assert param(page, "lesson") == "second"
    assert param(page, "at") == "1"
    press(page, "lesson_leave")
    assert "lesson" not in page.query_params
    assert not has(page, "lesson_next")


def test_the_dialog_lists_the_lessons_and_begins_one(host: FakeHost) -> None:
    page = opened(host)
    press(page, "lessons")
    assert "A first look" in texts(page)
    assert "5 minutes" in texts(page)
    assert "What a mode is" in read(texts(page))
    press(page, "lesson_begin_second")
    assert param(page, "lesson") == "second"
    assert not has(page, "lesson_begin_second")


def bring(page: AppTest, name: str, content: bytes) -> AppTest:
    press(page, "lessons")
    page.file_uploader(key="lesson_file").set_value((name, content, "text/markdown"))
    page.run()
    assert not page.exception
    return page


def test_mistakes_in_a_lesson_that_is_brought_are_said_with_their_lines(host: FakeHost) -> None:
    page = bring(opened(host), "en.md", MISTAKEN.encode())
    said = "\n".join(element.value for element in [*page.markdown, *page.warning])
    assert "The lesson has 2 mistakes." in said
    assert f"Line {MISTAKEN.splitlines().index('minutes: none') + 1}: " in said
    assert f"Line {MISTAKEN.splitlines().index('check: stap >= 20') + 1}: " in said
    assert not has(page, "lesson_next")


def test_a_lesson_that_is_brought_opens_at_once_and_its_address_finds_it(host: FakeHost) -> None:
    page = bring(opened(host), "mine.md", OTHER.encode())
    assert "A second look" in html(page)
    assert has(page, "lesson_next")
    key = param(page, "lesson")
    assert key.startswith("own-")
    assert "A second look" in html(opened(FakeHost(), lesson=key))


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_gives_the_text_of_the_language_of_the_pages() -> None:
    files = {"mine/zh.md": b"zh", "mine/en.md": b"en", "__MACOSX/mine/en.md": b"?", "mine/picture.png": b"png"}
    assert lesson_choice.text_of(packed(**files), "mine.zip") == ("en", "en.md")
    assert lesson_choice.text_of(packed(**{"any.md": b"\xef\xbb\xbfany"}), "mine.zip") == ("any", "any.md")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * 200_001, "more than 200 KB"),
        (packed(**{"en.md": b"x" * 10_000_000}), "more than 200 KB"),
        (packed(**{"readme.txt": b"x"}), "no file .md"),
        (b"PK\x03\x04broken", "broken zip"),
        (packed(**{"en.md": b"x" * 5000})[:-3], "broken zip"),
        (b"\xff\xfe", "no text in UTF-8"),
    ],
)
def test_a_file_that_is_no_lesson_gets_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        lesson_choice.text_of(content, "mine.zip")


def test_the_server_keeps_the_lessons_that_are_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson_state, "OWN_MOST", 2)
    keys = []
    for n in range(3):
        page = opened(FakeHost())
        bring(page, "en.md", TEXT.replace("A first look", f"Look {n}").encode())
        keys.append(param(page, "lesson"))
        if n:
            assert has(opened(FakeHost(), lesson=keys[0]), "lesson_next")  # somebody uses the first one
    assert "no longer known here" in texts(opened(FakeHost(), lesson=keys[1]))
    assert "no longer known here" in texts(opened(FakeHost(), lesson="own-guessed"))
    assert has(opened(FakeHost(), lesson=keys[0]), "lesson_next")


def test_two_people_on_one_run_tick_each_for_themselves(host: FakeHost) -> None:
    first = opened(host, lesson="first", at="1")
    address = {name: param(first, name) for name in first.query_params}
    second = opened(host, **address)
    press(second, "lesson_next")
    assert param(second, "at") == "2"
    assert param(first.run(), "at") == "1"


def test_an_answer_that_comes_late_is_not_heard(host: FakeHost) -> None:
    page = opened(host, lesson="first", at="3")
    page.button(key="lesson_choice_1").click()
    page.session_state["_lesson_progress"].at = 1
    page.run()
    assert not page.exception
    assert not page.session_state["_lesson_progress"].chosen


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode\n   ```\n[press](https://example.org)\n```",
        "```\ncode\n````\n[press](https://example.org)\n```",
        "```py`x\n[press](https://example.org)\n```",
        "`a``[press](https://example.org)`",
        "$a$[press](https://example.org)$b$",
        "$[press](https://example.org)$",
        "![press](https://example.org/x.png)",
        "[press]: https://example.org\n\n[press]",
        "<a href=https://example.org>press</a>",
        "**[press](https://example.org)** *<https://example.org>*",
    ],
)
def test_no_text_of_a_lesson_becomes_a_link(text: str) -> None:
    html = MarkdownIt().render(lesson_text.shown(text))
    assert "<a" not in html
    assert "<img" not in html
    assert "press" in html


def test_what_a_text_may_have_is_shown() -> None:
    text = "**Bold**, *italic*, `x[0]`, $x_0$\n\n- one\n- two\n\n```\ncode\n```\nTitle\n==="
    assert lesson_text.shown(text) == text.replace("===", "\\===")
    assert len(lesson_text.shown("```a\n" * 40_000)) > 40_000


def test_the_lessons_that_come_with_the_app_name_pages_that_exist() -> None:
    assert {step.page for key in lesson.__globals__["LESSONS"] for step in lesson(key).steps} <= set(PAGES)


def test_the_corner_has_no_keys_of_its_own(host: FakeHost) -> None:
    keys = [button.key for button in opened(host, lesson="first", at="3").button]
    assert len(keys) == len(set(keys))
