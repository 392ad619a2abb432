"""What is measured of generated samples whose features are compared, such as images."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import nan
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics.evaluate.floors import collected, most_usual
from playground.metrics.evaluate.making import made
from playground.metrics.evaluate.pool import FEWEST, Pool, pool_of, prepared
from playground.metrics.evaluate.reference import labels, split
from playground.metrics.evaluate.values import due, values
from playground.metrics.measure import SPLITS, Comparison, Measure, Real, Values, in_range
from playground.training.model import Model
from playground.utils import priors
from playground.utils.chunked import Progress
from playground.utils.priors import categories
from playground.utils.readings import Floor, Measured

__all__ = ["floors", "measured", "prepared", "work"]

SEED = 0  # of the latents

Made = Generator[Progress, None, tuple[torch.Tensor, torch.Tensor | None]]
Make = Callable[[torch.Tensor, np.ndarray], Made]
Work = Generator[Progress, None, tuple[Values, dict[str, Floor]]]


@dataclass
class Known:
    """What runs on the same data share, by whether they are conditional: the real images that G is compared with, the
    floors, and the keys of the metrics whose floors were looked for.
    """

    pool: Pool
    real: dict[bool, Real] = field(default_factory=dict)
    floors: dict[bool, dict[str, Floor]] = field(default_factory=lambda: {False: {}, True: {}})
    looked_for: dict[bool, set[str]] = field(default_factory=lambda: {False: set(), True: set()})


_known: WeakKeyDictionary[Samples, Known] = WeakKeyDictionary()


def work(model: Model, expensive: bool, only: Collection[str] | None) -> Work:
    """The values of what G of the model makes, and the floors; none where there is too little data.

    A conditional G is asked for each class as often as it is in the data.
    """

    def make(share: torch.Tensor, z: np.ndarray) -> Made:
        y = labels(share, len(z)) if model.classes else None
        return (yield from made(model, *model.latents(z, None if y is None else y.numpy()))), y

    measures = due(model.samples.modality.key, expensive, only, coded=bool(model.config.codes.categories))
    return (yield from compare(model.config, model.samples, bool(model.classes), make, measures))


def compare(config: RunConfig, samples: Samples, conditional: bool, make: Make, measures: Sequence[Measure]) -> Work:
    """The same of images that `make` gives for the share of each class and latents, with their labels or None."""
    known = yield from known_of(config, samples, conditional)
    pool = known.pool
    if pool.n < FEWEST:
        return {}, {}
    new = [measure for measure in measures if measure.key not in known.looked_for[conditional]]
    if new:
        yield from _find_floors(known, config, samples, conditional, new)
    floors, real = known.floors[conditional], known.real[conditional]
    z = priors.sample(config.z_distribution, pool.n, config.z_dim, SEED, config.codes)
    x, y = yield from make(pool.share, z)
    if not bool(x.isfinite().all()):
        return {measure.key: nan for measure in measures if measure.key in floors}, floors
    phi = yield from pool.features_of(x)
    logits = pool.network.head(phi) if pool.network.learned else None
    y = _classes(pool, y, logits)
    code = torch.from_numpy(categories(z, config.codes)) if config.codes.categories else None
    comparison = Comparison(x, phi, real, config, samples, logits, y, pool, partial(make, pool.share), code=code)
    return (yield from values(comparison, measures)), floors


def known_of(config: RunConfig, samples: Samples, conditional: bool) -> Generator[Progress, None, Known]:
    """What is known of the real images for conditional or other runs on these samples."""
    if samples not in _known:
        pool = yield from pool_of(config, samples)
        if samples not in _known:  # else another run on this data was faster
            _known[samples] = Known(pool)
    known = _known[samples]
    if conditional not in known.real and known.pool.n >= FEWEST:
        yield from _find_floors(known, config, samples, conditional, due(samples.modality.key, expensive=False))
    return known


def floors(samples: Samples, conditional: bool) -> dict[str, Floor]:
    """Those that are known already."""
    return _known[samples].floors[conditional] if samples in _known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    known = _known.get(samples)
    if known is None or not known.real:
        return None
    pool, network = known.pool, known.pool.network
    return Measured(pool.n, network.kind, network.hash, network.accuracy, pool.unseen, pool.apart, SPLITS)


def _find_floors(
    known: Known, config: RunConfig, samples: Samples, conditional: bool, measures: Sequence[Measure]
) -> Generator[Progress, None, None]:
    """The values of real images; the first time also which of them generated ones are compared with."""
    pool, floors = known.pool, known.floors[conditional]
    by_splits = [measure for measure in measures if measure.floor is None]
    if by_splits:
        found, reals = [], []
        for seed in range(SPLITS):
            first, second = split(pool.y, pool.share, len(pool.x), pool.n, conditional, seed)
            reals.append(_real(pool, first))
            other = _other(pool, second, conditional, reals[-1], config, samples)
            found.append((yield from values(other, by_splits)))
        floors.update(collected(found))
        if conditional not in known.real:
            known.real[conditional] = reals[most_usual(found)]
    for measure in measures:
        if measure.floor is not None:
            of_real = yield from measure.floor(pool)
            floors.update(collected([{measure.key: value} for value in of_real]))
    known.looked_for[conditional].update(measure.key for measure in measures)


def _real(pool: Pool, places: torch.Tensor) -> Real:
    return Real(pool.x, places, pool.phi[places], None if pool.logits is None else pool.logits[places])


def _other(
    pool: Pool, places: torch.Tensor, conditional: bool, real: Real, config: RunConfig, samples: Samples
) -> Comparison:
    """Real images in the place of generated ones."""
    logits = None if pool.logits is None else pool.logits[places]
    given = pool.y[places] if conditional and pool.y is not None else None
    y = _classes(pool, given, logits)
    x, labels = in_range(pool.x[places]), None if pool.y is None else pool.y[places]
    return Comparison(x, pool.phi[places], real, config, samples, logits, y, pool, code=labels)


def _classes(pool: Pool, y: torch.Tensor | None, logits: torch.Tensor | None) -> torch.Tensor | None:
    """The classes (n,) of images: the given ones, or as the classifier sees them; None where the data has none."""
    if len(pool.share) < 2:
        return None
    return logits.argmax(1) if y is None and logits is not None else y
