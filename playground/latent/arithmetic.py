"""Sums of latents that stay where z is drawn: moves along directions, means of groups, A - B + C; plain NumPy.

A normal z of d numbers lives near the sphere of radius sqrt(d), a uniform z in the cube [-1, 1]^d. What leaves them, G
has never met.
"""

from __future__ import annotations

import numpy as np

NOISE = 0.25  # of a standard deviation of a uniform z: what Radford et al. (2016) add around a result
FEWEST = 3  # samples of a group: the mean of fewer keeps too much of each


def spread(distribution: str) -> float:
    """sigma: the standard deviation of z along any unit vector."""
    return 3**-0.5 if distribution == "uniform" else 1.0


def move(z: np.ndarray, vectors: np.ndarray, amounts: np.ndarray, distribution: str) -> np.ndarray:
    """`z` (z_dim,) moved along unit `vectors` (k, z_dim) by `amounts` (..., k) in units of sigma: (..., z_dim) float32.

    A normal z keeps its norm, a uniform z is kept in its cube.
    """
    z = np.asarray(z, np.float64)
    moved = z + spread(distribution) * np.asarray(amounts, np.float64) @ np.asarray(vectors, np.float64)
    if distribution == "uniform":
        return moved.clip(-1, 1).astype(np.float32)
    out: np.ndarray = _scaled(moved, float(np.linalg.norm(z))).astype(np.float32)
    return out


def home(z: np.ndarray, distribution: str) -> np.ndarray:
    """`z` (..., z_dim) put where z is drawn: on the sphere of radius sqrt(z_dim), or into the cube; float32."""
    z = np.asarray(z, np.float64)
    if distribution == "uniform":
        return z.clip(-1, 1).astype(np.float32)
    return _scaled(z, z.shape[-1] ** 0.5).astype(np.float32)


def combine(a: np.ndarray, b: np.ndarray, c: np.ndarray, distribution: str) -> np.ndarray:
    """mean(a) - mean(b) + mean(c) of groups (n, z_dim), put where z is drawn: (z_dim,) (Radford et al., 2016)."""
    mean_a, mean_b, mean_c = (np.asarray(group, np.float64).mean(0) for group in (a, b, c))
    return home(mean_a - mean_b + mean_c, distribution)


def weights(a: np.ndarray, b: np.ndarray, c: np.ndarray, classes: int) -> np.ndarray:
    """The same sum of the classes of groups, labels (n,) each: class weights (classes,) float32, which sum to 1."""
    share_a, share_b, share_c = (np.bincount(y, minlength=classes) / len(y) for y in (a, b, c))
    out: np.ndarray = (share_a - share_b + share_c).astype(np.float32)
    return out


def around(z: np.ndarray, distribution: str, seed: int = 0) -> np.ndarray:
    """`z` (z_dim,) in the middle of eight with a little uniform noise, as Radford et al. show them: (9, z_dim)."""
    reach = NOISE * spread(distribution) / spread("uniform")
    near = z + np.random.default_rng(seed).uniform(-reach, reach, (9, len(z)))
    near[4] = z
    return home(near, distribution)


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """The unit vector (z_dim,) from the mean of group `b` (n, z_dim) to that of `a`; None if they are the same."""
    towards = np.asarray(a, np.float64).mean(0) - np.asarray(b, np.float64).mean(0)
    norm = np.linalg.norm(towards)
    return (towards / norm).astype(np.float32) if norm > 1e-9 else None


def random_directions(z_dim: int, count: int, seed: int) -> np.ndarray:
    """Unit vectors (min(count, z_dim), z_dim) float32 in random directions, at right angles to each other."""
    drawn = np.random.default_rng(seed).standard_normal((z_dim, min(count, z_dim)))
    return np.ascontiguousarray(np.linalg.qr(drawn)[0].T, np.float32)


def _scaled(z: np.ndarray, norm: float) -> np.ndarray:
    """`z` (..., z_dim) with norm `norm`; zero stays."""
    present = np.linalg.norm(z, axis=-1, keepdims=True)
    out: np.ndarray = z * (norm / np.where(present > 0, present, 1))
    return out
