"""Numbers of z or directions as sliders, each with a filmstrip of where it leads; they answer while one drags them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.ui.components import frames
from playground.ui.components.scrubber import Planes
from playground.utils.translation import _

_mount = frames.register("sliders")


@dataclass(frozen=True)
class Directions:
    """What rows have beside their sliders if they are directions: `zero`, the stop that adds nothing, and a button.

    After a press of the button, with its `word` and its `help`, `on_choose` is called; `chosen` gives the row.
    """

    zero: int
    word: str
    help: str
    on_choose: Callable[[], None]


def sliders(
    rows: Sequence[tuple[str, str]],
    values: np.ndarray,
    stops: np.ndarray,
    samples: np.ndarray,
    present: int,
    *,
    key: str,
    token: str,
    on_move: Callable[[], None],
    directions: Directions | None = None,
    planes: Planes | None = None,
    crisp: bool = False,
) -> None:
    """Show `rows`, a name and a note each, whose number is one of `values` (rows,) and may become one of `stops` (m,).

    `samples` (at least rows * m, ...), images uint8 (h, w, c) or points (2,), are those with each number at each stop
    and the others as they are, row by row; `samples[present]` has all as they are. The values belong to the browser; it
    takes `values` for those that were moved only when `token` changes. After each release `on_move` is called; `moved`
    gives them. Values of `directions` are in sigma.
    """
    data: dict[str, Any] = {
        "kind": "points" if planes else "images",
        "token": token,
        "rows": rows,
        "values": [round(float(v), 4) for v in values],
        "stops": [round(float(v), 4) for v in stops],
        "present": present,
        "zero": directions and directions.zero,
        "crisp": crisp,
        "text": {
            "picture": _("What G makes of it"),
            "start": _("The start sample"),
            "sum": _("The sum of all"),
            "choose": directions.word if directions else "",
            "help": directions.help if directions else "",
        },
        "sprite": None if planes else frames.sprite(samples, len(stops)),
    }
    if planes is None:
        data |= {"tile": [samples.shape[2], samples.shape[1]], "columns": len(stops)}
    else:
        data |= {"points": frames.points(samples), "extent": planes.extent, **planes.clouds()}
    on_choose = directions.on_choose if directions else frames.nothing
    _mount(key=key, data=data, on_moved_change=on_move, on_chosen_change=on_choose)


def moved(key: str, token: str, rows: int, stops: int) -> dict[int, int]:
    """The stop of each row that was moved since `token` came up; for the callback."""
    said = frames.heard(key, "moved")
    if not said or said["token"] != token:
        return {}
    return {int(row): min(max(int(stop), 0), stops - 1) for row, stop in said["stops"] if 0 <= int(row) < rows}


def chosen(key: str, token: str, rows: int) -> int | None:
    """The row whose button was pressed, for the callback; None if that was under another token."""
    said = frames.heard(key, "chosen")
    return int(said["row"]) if said and said["token"] == token and 0 <= int(said["row"]) < rows else None
