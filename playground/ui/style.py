"""Colours and the few rules of CSS that Streamlit's theme has no word for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

# The pages find them here too.
from playground.utils.colors import DARK as DARK
from playground.utils.colors import LIGHT as LIGHT
from playground.utils.colors import Palette as Palette
from playground.utils.translation import Message, _, languages

LARGE = 1.4  # how much larger type is on a projector
LANGUAGE = 4  # rem for the name of each other language in the corner
PROJECTOR = "_projector"

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    f'<circle cx="11" cy="12" r="9" fill="{LIGHT.real}"/>'
    f'<path d="M21 11 31 29H11z" fill="{LIGHT.generated}"/></svg>'
)


def palette() -> Palette:
    """The colours for the theme that the browser shows."""
    colours = DARK if _dark() else LIGHT
    return replace(colours, scale=LARGE) if st.session_state.get(PROJECTOR) else colours


def _dark() -> bool:
    return st.context.theme.type == "dark"


def apply() -> None:
    """Put the rules of CSS into the page; the charts share the height that the window leaves them."""
    now = palette()
    ring = st.get_option(f"theme.{'dark' if _dark() else 'light'}.primaryColor")
    colours = f"--real: {now.real}; --generated: {now.generated}; --ink: {now.ink}; --ring: {ring};"
    colours += f" --languages: {LANGUAGE * (len(languages()) - 1)}rem;"
    st.html(f"<style>:root {{ {colours} }}\n{_CSS}</style>")


def escape_markdown(text: str) -> str:
    """Markdown that shows `text`, which a person may have written, as it is: no link, no formula, no picture.

    A message that was made where nobody reads, as in an engine, is translated.
    """
    text = _(text) if isinstance(text, Message) else text
    text = _MARKS.sub(r"\\\g<0>", text)
    text = _AT_START.sub(r"\1\\\2", text)
    return _JOINED.sub("\\g<0>\u2060", text)


_MARKS = re.compile(r"[\\`*\[\]<>~$|{}]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
# A heading or a point of a list. Before a space or a figure a backslash would be seen, so it stands before the mark.
_AT_START = re.compile(r"^(\s*|\s*\d+(?=[.)]))([#+-]|(?<=\d)[.)])")
# After these a word joiner, which nobody sees, stops what Markdown makes of them: addresses, arrows, dashes, icons.
_JOINED = re.compile(r"www(?=\.)|https?(?=:)|@|-(?=[->\\])|=(?=[->\\])|[<>~](?=[=-])|:(?=\w)", re.IGNORECASE)

_CSS = Path(__file__).with_suffix(".css").read_text("utf-8")
