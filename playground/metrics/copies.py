"""How many samples are nearer to a training image than training images are to each other.

A sample counts as a copy if its nearest training image is nearer, pixel by pixel, than that of one training image in
twenty is when it is left out itself. A G that has learned its data by heart reads as 1; of training images themselves
it is a twentieth.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch

from playground.neighbours import nearest
from playground.pieces import Progress

NEAR = 0.05  # of the training images have a neighbour as near as that
COPIED = 250  # generated images that are looked at
YARD = 500  # training images that are left out, one by one
GROUP = 50  # images whose neighbours are looked for at a time

Part = Callable[[slice], torch.Tensor]
Work = Generator[Progress, None, float]


def near(train: torch.Tensor) -> Generator[Progress, None, tuple[float, float]]:
    """The distance below which images are copies, and the share of training images (n, c, h, w) uint8 below it."""
    left_out = torch.linspace(0, len(train) - 1, min(YARD, len(train))).long()
    found = []
    for own in torch.split(left_out, GROUP):
        distance, _place = yield from nearest(_flat(train[own]), len(train), lambda part: _flat(train[part]), 1, own)
        found.append(distance[:, 0])
    distances = torch.cat(found)
    limit = float(distances.quantile(NEAR))
    return limit, float((distances <= limit).float().mean())


def copies(x: torch.Tensor, train: torch.Tensor, limit: float) -> Work:
    """The share of images x (n, c, h, w) uint8 that are copies of one of `train`, as far as COPIED of them tell."""
    found = []
    for some in torch.split(x[:COPIED], GROUP):
        distance, _place = yield from nearest(_flat(some), len(train), lambda part: _flat(train[part]), 1)
        found.append(distance[:, 0] <= limit)
    return float(torch.cat(found).float().mean())


def _flat(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).float()
