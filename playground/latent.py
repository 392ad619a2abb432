"""Paths, grids and walks through the latent space; plain NumPy.

A latent z is a float32 vector (z_dim,); several are (n, z_dim). Paths are computed in float64 and returned as float32.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

Blend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

_PARALLEL = 1e-6  # below this sine of the angle between two vectors no great circle is defined


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
    straight = (sine < _PARALLEL) | (norm_a == 0) | (norm_b == 0)
    turned = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.where(straight, 1, sine)
    curved = ((1 - t) * norm_a + t * norm_b) * turned
    out: np.ndarray = np.where(straight, (1 - t) * a + t * b, curved).astype(np.float32)
    return out


BLENDS: dict[str, Blend] = {"lerp": lerp, "slerp": slerp}


def natural_blend(distribution: str) -> str:
    """The key in BLENDS that keeps z where it was drawn: slerp for a normal z, lerp for a uniform z."""
    return "lerp" if distribution == "uniform" else "slerp"


def positions(anchors: int, n: int) -> np.ndarray:
    """Where `n` frames lie on a path through `anchors` anchors: (n,) from 0 to anchors - 1, evenly spaced."""
    return np.linspace(0, anchors - 1, n)


def path(anchors: np.ndarray, n: int, blend: Blend) -> np.ndarray:
    """`n` latents along the path through `anchors` (m, z_dim), m >= 2, in order: (n, z_dim), ends included."""
    at = positions(len(anchors), n)
    first = np.minimum(at.astype(int), len(anchors) - 2)
    out = np.empty((n, anchors.shape[1]), np.float32)
    for i in range(len(anchors) - 1):
        here = first == i
        out[here] = blend(anchors[i], anchors[i + 1], (at - i)[here])
    return out


def bilinear(corners: np.ndarray, n: int, blend: Blend) -> np.ndarray:
    """An n x n grid between four `corners` (4, z_dim): (n * n, z_dim), row by row.

    A is top left, B top right, C bottom left, D bottom right. Two edges are blended along the columns, then their
    latents along the rows; with `slerp` this keeps the norm inside the grid too.
    """
    a, b, c, d = corners
    t = np.linspace(0, 1, n)
    return blend(blend(a, b, t), blend(c, d, t), t).reshape(n * n, -1)


def sweep(z: np.ndarray, k: int, low: float, high: float, n: int) -> np.ndarray:
    """`n` copies of `z` (z_dim,) in which z_k goes from `low` to `high`: (n, z_dim)."""
    out = np.repeat(np.asarray(z, np.float32)[None], n, axis=0)
    out[:, k] = np.linspace(low, high, n)
    return out


def draw(distribution: str, n: int, z_dim: int, seed: int) -> np.ndarray:
    """`n` latents from N(0, 1) or U(-1, 1): (n, z_dim)."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(-1, 1, (n, z_dim)) if distribution == "uniform" else rng.standard_normal((n, z_dim))
    return z.astype(np.float32)


def closed_walk(anchors: np.ndarray, n: int, blend: Blend) -> np.ndarray:
    """`n` latents on a loop through `anchors` (m, z_dim), m >= 2: (n, z_dim). Frame n would be frame 0 again."""
    return path(np.concatenate([anchors, anchors[:1]]), n + 1, blend)[:-1]


def nearest_anchor(anchors: int, n: int) -> np.ndarray:
    """The index of the anchor that is nearest to each of the `n` frames of `path`: (n,), switching at the middle."""
    return np.floor(positions(anchors, n) + 0.5).astype(np.int64).clip(0, anchors - 1)


def nearest_corner(n: int) -> np.ndarray:
    """The index 0..3 of the corner that is nearest to each cell of `bilinear`: (n * n,)."""
    far = (np.arange(n) * 2 >= n).astype(np.int64)
    return (far[:, None] * 2 + far[None]).ravel()


def farthest(samples: np.ndarray, index: int, among: np.ndarray) -> int:
    """The one of the indices `among` whose sample (n, ...) looks least like `samples[index]`, by squared distance."""
    flat = np.asarray(samples, np.float32).reshape(len(samples), -1)
    return int(among[((flat[among] - flat[index]) ** 2).sum(1).argmax()])


def quantiles(distribution: str, p: np.ndarray) -> np.ndarray:
    """The values below which one number of z lies with probabilities `p` (n,), each in (0, 1); float32."""
    if distribution == "uniform":
        return (2 * np.asarray(p, np.float64) - 1).astype(np.float32)
    return np.array([NormalDist().inv_cdf(float(each)) for each in p], np.float32)


def _along(t: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`t` (n,) with as many trailing axes as `like` has."""
    return np.asarray(t, np.float64).reshape(-1, *[1] * like.ndim)


# Less than the whole latent space

WAYS = ("scale", "truncate")
WITHOUT = np.inf  # the limit that leaves everything


def natural_ways(distribution: str) -> tuple[str, ...]:
    """What can be done to z; to hold a uniform z in a smaller box is to scale it."""
    return WAYS if distribution == "normal" else WAYS[:1]


def truncated(distribution: str, way: str, value: float, n: int, z_dim: int, seed: int) -> np.ndarray:
    """`n` latents (n, z_dim) that come from less, or more, of the latent space; they move smoothly with `value`.

    "scale": z times `value`, the temperature psi. "truncate": a normal z whose numbers all lie within `value` of 0, as
    if those beyond were drawn again (Brock et al., 2019).
    """
    if way == "scale":
        return (draw(distribution, n, z_dim, seed) * np.float32(value)).astype(np.float32)
    z = draw("normal", n, z_dim, seed)
    if not np.isfinite(value):
        return z
    table = np.linspace(-4.5, 4.5, 4001)
    below = np.array([NormalDist().cdf(x) for x in table])
    low, high = NormalDist().cdf(-value), NormalDist().cdf(value)
    share = low + (high - low) * np.interp(z, table, below)
    out: np.ndarray = np.interp(share, below, table).clip(-value, value).astype(np.float32)
    return out
