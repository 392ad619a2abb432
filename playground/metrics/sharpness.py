"""How sharp pictures are: the energy of their gradients, by that of real ones."""

from __future__ import annotations

from playground.metrics.measure import IMAGES, Comparison, Measure, Values
from playground.utils.lazy_torch import torch


def gradient_energy(x: torch.Tensor) -> torch.Tensor:
    """The mean squared difference of neighbouring pixels (n,), across plus down, of pictures (n, c, h, w).

    A direction in which a picture has a single pixel counts 0.
    """
    across, down = x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]
    return sum((d.flatten(1).square().mean(1) for d in (across, down) if d.numel()), x.new_zeros(len(x)))


def _values(c: Comparison) -> Values:
    real = float(gradient_energy(c.real.x).mean())
    return {"sharpness": float(gradient_energy(c.x).mean()) / real if real > 0 else float("nan")}


MEASURES = (
    Measure(
        key="sharpness",
        label="Sharpness",
        says="How much neighbouring pixels differ, by how much they do in real pictures: below 1 is blurred.",
        formula="E‖∇G(a)‖² / E‖∇b‖² over neighbouring pixels",
        paper="Mathieu et al., 2016",
        better="real",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=22,
        first=True,
        of=("translations",),
    ),
)
