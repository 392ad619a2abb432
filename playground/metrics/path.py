"""Perceptual path length (Karras et al., A style-based generator architecture, 2019): how fast samples change with z.

E[ |phi(G(z_t)) - phi(G(z_{t + eps}))|^2 / eps^2 ], z_t on the path between two random latents, over the middle 98 % of
the values, and divided by the mean squared distance of real images, as features have no unit. Small: samples change
smoothly. It says nothing of how good they are: a G that always gives the same image has 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from playground.metrics.measure import Comparison, Measure, Work
from playground.metrics.pairwise_distance import mean_distance
from playground.utils.interpolation import BLENDS, natural_blend
from playground.utils.lazy_torch import torch
from playground.utils.priors import NO_CODES, Codes, sample

PATHS = 300
PLACES = 30  # t on the paths, evenly spread, each on so many paths
EPS = 1e-3
DROPPED = 0.01  # of the values at each end


def path_length(before: torch.Tensor, after: torch.Tensor, scale: float) -> float:
    """The length for features (n, d) at places on paths and a step of EPS further on; `scale` measures distances."""
    squared = (before - after).double().square().sum(1) / EPS**2
    low, high = squared.quantile(DROPPED), squared.quantile(1 - DROPPED)
    return float(squared[(squared >= low) & (squared <= high)].mean()) / scale**2


class Ends(NamedTuple):
    """Latents (n, z_dim) on paths and, a little further on, after them."""

    before: np.ndarray
    after: np.ndarray


def ends(distribution: str, z_dim: int, codes: Codes = NO_CODES) -> Ends:
    """Of PATHS paths, always the same: great circles for a normal z, lines for a uniform one."""
    blend = BLENDS[natural_blend(distribution)]
    a, b = (sample(distribution, PATHS, z_dim, seed, codes).reshape(PLACES, -1, z_dim) for seed in (1, 2))
    t = (np.arange(PLACES) + 0.5) / PLACES
    places = [blend(a[i], b[i], np.array([t[i], t[i] + EPS])) for i in range(PLACES)]
    before, after = np.stack(places, 1).reshape(2, PATHS, z_dim)
    return Ends(before, after)


def _values(c: Comparison) -> Work:
    """Both ends of a path are of one class; each class is as frequent as in the data. Real samples have no paths."""
    if c.make is None or c.pool is None:
        return {"path_length": float("nan")}
    features: list[torch.Tensor] = []
    for z in ends(c.config.z_distribution, c.config.z_dim, c.config.codes):
        x, _y = yield from c.make(z)
        features.append((yield from c.pool.features_of(x)))
    scale = mean_distance(c.real.features)
    return {"path_length": path_length(features[0], features[1], scale) if scale > 0 else float("nan")}


MEASURES = (
    Measure(
        key="path_length",
        label="Path length",
        says="How fast images change along a path in z; small is smooth.",
        formula="E ‖φ(G(z_t)) − φ(G(z_t+ε))‖²/ε², ε = 0.001, by E‖φ(x) − φ(x′)‖²",
        paper="Karras et al., StyleGAN, 2019",
        better="less",
        kinds=("images",),
        samples=PATHS,
        values=_values,
        order=10,
        cost="expensive",
    ),
)
