"""The query parameters of the address: those of a page, and those that go with a visitor from page to page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from playground.ui import language, lesson_state, projector, seat

_OF_VISITOR = (language.LANGUAGE, projector.ON, projector.AT_HAND, lesson_state.LESSON, lesson_state.AT, seat.SEAT)


def of_page(query: Mapping[str, str]) -> dict[str, str]:
    """Query parameters without those that go with the visitor."""
    return {name: value for name, value in query.items() if name not in _OF_VISITOR}


def write(query: Mapping[str, str]) -> None:
    """Keep the address in step: the parameters of a page, and those that go with the visitor."""
    wanted = {**query, **language.query(), **projector.query(), **lesson_state.query(), **seat.query()}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
