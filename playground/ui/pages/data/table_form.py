"""The form for a table of points: a file or pasted text, how it was understood, and choices to correct that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import streamlit as st

from playground.data.delimited import SEPARATORS
from playground.data.table import Wish, named
from playground.utils.translation import _

TYPES = ("csv", "tsv", "txt", "tab", "dat")
_DECIMALS, _THOUSANDS = (".", ","), ("", ",", ".", " ", "'")


def content_of(round_: int) -> tuple[bytes, str, str]:
    """What was uploaded or pasted, the file's name ("" if pasted), and a token that changes with the file."""
    file = st.file_uploader(_("A file of x and y columns"), type=TYPES, key=f"table_file_{round_}", max_upload_size=50)
    if file is not None:
        return file.getvalue(), file.name, str(file.file_id)
    text = st.text_area(
        _("or paste them here"),
        key=f"table_text_{round_}",
        height=280,
        max_chars=1_000_000,
        placeholder="0.5, 1.2\n0.7, 0.9\n…",
    )
    return (text or "").encode(), "", f"pasted_{round_}"


def wish(token: str) -> Wish:
    """What a person chose for this table, by the values of the widgets that `choices` draws; nothing at first."""
    value = st.session_state.get
    return Wish(*(value(f"table_{one}_{token}") for one in ("separator", "decimal", "thousands", "x", "y")))


def marks(wish: Wish) -> Wish:
    """The part of a wish that the names of the columns depend on."""
    return replace(wish, x=None, y=None)


def choices(token: str, columns: Sequence[str], understood: str) -> None:
    """How a table was understood, "" if it was not, and the widgets that correct it: open where they are needed.

    `columns` are the names of the table's columns, () where they are not known.
    """

    def choose(label: str, key: str, options: Sequence[Any], words: Sequence[str]) -> None:
        names = dict(zip(options, words, strict=True))
        st.selectbox(
            label,
            options,
            index=None,
            placeholder=_("automatic"),
            key=f"table_{key}_{token}",
            format_func=lambda one: names.get(one, "?"),
            persist_state="session",
        )

    chosen = any(one is not None for one in astuple(wish(token)))
    if understood:
        st.caption(understood)
    with st.expander(_("Read it otherwise"), expanded=chosen or not understood, icon=":material/tune:"):
        with st.container(horizontal=True, gap="small"):
            choose(_("Separator"), "separator", SEPARATORS, [named(one) for one in SEPARATORS])
            choose(_("Decimal mark"), "decimal", _DECIMALS, [named(one) for one in _DECIMALS])
            choose(_("Thousands mark"), "thousands", _THOUSANDS, [named(one) for one in _THOUSANDS])
        with st.container(horizontal=True, gap="small"):
            if columns:
                choose(_("Column of x"), "x", range(len(columns)), columns)
                choose(_("Column of y"), "y", range(len(columns)), columns)
