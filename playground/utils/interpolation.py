"""Lines and great circles between latents; plain NumPy.

A latent z is a float32 vector (z_dim,). They are computed in float64 and returned as float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Blend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

PARALLEL = 1e-6  # below this sine of the angle between two vectors no great circle is defined


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The straight line from `a` to `b` (each (..., z_dim)) at `t` (n,) in [0, 1]: (n, ..., z_dim)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    t = _along(t, a)
    out: np.ndarray = ((1 - t) * a + t * b).astype(np.float32)
    return out


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The great circle from `a` to `b` (each (..., z_dim)) at `t` (n,) in [0, 1]: (n, ..., z_dim).

    The direction turns at a constant rate (Shoemake, Animating Rotation with Quaternion Curves, 1985) and the norm
    goes linearly from |a| to |b|, so that z stays where a normal z lives in many dimensions: near the sphere of radius
    sqrt(z_dim) (White, Sampling Generative Networks, 2016). Vectors that are zero, parallel or opposite define no
    great circle; between those the path is straight.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    t = _along(t, a)
    norm_a, norm_b = (np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
    unit_a, unit_b = (v / np.where(norm > 0, norm, 1) for v, norm in ((a, norm_a), (b, norm_b)))
    angle = np.arccos(np.clip((unit_a * unit_b).sum(-1, keepdims=True), -1, 1))
    sine = np.sin(angle)
    straight = (sine < PARALLEL) | (norm_a == 0) | (norm_b == 0)
    turned = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.where(straight, 1, sine)
    curved = ((1 - t) * norm_a + t * norm_b) * turned
    out: np.ndarray = np.where(straight, (1 - t) * a + t * b, curved).astype(np.float32)
    return out


BLENDS: dict[str, Blend] = {"lerp": lerp, "slerp": slerp}


def natural_blend(distribution: str) -> str:
    """The key in BLENDS that keeps z where it was drawn: slerp for a normal z, lerp for a uniform z."""
    return "lerp" if distribution == "uniform" else "slerp"


def _along(t: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`t` (n,) with as many trailing axes as `like` has."""
    return np.asarray(t, np.float64).reshape(-1, *[1] * like.ndim)
