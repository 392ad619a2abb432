"""Lets metrics of torchmetrics, which expect a network that makes features, work on features that are known already."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import torch
from torch import nn


class Given(nn.Module):
    """The identity on features (n, num_features)."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """Shuffles in here are always the same and leave PyTorch's own random numbers as they were."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that features are kept, which is what is wanted
        torch.manual_seed(0)
        yield
