"""The glossary: its records, the tooltips made of them, and its page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui import glossary
from playground.ui.glossary import TERMS
from playground.ui.pages.glossary.page import matching
from playground.ui.pages.latent.tools import TOOLS
from tests.app.fakes import FakeHost


def _script() -> None:
    from playground.ui.pages.glossary.page import render

    render()


def _open() -> AppTest:
    page = AppTest.from_function(_script, default_timeout=30)
    page.session_state["_host"] = FakeHost()
    return page.run()


def _words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.info])


@pytest.mark.parametrize("key", TERMS)
def test_each_term_is_one_sentence_with_a_paper_and_whole_latex(key: str) -> None:
    term = TERMS[key]
    assert term.sentence.endswith(".")
    assert len(term.sentence) < 160
    assert term.paper[-4:].isdigit()
    assert term.formula.count("{") == term.formula.count("}")
    tip = glossary.tip(key)
    assert all(part in tip for part in (term.name, term.sentence, term.formula, term.paper))


def test_the_page_has_every_term_and_finds_some() -> None:
    page = _open()
    assert not page.exception
    assert all(f"**{term.name}**" in _words(page) for term in TERMS.values())
    page.text_input(key="glossary_search").set_value("PENALTY slope").run()
    assert "**R1**" in _words(page)
    assert "**FID**" not in _words(page)
    page.text_input(key="glossary_search").set_value("zebra").run()
    assert "No term has this word" in _words(page)
    assert len(matching("")) == len(TERMS)


def test_every_tool_of_the_latent_page_has_a_term() -> None:
    assert all(tool.term in TERMS for tool in TOOLS.values())
