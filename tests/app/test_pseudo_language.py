"""Each page in a language in which nothing looks like English: what is not translated stands out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.ui.pages import PAGES
from playground.utils import translation
from tests.app import pseudo
from tests.app.fakes import FakeHost

RUN = "7" * 22


@pytest.fixture(autouse=True)
def _spoken() -> Iterator[None]:
    pseudo.speak()
    yield
    translation._others.clear()
    translation.add(pseudo.LANGUAGE, {})
    translation._others.clear()


def _door(path: str) -> None:
    import streamlit as st

    from playground.ui import language, projector
    from playground.ui.pages import PAGES, entry

    language.begin()
    pages = {name: entry(name) for name in PAGES}
    for name, page in pages.items():
        page._default = name == path
    chosen = st.navigation(list(pages.values()))
    projector.corner()
    language.corner()
    chosen.run()


def open_page(path: str, preset: str, step: int = 300, **state: object) -> AppTest:
    """A page on a run that was trained a little."""
    host = FakeHost()
    host.create(RUN, PRESETS[preset].config.model_dump())
    host.runs[RUN].step = step
    page = AppTest.from_function(_door, kwargs={"path": path}, default_timeout=120)
    page.session_state["_host"] = host
    for name, value in state.items():
        page.session_state[name] = value
    page.query_params["run"] = RUN
    page.query_params["lang"] = pseudo.LANGUAGE
    return page.run()


def all_translated(page: AppTest) -> None:
    assert not page.exception
    said = list(pseudo.texts(page))
    assert any("⟦" in text for text in said), said[:20]
    found = pseudo.strangers(page)
    assert not found, "\n".join(f"{word}: {text}" for word, text in found.items())


def test_the_language_keeps_what_is_no_language() -> None:
    assert pseudo.pseudo("Step {n}: `code`") == "⟦Šţéþ {n}: `code`······⟧"


@pytest.mark.parametrize("preset", ["ring", "digits"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_translated(path: str, preset: str) -> None:
    all_translated(open_page(path, preset))
