"""Thirteen 2-D toys, scaled to about [-1, 1].

Ring and grid follow the protocol of PacGAN (Lin et al., 2018): eight modes on a circle of radius 1 with std 0.01, and
25 modes on {-4, -2, 0, 2, 4}^2 with std 0.05. The grid is divided by 4, which none of the protocol's metrics notices.
Gaussians, ellipse and disjoint are three of the four toys of GAN Lab (Kahng et al., 2019), whose plane [0, 1]^2 becomes
[-1, 1]^2; the fourth is a line. Circle and clouds are what translations of points begin or end with.
Each toy has 100,000 fixed samples.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from playground.data.dataset import Dataset, Progress, Samples
from playground.utils.lazy_torch import torch

SIZE = 100_000

RING = tuple((cos(2 * pi * k / 8), sin(2 * pi * k / 8)) for k in range(8))
GRID = tuple((x / 4, y / 4) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4))
DISJOINT = ((-0.3, 0.5), (0.5, 0.2), (-0.1, -0.3))
RING_STD, GRID_STD, DISJOINT_STD = 0.01, 0.05 / 4, 0.05
CLOUDS, CLOUD_STD = ((-0.2, 0.5), (-0.2, -0.5), (0.8, -0.5)), 0.1
SHARES = (0.5, 0.3, 0.2)  # of the samples in each cloud


def _mixture(centres: tuple[tuple[float, float], ...], std: float, g: torch.Generator) -> Samples:
    y = torch.randint(len(centres), (SIZE,), generator=g)
    return Samples(torch.tensor(centres)[y] + std * torch.randn(SIZE, 2, generator=g), y, len(centres))


def _moons(g: torch.Generator) -> Samples:
    """Two interleaved half circles of radius 0.6, std 0.03."""
    y = torch.randint(2, (SIZE,), generator=g)
    t = pi * torch.rand(SIZE, generator=g)
    upper = torch.stack([t.cos() - 0.5, t.sin() - 0.25], 1)
    x = 0.6 * torch.where(y[:, None] == 0, upper, -upper)
    return Samples(x + 0.03 * torch.randn(SIZE, 2, generator=g), y, 2)


def _swiss_roll(g: torch.Generator) -> Samples:
    """One spiral from radius 0.25 to 1 over one and a half turns, std 0.02, even along its length."""
    r = (torch.rand(SIZE, generator=g) * (1 - 0.25**2) + 0.25**2).sqrt()
    t = (r - 0.25) / 0.75 * 3 * pi
    x = r[:, None] * torch.stack([t.cos(), t.sin()], 1)
    return Samples(x + 0.02 * torch.randn(SIZE, 2, generator=g))


def _spirals(g: torch.Generator) -> Samples:
    """Two arms of one turn each, from radius 0.1 to 1, std 0.02."""
    y = torch.randint(2, (SIZE,), generator=g)
    r = (torch.rand(SIZE, generator=g) * (1 - 0.1**2) + 0.1**2).sqrt()
    t = 2 * pi * r + pi * y
    x = r[:, None] * torch.stack([t.cos(), t.sin()], 1)
    return Samples(x + 0.02 * torch.randn(SIZE, 2, generator=g), y, 2)


def _checkerboard(g: torch.Generator) -> Samples:
    """The eight dark cells of a 4 x 4 board on [-1, 1]^2."""
    column = torch.randint(4, (SIZE,), generator=g)
    row = 2 * torch.randint(2, (SIZE,), generator=g) + column % 2
    corner = torch.stack([column, row], 1)
    return Samples((corner + torch.rand(SIZE, 2, generator=g)) / 2 - 1)


def _line(g: torch.Generator) -> Samples:
    """A segment from (-0.8, -0.4) to (0.8, 0.4), std 0.02."""
    t = 2 * torch.rand(SIZE, 1, generator=g) - 1
    return Samples(t * torch.tensor([0.8, 0.4]) + 0.02 * torch.randn(SIZE, 2, generator=g))


def _gaussians(g: torch.Generator) -> Samples:
    """Two Gaussians: a round one at (-0.4, 0.4), std 0.2, and an upright one at (0.4, -0.2), std 0.1 and 0.4."""
    y = torch.randint(2, (SIZE,), generator=g)
    centre, std = torch.tensor([[-0.4, 0.4], [0.4, -0.2]]), torch.tensor([[0.2, 0.2], [0.1, 0.4]])
    return Samples(centre[y] + std[y] * torch.randn(SIZE, 2, generator=g), y, 2)


def _ellipse(g: torch.Generator) -> Samples:
    """An ellipse around (0, -0.1), half axes 0.6 and 0.5, std 0.05, even in its angle."""
    t = 2 * pi * torch.rand(SIZE, generator=g)
    x = torch.stack([0.6 * t.cos(), 0.5 * t.sin() - 0.1], 1)
    return Samples(x + 0.05 * torch.randn(SIZE, 2, generator=g))


def _circle(g: torch.Generator) -> Samples:
    """A circle of radius 0.8, std 0.03."""
    t = 2 * pi * torch.rand(SIZE, 1, generator=g)
    return Samples(0.8 * torch.cat([t.cos(), t.sin()], 1) + 0.03 * torch.randn(SIZE, 2, generator=g))


def _clouds(g: torch.Generator) -> Samples:
    """Three round clouds at the ends and the corner of an L, std 0.1, with 50, 30 and 20 % of the samples."""
    y = torch.bucketize(torch.rand(SIZE, generator=g), torch.tensor(SHARES).cumsum(0)[:-1])
    return Samples(torch.tensor(CLOUDS)[y] + CLOUD_STD * torch.randn(SIZE, 2, generator=g), y, 3)


def _toy(
    key: str,
    label: str,
    make: Callable[[torch.Generator], Samples],
    classes: int = 0,
    centres: tuple[tuple[float, float], ...] = (),
    std: float = 0.0,
    citation: str = "",
) -> Dataset:
    def read(source: str, progress: Progress) -> Samples:
        return make(torch.Generator().manual_seed(0))

    return Dataset(
        key=key,
        label=label,
        kind="points",
        read=read,
        source="Made by a formula",
        licence="Apache-2.0",
        shape=(2,),
        classes=classes,
        citation=citation,
        centres=centres,
        std=std,
        fresh=lambda: make(torch.Generator().manual_seed(1)),
    )


_PACGAN = (
    "Z. Lin, A. Khetan, G. Fanti, S. Oh. PacGAN: The power of two samples in generative adversarial networks. "
    "NeurIPS 2018"
)
_GAN_LAB = (
    "M. Kahng, N. Thorat, D. H. Chau, F. Viégas, M. Wattenberg. GAN Lab: Understanding Complex Deep Generative Models "
    "using Interactive Visual Experimentation. IEEE TVCG 25(1), 2019"
)

DATASETS = (
    _toy("ring", "Ring of 8", lambda g: _mixture(RING, RING_STD, g), 8, RING, RING_STD, _PACGAN),
    _toy("grid", "Grid of 25", lambda g: _mixture(GRID, GRID_STD, g), 25, GRID, GRID_STD, _PACGAN),
    _toy("moons", "Two moons", _moons, 2),
    _toy("swiss-roll", "Swiss roll", _swiss_roll),
    _toy("spirals", "Two spirals", _spirals, 2),
    _toy("checkerboard", "Checkerboard", _checkerboard),
    _toy("line", "Line", _line, citation=_GAN_LAB),
    _toy("gaussian", "One Gaussian", lambda g: Samples(0.3 * torch.randn(SIZE, 2, generator=g)), 0, ((0.0, 0.0),), 0.3),
    _toy("gaussians", "Two Gaussians", _gaussians, 2, citation=_GAN_LAB),
    _toy("ellipse", "Ellipse", _ellipse, citation=_GAN_LAB),
    _toy(
        "disjoint", "Three clusters", lambda g: _mixture(DISJOINT, DISJOINT_STD, g), 3, DISJOINT, DISJOINT_STD, _GAN_LAB
    ),
    _toy("circle", "Circle", _circle),
    _toy("clouds", "Three unequal clouds", _clouds, 3),
)
