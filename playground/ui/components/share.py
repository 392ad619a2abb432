"""Links to copy with one click, and the QR code of the chosen one as large as the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import segno

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("share")


@dataclass(frozen=True)
class Row:
    """One link: what it is for, and its address; without one, a button with the label `make` asks for it."""

    key: str
    title: str
    about: str
    url: str = ""
    make: str = ""


def share(rows: Sequence[Row], *, key: str, on_make: Callable[[], None]) -> None:
    """List the links. `st.session_state[key]["make"]` is the key of the row whose link is asked for."""
    data = {
        "rows": [
            {"key": r.key, "title": r.title, "about": r.about, "url": r.url, "make": r.make, "qr": qr(r.url)}
            for r in rows
        ],
        "text": {
            "copy": _("Copy link"),
            "copied": _("Copied"),
            "select": _("Press Ctrl+C"),
            "links": _("Links"),
            "link": _("The chosen link"),
            "large": _("Show QR code"),
            "close": _("Close"),
        },
    }
    _mount(key=key, data=data, on_make_change=on_make)


def qr(url: str) -> str:
    """The QR code of an address as a picture of any size, dark on white as every camera reads it; "" for none."""
    if not url.startswith("http"):
        return ""
    picture: str = segno.make(url, error="m", micro=False).svg_data_uri(dark="#000", light="#fff", omitsize=True)
    return picture
