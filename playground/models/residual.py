"""The parts of the residual networks."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from playground.models.blocks import Zeroed, activation


class Block(nn.Module):
    """x + W2 a(W1 a(x)), W2 starting at zero; (batch, channels, side, side) to the same."""

    def __init__(self, channels: int, name: str) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            activation(name),
            nn.Conv2d(channels, channels, 3, padding=1),
            activation(name),
            Zeroed(channels, channels, 3, padding=1, bias=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = x + self.branch(x)
        return out


class _Resample(nn.Module):
    """A 1 x 1 convolution to other channels, where their number changes, and a [1, 2, 1] filter."""

    filter: torch.Tensor

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels, out, 1, bias=False) if channels != out else nn.Identity()
        line = torch.tensor([1.0, 2.0, 1.0], device="cpu") / 4
        self.register_buffer("filter", torch.outer(line, line).expand(out, 1, 3, 3).clone(), persistent=False)


class Down(_Resample):
    """Half the side."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mix(x)
        return F.conv2d(x, self.filter, stride=2, padding=1, groups=x.shape[1])


class Up(_Resample):
    """Twice the side."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mix(x)
        return F.conv_transpose2d(x, 4 * self.filter, stride=2, padding=1, output_padding=1, groups=x.shape[1])
