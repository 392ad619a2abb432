"""A square to paint on with mouse, pen or finger."""

from __future__ import annotations

from collections.abc import Callable

from playground.i18n import _
from playground.ui.components import frames

_mount = frames.register("drawer")


def drawer(*, key: str, token: str, on_change: Callable[[], None]) -> None:
    """Show a canvas with its tools.

    The drawing belongs to the browser; a new `token` clears it. After each finished stroke, undo or clear
    `st.session_state[key]["strokes"]` is `{"token": ..., "strokes": [...]}`, as `playground.data.drawing.points_of`
    takes them, and `on_change` is called.
    """
    text = {
        "tools": _("Drawing tools"),
        "pencil": _("Pencil"),
        "eraser": _("Eraser"),
        "fine": _("Fine brush"),
        "medium": _("Medium brush"),
        "broad": _("Broad brush"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "canvas": _("Canvas to draw on"),
        "empty": _("Draw with mouse or finger"),
    }
    _mount(key=key, data={"token": token, "text": text}, on_strokes_change=on_change)
