"""Where to begin with a translation: small networks and small batches, by the kind of data, its side and its colour."""

from __future__ import annotations

from typing import Any

from playground.config.starts.start import GameStart
from playground.data.modality import POINTS, Shape

_IMAGES: dict[str, Any] = {
    "network": "unet",
    "g_width": 16,
    "d_width": 16,
    "g_depth": 2,
    "d_depth": 2,
    "d_activation": "leaky-relu",
    "batch_size": 16,
    "r1": 0.2,
    "penalty_every": 8,
    "ema_half_life": 100.0,
}
_POINTS: dict[str, Any] = {
    "network": "mlp",
    "g_width": 48,
    "d_width": 48,
    "g_depth": 2,
    "d_depth": 2,
    "batch_size": 64,
    "ema_half_life": 100.0,
}


def _halves(shape: Shape) -> bool:
    """Whether a U-Net can take pictures of this shape."""
    return all(side % 2 == 0 and side >= 8 for side in shape[1:])


def _common(shape: Shape) -> dict[str, Any]:
    if POINTS.fits(shape):
        return _POINTS
    return _IMAGES if _halves(shape) else {**_IMAGES, "network": "mlp", "g_width": 256, "d_width": 256}


def _paired(shape: Shape) -> dict[str, Any]:
    values = _common(shape)
    if POINTS.fits(shape):
        return {**values, "task": "turn"}
    norm = "batch" if values["network"] == "unet" else "none"
    return {**values, "task": "inpaint-half", "g_norm": norm}


def _cycle(shape: Shape) -> dict[str, Any]:
    values = {**_common(shape), "objective": "lsgan"}
    if POINTS.fits(shape):
        return {**values, "task": "turn"}
    norm = "group" if values["network"] == "unet" else "none"
    task = "red-blue" if shape[0] == 3 else "thin-bold"
    return {**values, "task": task, "g_norm": norm}


GAME_STARTS = (GameStart("paired", _paired), GameStart("cycle", _cycle))
