"""Which real samples generated ones are compared with, and which other real ones tell how far real ones lie apart.

A pool of real samples is cut at random into two sets that share no sample. In the first set each class has its share in
the data. So it has in the second set for a conditional run, whose G is given the classes in these shares. Where G
chooses the classes itself, those of the second set are drawn at random, as a perfect G would.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from playground import data
from playground.config.run_config import RunConfig
from playground.data import DATASETS, Samples
from playground.data.choice import choose, left_out
from playground.utils.errors import UserError

SLACK = 0.42  # of a pool with classes goes into each set at most, so that the classes of the second can vary
ENOUGH = 250  # samples in each set from which unseen ones are preferred to training samples

Places = torch.Tensor  # (n,) int64


def shares(samples: Samples) -> torch.Tensor:
    """How often a batch draws each class (classes,), repeats counted; one class where there are no labels."""
    if samples.y is None or samples.classes < 2:
        return torch.ones(1, dtype=torch.float64)
    y = samples.y if samples.index is None else samples.y[samples.index]
    return torch.bincount(y, minlength=samples.classes).double() / len(y)


def labels(share: torch.Tensor, n: int, seed: int = 0) -> torch.Tensor:
    """n labels, each class as often as its share says, in an order that is random and always the same."""
    y = torch.repeat_interleave(torch.arange(len(share)), apportioned(share, n))
    return y[_order(n, seed)]


def _order(n: int, seed: int = 0) -> Places:
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def apportioned(share: torch.Tensor, n: int) -> torch.Tensor:
    """How many of n samples each class gets (classes,): its share, rounded so that they are n together."""
    exact = share * n
    counts = exact.floor().long()
    rest = (exact - counts).argsort(descending=True, stable=True)[: n - int(counts.sum())]
    counts[rest] += 1
    return counts


def largest(y: torch.Tensor | None, share: torch.Tensor, count: int, most: int) -> int:
    """How many samples each of the two sets can have of a pool of `count` with labels y."""
    if y is None or len(share) == 1:
        return min(most, count // 2)
    there, wanted = torch.bincount(y, minlength=len(share)), share > 0
    by_class = there[wanted].clamp_min(2) / (2 * share[wanted])
    return min(most, int(SLACK * count), int(by_class.min()))


def split(
    y: torch.Tensor | None, share: torch.Tensor, count: int, n: int, conditional: bool, seed: int
) -> tuple[Places, Places]:
    """The places of two sets (n,) in a pool of `count` with labels y, for a run that is `conditional` or not.

    For a conditional one the classes come in the order of `labels`: metrics of pairs compare equal classes in all sets.
    """
    first = drawn(y, share, count, n, True, 2 * seed)
    rest = others(first, count)
    second = rest[drawn(None if y is None else y[rest], share, len(rest), n, conditional, 2 * seed + 1)]
    if y is None or not conditional:
        return first, second
    return in_order(first, y), in_order(second, y)


def in_order(places: Places, y: torch.Tensor) -> Places:
    """These places (n,) in the order in which `labels` asks G for their classes; y has the label of every place."""
    return places[y[places].argsort(stable=True)][_order(len(places))]


def drawn(y: torch.Tensor | None, share: torch.Tensor, count: int, n: int, conditional: bool, seed: int) -> Places:
    """The places of n of `count` samples with labels y, in random order, none twice.

    Each class has its share: exactly for a `conditional` run, else by chance.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(count, generator=generator)
    if y is None or len(share) == 1:
        return order[:n]
    there = torch.bincount(y, minlength=len(share))
    if conditional:
        counts = apportioned(share, n)
    else:
        chance = torch.multinomial(share, n, replacement=True, generator=generator)
        counts = torch.bincount(chance, minlength=len(share))
    by_class = torch.split(order[y[order].argsort(stable=True)], there.tolist())
    taken = [places[:k] for places, k in zip(by_class, _within(counts, there).tolist(), strict=True)]
    return torch.cat(taken)[torch.randperm(n, generator=generator)]


def others(places: Places, count: int) -> Places:
    """The places below `count` that are none of these."""
    left = torch.ones(count, dtype=torch.bool)
    left[places] = False
    return left.nonzero()[:, 0]


def _within(counts: torch.Tensor, room: torch.Tensor) -> torch.Tensor:
    """The counts, no class above its room; what does not fit goes to the classes with the most room."""
    held = torch.minimum(counts, room)
    for _one in range(int((counts - held).sum())):
        held[(room - held).argmax()] += 1
    return held


def unseen(config: RunConfig, samples: Samples) -> Samples | None:
    """Samples of the same kind from which this run does not learn; None where there are none.

    The rest of the dataset where the run learns from some of it, new ones where a formula makes points.
    """
    fresh = DATASETS[config.dataset].fresh
    found: Samples | None = None
    try:
        if config.size:
            found = left_out(data.load(config.dataset, config.source), config.choice)
        if fresh is not None and (found is None or not len(found.x)):
            found = choose(fresh(), replace(config.choice, size=0, repeat=""))
    except (UserError, OSError):  # a set that is no longer there
        return None
    fits = found is not None and found.shape == samples.shape and (found.y is None) == (samples.y is None)
    return found if fits and found is not None and len(found.x) else None


def some(samples: Samples, places: Places) -> Samples:
    """These samples as a set of their own, without repeats."""
    return replace(samples, x=samples.x[places], y=None if samples.y is None else samples.y[places], index=None)
