"""Names for the directions that were kept, and their file."""

from __future__ import annotations

import logging

import streamlit as st

from playground.latent import direction_file
from playground.ui import session, uploads
from playground.ui.pages.latent import direction_state
from playground.ui.style import escape_markdown
from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

log = logging.getLogger(__name__)
FILE = "directions_file"


def popover(found: list[direction_state.Kept], z_dim: int) -> None:
    """Names to change, a file to take along, a file to open."""
    with st.popover(_("Name and share"), icon=":material/bookmark:"):
        for each in found:
            key = f"directions_name_{each.id}"
            st.text_input(
                _("Name"),
                each.direction.name,
                max_chars=direction_file.LONGEST,
                key=key,
                label_visibility="collapsed",
                on_change=_renamed,
                args=(each.id, key),
            )
        if found:
            st.download_button(
                _("Download"),
                direction_file.write([each.direction for each in found]),
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
    direction_state.rename(id, st.session_state[key])


def _opened(z_dim: int) -> None:
    content = uploads.content(FILE)
    if content is None:
        return
    try:
        found = direction_file.read(content, z_dim)
    except UserError as error:
        log.info("a file was refused", extra=logs.extra("file_refused", kind="directions", bytes=len(content)))
        session.say(escape_markdown(str(error)))
        return
    added = [each for each in found if direction_state.keep(each)]
    session.say(
        _("{n} of {total} directions added.").format(n=len(added), total=len(found))
        if len(added) < len(found)
        else _("{n} directions added.").format(n=len(added))
    )
