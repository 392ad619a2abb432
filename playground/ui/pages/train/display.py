"""How a visitor wants to see the run; kept for the session, never part of a run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from playground.utils.translation import _


@dataclass(frozen=True)
class Display:
    """The settings of the group Display."""

    smooth: bool = True
    rows: int = 10
    columns: int = 10


def sidebar(tiled: bool) -> Display:
    """Draw the group and give its settings; some are for samples that are tiles."""
    with st.expander(_("Display")):
        smooth = st.toggle(
            _("Smooth tiles"),
            value=Display.smooth,
            help=_("Off shows the pixels."),
            key="smooth",
            disabled=not tiled,
            persist_state="session",
        )
        rows = st.slider(
            _("Rows of tiles"), 1, 10, Display.rows, key="rows", disabled=not tiled, persist_state="session"
        )
        columns = st.slider(
            _("Columns of tiles"), 1, 10, Display.columns, key="columns", disabled=not tiled, persist_state="session"
        )
    return Display(smooth, rows, columns)
