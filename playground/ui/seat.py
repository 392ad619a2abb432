"""The seat of a student in a class. It goes with them from page to page and stands in the address, so that it outlives
a reload: whoever has it is that student.
"""

from __future__ import annotations

import streamlit as st

SEAT = "seat"  # query parameter of all pages
LONGEST = 64  # characters of what is taken for a seat
_KEY = "_seat"


def begin() -> None:
    """Take over what the address says, the first time that a page is drawn for a visitor."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = st.query_params.get(SEAT, "")[:LONGEST]


def taken() -> str:
    """The seat; "" for who is in no class."""
    seat: str = st.session_state.get(_KEY, "")
    return seat


def take(seat: str) -> None:
    """Be this student; "" for nobody."""
    st.session_state[_KEY] = seat


def query() -> dict[str, str]:
    """The query parameter that keeps the seat."""
    return {SEAT: seat} if (seat := taken()) else {}
