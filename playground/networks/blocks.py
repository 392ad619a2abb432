"""The parts that every family shares: conditioning, dropout, normalisation, initialisation."""

from __future__ import annotations

from math import sqrt

import torch
from torch import nn

ONE_HOT_GAIN = 2.0  # a label must be heard among tens of latents


class Generator(nn.Module):
    """G(z, y): (batch, z_dim) [and labels (batch,)] to (batch, *shape); images end in tanh, points are free."""

    codes: torch.Tensor

    def __init__(self, body: nn.Module, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.body, self.shape, self.classes = body, shape, classes
        self.register_buffer("codes", ONE_HOT_GAIN * torch.eye(classes), persistent=False)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        if self.classes:
            assert y is not None
            z = torch.cat([z, self.codes[y]], 1)
        x: torch.Tensor = self.body(z).view(-1, *self.shape)
        return x.tanh() if len(self.shape) == 3 else x


class Discriminator(nn.Module):
    """D(x, y): (batch, *shape) [and labels (batch,)] to logits (batch,).

    With labels it is a projection discriminator, w.phi(x) + b + <e(y), phi(x)> (Miyato & Koyama, 2018).
    """

    def __init__(self, features: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(width, 1)
        self.embed = nn.Embedding(classes, width) if classes else None

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        phi = self.features(x)
        logits: torch.Tensor = self.head(phi).squeeze(1)
        if self.embed is not None:
            assert y is not None
            logits = logits + (self.embed(y) * phi).sum(1)
        return logits


class Dropout(nn.Module):
    """Dropout with the run's own generator and a rate that lives in a device tensor (Srivastava et al., 2014)."""

    rate: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.on = False
        self.generator: torch.Generator | None = None
        self.register_buffer("rate", torch.zeros(()), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.on and self.training):
            return x
        keep = 1 - self.rate
        mask = torch.rand(x.shape, device=x.device, generator=self.generator) < keep
        return x * mask / keep


def activation(name: str) -> nn.Module:
    layers: dict[str, nn.Module] = {
        "relu": nn.ReLU(),
        "leaky-relu": nn.LeakyReLU(0.2),
        "silu": nn.SiLU(),
        "tanh": nn.Tanh(),
    }
    return layers[name]


def norm(name: str, channels: int, images: bool) -> list[nn.Module]:
    """Zero or one layer. Over images, "layer" normalises each sample over channels and space."""
    if name == "none":
        return []
    if name == "batch":
        return [nn.BatchNorm2d(channels) if images else nn.BatchNorm1d(channels)]
    return [nn.GroupNorm(1, channels) if images else nn.LayerNorm(channels)]


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """PyTorch's default initialisation, U(-1/sqrt(fan_in), 1/sqrt(fan_in)), drawn from `generator`.

    Embeddings start at zero, so that D begins unconditional.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(layer.weight, a=sqrt(5), generator=generator)
            if layer.bias is not None:
                fan_in = layer.weight[0].numel()
                nn.init.uniform_(layer.bias, -1 / sqrt(fan_in), 1 / sqrt(fan_in), generator=generator)
        elif isinstance(layer, nn.Embedding):
            nn.init.zeros_(layer.weight)
