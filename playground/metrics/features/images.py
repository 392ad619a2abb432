"""The network that gives features of images: two convolutions."""

from __future__ import annotations

import torch
from torch import nn

from playground.data.modality import Shape


def body(shape: Shape, size: int) -> nn.Module:
    """`size` features of images of `shape` (c, h, w)."""
    channels, height, width = shape
    side = min(height, width)
    large = side > 16
    convolutions = nn.Sequential(
        nn.Conv2d(channels, 16, 4 if large else 3, 2 if large else 1, padding=1), nn.ReLU(),
        *([nn.MaxPool2d(2)] if side > 8 else []),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
    )  # fmt: skip
    numbers = convolutions(torch.zeros(1, *shape)).shape[1]
    return nn.Sequential(*convolutions, nn.Linear(numbers, size), nn.ReLU())
