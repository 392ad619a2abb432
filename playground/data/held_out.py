"""Samples that a translation never learns from: what G does to them is no memory."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from playground.data.dataset import Samples
from playground.utils.lazy_torch import torch

MOST, SHARE = 500, 0.1  # samples held out, and at most this share of the data
ORDER = 7  # the seed of the order in which samples are held out
KNOWN = 4


class Split(NamedTuple):
    """Places in the data: (n,) of the samples held out, (m,) from which batches are drawn, repeated ones more often.

    The two have nothing in common, unless there is only one sample: then it is in both.
    """

    held_out: torch.Tensor
    kept: torch.Tensor


def split(samples: Samples, among: torch.Tensor | None = None) -> Split:
    """The same in every run; only of the places (n,) `among`, if they are given. Places kept are in ascending order."""
    places = torch.arange(len(samples.x)) if among is None else among
    order = places[_order(len(places))]
    count = max(1, min(MOST, int(SHARE * len(order))))
    held_out, kept = order[:count], order[count:].sort().values
    if samples.index is not None:
        kept = samples.index[torch.isin(samples.index, kept)]
    return Split(held_out, kept if len(kept) else held_out)


def halves(kept: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Places, of which some may be repeated, in two sets that share none, unless there is only one."""
    places = kept.unique()  # type: ignore[no-untyped-call]
    if len(places) < 2:
        return kept, kept
    first = torch.isin(kept, places[_order(len(places))[: len(places) // 2]])
    return kept[first], kept[~first]


@lru_cache(maxsize=KNOWN)
def apart(samples: Samples, partner: Samples) -> tuple[Split, Split]:
    """Splits of both; a sample that is in both counts for one of them, by chance but always for the same one.

    So nothing that one side holds out is known to the other. A side that would have no sample left keeps its own.
    """
    a, b = len(samples.x), len(partner.x)
    every = torch.cat([samples.x.flatten(1), partner.x.flatten(1)])
    # Equal samples have equal numbers.
    numbers = every.unique(dim=0, return_inverse=True)[1]  # type: ignore[no-untyped-call]
    first, second = numbers[:a], numbers[a:]
    shared = first[torch.isin(first, second)].unique()
    here = shared[_order(len(shared))[: (len(shared) + 1) // 2]]
    mine = ~torch.isin(first, shared) | torch.isin(first, here)
    other = ~torch.isin(second, here)
    sides = (torch.arange(n) if not bool(some.any()) else some.nonzero()[:, 0] for n, some in ((a, mine), (b, other)))
    return split(samples, next(sides)), split(partner, next(sides))


def _order(n: int) -> torch.Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(ORDER))
