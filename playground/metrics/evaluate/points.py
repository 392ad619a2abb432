"""What is measured of generated points."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics.catalogue import POINTS
from playground.metrics.evaluate.floors import collected, most_usual
from playground.metrics.evaluate.reference import ENOUGH, SPLITS, labels, largest, shares, some, split, unseen
from playground.metrics.histogram import jensen_shannon
from playground.metrics.modes import mode_statistics
from playground.metrics.pairwise_distance import mean_distance
from playground.metrics.sliced import in_pieces as sliced
from playground.training.model import Model
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured

MARGIN = 1.3  # of the grid around the points
FEWEST = 10  # real points from which anything can be said
POOL = 40 * POINTS  # real points from which sets are drawn, at most: few would share a chance of their own
PIECES = 4

Values = dict[str, float]
Make = Callable[[torch.Tensor, int], torch.Tensor]


@dataclass(frozen=True)
class Real:
    """Real points (n, 2) that others are compared with."""

    x: np.ndarray
    extent: float
    spread: float


@dataclass(frozen=True)
class Pool:
    """Real points (m, 2), their labels and the share of each class; `n` points are compared with `n` others.

    `known`: for runs that are told the class and for those that are not, what G is compared with and the floors.
    """

    x: torch.Tensor
    y: torch.Tensor | None
    share: torch.Tensor
    n: int
    unseen: bool
    known: dict[bool, tuple[Real, dict[str, Floor]]] = field(default_factory=dict)


_known: WeakKeyDictionary[Samples, Pool] = WeakKeyDictionary()


def work(
    model: Model, expensive: bool, only: Collection[str] | None
) -> Generator[Progress, None, tuple[Values, dict[str, Floor]]]:
    """The values of the points that the page shows, and the floors; none where there is too little data.

    Where G is told the class, the labels have the shares of the data.
    """
    told = bool(model.classes)

    def make(share: torch.Tensor, n: int) -> torch.Tensor:
        z = model.trainer.fixed_z[:n]
        return model.sample(z, labels(share, n).to(model.device) if told else None).cpu()

    values, floors = yield from compare(model.config, model.samples, told, make)
    return {key: value for key, value in values.items() if only is None or key in only}, floors


def compare(
    config: RunConfig, samples: Samples, told: bool, make: Make
) -> Generator[Progress, None, tuple[Values, dict[str, Floor]]]:
    """The same of points (n, 2) that `make` gives, told the share of each class and how many."""
    pool = pool_of(config, samples)
    if pool.n < FEWEST:
        return {}, {}
    if told not in pool.known:
        pool.known[told] = yield from _floors(samples, pool, told)
    real, floors = pool.known[told]
    return (yield from _values(samples, real, make(pool.share, pool.n))), floors


def floors(samples: Samples, told: bool) -> dict[str, Floor]:
    """Those that are known already."""
    return _known[samples].known[told][1] if samples in _known and told in _known[samples].known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    pool = _known.get(samples)
    if pool is None or pool.n < FEWEST:
        return None
    return Measured(pool.n, unseen=pool.unseen, splits=SPLITS)


def pool_of(config: RunConfig, samples: Samples) -> Pool:
    """Real points to compare those of a run with; found once."""
    if samples not in _known:
        share = shares(samples)
        pools = [_cut(samples, share, False)]
        if (others := unseen(config, samples)) is not None:
            pools.insert(0, _cut(others, share, True))
        enough = [pool for pool in pools if pool.n >= min(ENOUGH, pools[-1].n)]
        _known[samples] = enough[0]
    return _known[samples]


def _cut(samples: Samples, share: torch.Tensor, others: bool) -> Pool:
    """Some of these points."""
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))[:POOL]
    found = some(samples, order)
    return Pool(found.x, found.y, share, largest(found.y, share, len(found.x), POINTS), others)


def _floors(samples: Samples, pool: Pool, told: bool) -> Generator[Progress, None, tuple[Real, dict[str, Floor]]]:
    found, reals = [], []
    for seed in range(SPLITS):
        first, second = split(pool.y, pool.share, len(pool.x), pool.n, told, seed)
        reals.append(_real(pool.x[first]))
        found.append((yield from _values(samples, reals[-1], pool.x[second])))
        yield seed, SPLITS
    return reals[most_usual(found)], collected(found)


def _real(x: torch.Tensor) -> Real:
    return Real(x.numpy(), max(MARGIN * float(x.abs().quantile(0.999)), 1e-6), mean_distance(x))


def _values(samples: Samples, real: Real, x: torch.Tensor) -> Generator[Progress, None, Values]:
    """The values of points x (n, 2), as many as there are real ones."""
    points = x.numpy()
    values = {"spread": mean_distance(x) / real.spread if real.spread > 0 else float("nan")}
    if samples.centres:
        yield 0, PIECES
        marks = mode_statistics(points, samples.centres, samples.std)
        values |= {
            "modes": float(marks.covered), "high_quality": marks.high_quality, "reverse_kl": marks.reverse_kl,
        }  # fmt: skip
    yield 1, PIECES
    values["jensen_shannon"] = jensen_shannon(points, real.x, real.extent)
    yield 2, PIECES
    values["sliced_wasserstein"] = yield from sliced(points, real.x)
    return values
