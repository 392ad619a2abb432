"""Several seeds of one configuration in one training: their weights stacked, each with its own random numbers.

A step of k replicas makes the same numbers as k trainers with those seeds, up to rounding, in less time: small networks
on 2-D points spend most of a step on overhead.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils import parametrize

from playground.config import RunConfig
from playground.data import DATASETS, Samples
from playground.draws import Draws
from playground.networks.blocks import Discriminator, Dropout, Generator, SpectralNorm
from playground.objectives import Loss
from playground.trainer import Trainer, start


class StackedLinear(nn.Module):
    """k linear layers side by side: (k n, inputs) to (k n, outputs), the first n rows through the first layer, ..."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        norms = [_spectral(layer) for layer in layers]
        if norms[0] is None:
            self.weight = nn.Parameter(torch.stack([layer.weight.detach() for layer in layers]))
        else:
            weights = [layer.parametrizations["weight"].original.detach() for layer in layers]  # type: ignore[index, union-attr]
            self.weight = nn.Parameter(torch.stack(weights))
            u, v = (torch.stack([getattr(norm, name) for norm in norms]) for name in "uv")
            norm = SpectralNorm(self.weight, u, norms[0].gain)
            norm.u.copy_(u)
            norm.v.copy_(v)
            parametrize.register_parametrization(self, "weight", norm, unsafe=True)
        self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers]).unsqueeze(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight
        out = torch.baddbmm(self.bias, x.view(len(weight), -1, x.shape[1]), weight.mT)
        return out.flatten(0, 1)


def _spectral(layer: nn.Linear) -> SpectralNorm | None:
    """The spectral normalisation of a layer, if it has one."""
    return next((m for m in layer.modules() if isinstance(m, SpectralNorm)), None)


def stackable(config: RunConfig) -> bool:
    """Whether seeds of `config` can be trained as replicas: MLPs of points whose layers treat each sample by itself."""
    plain = {"none", "spectral"}
    return (
        config.network == "mlp"
        and DATASETS[config.dataset].kind == "points"
        and {config.g_norm, config.d_norm} <= plain
        and not (config.conditional or config.minibatch_std or config.dropout or config.grad_clip)
    )


class Replicas(Trainer):
    """Trainers of `config` with each of `seeds`, stacked. `scores` and samples hold one replica after the other."""

    def __init__(self, config: RunConfig, seeds: Sequence[int], samples: Samples) -> None:
        if not stackable(config):
            raise ValueError("these networks cannot be stacked")
        self.seeds = tuple(seeds)
        super().__init__(config, samples)

    def _start(self, config: RunConfig, samples: Samples) -> None:
        starts = [start(config.changed(seed=seed), samples, self.device) for seed in self.seeds]
        generators, discriminators, rngs, fixed = zip(*starts, strict=True)
        self.G = Generator(_stack([G.body for G in generators]), samples.shape, 0).to(self.device)
        self.D = Discriminator(_stack([D.features for D in discriminators]), 1).to(self.device)
        self.D.head = StackedLinear([D.head for D in discriminators])  # type: ignore[assignment]
        self.draws = Draws(*rngs)
        self.fixed_z, self.fixed_y = torch.cat(fixed), None

    def gradient_norm(self, net: str) -> torch.Tensor:
        """The norm of the latest gradient of "g" or "d", one a replica; (k,)."""
        parameters = self._g_parameters if net == "g" else self._d_parameters
        squares = [p.grad.flatten(1).square().sum(1) for p in parameters if p.grad is not None]
        return torch.stack(squares).sum(0).sqrt() if squares else torch.zeros(len(self.seeds))

    def _join(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        k = len(self.seeds)
        return torch.cat([x.view(k, -1, x.shape[1]) for x in (real, fake)], 1).flatten(0, 1)

    def _split(self, both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = both.view(len(self.seeds), -1, *both.shape[1:]).chunk(2, 1)
        return real.flatten(0, 1), fake.flatten(0, 1)

    def _loss(self, loss: Loss, d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
        return loss(d.view(len(self.seeds), -1), f.view(len(self.seeds), -1))

    def _per_replica(self, loss: torch.Tensor) -> torch.Tensor:
        return len(self.seeds) * loss


def _stack(nets: Sequence[nn.Module]) -> nn.Sequential:
    """The same sequence of layers with those that have weights stacked."""
    layers: list[nn.Module] = []
    for group in zip(*[list(net.children()) for net in nets], strict=True):
        first = group[0]
        if isinstance(first, nn.Linear):
            layers.append(StackedLinear(group))
        else:
            assert isinstance(first, Dropout) or not any(True for _ in first.parameters())
            layers.append(first)
    return nn.Sequential(*layers)
