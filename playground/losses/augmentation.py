"""Differentiable augmentation of what D sees, real and generated alike (Zhao et al., 2020; Karras et al., 2020).

Images are (n, channels, height, width) in [-1, 1]. Each part is applied to a sample with probability p; every
operation lets gradients through and none waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from playground.utils.random_streams import RandomStreams

ADA_IMAGES = 500_000  # real images in which p can go from 0 to 1
SHIFT = 1 / 8  # of the side
CUT = 1 / 2  # of the side


def color(x: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """Brightness, saturation (which one channel does not have) and contrast, each drawn once a sample."""
    brightness, saturation, contrast = draws.uniform(draws.batch_per_replica(x), 3, 1, 1, 1).unbind(1)
    x = x + (brightness - 0.5)
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * (2 * saturation)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (contrast + 0.5)


def translation(x: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """A shift by up to an eighth of each side; what comes in is 0."""
    shift = 2 * draws.uniform(draws.batch_per_replica(x), 2) - 1
    height, width = x.shape[2:]
    rows, columns = _shift(height, shift[:, 0]), _shift(width, shift[:, 1])
    return rows[:, None] @ x @ columns[:, None].mT


def _shift(side: int, share: torch.Tensor) -> torch.Tensor:
    """Matrices (n, side, side) that move a column vector by round(share * side / 8)."""
    i = torch.arange(side, device=share.device)
    by = (share * (side * SHIFT)).round()
    return (i[:, None] - i[None] == by[:, None, None]).to(share.dtype)


def cutout(x: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """A square of half the side, centred anywhere, is 0."""
    centre = draws.uniform(draws.batch_per_replica(x), 2)
    height, width = x.shape[2:]
    inside = _near(height, centre[:, 0])[:, :, None] & _near(width, centre[:, 1])[:, None]
    return x * ~inside[:, None]


def _near(side: int, centre: torch.Tensor) -> torch.Tensor:
    """Which of `side` places lie within a quarter of the side from `centre` in [0, 1]; (n, side)."""
    i = (torch.arange(side, device=centre.device) + 0.5) / side
    return (i - centre[:, None]).abs() < CUT / 2


PARTS: dict[str, Callable[[torch.Tensor, RandomStreams], torch.Tensor]] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}


def augment(x: torch.Tensor, policy: str, p: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """`x` with the parts that `policy` names, joined by "+", each applied to a sample with probability `p`."""
    for part in policy.split("+"):
        chosen = draws.uniform(draws.batch_per_replica(x), 1, 1, 1) < p
        x = torch.where(chosen, PARTS[part](x, draws), x)
    return x


def adapt_(p: torch.Tensor, d: torch.Tensor, target: float, images: int) -> None:
    """Move `p` up where D overfits, r = E sign(D(x)) > target, and down where it does not; it stays in [0, 1].

    `d` are D's logits of `images` real images.
    """
    p.add_((d.sign().mean() - target).sign() * (images / ADA_IMAGES)).clamp_(0, 1)
