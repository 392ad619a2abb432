"""How far two clouds of points are apart: the sliced Wasserstein distance (Rabin et al., 2012).

SW(x, y) = mean over directions u of W1(<x, u>, <y, u>); on a line, W1 is the mean distance of the sorted values.
"""

from __future__ import annotations

import numpy as np


def sliced_wasserstein(x: np.ndarray, y: np.ndarray, directions: int = 64) -> float:
    """The distance of points (n, d) and (n, d), in the units of the points. The same directions in every call."""
    if x.shape != y.shape:
        raise ValueError(f"as many points on both sides, not {x.shape} and {y.shape}")
    u = np.random.default_rng(0).normal(size=(x.shape[1], directions))
    u /= np.linalg.norm(u, axis=0)
    return float(np.abs(np.sort(x @ u, axis=0) - np.sort(y @ u, axis=0)).mean())
