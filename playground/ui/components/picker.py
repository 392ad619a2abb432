"""A field of samples in which some are picked: tiles, or points in their plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("picker")
PER_ROW = 10


def picker(
    samples: np.ndarray,
    names: list[str],
    picked: Sequence[tuple[int, str]],
    *,
    key: str,
    token: str,
    on_change: Callable[[], None],
    across: int = 5,
    real: np.ndarray | None = None,
    extent: float = 1.0,
    crisp: bool = False,
    most: int = 4,
    group: str = "",
) -> None:
    """Show `samples`, tiles (n, h, w, c) uint8 in rows of `across` or points (n, 2) in [-extent, extent]^2.

    `picked` are (index, letter). Without `group` up to `most` are lettered from A in the order in which they are
    picked; with it a click puts a sample into the group with that letter, A, B or C, or takes it out. The picks belong
    to the browser; it takes `picked` only when `token` changes. After each pick `on_change` is called; `picks` gives
    them.
    """
    planar = samples.ndim == 2
    data: dict[str, Any] = {
        "kind": "points" if planar else "images",
        "token": token,
        "count": len(samples),
        "names": names,
        "picked": [list(pick) for pick in picked],
        "most": most,
        "group": group,
        "crisp": crisp,
        "text": {"field": _("Samples to pick from"), "picked": _("picked as")},
        **(_points(samples, real, extent) if planar else _tiles(samples, across)),
    }
    _mount(key=key, data=data, on_picked_change=on_change)


def picks(key: str, token: str) -> list[tuple[int, str]] | None:
    """What was picked last, (index, letter), for the callback; None if that was under another token."""
    said = frames.heard(key, "picked")
    return [(int(index), str(letter)) for index, letter in said["picks"]] if said and said["token"] == token else None


def _tiles(images: np.ndarray, across: int) -> dict[str, Any]:
    tile = [images.shape[2], images.shape[1]]
    return {"sprite": frames.sprite(images, PER_ROW), "tile": tile, "columns": PER_ROW, "across": across}


def _points(points: np.ndarray, real: np.ndarray | None, extent: float) -> dict[str, Any]:
    some = np.zeros((0, 2)) if real is None else real[:300]
    return {"sprite": None, "points": frames.points(points), "extent": extent, "real": frames.points(some)}
