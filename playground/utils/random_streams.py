"""All randomness of a training comes through here, from the run's own generator."""

from __future__ import annotations

from collections.abc import Callable

import torch


class RandomStreams:
    """Random numbers on the generator's device. Replicas of a run have one generator each and get their own share."""

    def __init__(self, *generators: torch.Generator) -> None:
        self.generators = generators

    @property
    def device(self) -> torch.device:
        return self.generators[0].device

    def normal(self, n: int, *shape: int) -> torch.Tensor:
        """N(0, 1), (n, *shape); with k replicas (k n, *shape)."""
        return _join([torch.randn(n, *shape, device=g.device, generator=g) for g in self.generators])

    def uniform(self, n: int, *shape: int) -> torch.Tensor:
        """U(0, 1), (n, *shape); with k replicas (k n, *shape)."""
        return _join([torch.rand(n, *shape, device=g.device, generator=g) for g in self.generators])

    def index(self, high: int, n: int) -> torch.Tensor:
        """Whole numbers below `high`, (n,); with k replicas (k n,)."""
        return _join([torch.randint(high, (n,), device=g.device, generator=g) for g in self.generators])

    def batch_per_replica(self, x: torch.Tensor) -> int:
        """How many of the samples in `x` belong to one replica."""
        return len(x) // len(self.generators)

    def per_replica(self, mean: Callable[..., torch.Tensor], *x: torch.Tensor) -> torch.Tensor:
        """`mean` of samples (n, ...), a scalar; with k replicas of the samples of each, (k,)."""
        return mean(*x)

    def zeros(self) -> torch.Tensor:
        """0 in the shape of what `per_replica` gives."""
        return torch.zeros((), device=self.device)


def _join(parts: list[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)
