"""The rules of CSS for all pages: what each View would make the browser look at again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import playground.ui

HERE = Path(playground.ui.__file__).parent


@pytest.mark.parametrize("name", ["style.css", "projector.css"])
def test_no_rule_is_tried_again_for_every_element_that_changes(name: str) -> None:
    """Streamlit changes the class of each element at each View, and Plotly puts in and takes out hundreds."""
    text = (HERE / name).read_text("utf-8")
    assert ":has(" in text
    assert not re.findall(r"\[class[*^$~|]?=.*", text), "a part of a class: use the whole one, or the element's place"
    assert not re.findall(r"(?m)^\s*:has\(.*", text), ":has() of any element at all"
