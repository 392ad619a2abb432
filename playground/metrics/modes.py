"""Modes covered and share of high-quality samples (VEEGAN, Srivastava et al., 2017; PacGAN, Lin et al., 2018).

A sample is of high quality if it lies within 3 std of the nearest mode's centre: ||x - mu|| / std < 3. A perfect 2-D
generator reaches 1 - exp(-4.5) = 98.9 %. A mode counts as covered here if it gets at least a tenth of its fair share of
high-quality samples, which is stricter than the papers' single sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIGMAS = 3.0
SHARE = 0.1


def coverage(samples: np.ndarray, centres: Sequence[tuple[float, float]], std: float) -> tuple[int, float]:
    """(modes covered, share of high-quality samples) of points (n, 2)."""
    distance = np.linalg.norm(samples[:, None] - np.asarray(centres, np.float32)[None], axis=2) / std
    nearest = distance.argmin(1)
    good = distance[np.arange(len(samples)), nearest] < SIGMAS
    counts = np.bincount(nearest[good], minlength=len(centres))
    fair = len(samples) / len(centres)
    return int((counts >= SHARE * fair).sum()), float(good.mean())
