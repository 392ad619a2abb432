"""Perceptual path length (Karras et al., A style-based generator architecture, 2019): how fast samples change with z.

E[ |phi(G(z_t)) - phi(G(z_{t + eps}))|^2 / eps^2 ], z_t on the path between two random latents, over the middle 98 % of
the values, and divided by the mean squared distance of real images, as features have no unit. Small: samples change
smoothly. It says nothing of how good they are: a G that always gives the same image has 0.
"""

from __future__ import annotations

import torch

EPS = 1e-3
DROPPED = 0.01  # of the values at each end


def path_length(before: torch.Tensor, after: torch.Tensor, scale: float) -> float:
    """The length for features (n, d) at places on paths and a step of EPS further on; `scale` measures distances."""
    squared = (before - after).double().square().sum(1) / EPS**2
    low, high = squared.quantile(DROPPED), squared.quantile(1 - DROPPED)
    return float(squared[(squared >= low) & (squared <= high)].mean()) / scale**2
