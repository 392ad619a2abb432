"""How far pictures are from their truth, pixel by pixel: the peak signal-to-noise ratio.

PSNR = 10 log10(1 / MSE) dB, the pictures looked at in [0, 1]; 3 dB more are half the squared error. It rewards the mean
of all that is possible, which is blurred: read it beside the sharpness.
"""

from __future__ import annotations

from playground.utils.lazy_torch import torch

LEAST = 1e-10  # the mean squared error that counts as none: 100 dB


def psnr(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The ratio (n,) in dB of pictures x and y (n, c, h, w) in [-1, 1]; 100 at most."""
    error = ((x - y) / 2).flatten(1).square().mean(1)
    return -10 * error.clamp_min(LEAST).log10()
