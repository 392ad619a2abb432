"""Numbers of z as sliders, each with a filmstrip of where it leads; they answer while they are dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from playground.ui.components import frames
from playground.ui.components.scrubber import FAINT, Planes
from playground.utils.translation import _

_mount = frames.register("sliders")


def sliders(
    names: list[str],
    values: np.ndarray,
    stops: np.ndarray,
    samples: np.ndarray,
    *,
    key: str,
    token: str,
    on_change: Callable[[], None],
    planes: Planes | None = None,
    crisp: bool = False,
) -> None:
    """Show a row for each of `names`, whose number is one of `values` (rows,) and may become one of `stops` (m,).

    `samples` (rows * m + 1, ...), images uint8 (h, w, c) or points (2,), are those with each number at each stop and
    the others as they are, row by row; the last is the present one. The values belong to the browser; it takes `values`
    for those that were moved only when `token` changes. After each release `on_change` is called; `moved` gives them.
    """
    data: dict[str, Any] = {
        "kind": "points" if planes else "images",
        "token": token,
        "names": names,
        "values": [round(float(v), 4) for v in values],
        "stops": [round(float(v), 4) for v in stops],
        "crisp": crisp,
        "text": {"picture": _("What G makes of it"), "start": _("The start")},
        "sprite": None if planes else frames.sprite(samples, len(stops)),
    }
    if planes is None:
        data |= {"tile": [samples.shape[2], samples.shape[1]], "columns": len(stops)}
    else:
        data |= {
            "points": frames.points(samples),
            "extent": planes.extent,
            "real": frames.points(planes.real[:FAINT]),
            "cloud": frames.points(planes.generated[:FAINT]),
        }
    _mount(key=key, data=data, on_moved_change=on_change)


def moved(key: str, token: str, rows: int, stops: np.ndarray) -> dict[int, float]:
    """The numbers that were moved since `token` came up, by row: each one of `stops`; for the callback."""
    said = frames.heard(key, "moved")
    if not said or said["token"] != token:
        return {}
    return {
        int(row): float(stops[np.abs(stops - float(value)).argmin()])
        for row, value in said["values"]
        if 0 <= int(row) < rows
    }
