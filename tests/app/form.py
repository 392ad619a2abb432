"""How a test finds the widgets of the knobs, whose keys change with their values, and reads a page."""

from __future__ import annotations

import re
from typing import Any

from streamlit.testing.v1 import AppTest


def widget(page: AppTest, knob: str) -> Any:
    """The widget of `knob`, of whatever kind: of a number with a scale the slider."""
    kinds = (page.select_slider, page.selectbox, page.toggle, page.number_input, page.text_input)
    [found] = [w for kind in kinds for w in kind if re.fullmatch(rf"knob_{knob}_\d+", w.key or "")]
    return found


def number(page: AppTest, knob: str) -> Any:
    """The field beside the slider of `knob`, to type into."""
    [found] = [w for w in page.number_input if re.fullmatch(rf"number_{knob}_\d+", w.key or "")]
    return found


def drawn(page: AppTest) -> set[str]:
    """The knobs that have a widget."""
    kinds = (page.select_slider, page.selectbox, page.toggle, page.number_input, page.text_input)
    keys = [w.key or "" for kind in kinds for w in kind]
    return {found[1] for key in keys if (found := re.fullmatch(r"knob_(\w+)_\d+", key))}


def read(markdown: str) -> str:
    """Markdown as a person reads it, who points at none of its terms."""
    return re.sub(r'<span role="tooltip">.*?</span>|</?dfn[^>]*>', "", markdown)
