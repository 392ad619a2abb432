"""Runs of the same structure stepped as one, each to the bit as it would be alone.

Forward and backward passes run over stacked weights. Everything that follows a knob of its own or that rounds in
another way when stacked is done by each run itself: random numbers, optimizers, averages, statistics, and a layer with
one output, which is another kernel of the BLAS. Whether the rest rounds alike is a property of the machine; `exact`
tries it out.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import torch
from torch import nn

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.models.blocks import Discriminator, Dropout, Generator
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, Shares, StackedLinear
from playground.training.trainer import Trainer

LEAST, MOST = 4, 16  # runs in a stack: fewer gain nothing, more gain little
WORK = 5_000_000  # weights times batch: with more, a step costs so much that a stack saves little
VECTOR = 32  # numbers that a kernel takes at once, and the rest one by one, which may round differently
KNOWN = 500  # structures whose trial is remembered
TRIED_FOR = 5  # steps: a penalty that is due now and then is due in the first
OWN = ("seed", "d_lr", "g_lr", "d_optimiser", "g_optimiser", "beta1", "beta2", "weight_decay", "ema_half_life")
STATISTICS = ("running_mean", "running_var")  # of a batch normalisation
WEIGHTS = ("r1", "r2", "label_smoothing")  # each run has its own, where all have one or none has
NEVER = (
    "d_head_start", "unroll", "lr_decay", "grad_clip", "gp", "dragan", "clip", "dropout", "noise", "info_categories",
    "info_codes",
)  # fmt: skip

_tried: dict[tuple[Hashable, int], bool] = {}


class _OneOutput(torch.autograd.Function):
    """Layers with one output, each by itself: x (k, n, inputs), weights (k, 1, inputs), biases (k, 1, 1)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        out = x.new_empty(len(x), x.shape[1], 1)
        for mine, own, w, b in zip(out, x, weight, bias, strict=True):
            torch.addmm(b[0], own, w.t(), out=mine)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        (g,), (x, weight) = gradients, ctx.saved_tensors
        return torch.bmm(g, weight), torch.bmm(g.mT, x), g.sum(1, keepdim=True)


