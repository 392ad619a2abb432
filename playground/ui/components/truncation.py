"""A slider over less or more of the latent space: samples at each value, and lines that say how good they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from playground.ui.components import frames
from playground.utils.translation import _

_mount = frames.register("truncation")
FAINT = 300  # real points


@dataclass(frozen=True)
class Line:
    """`values` (frames,), NaN where not known, and the greatest that can be hoped for; drawn if it has a colour."""

    name: str
    values: np.ndarray
    ceiling: float
    sign: str = ""
    colour: Literal["", "real", "generated"] = ""


def truncation(
    samples: np.ndarray,
    captions: Sequence[str],
    ticks: Sequence[str],
    lines: Sequence[Line],
    *,
    key: str,
    token: str,
    start: int,
    on_change: Callable[[], None],
    real: np.ndarray | None = None,
    extent: float = 1.0,
    crisp: bool = False,
) -> None:
    """Show `samples` (frames, n, ...): images (h, w, c) uint8, n a square number, or points (2,).

    `captions` and `ticks` belong to the frames, `start` is the first one shown. After a release
    `st.session_state[key]["position"]` is `{"token": ..., "index": ...}` and `on_change` is called.
    """
    images = samples.ndim == 5
    data: dict[str, Any] = {
        "kind": "images" if images else "points",
        "token": token,
        "start": start,
        "captions": list(captions),
        "values": list(ticks),
        "lines": [_line(line) for line in lines],
        "crisp": crisp,
        "text": {"slider": _("How much of the latent space"), "samples": _("What G makes of it")},
        "sprite": None,
    }
    if images:
        n = samples.shape[1]
        data |= {
            "sprite": frames.sprite(samples.reshape(-1, *samples.shape[2:]), n),
            "columns": n,
            "tile": [samples.shape[3], samples.shape[2]],
            "across": round(n**0.5),
        }
    else:
        data |= {"points": [frames.points(xy) for xy in samples], "extent": extent}
        data["real"] = [] if real is None else frames.points(real[:FAINT])
    _mount(key=key, data=data, on_position_change=on_change)


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "values": [None if np.isnan(v) else round(float(v), 3) for v in line.values],
        "ceiling": None if np.isnan(line.ceiling) else round(float(line.ceiling), 3),
        "sign": line.sign,
        "colour": line.colour,
    }
