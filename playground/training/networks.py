"""Small questions about networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """A network in eval mode for a while."""
    training = net.training
    net.eval()
    try:
        yield
    finally:
        net.train(training)


def player(name: str) -> str:
    """Whose knobs a network follows: "g" or "d"."""
    return name[0].lower()


def weighted_layers(net: nn.Module) -> list[str]:
    """The paths of the layers that have a weight matrix or a kernel, from the input on."""
    found: dict[str, bool] = {}
    for name, parameter in net.named_parameters():
        layer = layer_of(name)
        found[layer] = found.get(layer, False) or parameter.dim() > 1
    return [layer for layer, weighted in found.items() if weighted]


def layer_of(parameter: str) -> str:
    """The path of the layer that a parameter of this name belongs to."""
    return parameter.rpartition(".parametrizations")[0] or parameter.rpartition(".")[0]


def floats(net: nn.Module) -> list[torch.Tensor]:
    """Parameters and floating-point buffers, in a fixed order."""
    return [t.detach() for t in (*net.parameters(), *net.buffers()) if t.is_floating_point()]
