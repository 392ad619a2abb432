"""What people write is shown as it is."""

import re

import pytest

from playground.ui.style import escape_markdown


@pytest.mark.parametrize(
    "text",
    [
        "Objective: minimax → hinge starts the run over.",
        "batch_size = 5000 is outside 2 to 1024. It is now 1024.",
        "D’s loss, 50 %, (a), 3.5; “x” – y/z + 2 - 1",
    ],
)
def test_plain_sentences_stay_as_they_are(text):
    assert escape_markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://example.org/i.png)",
        "[x](//example.org)",
        "$x^2$ :red[hi] :material_home: **b** _i_ `c` ~~d~~ <b>e</b> &lt; | a |",
        "www.example.org https://example.org a@example.org",
        "--> <-- => -- #1",
        "# heading",
        "1. list",
        "- list",
        " 0.79 (real: 0.97), after a term",
        "  2) list",
        "\\[x](y)",
    ],
)
def test_marks_are_taken_away_from_markdown(text):
    shown = escape_markdown(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text.replace("\\", "")
    assert shown != text
    assert not re.search(r"\\[\sA-Za-z0-9]", shown), "a backslash that is seen"


def test_streamlit_shows_it_literally():
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        import streamlit as st

        from playground.ui.style import escape_markdown

        st.markdown("### " + escape_markdown("**x**"))

    assert AppTest.from_function(script).run().markdown[0].value == r"### \*\*x\*\*"
