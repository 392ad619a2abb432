"""Sliders along directions in z, each with a filmstrip of where it leads; they answer while they are dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("directions")


def directions(
    rows: list[tuple[str, str]],
    samples: np.ndarray,
    values: np.ndarray,
    start: list[int],
    *,
    key: str,
    token: str,
    action: tuple[str, str],
    on_move: Callable[[], None],
    on_choose: Callable[[], None],
    crisp: bool = False,
) -> None:
    """Show `rows`, a name and a note each, with `samples` (rows, frames, h, w, c) uint8 at `values` (frames,) of sigma.

    The frames of a row are those for the positions of the other rows that Python heard of last. The positions belong to
    the browser; it takes `start`, a frame of each row, only when `token` changes. After each release `on_move` is
    called, and after a press of a row's button, with the word and the help `action`, `on_choose`; `moved` and `chosen`
    say what happened.
    """
    data: dict[str, Any] = {
        "token": token,
        "rows": rows,
        "values": [round(float(v), 4) for v in values],
        "zero": int(np.abs(values).argmin()),
        "start": start,
        "crisp": crisp,
        "sprite": frames.sprite(samples.reshape(-1, *samples.shape[2:]), len(values)),
        "columns": len(values),
        "tile": [samples.shape[3], samples.shape[2]],
        "text": {
            "choose": action[0],
            "help": action[1],
            "picture": _("What G makes of it"),
            "start": _("The start sample"),
            "sum": _("The sum of all"),
        },
    }
    _mount(key=key, data=data, on_moved_change=on_move, on_chosen_change=on_choose)


def moved(key: str, token: str, rows: int, values: int) -> list[int] | None:
    """The frame of each row after a release, for the callback; None if that was under another token."""
    said = frames.heard(key, "moved")
    if not said or said["token"] != token or len(said["at"]) != rows:
        return None
    return [min(max(int(index), 0), values - 1) for index in said["at"]]


def chosen(key: str, token: str, rows: int) -> int | None:
    """The row whose button was pressed, for the callback; None if that was under another token."""
    said = frames.heard(key, "chosen")
    return int(said["row"]) if said and said["token"] == token and 0 <= int(said["row"]) < rows else None
