"""In which language a visitor reads the pages."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui import language
from playground.utils import translation
from tests.app.fakes import FakeHost
from tests.app.test_train_page import open_page, param, texts

PLAY = {"en": "Play", "zh_CN": "开始"}


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(translation.SETTING, raising=False)


def opened(context: dict[str, str] | None = None, **query: str) -> AppTest:
    page = open_page(FakeHost(), unfold=False, context=context, **query)
    assert not page.exception
    return page


def spoken(page: AppTest) -> str:
    """The language of the page, by its button that plays."""
    label = page.button(key="play").label
    return next(name for name, word in PLAY.items() if word == label)


def window(page: AppTest) -> str:
    """What the component that sets the language of the document got."""
    return next(one.proto.json for one in page.get("bidi_component") if one.proto.component_name == "playground_window")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-CN", "zh_CN"),
        ("zh-TW", "zh_CN"),
        ("zh", "zh_CN"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
        ("../x", "en"),
    ],
)
def test_a_browser_says_its_language(locale: str, expected: str) -> None:
    page = opened({"locale": locale})
    assert spoken(page) == expected
    assert language.LANGUAGE not in page.query_params


@pytest.mark.parametrize("asked", ["zh_CN", "zh-cn", "zh"])
def test_the_address_wins_over_the_browser(asked: str) -> None:
    page = opened({"locale": "en-GB"}, lang=asked)
    assert spoken(page) == "zh_CN"
    assert param(page, "lang") == "zh_CN"
    assert spoken(opened({"locale": "zh-CN"}, lang="en")) == "en"


def test_the_server_may_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(translation.SETTING, "zh_CN")
    assert spoken(opened({"locale": "en-GB"})) == "zh_CN"
    assert spoken(opened({"locale": "en-GB"}, lang="en")) == "en"


@pytest.mark.parametrize("asked", ["xx", "../../etc", "<b>", "zhx"])
def test_an_unknown_language_is_ignored_and_said(asked: str) -> None:
    page = opened({"locale": "en"}, lang=asked)
    assert spoken(page) == "en"
    assert "There is no language" in texts(page)
    assert language.LANGUAGE not in page.query_params
    page.button(key="step").click().run()
    assert "There is no language" not in texts(page)


def test_a_button_in_the_corner_changes_it_and_keeps_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(preset="ring")
    run = param(page, "run")
    page.button_group(key="side").set_value("metrics").run()
    assert [button.label for button in page.button if (button.key or "").startswith("language_")] == ["中文"]
    page.button(key="language_zh_CN").click().run()
    assert not page.exception
    assert (spoken(page), param(page, "lang"), param(page, "run")) == ("zh_CN", "zh_CN", run)
    assert page.button_group(key="side").value == "metrics"
    assert '"language": "zh-CN"' in window(page) or '"language":"zh-CN"' in window(page)
    monkeypatch.setattr(language._thread, "language", "zh_CN", raising=False)  # AppTest formats options in this thread
    page.button(key="language_en").click().run()
    assert (spoken(page), param(page, "lang")) == ("en", "en")


def test_who_draws_for_nobody_speaks_english() -> None:
    opened({"locale": "zh-CN"})
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(translation.language_of_reader()))
    thread.start()
    thread.join()
    assert said == ["en"]
