"""What is measured of generated samples that are compared number by number, such as points."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics.evaluate.floors import collected, most_usual
from playground.metrics.evaluate.making import made
from playground.metrics.evaluate.reference import ENOUGH, labels, largest, shares, some, split, unseen
from playground.metrics.evaluate.values import due, values
from playground.metrics.measure import POINTS, SPLITS, Comparison, Measure, Real, Values
from playground.training.model import Model
from playground.utils import priors
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured

SEED = 0  # of the latents, where the page shows too few samples
FEWEST = 10  # real samples from which anything can be said
POOL = 40 * POINTS  # real samples from which sets are drawn, at most: few would share a chance of their own

Make = Callable[[torch.Tensor, int], Generator[Progress, None, torch.Tensor]]
Work = Generator[Progress, None, tuple[Values, dict[str, Floor]]]


@dataclass(frozen=True)
class Pool:
    """Real samples (m, *shape) as the networks see them, their labels and the share of each class; `n` of them are
    compared with `n` others.

    `known`: by whether runs are conditional, what G is compared with and the floors.
    """

    x: torch.Tensor
    y: torch.Tensor | None
    share: torch.Tensor
    n: int
    unseen: bool
    known: dict[bool, tuple[Real, dict[str, Floor]]] = field(default_factory=dict)


_known: WeakKeyDictionary[Samples, Pool] = WeakKeyDictionary()


def work(model: Model, expensive: bool, only: Collection[str] | None) -> Work:
    """The values of the samples that the page shows, or of others where they are too few, and the floors; none where
    there is too little data.

    The labels that a conditional G is given have the shares of the data.
    """
    conditional, config = bool(model.classes), model.config

    def drawn(n: int) -> np.ndarray:
        return priors.sample(config.z_distribution, n, config.z_dim, SEED, config.codes)

    def make(share: torch.Tensor, n: int) -> Generator[Progress, None, torch.Tensor]:
        z, y = model.trainer.fixed_z[:n], labels(share, n) if conditional else None
        if len(z) == n:
            return model.sample(z, None if y is None else y.to(model.device)).cpu()
        return (yield from made(model, *model.latents(drawn(n), None if y is None else y.numpy())))

    def code(n: int) -> torch.Tensor:
        z = model.trainer.fixed_z[:n].cpu().numpy()
        return torch.from_numpy(priors.categories(z if len(z) == n else drawn(n), config.codes))

    coded = config.codes.categories > 0
    measures = due(model.samples.modality.key, expensive, only, coded=coded)
    return (yield from compare(config, model.samples, conditional, make, measures, code if coded else None))


def compare(
    config: RunConfig,
    samples: Samples,
    conditional: bool,
    make: Make,
    measures: Sequence[Measure],
    code: Callable[[int], torch.Tensor] | None = None,
) -> Work:
    """The same of samples (n, *shape) that `make` gives for the share of each class and their number.

    `code` gives the categories of the codes of so many.
    """
    pool = pool_of(config, samples)
    if pool.n < FEWEST:
        return {}, {}
    if conditional not in pool.known:
        pool.known[conditional] = yield from _floors(
            config, samples, pool, conditional, due(samples.modality.key, expensive=True)
        )
    real, floors = pool.known[conditional]
    if new := [measure for measure in measures if measure.coded and measure.key not in floors and samples.classes > 1]:
        floors.update((yield from _floors(config, samples, pool, conditional, new))[1])
    x = yield from make(pool.share, pool.n)
    given = None if code is None else code(pool.n)
    return (yield from values(Comparison(x, x.flatten(1), real, config, samples, code=given), measures)), floors


def floors(samples: Samples, conditional: bool) -> dict[str, Floor]:
    """Those that are known already."""
    known = _known[samples].known if samples in _known else {}
    return known[conditional][1] if conditional in known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    pool = _known.get(samples)
    if pool is None or pool.n < FEWEST:
        return None
    return Measured(pool.n, unseen=pool.unseen, splits=SPLITS)


def pool_of(config: RunConfig, samples: Samples) -> Pool:
    """Real samples to compare those of a run with; found once."""
    if samples not in _known:
        share = shares(samples)
        pools = [_cut(samples, share, False)]
        if (others := unseen(config, samples)) is not None:
            pools.insert(0, _cut(others, share, True))
        enough = [pool for pool in pools if pool.n >= min(ENOUGH, pools[-1].n)]
        _known[samples] = enough[0]
    return _known[samples]


def _cut(samples: Samples, share: torch.Tensor, others: bool) -> Pool:
    """Some of these samples."""
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))[:POOL]
    found = some(samples, order)
    n = largest(found.y, share, len(found.x), POINTS)
    return Pool(samples.modality.normalise(found.x), found.y, share, n, others)


def _floors(
    config: RunConfig, samples: Samples, pool: Pool, conditional: bool, measures: Sequence[Measure]
) -> Generator[Progress, None, tuple[Real, dict[str, Floor]]]:
    found, reals = [], []
    for seed in range(SPLITS):
        first, second = split(pool.y, pool.share, len(pool.x), pool.n, conditional, seed)
        x = pool.x[second]
        reals.append(Real(pool.x, first, pool.x[first].flatten(1)))
        label = None if pool.y is None else pool.y[second]
        comparison = Comparison(x, x.flatten(1), reals[-1], config, samples, code=label)
        found.append((yield from values(comparison, measures)))
        yield seed, SPLITS
    return reals[most_usual(found)], collected(found)
