"""Perceptual path length (Karras et al., A style-based generator architecture, 2019): how fast samples change with z.

E[ |phi(G(z_t)) - phi(G(z_{t + eps}))|^2 / eps^2 ], z_t on the path between two random latents, over the middle 98 % of
the values, and divided by the mean squared distance of real images, as features have no unit. Small: samples change
smoothly. It says nothing of how good they are: a G that always gives the same image has 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from playground.latent import BLENDS, draw, natural_blend

EPS = 1e-3
PATHS = 300
PLACES = 30  # t on the paths, evenly spread, each on so many paths
DROPPED = 0.01  # of the values at each end


class Ends(NamedTuple):
    """Latents (n, z_dim) on paths and, a little further on, after them."""

    before: np.ndarray
    after: np.ndarray


def ends(distribution: str, z_dim: int) -> Ends:
    """Of PATHS paths, always the same: great circles for a normal z, lines for a uniform one."""
    blend = BLENDS[natural_blend(distribution)]
    a, b = (draw(distribution, PATHS, z_dim, seed).reshape(PLACES, -1, z_dim) for seed in (1, 2))
    t = (np.arange(PLACES) + 0.5) / PLACES
    places = [blend(a[i], b[i], np.array([t[i], t[i] + EPS])) for i in range(PLACES)]
    before, after = np.stack(places, 1).reshape(2, PATHS, z_dim)
    return Ends(before, after)


def path_length(before: torch.Tensor, after: torch.Tensor, scale: float) -> float:
    """The length for features (n, d) of what G makes of `ends`; `scale` is what distances are measured by."""
    squared = (before - after).double().square().sum(1) / EPS**2
    low, high = squared.quantile(DROPPED), squared.quantile(1 - DROPPED)
    return float(squared[(squared >= low) & (squared <= high)].mean()) / scale**2
