"""Samples and their features in pieces of some milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import nn

from playground.training.model import Model
from playground.utils.chunked import Progress

PRODUCTS = 1e7  # of weights and numbers in one piece
MOST = 256  # samples in one piece
GPU = 50  # times as much on one
_LAYERS = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


def made(model: Model, z: torch.Tensor, y: torch.Tensor | None) -> Generator[Progress, None, torch.Tensor]:
    """G(z, y) on the CPU, (n, *shape)."""

    def sample(part: slice) -> torch.Tensor:
        return model.sample(z[part], None if y is None else y[part]).cpu()

    work = PRODUCTS * (GPU if model.device.type == "cuda" else 1)
    return (yield from in_parts(model.G, sample, len(z), work))


def in_parts(
    net: nn.Module, call: Callable[[slice], torch.Tensor], n: int, work: float = PRODUCTS
) -> Generator[Progress, None, torch.Tensor]:
    """What `call` gives for slices of n, joined: as many at a time as `net` can do with so many products."""
    counted: list[int] = []
    hooks = [m.register_forward_hook(_count(counted)) for m in net.modules() if isinstance(m, _LAYERS)]
    parts, done = [call(slice(0, 1))], 1
    for hook in hooks:
        hook.remove()
    size = int(min(max(work / max(1, sum(counted)), 1), MOST))
    while done < n:
        yield done, n
        parts.append(call(slice(done, min(done + size, n))))
        done += size
    return torch.cat(parts)


def _count(counted: list[int]) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None]:
    """A hook that notes the products in a layer for one sample."""

    def hook(layer: nn.Module, given: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        at = given[0] if isinstance(layer, nn.ConvTranspose2d) else out
        counted.append(sum(p.numel() for p in layer.parameters()) * (at[0, 0].numel() if at.dim() == 4 else 1))

    return hook
