"""The distribution from which z is drawn, and less or more of it; plain NumPy.

A latent z is a float32 vector (z_dim,); several are (n, z_dim). Where a run is an InfoGAN, z begins with codes.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np


class Codes(NamedTuple):
    """The first numbers of z, which G shall make readable (Chen et al., InfoGAN, 2016).

    One of `categories` values as a one-hot code, each as likely, then `continuous` numbers from U(-1, 1).
    """

    categories: int = 0
    continuous: int = 0

    @property
    def size(self) -> int:
        """How many numbers of z they take."""
        return self.categories + self.continuous


NO_CODES = Codes()


def shell(z_dim: int) -> tuple[float, float]:
    """Mean and standard deviation of the norm of a normal z: about sqrt(z_dim) and 0.7 (the chi distribution)."""
    mean = math.sqrt(2) * math.exp(math.lgamma((z_dim + 1) / 2) - math.lgamma(z_dim / 2))
    return mean, math.sqrt(z_dim - mean * mean)


def sample(distribution: str, n: int, z_dim: int, seed: int, codes: Codes = NO_CODES) -> np.ndarray:
    """`n` latents from N(0, 1) or U(-1, 1), after their `codes`: (n, z_dim)."""
    return drawn(np.random.default_rng(seed), distribution, n, z_dim, codes).astype(np.float32)


def drawn(rng: np.random.Generator, distribution: str, n: int, z_dim: int, codes: Codes = NO_CODES) -> np.ndarray:
    """The same from a generator, as float64."""
    z = rng.uniform(-1, 1, (n, z_dim)) if distribution == "uniform" else rng.standard_normal((n, z_dim))
    if codes.categories:
        z[:, : codes.categories] = np.eye(codes.categories)[rng.integers(codes.categories, size=n)]
    if codes.continuous:
        z[:, codes.categories : codes.size] = rng.uniform(-1, 1, (n, codes.continuous))
    return z


def categories(z: np.ndarray, codes: Codes) -> np.ndarray:
    """The category (n,) with which each latent (n, z_dim) begins."""
    out: np.ndarray = z[:, : codes.categories].argmax(1)
    return out


def quantiles(distribution: str, p: np.ndarray) -> np.ndarray:
    """The values below which one number of z lies with probabilities `p` (n,), each in (0, 1); float32."""
    if distribution == "uniform":
        return (2 * np.asarray(p, np.float64) - 1).astype(np.float32)
    return np.array([NormalDist().inv_cdf(float(each)) for each in p], np.float32)


WAYS = ("scale", "truncate")

WITHOUT = np.inf  # the limit that leaves everything


def natural_ways(distribution: str) -> tuple[str, ...]:
    """What can be done to z; to hold a uniform z in a smaller box is to scale it."""
    return WAYS if distribution == "normal" else WAYS[:1]


def truncated(
    distribution: str, way: str, value: float, n: int, z_dim: int, seed: int, codes: Codes = NO_CODES
) -> np.ndarray:
    """`n` latents (n, z_dim) that come from less, or more, of the latent space; they move smoothly with `value`.

    "scale": z times `value`, the temperature psi. "truncate": a normal z whose numbers all lie within `value` of 0, as
    if those beyond were drawn again (Brock et al., 2019). The `codes` stay as they are.
    """
    if codes.size:
        whole = sample(distribution, n, z_dim, seed, codes)
        whole[:, codes.size :] = truncated(distribution, way, value, n, z_dim - codes.size, seed)
        return whole
    if way == "scale":
        return (sample(distribution, n, z_dim, seed) * np.float32(value)).astype(np.float32)
    z = sample("normal", n, z_dim, seed)
    if not np.isfinite(value):
        return z
    table = np.linspace(-4.5, 4.5, 4001)
    below = np.array([NormalDist().cdf(x) for x in table])
    low, high = NormalDist().cdf(-value), NormalDist().cdf(value)
    share = low + (high - low) * np.interp(z, table, below)
    out: np.ndarray = np.interp(share, below, table).clip(-value, value).astype(np.float32)
    return out
