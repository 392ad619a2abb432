"""Coloured circles, squares and triangles on a dark ground, 32 x 32, RGB: colour without a network. Also 16 x 16.

A shape is where its signed distance is negative; an edge pixel is covered in proportion to its distance from the edge.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import cos, pi, sin, sqrt

from playground.data.dataset import Dataset, Progress, Samples
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

SIDE, SIZE = 32, 12_000
BLOCK = 1000  # samples made at once: bounds the memory
CIRCLE, SQUARE, TRIANGLE = range(3)
# A shape of size r has the area of a circle of radius r.
HALF_SIDE, INRADIUS = sqrt(pi) / 2, sqrt(pi / (3 * sqrt(3)))


def render(n: int) -> Samples:
    """The first `n` samples: uint8 (n, 3, 32, 32) and their shapes. The same in every call."""
    g = torch.Generator().manual_seed(0)
    blocks = [_block(g) for _start in range(0, n, BLOCK)]
    x, y = (torch.cat(parts)[:n] for parts in zip(*blocks, strict=True))
    return Samples(x, y, 3)


def _block(g: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    def between(low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(BLOCK, *shape, generator=g)

    y = torch.randint(3, (BLOCK,), generator=g)
    r, turn = between(6, 9, 1, 1), between(0, 2 * pi, 1, 1)
    reach = r * torch.tensor([1, sqrt(2) * HALF_SIDE, 2 * INRADIUS])[y].view(-1, 1, 1)  # of its corners
    centre = SIDE / 2 + (SIDE / 2 - 2 - reach)[:, None] * between(-1, 1, 2, 1, 1)
    ticks = torch.arange(SIDE) + 0.5
    u, v = ticks - centre[:, 0], ticks[:, None] - centre[:, 1]
    u, v = turn.cos() * u + turn.sin() * v, turn.cos() * v - turn.sin() * u
    sides = [u * cos(a) + v * sin(a) for a in (pi / 6, 5 * pi / 6, 3 * pi / 2)]
    distance = torch.stack(
        [
            (u**2 + v**2).sqrt() - r,
            torch.maximum(u.abs(), v.abs()) - HALF_SIDE * r,
            torch.stack(sides).amax(0) - INRADIUS * r,
        ]
    )[y, torch.arange(BLOCK)]
    cover = (0.5 - distance).clamp(0, 1)[:, None]
    ground = between(0, 0.1, 3, 1, 1)
    x = ground + cover * (_colour(between(0, 1), between(0.6, 1), between(0.8, 1)) - ground)
    return (x * 255).round().to(torch.uint8), y


def _colour(hue: torch.Tensor, saturation: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """HSV, each (n,) in [0, 1], to RGB (n, 3, 1, 1)."""
    k = (torch.tensor([5.0, 3.0, 1.0]) + 6 * hue[:, None]) % 6
    fall = torch.minimum(k, 4 - k).clamp(0, 1)
    return (value[:, None] * (1 - saturation[:, None] * fall))[..., None, None]


def _read(side: int, source: str, progress: Progress) -> Samples:
    samples = render(SIZE)
    if side == SIDE:
        return samples
    small = torch.nn.functional.avg_pool2d(samples.x.float(), SIDE // side)
    return replace(samples, x=small.round().to(torch.uint8))


def _dataset(key: str, label: str, side: int) -> Dataset:
    return Dataset(
        key=key,
        label=label,
        kind="images",
        read=partial(_read, side),
        source="Made by a formula",
        licence="Apache-2.0",
        shape=(3, side, side),
        classes=3,
        names=(_("circle"), _("square"), _("triangle")),
    )


DATASETS = (
    _dataset("shapes", "Coloured shapes, 32×32", SIDE),
    _dataset("shapes-16", "Coloured shapes, 16×16", SIDE // 2),
)
