"""Networks that turn a sample into a sample, and critics of what they make."""

from __future__ import annotations

from math import inf

import torch
from torch import nn

from playground.models.blocks import Dropout, activation, norm

HEAD = 3  # the side of the kernel that gives a logit for each patch
MIDDLE = 2  # residual blocks


class Translator(nn.Module):
    """G(a): samples (batch, *given) to (batch, *shape), in tanh where `tanh`. It is told no labels."""

    def __init__(self, body: nn.Module, given: tuple[int, ...], shape: tuple[int, ...], tanh: bool) -> None:
        super().__init__()
        self.body, self.given, self.shape, self.tanh = body, given, shape, tanh

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value that an output can have."""
        return (-1.0, 1.0) if self.tanh else (-inf, inf)

    def forward(self, a: torch.Tensor, y: None = None) -> torch.Tensor:
        x: torch.Tensor = self.body(a)
        return x.tanh() if self.tanh else x


class Critic(nn.Module):
    """D(x, a): samples (batch, *shape), and what they were made of (batch, *given) where D sees that too, to logits
    (batch, patches).
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor, a: torch.Tensor | None = None) -> torch.Tensor:
        logits: torch.Tensor = self.body(x if a is None else torch.cat([a, x], 1))
        return logits.flatten(1)


class ResidualBlock(nn.Module):
    """x + F(x) with two 3 x 3 convolutions; (batch, channels, h, w) to the same."""

    def __init__(self, channels: int, name: str, act: str) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            *norm(name, channels, images=True),
            activation(act),
            nn.Conv2d(channels, channels, 3, padding=1),
            *norm(name, channels, images=True),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = x + self.branch(x)
        return out


def down(given: int, out: int, name: str, act: str) -> nn.Sequential:
    """Half the side: a 4 x 4 convolution of stride 2."""
    return nn.Sequential(nn.Conv2d(given, out, 4, stride=2, padding=1), *norm(name, out, images=True), activation(act))


def up(given: int, out: int, name: str, act: str) -> nn.Sequential:
    """Twice the side: a transposed 4 x 4 convolution of stride 2."""
    return nn.Sequential(
        nn.ConvTranspose2d(given, out, 4, stride=2, padding=1), *norm(name, out, images=True), activation(act)
    )


class UNet(nn.Module):
    """Down `n` times and up again, each level joined with what came down at the same size, the input included.

    Ronneberger et al., U-Net, 2015; as G of a translation: Isola et al., pix2pix, 2017.
    """

    def __init__(self, given: int, out: int, width: int, n: int, name: str, act: str) -> None:
        super().__init__()
        sizes = [given, *(width << k for k in range(n))]
        self.downs = nn.ModuleList(down(sizes[k], sizes[k + 1], name, act) for k in range(n))
        self.middle = nn.Sequential(ResidualBlock(sizes[-1], name, act), activation(act))
        below = sizes[-1]
        ups = []
        for k in reversed(range(n)):
            above = max(width, sizes[k]) if k else width
            ups.append(up(below, above, name, act))
            below = above + sizes[k]
        self.ups = nn.ModuleList(ups)
        self.last = nn.Conv2d(below, out, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for layer in self.downs:
            skips.append(x)
            x = layer(x)
        x = self.middle(x)
        for layer, skip in zip(self.ups, reversed(skips), strict=True):
            x = torch.cat([layer(x), skip], 1)
        out: torch.Tensor = self.last(x)
        return out


def residual(given: int, out: int, width: int, n: int, name: str, act: str) -> nn.Sequential:
    """Down `n` times, residual blocks, and up again, without skips (Zhu et al., CycleGAN, 2017)."""
    sizes = [width << k for k in range(n + 1)]
    return nn.Sequential(
        nn.Conv2d(given, width, 3, padding=1), *norm(name, width, images=True), activation(act),
        *(down(sizes[k], sizes[k + 1], name, act) for k in range(n)),
        *(ResidualBlock(sizes[-1], name, act) for _k in range(MIDDLE)),
        *(up(sizes[k + 1], sizes[k], name, act) for k in reversed(range(n))),
        nn.Conv2d(width, out, 3, padding=1),
    )  # fmt: skip


def patches(given: int, width: int, n: int, name: str, act: str, side: tuple[int, int], apart: bool) -> nn.Sequential:
    """Half the side `n` times, then a logit for each patch, or where not `apart` one for all of a picture of `side`."""
    layers: list[nn.Module] = []
    for k in range(n):
        out = width << k
        layers.append(nn.Conv2d(given, out, 4, stride=2, padding=1))
        if k:  # no normalisation next to the picture
            layers += norm(name, out, images=True)
        layers += [activation(act), Dropout()]
        given = out
    if apart:
        return nn.Sequential(*layers, nn.Conv2d(given, 1, HEAD, padding=HEAD // 2))
    h, w = side[0] >> n, side[1] >> n
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(given * h * w, 1))
