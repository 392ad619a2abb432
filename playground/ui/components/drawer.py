"""A square to paint on with mouse, pen or finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("drawer")


def drawer(
    *,
    key: str,
    token: str,
    on_change: Callable[[], None],
    plane: bool = True,
    picture: str = "",
    size: Literal["fine", "medium", "broad"] = "medium",
    empty: str = "",
) -> None:
    """Show a canvas with its tools: a `plane` with its axes, or the address of a `picture`, or nothing, lies under it.

    `size` is the brush to begin with, `empty` what is said while nothing is drawn. The drawing belongs to the browser;
    a new `token` clears it. After each finished stroke, undo or clear `st.session_state[key]["strokes"]` is
    `{"token": ..., "strokes": [...]}`, as `playground.data.drawing` takes them, and `on_change` is called.
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
        "empty": empty or _("Draw with mouse or finger"),
    }
    _mount(
        key=key,
        data={"token": token, "text": text, "plane": plane, "picture": picture, "size": size},
        on_strokes_change=on_change,
    )
