"""Take home: the run as files, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.i18n import _
from playground.ui import session
from playground.ui.style import plain


def draw(close: Callable[[], None]) -> None:
    """The dialog's content; `close` is called when another run was opened."""
    step = session.step()
    _film, pack = session.files()
    st.markdown(f"**{_('The run')}**")
    st.download_button(
        _("The run, with all its moments (zip)"),
        pack,
        file_name=f"gan-step-{step}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        key="take_run",
        on_click="ignore",
    )
    file = st.file_uploader(_("Open a run"), type="zip", key="open_run", help=_("A zip that this page made."))
    if file is not None and st.button(_("Open"), key="open_yes", type="primary"):
        problem = session.open_run(file.getvalue())
        if problem:
            st.warning(plain(problem), icon=":material/warning:")
        else:
            close()
            st.rerun()
