"""Several seeds of one configuration in one training: their weights stacked, each with its own random numbers.

A step of k replicas makes the same numbers as k trainers with those seeds, up to rounding, in less time: small networks
on 2-D points spend most of a step on overhead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard

import torch
from torch import nn
from torch.nn.utils import parametrize

from playground.config.run_config import RunConfig
from playground.data import DATASETS, Samples
from playground.models.blocks import Discriminator, Dropout, Generator, SpectralNorm, spectral_norms
from playground.training.games.gan import GAN
from playground.training.trainer import Trainer
from playground.utils.random_streams import RandomStreams


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
        config.game == "gan"
        and config.network == "mlp"
        and len(DATASETS[config.dataset].shape or ()) == 1
        and {config.g_norm, config.d_norm} <= plain
        and not (config.conditional or config.minibatch_std or config.dropout or config.grad_clip or config.codes.size)
    )


def alike(lanes: Sequence[Trainer]) -> TypeGuard[Sequence[GAN]]:
    """Whether these trainers can go on as replicas: apart from seeds and weights they are the same at the same step."""
    gans = [lane for lane in lanes if isinstance(lane, GAN)]
    return (
        len(gans) == len(lanes) > 1
        and stackable(gans[0].config)
        and all(gan.config.differences(gans[0].config).keys() <= {"seed"} for gan in gans)
        and len({(gan.device, gan.step_count, gan.d_updates, *_ages(gan)) for gan in gans}) == 1
    )


def _ages(trainer: GAN) -> list[tuple[int, float]]:
    """For each optimizer, how many weights they remember something of, and how many updates they have made."""
    states = [[s for s in optimizer.state.values() if s] for optimizer in trainer.optimizers.values()]
    return [(len(state), float(state[0].get("step", 0)) if state else 0.0) for state in states]


class Shares(RandomStreams):
    """Random numbers and means of replicas: the first samples belong to the first one, and so on."""

    def per_replica(self, mean: Callable[..., torch.Tensor], *x: torch.Tensor) -> torch.Tensor:
        k = len(self.generators)
        parts = [t.view(k, -1, *t.shape[1:]) for t in x]
        if all(part.dim() == 2 for part in parts):  # losses average over the last dimension
            return mean(*parts)
        out: torch.Tensor = torch.func.vmap(mean)(*parts)
        return out

    def zeros(self) -> torch.Tensor:
        return torch.zeros(len(self.generators), device=self.device)


class Replicas(GAN):
    """Trainers, `lanes`, that are `alike`, as one. Raises ValueError if they are not.

    Until `unstack`, the weights, averages and sums of the lanes are views of the stacked ones, and the generators of
    random numbers are the lanes' own: after `hand_out` each lane can be looked at and saved as if it had been trained
    alone. It must not be changed. `scores` and samples hold one replica after the other.
    """

    def __init__(self, lanes: Sequence[GAN], samples: Samples) -> None:
        if not self.fits(lanes[0].config):
            raise ValueError("these networks cannot be stacked")
        self.lanes = list(lanes)
        super().__init__(lanes[0].config, samples)
        self.step_count, self.d_updates = lanes[0].step_count, lanes[0].d_updates
        self._tie()

    @staticmethod
    def fits(config: RunConfig) -> bool:
        """Whether networks of `config` can be stacked."""
        return stackable(config)

    @classmethod
    def of_seeds(cls, config: RunConfig, seeds: Sequence[int], samples: Samples) -> Replicas:
        """New trainers of `config` with each of `seeds`, stacked."""
        return cls([GAN(config.changed(seed=seed), samples) for seed in seeds], samples)

    def _start(self) -> None:
        G = Generator(_stack([lane.G.body for lane in self.lanes]), self.samples.shape, 0, self.lanes[0].G.tanh)
        D = Discriminator(_stack([lane.D.features for lane in self.lanes]), 1)
        self.nets = {"G": G.to(self.device), "D": D.to(self.device)}
        self.D.head = StackedLinear([lane.D.head for lane in self.lanes])  # type: ignore[assignment]
        self.draws = Shares(*(lane.draws.generators[0] for lane in self.lanes))
        self.fixed_z, self.fixed_y = torch.cat([lane.fixed_z for lane in self.lanes]), None

    # Lanes

    def _tie(self) -> None:
        """Take over the state of the lanes, and make theirs views of it."""
        self._tie_weights()
        for name, optimizer in self.optimizers.items():
            self._remember(optimizer, [lane.optimizers[name] for lane in self.lanes])
        self._tie_optimizers()
        self.statistics.stack([lane.statistics for lane in self.lanes])
        for lane in self.lanes:
            lane.list_averaged()

    @torch.no_grad()
    def _tie_weights(self) -> None:
        for name, net in self.modules().items():
            parts = zip(*(_tensors(lane.modules()[name]) for lane in self.lanes), strict=True)
            for whole, tensors in zip(_tensors(net), parts, strict=True):
                whole.copy_(torch.stack(list(tensors)).view_as(whole))
                for tensor, part in zip(tensors, whole, strict=True):
                    tensor.data = part.view_as(tensor)

    @staticmethod
    def _remember(mine: torch.optim.Optimizer, others: Sequence[torch.optim.Optimizer]) -> None:
        """Stack what the optimizers of the lanes remember."""
        parameters = zip(*(optimizer.param_groups[0]["params"] for optimizer in (mine, *others)), strict=True)
        for whole, *parts in parameters:
            states = [optimizer.state.get(part, {}) for optimizer, part in zip(others, parts, strict=True)]
            for key, first in states[0].items():
                if first is None:
                    stacked = None  # SGD's that has not had momentum yet
                elif key == "step":
                    stacked = first.clone()  # the same in all
                else:
                    stacked = torch.stack([state[key] for state in states]).view_as(whole)
                mine.state[whole][key] = stacked

    def _tie_optimizers(self) -> None:
        """Let the lanes' optimizers remember views of what the stacked ones do, which is nothing before a step."""
        for name, mine in self.optimizers.items():
            for i, lane in enumerate(self.lanes):
                other = lane.optimizers[name]
                pairs = zip(mine.param_groups[0]["params"], other.param_groups[0]["params"], strict=True)
                for whole, part in pairs:
                    for key, value in mine.state.get(whole, {}).items():
                        shared = value if value is None or key == "step" else value[i].view_as(part)
                        other.state[part][key] = shared

    def hand_out(self) -> None:
        """Bring the lanes to the step that was made last."""
        if self.step_count == self.lanes[0].step_count:
            return
        sizes = {name: len(optimizer.state) for name, optimizer in self.optimizers.items()}
        if any(len(lane.optimizers[name].state) != size for lane in self.lanes for name, size in sizes.items()):
            self._tie_optimizers()
        self.statistics.hand_out([lane.statistics for lane in self.lanes])
        k = len(self.lanes)
        for lane, d, f in zip(self.lanes, *(scores.chunk(k) for scores in self.scores), strict=True):
            lane.step_count, lane.d_updates, lane.scores = self.step_count, self.d_updates, (d, f)

    def unstack(self) -> None:
        """Give each lane its state as its own. These replicas must not be used any more."""
        self.hand_out()
        for lane in self.lanes:
            for net in lane.modules().values():
                for tensor in _tensors(net):
                    tensor.data = tensor.data.clone()
            for optimizer in lane.optimizers.values():
                for memory in optimizer.state.values():
                    memory |= {key: value.clone() for key, value in memory.items() if value is not None}
            lane.scores = (lane.scores[0].clone(), lane.scores[1].clone())
            lane.statistics.unstack()
            lane.list_averaged()

    # What replicas do in another way

    def gradient_norm(self, net: str) -> torch.Tensor:
        """The norm of the latest gradient of a network, one a replica; (k,)."""
        squares = [p.grad.flatten(1).square().sum(1) for p in self.parameters[net] if p.grad is not None]
        return torch.stack(squares).sum(0).sqrt() if squares else torch.zeros(len(self.lanes))

    def _join(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        k = len(self.lanes)
        return torch.cat([x.view(k, -1, *x.shape[1:]) for x in (real, fake)], 1).flatten(0, 1)

    def _split(self, both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = both.view(len(self.lanes), -1, *both.shape[1:]).chunk(2, 1)
        return real.flatten(0, 1), fake.flatten(0, 1)

    def total(self, loss: torch.Tensor) -> torch.Tensor:
        return loss.sum()


def _tensors(net: nn.Module) -> list[torch.Tensor]:
    """What training changes in a network of stacked or of single layers, in the same order."""
    norms = [norm for norm, _weight in spectral_norms(net)]
    return [*net.parameters(), *(t for norm in norms for t in (norm.u, norm.v))]


def _stack(nets: Sequence[nn.Module]) -> nn.Sequential:
    """The same sequence of layers with those that have weights stacked."""
    layers: list[nn.Module] = []
    for group in zip(*[list(net.children()) for net in nets], strict=True):
        first = group[0]
        if isinstance(first, nn.Linear):
            layers.append(StackedLinear(group))
        else:
            assert not any(True for _ in first.parameters())
            layers.append(Dropout() if isinstance(first, Dropout) else first)
    return nn.Sequential(*layers)
