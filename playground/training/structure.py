"""How the networks of a game are built: what a forward pass of two samples meets, in eval mode. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal, cast

import torch
from torch import nn
from torch.nn.modules import activation

from playground.models import blocks, residual, translators
from playground.training.networks import evaluating, player, weighted_layers
from playground.training.trainer import Trainer
from playground.utils.network_record import Layer, LayerKind, Network, Norm

_KINDS: dict[type[nn.Module], LayerKind] = {
    nn.Linear: "linear",
    nn.Conv1d: "conv",
    nn.Conv2d: "conv",
    nn.ConvTranspose1d: "conv_transpose",
    nn.ConvTranspose2d: "conv_transpose",
    nn.Embedding: "embedding",
    blocks.MinibatchStd: "minibatch_std",
    residual.Block: "residual",
    translators.ResidualBlock: "residual",
    residual.Up: "up",
    residual.Down: "down",
}
_NORMS: dict[type[nn.Module], Norm] = {
    nn.BatchNorm1d: "batch",
    nn.BatchNorm2d: "batch",
    nn.GroupNorm: "group",
    nn.LayerNorm: "layer",
}
_HEADS: dict[str, LayerKind] = {"classify": "classifier", "Q": "codes"}
_DROPOUTS = (blocks.Dropout, nn.Dropout, nn.Dropout2d)
_SHAPING = (nn.Flatten, nn.Unflatten, nn.Identity)
_CONTAINERS = (nn.Sequential, nn.ModuleList, translators.UNet)
_JOINING = ("conv", "conv_transpose")

Shapes = dict[nn.Module, tuple[tuple[int, ...], tuple[int, ...]]]


def networks(trainer: Trainer) -> tuple[Network, ...]:
    """Every network of the game by its name. No random number is drawn, and every weight and mode stays."""
    return tuple(_network(trainer, name) for name in trainer.nets)


def _network(trainer: Trainer, name: str) -> Network:
    net, (x, y) = trainer.nets[name], trainer.example(name)
    units = dict(_units(net))
    shapes, output = _shapes(net, units, x, y)
    numbers = {path: f"{name} {k}" for k, path in enumerate(weighted_layers(net), 1)}
    layers: list[Layer] = []
    for path, unit in units.items():
        if layers and (told := _told(layers[-1], unit, shapes)):
            layers[-1] = told
        elif not isinstance(unit, _SHAPING + _DROPOUTS):
            names = [key for where, key in numbers.items() if where == path or where.startswith(f"{path}.")]
            layers.append(_layer(path, unit, shapes.get(unit, ((), ())), tuple(names)))
    layers[1:] = [replace(layer, joined=_joined(before, layer)) for before, layer in pairwise(layers)]
    if layers and getattr(net, "tanh", False):
        layers[-1] = replace(layers[-1], activation="Tanh")
    if layers and player(name) == "g":
        layers[-1] = replace(layers[-1], outputs=output)
    side = cast(Literal["g", "d"], player(name))
    return Network(name, side, tuple(x.shape[1:]), y is not None, tuple(layers))


def _units(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The parts of a network that are one idea, with their paths: whatever is no mere row of others."""
    for name, child in module.named_children():
        where = f"{path}.{name}" if path else name
        if isinstance(child, _CONTAINERS):
            yield from _units(child, where)
        else:
            yield where, child


@torch.no_grad()
def _shapes(
    net: nn.Module, units: dict[str, nn.Module], x: torch.Tensor, y: torch.Tensor | None
) -> tuple[Shapes, tuple[int, ...]]:
    """The shapes of what goes into each unit and of what comes out, and of what the network gives; of one sample."""
    shapes: Shapes = {}

    def note(unit: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        shapes[unit] = (tuple(inputs[0].shape[1:]), tuple(output.shape[1:]))

    hooks = [unit.register_forward_hook(note) for unit in units.values()]
    try:
        with evaluating(net):
            if isinstance(net, blocks.Discriminator):
                output = net.heads(x, y).logits  # the other heads are not in `forward`'s answer
            else:
                output = net(x) if y is None else net(x, y)
    finally:
        for hook in hooks:
            hook.remove()
    return shapes, tuple(output.shape[1:])


def _joined(before: Layer, layer: Layer) -> int:
    """How many channels a layer is given that the one before it did not make."""
    if layer.kind not in _JOINING or before.outputs[1:] != layer.inputs[1:]:
        return 0
    return max(0, layer.inputs[0] - before.outputs[0])


def _told(layer: Layer, unit: nn.Module, shapes: Shapes) -> Layer | None:
    """The layer with what this unit adds to it; None where the unit is a layer of its own."""
    weights = layer.weights + _count(unit)
    if norm := _NORMS.get(type(unit)):
        one = isinstance(unit, nn.GroupNorm) and unit.num_groups == 1
        return replace(layer, norm="layer" if one else norm, weights=weights)
    if isinstance(unit, nn.Unflatten):
        return replace(layer, outputs=shapes[unit][1])
    if isinstance(unit, _DROPOUTS):
        return replace(layer, dropout=True)
    return replace(layer, activation=type(unit).__name__, weights=weights) if _is_activation(unit) else None


def _is_activation(unit: nn.Module) -> bool:
    return type(unit).__name__ in activation.__all__


def _layer(
    path: str, unit: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]], names: tuple[str, ...]
) -> Layer:
    found: LayerKind = next((_KINDS[cls] for cls in type(unit).__mro__ if cls in _KINDS), "other")
    kind: LayerKind = _HEADS.get(path, found)
    inner = [type(part).__name__ for part in unit.modules() if _is_activation(part)]
    kernel, stride = getattr(unit, "kernel_size", (0,)), getattr(unit, "stride", (1,))
    return Layer(
        kind=kind,
        name=type(unit).__name__.removeprefix("Parametrized"),
        inputs=(unit.num_embeddings,) if isinstance(unit, nn.Embedding) else shapes[0],
        outputs=(unit.embedding_dim,) if isinstance(unit, nn.Embedding) else shapes[1],
        weights=_count(unit),
        kernel=kernel[0] if isinstance(kernel, tuple) else 0,
        stride=stride[0] if isinstance(stride, tuple) else 1,
        activation=inner[0] if inner else "",
        spectral=any(isinstance(part, blocks.SpectralNorm) for part in unit.modules()),
        gradients=names,
    )


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
