"""Paths in z, for the perceptual path length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from playground.metrics.path import EPS
from playground.utils.interpolation import BLENDS, natural_blend
from playground.utils.priors import sample

PATHS = 300
PLACES = 30  # t on the paths, evenly spread, each on so many paths


class Ends(NamedTuple):
    """Latents (n, z_dim) on paths and, a little further on, after them."""

    before: np.ndarray
    after: np.ndarray


def ends(distribution: str, z_dim: int) -> Ends:
    """Of PATHS paths, always the same: great circles for a normal z, lines for a uniform one."""
    blend = BLENDS[natural_blend(distribution)]
    a, b = (sample(distribution, PATHS, z_dim, seed).reshape(PLACES, -1, z_dim) for seed in (1, 2))
    t = (np.arange(PLACES) + 0.5) / PLACES
    places = [blend(a[i], b[i], np.array([t[i], t[i] + EPS])) for i in range(PLACES)]
    before, after = np.stack(places, 1).reshape(2, PATHS, z_dim)
    return Ends(before, after)
