"""A slider through frames that were sent ahead: it answers while it is dragged, without the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.i18n import _
from playground.ui.components import frames
from playground.ui.latents import Frames

_mount = frames.register("scrubber")
PER_ROW = 10
FAINT = 300  # points of a cloud


@dataclass(frozen=True)
class Planes:
    """What surrounds the frames of a 2-D run: real and generated points (n, 2), and latents (n, 2) where z is 2-D."""

    extent: float
    real: np.ndarray
    generated: np.ndarray
    latents: np.ndarray | None = None


def scrubber(
    shown: Frames,
    samples: np.ndarray,
    *,
    key: str,
    on_change: Callable[[], None],
    planes: Planes | None = None,
    crisp: bool = False,
) -> None:
    """Show `samples`, images (n, h, w, c) uint8 or points (n, 2), the frames of `shown`.

    After each release `st.session_state[key]["position"]` is `{"token": ..., "index": ...}` and `on_change` is called.
    """
    data: dict[str, Any] = {
        "kind": "points" if planes else "images",
        "token": shown.token,
        "shape": shown.shape,
        "count": len(samples),
        "across": shown.across,
        "start": shown.start,
        "captions": shown.captions,
        "anchors": shown.marks,
        "crisp": crisp,
        "text": {
            "slider": shown.label,
            "picture": _("What G makes of it"),
            "latent": "z",
            "play": _("Play"),
            "pause": _("Pause"),
            "speed": _("Speed"),
        },
    }
    if planes is None:
        data |= {"sprite": frames.sprite(samples, PER_ROW), "columns": PER_ROW}
        data["tile"] = [samples.shape[2], samples.shape[1]]
    else:
        data |= _plane(shown, samples, planes)
    _mount(key=key, data=data, on_position_change=on_change)


def _plane(shown: Frames, samples: np.ndarray, planes: Planes) -> dict[str, Any]:
    data: dict[str, Any] = {
        "points": frames.points(samples),
        "extent": planes.extent,
        "real": frames.points(planes.real[:FAINT]),
        "cloud": frames.points(planes.generated[:FAINT]),
    }
    if planes.latents is not None:
        cloud = planes.latents[:FAINT]
        data |= {
            "latents": frames.points(shown.z),
            "latentCloud": frames.points(cloud),
            "latentExtent": float(1.05 * max(np.abs(shown.z).max(), np.abs(cloud).max(initial=0))),
        }
    return data
