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


class Repeated(RandomStreams):
    """Random numbers that one may ask for once more: after `again`, the same questions have the same answers."""

    def __init__(self, draws: RandomStreams) -> None:
        super().__init__(*draws.generators)
        self._answers: dict[tuple[object, ...], list[torch.Tensor]] = {}
        self._asked: dict[tuple[object, ...], int] = {}

    def again(self) -> Repeated:
        """Begin anew."""
        self._asked = {}
        return self

    def normal(self, n: int, *shape: int) -> torch.Tensor:
        """N(0, 1), as the streams themselves give it."""
        return self._answer(super().normal, n, *shape)

    def uniform(self, n: int, *shape: int) -> torch.Tensor:
        """U(0, 1), as the streams themselves give it."""
        return self._answer(super().uniform, n, *shape)

    def index(self, high: int, n: int) -> torch.Tensor:
        """Whole numbers below `high`, as the streams themselves give them."""
        return self._answer(super().index, high, n)

    def _answer(self, ask: Callable[..., torch.Tensor], *sizes: int) -> torch.Tensor:
        question = ask.__name__, *sizes
        answers, asked = self._answers.setdefault(question, []), self._asked.get(question, 0)
        self._asked[question] = asked + 1
        if asked == len(answers):
            answers.append(ask(*sizes))
        return answers[asked]


def _join(parts: list[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)
