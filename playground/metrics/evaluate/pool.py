"""Real images that generated ones are compared with: which, how many, and by whose features."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics import features
from playground.metrics.copies import different, digests
from playground.metrics.evaluate.making import in_parts
from playground.metrics.evaluate.reference import ENOUGH, largest, shares, some, unseen
from playground.metrics.features import Features
from playground.metrics.measure import IMAGES, in_range
from playground.utils.chunked import Progress

FEWEST = 20  # real images on each side from which anything can be said
MOST = 3 * IMAGES  # images from which the sets are drawn
THIRDS = 3 * features.FEWEST  # labelled images from which a third is set aside for the classifier


@dataclass(frozen=True, eq=False)
class Pool:
    """Images x (m, c, h, w) uint8 with labels, the share of each class in the data, and `n` that go into each set.

    `unseen`: G does not learn from them. `apart`: the network did not either. `phi` (m, d) and `logits` (m, classes)
    are the outputs of the network. `train` are the different images among those that G learns from, and `own` (m,)
    the places of x in it, None where these are unseen. `distinct`: no two of x are equal.
    """

    x: torch.Tensor
    y: torch.Tensor | None
    share: torch.Tensor
    n: int
    unseen: bool
    apart: bool
    distinct: bool
    network: Features
    phi: torch.Tensor
    logits: torch.Tensor | None
    train: torch.Tensor
    own: torch.Tensor | None

    def features_of(self, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
        """Features (n, d) of images (n, c, h, w), uint8 or in [-1, 1]."""
        return _features(self.network, x)


@dataclass(frozen=True)
class _Plan:
    """Which images the sets are drawn from, and which the classifier learns from: None means those of the run."""

    pool: Samples
    places: torch.Tensor | None  # of the pool in the run's data
    taught: Samples | None
    apart: bool
    distinct: bool
    n: int


_taught: WeakKeyDictionary[Samples, Samples | None] = WeakKeyDictionary()


def prepared(samples: Samples) -> float:
    """How much of the training of the classifier is done, from 0 to 1."""
    return features.progress(_taught.get(samples) or samples)


def pool_of(config: RunConfig, samples: Samples) -> Generator[Progress, None, Pool]:
    """The pool of a run on these samples; with fewer than FEWEST in a set, without their features."""
    share = shares(samples)
    found = yield from digests(samples.x)
    once = different(found)
    plan = _training(samples, share, once)
    if (others := unseen(config, samples)) is not None:
        rest = _shuffled(others, 2 * MOST)
        known, theirs = set(found), (yield from digests(rest.x))
        new = [place for place in different(theirs).tolist() if theirs[place] not in known]
        held = _unseen(samples, share, some(rest, torch.tensor(new, dtype=torch.int64)))
        if held.n >= min(ENOUGH, max(plan.n, FEWEST)):
            plan = held
    _taught[samples] = plan.taught
    network = yield from features.of(plan.taught or samples)
    x = plan.pool.x if plan.n >= FEWEST else plan.pool.x[:1]
    phi = yield from _features(network, x)
    own = None
    if plan.places is not None and plan.distinct:
        at = torch.full((len(samples.x),), -1)
        at[once] = torch.arange(len(once))
        own = at[plan.places]
    return Pool(
        x, plan.pool.y, share, plan.n, plan.places is None, plan.apart or not network.learned, plan.distinct, network,
        phi, network.head(phi) if network.learned else None, samples.x[once], own,
    )  # fmt: skip


def _features(network: Features, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
    return in_parts(network.body, lambda part: network(in_range(x[part])), len(x))


def _training(samples: Samples, share: torch.Tensor, once: torch.Tensor) -> _Plan:
    """Images that G learns from; the classifier learns from others where there are enough."""
    distinct = len(once) >= 2 * FEWEST
    places = once if distinct else torch.arange(len(samples.x))
    places = places[torch.randperm(len(places), generator=torch.Generator().manual_seed(0))]
    taught = None
    if features.labelled(samples) and len(places) >= THIRDS:
        count = min(MOST, 2 * len(places) // 3)
        taught, places = some(samples, places[count:]), places[:count]
    pool = some(samples, places[:MOST])
    n = largest(pool.y, share, len(pool.x), IMAGES)
    return _Plan(pool, places[:MOST], taught, taught is not None, distinct, n)


def _unseen(samples: Samples, share: torch.Tensor, rest: Samples) -> _Plan:
    """Images that G does not learn from; the classifier learns from those of G, or where they are few from half."""
    taught = None
    if features.labelled(rest) and len(samples.x) < len(rest.x) // 2 and len(rest.x) >= THIRDS:
        half = torch.arange(len(rest.x) // 2)
        taught, rest = some(rest, half), some(rest, half + len(half))
    pool = some(rest, torch.arange(min(len(rest.x), MOST)))
    return _Plan(pool, None, taught, True, True, largest(pool.y, share, len(pool.x), IMAGES))


def _shuffled(samples: Samples, most: int) -> Samples:
    """At most so many of these, drawn at random, always the same."""
    return some(samples, torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))[:most])
