"""Names for the directions that were kept, and their file."""

from __future__ import annotations

import streamlit as st

from playground import keeping
from playground.errors import UserError
from playground.i18n import _
from playground.ui import session, steering
from playground.ui.style import plain

FILE = "directions_file"


def popover(found: list[steering.Kept], z_dim: int) -> None:
    """Names to change, a file to take along, a file to open."""
    with st.popover(_("Name and share"), icon=":material/bookmark:"):
        for each in found:
            key = f"directions_name_{each.id}"
            st.text_input(
                _("Name"),
                each.direction.name,
                max_chars=keeping.LONGEST,
                key=key,
                label_visibility="collapsed",
                on_change=_renamed,
                args=(each.id, key),
            )
        if found:
            st.download_button(
                _("Download"),
                keeping.write([each.direction for each in found]),
                "directions.json",
                "application/json",
                icon=":material/download:",
                key="directions_download",
                on_click="ignore",
            )
        st.file_uploader(
            _("Open a file of directions"),
            type="json",
            max_upload_size=1,
            key=FILE,
            on_change=_opened,
            args=(z_dim,),
        )


def _renamed(id: int, key: str) -> None:
    steering.rename(id, st.session_state[key])


def _opened(z_dim: int) -> None:
    file = st.session_state[FILE]
    if file is None:
        return
    try:
        found = keeping.read(file.getvalue(), z_dim)
    except UserError as error:
        session.say(plain(str(error)))
        return
    added = [each for each in found if steering.keep(each)]
    session.say(
        _("{n} of {total} directions added.").format(n=len(added), total=len(found))
        if len(added) < len(found)
        else _("{n} directions added.").format(n=len(added))
    )
