"""A slider through frames that were sent ahead: it answers while it is dragged, without the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from playground.ui.components import frames
from playground.ui.pages.latent.sample_pool import Frames
from playground.utils.translation import _

_mount = frames.register("scrubber", "scrubber_curves")
PER_ROW = 10
FAINT = 300  # points of a cloud


@dataclass(frozen=True)
class Planes:
    """What surrounds the frames of a 2-D run: real and generated points (n, 2), and latents (n, 2) where z is 2-D."""

    extent: float
    real: np.ndarray
    generated: np.ndarray
    latents: np.ndarray | None = None

    def clouds(self) -> dict[str, Any]:
        """For the browser: the extent, and some of the points."""
        return {
            "extent": self.extent,
            "real": frames.points(self.real[:FAINT]),
            "cloud": frames.points(self.generated[:FAINT]),
        }


@dataclass(frozen=True)
class Curve:
    """A plot along the frames: `values` (n,), a faint `other` (n,), a `band` and a `level`, each with its name."""

    title: str
    values: np.ndarray | None  # None: not known yet
    color: Literal["text", "discriminator"] = "text"
    other: tuple[str, np.ndarray] | None = None
    band: tuple[str, float, float] | None = None
    level: tuple[str, float] | None = None
    range: tuple[float, float] | None = None  # of the axis, where that is known


@dataclass(frozen=True)
class Line:
    """`values` (n,) in [0, 1], NaN where not known, and the most that can be hoped for; drawn if it has a colour."""

    name: str
    values: np.ndarray
    ceiling: float
    sign: str = ""
    colour: Literal["", "real", "generated"] = ""


@dataclass(frozen=True)
class Pace:
    """How frames play: `per` of them in `seconds` at speed 1, and `rest` seconds at an end.

    Speed and ease belong to the browser, which takes these when `token` changes.
    """

    token: str
    per: int
    seconds: float
    rest: float
    speed: float
    ease: bool


def scrubber(
    shown: Frames,
    samples: np.ndarray,
    *,
    key: str,
    on_change: Callable[[], None],
    planes: Planes | None = None,
    crisp: bool = False,
    curves: Sequence[Curve] = (),
    lines: Sequence[Line] = (),
    pace: Pace | None = None,
    on_pace: Callable[[], None] | None = None,
) -> None:
    """Show `samples`, images (n, h, w, c) uint8 or points (n, 2), the frames of `shown`.

    With `lines` it is a dial: each frame has m samples, (n, m, ...), m of images a square number, and there is no
    filmstrip. The marks of `shown` are then the ticks of the plot.
    After each release `st.session_state[key]["position"]` is `{"token": ..., "index": ...}` and `on_change` is called.
    Frames with a `pace` play; after a change of it `["pace"]` has `token`, `speed`, `ease`, and `on_pace` is called.
    """
    data: dict[str, Any] = {
        "kind": "points" if planes else "images",
        "token": shown.token,
        "shape": shown.shape,
        "count": len(samples),
        "start": shown.start,
        "captions": shown.captions,
        "anchors": shown.marks,
        "crisp": crisp,
        "text": {
            "slider": shown.label,
            "picture": _("What G makes of it"),
            "latent": "z",
            "play": _("Play the frames"),
            "pause": _("Stop"),
            "speed": _("Speed"),
            "ease": _("Ease in and out"),
        },
        "curves": [_curve(curve) for curve in curves],
        "lines": [asdict(line) | {"values": _numbers(line.values), "ceiling": _number(line.ceiling)} for line in lines],
        "play": None if pace is None else asdict(pace),
    }
    if planes is None:
        images = samples.reshape(-1, *samples.shape[-3:])
        data |= {"sprite": frames.sprite(images, PER_ROW), "columns": PER_ROW}
        data |= {"tile": [images.shape[2], images.shape[1]], "across": round(samples.shape[1] ** 0.5) if lines else 1}
    else:
        data |= _plane(shown, samples, planes)
    _mount(key=key, data=data, on_position_change=on_change, on_pace_change=on_pace or frames.nothing)


def _curve(curve: Curve) -> dict[str, Any]:
    return asdict(curve) | {
        "values": None if curve.values is None else _numbers(curve.values),
        "other": curve.other and [curve.other[0], _numbers(curve.other[1])],
    }


def _numbers(values: np.ndarray) -> list[float | None]:
    """Short numbers for JSON; None for what is not finite."""
    return [_number(v) for v in values]


def _number(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _plane(shown: Frames, samples: np.ndarray, planes: Planes) -> dict[str, Any]:
    data: dict[str, Any] = {"points": frames.points(samples), **planes.clouds()}
    if planes.latents is not None:
        cloud = planes.latents[:FAINT]
        data |= {
            "latents": frames.points(shown.z),
            "latentCloud": frames.points(cloud),
            "latentExtent": float(1.05 * max(np.abs(shown.z).max(), np.abs(cloud).max(initial=0))),
        }
    return data
