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


def floats(net: nn.Module) -> list[torch.Tensor]:
    """Parameters and floating-point buffers, in a fixed order."""
    return [t.detach() for t in (*net.parameters(), *net.buffers()) if t.is_floating_point()]
