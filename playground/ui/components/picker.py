"""A field of samples in which up to four are picked: tiles of images, or points in their plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from playground.i18n import _
from playground.ui.components import frames

_mount = frames.register("picker")
PER_ROW = 10


def picker(
    samples: np.ndarray,
    names: list[str],
    picked: list[int],
    *,
    key: str,
    token: str,
    on_change: Callable[[], None],
    across: int = 5,
    real: np.ndarray | None = None,
    extent: float = 1.0,
    crisp: bool = False,
) -> None:
    """Show `samples`, images (n, h, w, c) uint8 in rows of `across` or points (n, 2) in [-extent, extent]^2.

    The picks belong to the browser; it takes `picked` only when `token` changes. After each pick
    `st.session_state[key]["picked"]` is `{"token": ..., "indices": [...]}` and `on_change` is called.
    """
    images = samples.ndim == 4
    data: dict[str, Any] = {
        "kind": "images" if images else "points",
        "token": token,
        "count": len(samples),
        "names": names,
        "picked": picked,
        "crisp": crisp,
        "text": {"field": _("Samples to pick from"), "picked": _("picked as")},
        "sprite": frames.sprite(samples, PER_ROW) if images else None,
    }
    if images:
        data |= {"tile": [samples.shape[2], samples.shape[1]], "columns": PER_ROW, "across": across}
    else:
        data |= {"points": frames.points(samples), "extent": extent, "real": frames.points(_some(real))}
    _mount(key=key, data=data, on_picked_change=on_change)


def _some(points: np.ndarray | None) -> np.ndarray:
    return np.zeros((0, 2)) if points is None else points[:300]
