"""Paths through the latent space; plain NumPy.

A latent z is a float32 vector (z_dim,); several are (n, z_dim). Paths are computed in float64 and returned as float32.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

from playground.utils.interpolation import BLENDS, PARALLEL

Classing = Literal["stay", "switch", "morph"]  # what the class does along a walk

_OPPOSITE = -1 + 1e-9  # below this cosine two vectors are opposite

PATHS = (*BLENDS, "spline")


def walk(anchors: np.ndarray, per: int, path: str, closed: bool = False, distribution: str = "normal") -> np.ndarray:
    """Latents through `anchors` (k, z_dim), k >= 2, in order, `per` frames a segment; every anchor is hit exactly.

    An open path has k - 1 segments and per (k - 1) + 1 frames, both ends included; a closed one has k segments, back to
    the first, and per k frames: the next would be the first again. `path` is one of PATHS; "spline" is always closed.
    """
    closed = closed or path == "spline"
    if path == "spline":
        out = spline(anchors, per, distribution)
    else:
        ends = np.concatenate([anchors, anchors[:1]]) if closed else anchors
        t = np.arange(per) / per
        out = np.concatenate([BLENDS[path](a, b, t) for a, b in pairwise(ends)] + ([] if closed else [anchors[-1:]]))
    out[::per] = anchors
    return out


def spline(anchors: np.ndarray, per: int, distribution: str = "normal") -> np.ndarray:
    """A closed loop through `anchors` (k, z_dim), k >= 2, without a corner: (per k, z_dim), continuous in its slope.

    Of a normal z the direction moves on the sphere along cubic Bézier curves whose slopes are those of Catmull and Rom,
    built out of great circles (Shoemake, Animating Rotation with Quaternion Curves, 1985), and the norm along a
    monotone cubic (Fritsch and Butland, 1984), which never leaves the interval between two neighbours. Of a uniform z
    each number moves along a monotone cubic, so that none leaves its cube; so it is too where two neighbours are zero
    or opposite and no great circle leads from one to the other.
    """
    z, t = np.asarray(anchors, np.float64), np.arange(per) / per
    norm = np.linalg.norm(z, axis=1, keepdims=True)
    unit = z / np.where(norm > 0, norm, 1)
    cosine = (unit * np.roll(unit, -1, axis=0)).sum(1)
    if distribution == "uniform" or (norm == 0).any() or (cosine < _OPPOSITE).any():
        return _monotone(z, t).astype(np.float32)
    turn = (_towards(unit, np.roll(unit, -1, axis=0)) - _towards(unit, np.roll(unit, 1, axis=0))) / 6
    after, before = _turned(unit, turn), _turned(unit, -turn)
    curves = (unit, after, np.roll(before, -1, axis=0), np.roll(unit, -1, axis=0))
    around = np.concatenate([_bezier(*points, t) for points in zip(*curves, strict=True)])
    out: np.ndarray = _monotone(norm, t) * around / np.linalg.norm(around, axis=1, keepdims=True)
    return out.astype(np.float32)


def _towards(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How to leave unit vectors `a` (n, d) along the sphere to arrive at `b`: across a, and as long as the arc."""
    cosine = (a * b).sum(1, keepdims=True).clip(-1, 1)
    across = b - cosine * a
    length = np.linalg.norm(across, axis=1, keepdims=True)
    out: np.ndarray = across * (np.arccos(cosine) / np.where(length > 0, length, 1))
    return out


def _turned(a: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Where one arrives who leaves unit vectors `a` (n, d) along `way` (n, d)."""
    arc = np.linalg.norm(way, axis=1, keepdims=True)
    out: np.ndarray = np.cos(arc) * a + np.sin(arc) / np.where(arc > 0, arc, 1) * way
    return out


def _bezier(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, t: np.ndarray) -> np.ndarray:
    """De Casteljau's construction from unit vectors (z_dim,) with great circles for lines, at `t` (n,): (n, z_dim)."""
    t = t[:, None]
    ab, bc, cd = _arc(a, b, t), _arc(b, c, t), _arc(c, d, t)
    return _arc(_arc(ab, bc, t), _arc(bc, cd, t), t)


def _arc(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The points at `t` (n, 1) of great circles between unit vectors (z_dim,) or (n, z_dim), in float64."""
    angle = np.arccos((a * b).sum(-1, keepdims=True).clip(-1, 1))
    sine = np.sin(angle)
    straight = sine < PARALLEL
    turned = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.where(straight, 1, sine)
    out: np.ndarray = np.where(straight, (1 - t) * a + t * b, turned)
    return out


def _monotone(values: np.ndarray, t: np.ndarray) -> np.ndarray:
    """A closed loop of cubics through `values` (k, d) that stay between neighbours, each at `t` (n,): (k n, d)."""
    step = np.roll(values, -1, axis=0) - values
    past = np.roll(step, 1, axis=0)
    same = step * past > 0
    slope = np.where(same, 2 * step * past / np.where(same, step + past, 1), 0)
    t = t[:, None]
    rise, leave, arrive = t * t * (3 - 2 * t), t * (1 - t) ** 2, t * t * (t - 1)
    pieces = [
        values[i] + rise * step[i] + leave * slope[i] + arrive * slope[(i + 1) % len(values)]
        for i in range(len(values))
    ]
    return np.concatenate(pieces)


def labels_along(labels: np.ndarray, per: int, closed: bool, how: Classing, classes: int) -> np.ndarray:
    """The labels of the frames of `walk`, whose anchors have `labels` (k,).

    "stay": that of the first; "switch": that of the nearest anchor, both (n,) int64. "morph": weights of the classes
    (n, classes) float32, in a straight line from anchor to anchor.
    """
    k = len(labels)
    n = per * k if closed else per * (k - 1) + 1
    at = np.arange(n)
    if how == "stay":
        return np.full(n, labels[0], np.int64)
    if how == "switch":
        return labels[(2 * at + per) // (2 * per) % k].astype(np.int64)
    share = (at % per / per)[:, None]
    unit = np.eye(classes)[labels]
    out: np.ndarray = (1 - share) * unit[at // per % k] + share * unit[(at // per + 1) % k]
    return out.astype(np.float32)


def eased(t: np.ndarray) -> np.ndarray:
    """How far a segment is at time `t` (n,) in [0, 1] when it begins and ends gently: 3 t^2 - 2 t^3."""
    t = np.asarray(t, np.float64)
    out: np.ndarray = t * t * (3 - 2 * t)
    return out


def uneased(share: np.ndarray) -> np.ndarray:
    """The time at which `eased` has come as far as `share` (n,) in [0, 1]."""
    out: np.ndarray = 0.5 - np.sin(np.arcsin(1 - 2 * np.asarray(share, np.float64).clip(0, 1)) / 3)
    return out


def sweep(z: np.ndarray, k: int, low: float, high: float, n: int) -> np.ndarray:
    """`n` copies of `z` (z_dim,) in which z_k goes from `low` to `high`: (n, z_dim)."""
    out = np.repeat(np.asarray(z, np.float32)[None], n, axis=0)
    out[:, k] = np.linspace(low, high, n)
    return out


def farthest(samples: np.ndarray, index: int, among: np.ndarray) -> int:
    """The one of the indices `among` whose sample (n, ...) looks least like `samples[index]`, by squared distance."""
    flat = np.asarray(samples, np.float32).reshape(len(samples), -1)
    return int(among[((flat[among] - flat[index]) ** 2).sum(1).argmax()])