class _Head(StackedLinear):
    """The last layers of k discriminators."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = _OneOutput.apply(x.view(len(self.weight), -1, x.shape[1]), self.weight, self.bias)  # type: ignore[no-untyped-call]
        return out.flatten(0, 1)


class _BatchNorm(nn.Module):
    """Batch normalisations side by side: (k n, features), the first n rows by the first one, ..."""

    def __init__(self, layers: Sequence[nn.BatchNorm1d]) -> None:
        super().__init__()
        self.weight, self.bias = (
            nn.Parameter(torch.stack([getattr(layer, name).detach() for layer in layers]))
            for name in ("weight", "bias")
        )
        self.layers = tuple(layers)  # a tuple, for they are no parts of this module
        self.mean, self.variance = (torch.stack([getattr(layer, name) for layer in layers]) for name in STATISTICS)
        for layer, mean, variance in zip(layers, self.mean, self.variance, strict=True):
            layer.running_mean, layer.running_var = mean, variance

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        k, features = self.weight.shape
        first = self.layers[0]
        columns = x.view(k, -1, features).transpose(0, 1).flatten(1)
        out = nn.functional.batch_norm(
            columns, self.mean.view(-1), self.variance.view(-1), self.weight.view(-1), self.bias.view(-1), True,
            first.momentum or 0.0, first.eps,
        )  # fmt: skip
        for layer in self.layers:
            assert layer.num_batches_tracked is not None
            layer.num_batches_tracked.add_(1)
        return out.view(-1, k, features).transpose(0, 1).flatten(0, 1)


class _Embedding(nn.Module):
    """Embeddings side by side: labels (k n,), the first n for the first one, ..."""

    def __init__(self, layers: Sequence[nn.Embedding]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach() for layer in layers]))

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        k, classes, _width = self.weight.shape
        first = classes * torch.arange(k, device=y.device)
        return nn.functional.embedding((y.view(k, -1) + first[:, None]).flatten(), self.weight.flatten(0, 1))


def _body(nets: Sequence[nn.Module]) -> nn.Sequential:
    """The same sequence of layers with those that have weights stacked."""
    layers: list[nn.Module] = []
    for group in zip(*[list(net.children()) for net in nets], strict=True):
        first = group[0]
        if isinstance(first, nn.Linear):
            layers.append(StackedLinear(group))
        elif isinstance(first, nn.BatchNorm1d):
            layers.append(_BatchNorm(group))
        else:
            assert not any(True for _ in first.parameters())
            layers.append(Dropout() if isinstance(first, Dropout) else first)
    return nn.Sequential(*layers)


class Stack(Replicas):
    """Trainers, `lanes`, that have the same `structure`, as one.

    Until `unstack` the weights of the lanes are views of the stacked ones. After `hand_out` each lane can be looked at
    and saved; it must not be changed.
    """

    averaged: ClassVar[tuple[str, ...]] = ()

    def __init__(self, lanes: Sequence[GAN]) -> None:
        super().__init__(lanes, lanes[0].samples)
        for knob in WEIGHTS:
            setattr(self.live, knob, torch.stack([getattr(lane.live, knob) for lane in lanes]))

    @staticmethod
    def fits(config: RunConfig) -> bool:
        return _simple(config)

    def _start(self) -> None:
        lanes = self.lanes
        G = Generator(_body([lane.G.body for lane in lanes]), self.samples.shape, self.classes, lanes[0].G.tanh)
        D = Discriminator(_body([lane.D.features for lane in lanes]), 1)
        D.head = _Head([lane.D.head for lane in lanes])  # type: ignore[assignment]
        if embeds := [lane.D.embed for lane in lanes if lane.D.embed is not None]:
            D.embed = _Embedding(embeds)  # type: ignore[assignment]
        self.nets = {"G": G, "D": D}
        self.draws = Shares(*(lane.draws.generators[0] for lane in lanes))
        self.fixed_z, self.fixed_y = torch.cat([lane.fixed_z for lane in lanes]), None

    def _tie(self) -> None:
        self._tie_weights()
        for lane in self.lanes:
            lane.list_averaged()

    def step(self) -> None:
        """One step of every lane."""
        values = self.play()
        for lane, *own in zip(self.lanes, *values, strict=True):
            lane.average()
            lane.step_count += 1
            lane.d_updates += self.config.d_steps
            lane.statistics.add(*own)
        self.step_count += 1

    def update(self, names: str | tuple[str, ...], loss: torch.Tensor) -> None:
        """One update of a network of every lane, by the optimizer of each."""
        assert isinstance(names, str)
        stacked = self.parameters[names]
        for p in stacked:
            p.grad = None
        torch.autograd.backward(self.total(loss), inputs=stacked)
        for lane, *gradients in zip(self.lanes, *(_gradient(p) for p in stacked), strict=True):
            for p, gradient in zip(lane.parameters[names], gradients, strict=True):
                p.grad = gradient.view_as(p)
            lane.optimizers[names].step()

    def hand_out(self) -> None:
        """Give the lanes the scores of the latest batch."""
        k = len(self.lanes)
        if len(self.scores[0]):
            for lane, d, f in zip(self.lanes, *(scores.chunk(k) for scores in self.scores), strict=True):
                lane.scores = (d, f)

    def unstack(self) -> None:
        """Give each lane its weights as its own. This stack must not be used any more."""
        self.hand_out()
        for lane in self.lanes:
            for p in (p for parameters in lane.parameters.values() for p in parameters):
                p.data = p.data.clone()
                p.grad = None if p.grad is None else p.grad.clone()
            for layer in lane.G.modules():
                if isinstance(layer, nn.BatchNorm1d):
                    for name in STATISTICS:
                        setattr(layer, name, getattr(layer, name).clone())
            lane.scores = (lane.scores[0].clone(), lane.scores[1].clone())
            lane.list_averaged()


def _gradient(p: nn.Parameter) -> torch.Tensor:
    assert p.grad is not None
    return p.grad


def structure(trainer: Trainer) -> Hashable | None:
    """What trainers have in common that can be stacked with one another; None if this one cannot be.

    The same networks, data, objective and kinds of penalties; a penalty that is due now and then, in the same step.
    """
    c = trainer.config
    if not (type(trainer) is GAN and trainer.device.type == "cpu" and _simple(c)):
        return None
    if sum(p.numel() for parameters in trainer.parameters.values() for p in parameters) * c.batch_size > WORK:
        return None
    knobs = c.model_dump(exclude=set(OWN))
    knobs |= {name: knobs[name] > 0 for name in WEIGHTS}
    phase = trainer.d_updates % c.penalty_every
    return (*sorted(knobs.items()), phase, trainer.x.data_ptr())


def _simple(c: RunConfig) -> bool:
    """Whether all that a step does is known to round alike, or is tried out in `exact`."""
    return (
        c.game == "gan"
        and c.network == "mlp"
        and c.g_norm in ("none", "batch")
        and c.d_norm == c.augment == "none"
        and (not c.conditional or c.conditioning == "projection")
        and not c.minibatch_std
        and c.batch_size % VECTOR == 0
        and c.pack == 1
        and min(c.d_steps, c.g_steps) > 0
        and not any(getattr(c, name) for name in NEVER)
    )


def exact(trainers: Sequence[GAN]) -> bool:
    """Whether so many trainers of this structure make the same bits stacked as alone on this machine.

    It is found out once, with new trainers of other seeds.
    """
    key = (structure(trainers[0]), len(trainers))
    if key not in _tried:
        if len(_tried) >= KNOWN:
            _tried.clear()
        _tried[key] = _try(trainers[0].config, trainers[0].samples, len(trainers))
    return _tried[key]


def _try(config: RunConfig, samples: Samples, n: int) -> bool:
    configs = [config.changed(seed=seed) for seed in range(n)]
    alone, lanes = ([GAN(c, samples) for c in configs] for _ in range(2))
    stack = Stack(lanes)
    for _ in range(TRIED_FOR):
        stack.step()
        for one in alone:
            one.step()
    pairs = zip(alone, lanes, strict=True)
    return all(same_weights(one, lane) for one, lane in pairs)


def same_weights(one: Trainer, other: Trainer) -> bool:
    """Whether two trainers have the same networks and averages, to the bit."""
    mine, others = (
        [p for net in trainer.modules().values() for p in net.state_dict().values()] for trainer in (one, other)
    )
    return all(torch.equal(a, b) for a, b in zip(mine, others, strict=True))
