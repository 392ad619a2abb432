"""How far pictures are from their truth, pixel by pixel: the peak signal-to-noise ratio.

PSNR = 10 log10(1 / MSE) dB, the pictures looked at in [0, 1]; 3 dB more are half the squared error. It rewards the mean
of all that is possible, which is blurred: read it beside the sharpness.
"""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch

LEAST = 1e-10  # the mean squared error that counts as none: 100 dB


def psnr(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The ratio (n,) in dB of pictures x and y (n, c, h, w) in [-1, 1]; 100 at most."""
    error = ((x - y) / 2).flatten(1).square().mean(1)
    return -10 * error.clamp_min(LEAST).log10()


def _values(c: Comparison) -> Values:
    if c.pairs is None or c.pairs.truth is None:
        return {}
    return {"psnr": float(psnr(c.x, c.pairs.truth).mean())}


MEASURES = (
    Measure(
        key="psnr",
        label="PSNR (dB)",
        says="How far the outputs are from their truth, pixel by pixel. It prefers a blurred mean to a sharp guess.",
        formula="mean of 10 log₁₀(1 / MSE) of G(a) and b in [0, 1]",
        paper="Huynh-Thu and Ghanbari, 2008",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=20,
        first=True,
        of=("translations",),
    ),
)
