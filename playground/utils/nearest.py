"""The nearest of many vectors, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias

from playground.utils.lazy_torch import torch

WORK = 2e7  # products of numbers in one piece

Pairs: TypeAlias = "tuple[torch.Tensor, torch.Tensor]"  # a string: torch is not imported here


def nearest(
    queries: torch.Tensor,
    count: int,
    part: Callable[[slice], torch.Tensor],
    k: int,
    own: torch.Tensor | None = None,
) -> Generator[tuple[int, int], None, Pairs]:
    """The `k` vectors nearest to each of `queries` (n, d): Euclidean distances (n, k), nearest first, and places.

    There are `count` vectors; `part` gives some of them (m, d). `own` (n,): the place at which a query lies itself and
    which does not count, -1 for none.
    """
    n, d = queries.shape
    k = min(k, count - (own is not None))
    size = max(1, int(WORK / (n * d)))
    distance = torch.full((n, 0), 0.0)
    place = torch.zeros(n, 0, dtype=torch.int64)
    for begin in range(0, count, size):
        some = part(slice(begin, begin + size))
        places = torch.arange(begin, begin + len(some))
        found = torch.cdist(queries, some)
        if own is not None:
            found[own[:, None] == places[None]] = torch.inf
        distance = torch.cat([distance, found], 1)
        place = torch.cat([place, places.expand(n, -1)], 1)
        distance, order = distance.topk(min(k, distance.shape[1]), 1, largest=False)
        place = place.gather(1, order)
        yield min(begin + size, count), count
    exact = torch.stack([(queries - part_at(part, column)).square().sum(1).sqrt() for column in place.T], 1)
    exact, order = exact.sort(1)
    return exact, place.gather(1, order)


def part_at(part: Callable[[slice], torch.Tensor], places: torch.Tensor) -> torch.Tensor:
    """The vectors (n, d) at places (n,)."""
    return torch.cat([part(slice(int(i), int(i) + 1)) for i in places])
