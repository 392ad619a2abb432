"""What is measured of generated images."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from math import nan
from weakref import WeakKeyDictionary

import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics import kernel, similarity
from playground.metrics.catalogue import MEASURES
from playground.metrics.class_balance import imbalance
from playground.metrics.evaluate.copying import Copying, copying
from playground.metrics.evaluate.floors import collected, most_usual
from playground.metrics.evaluate.making import in_parts, made
from playground.metrics.evaluate.paths import PATHS, ends
from playground.metrics.evaluate.pool import FEWEST, Pool, pool_of, prepared
from playground.metrics.evaluate.reference import SPLITS, labels, split
from playground.metrics.features import Features, normalised
from playground.metrics.frechet import frechet
from playground.metrics.inception_score import inception_score
from playground.metrics.pairwise_distance import mean_distance
from playground.metrics.path import path_length
from playground.metrics.prdc import K, Prdc, prdc, radii
from playground.training.model import Model
from playground.utils import priors
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured

__all__ = ["floors", "measured", "prepared", "work"]

SEED = 0  # of the latents

Values = dict[str, float]
Marks = Generator[Progress, None, Values]
Made = Generator[Progress, None, tuple[torch.Tensor, torch.Tensor | None]]
Make = Callable[[torch.Tensor, int], Made]
_ALL_PRDC = frozenset(Prdc._fields)


@dataclass(frozen=True)
class Seen:
    """Images (n, c, h, w) in [-1, 1], their features (n, d), and their classes (n,): given ones, or as guessed."""

    x: torch.Tensor
    phi: torch.Tensor
    logits: torch.Tensor | None  # of a classifier
    y: torch.Tensor | None


@dataclass(frozen=True)
class Real:
    """Features of real images that others are compared with, and their places in the pool.

    `radius` is None where they are too alike.
    """

    places: torch.Tensor
    phi: torch.Tensor
    logits: torch.Tensor | None
    spread: float
    radius: torch.Tensor | None


@dataclass
class Known:
    """What runs on the same data share: for those whose G is told the class and those whose is not, the floors."""

    pool: Pool
    real: dict[bool, Real] = field(default_factory=dict)
    floors: dict[bool, dict[str, Floor]] = field(default_factory=lambda: {False: {}, True: {}})
    copying: Copying | None = None


_known: WeakKeyDictionary[Samples, Known] = WeakKeyDictionary()


def work(
    model: Model, expensive: bool, only: Collection[str] | None
) -> Generator[Progress, None, tuple[Values, dict[str, Floor]]]:
    """The values of what G of the model makes, and the floors; none where there is too little data.

    Where G is told the class, each class is asked for as often as it is in the data.
    """
    wanted = _wanted(expensive, only)

    def make(share: torch.Tensor, n: int) -> Made:
        z = priors.sample(model.config.z_distribution, n, model.config.z_dim, SEED)
        y = labels(share, n) if model.classes else None
        return (yield from made(model, *model.latents(z, None if y is None else y.numpy()))), y

    values, floors = yield from compare(model.config, model.samples, bool(model.classes), make, wanted)
    if "path_length" in wanted and floors:
        values["path_length"] = yield from _path_length(model, _known[model.samples])
    return values, floors


def compare(
    config: RunConfig, samples: Samples, told: bool, make: Make, wanted: Collection[str]
) -> Generator[Progress, None, tuple[Values, dict[str, Floor]]]:
    """The same of images that `make` gives, told the share of each class and how many, with their labels or None."""
    known = yield from known_of(config, samples, told)
    pool = known.pool
    if pool.n < FEWEST:
        return {}, {}
    if "similarity" in wanted:
        yield from _find_similar(known, told)
    if "copies" in wanted:
        yield from _find_copying(known)
    floors = known.floors[told]
    x, y = yield from make(pool.share, pool.n)
    if not bool(x.isfinite().all()):
        return {key: nan for key in floors if key in wanted}, floors
    seen = yield from _look(pool.network, x, y)
    values = yield from _cheap(known.real[told], seen, wanted)
    if "similarity" in wanted:
        values["similarity"] = yield from _similarity(pool, seen)
    if "copies" in wanted and known.copying is not None:
        values["copies"] = yield from known.copying.share(seen.x, seen.phi)
    return values, floors


def known_of(config: RunConfig, samples: Samples, told: bool) -> Generator[Progress, None, Known]:
    """What is known of the real images for runs on these samples whose G is told the class or not."""
    if samples not in _known:
        pool = yield from pool_of(config, samples)
        if samples not in _known:  # else another run on this data was faster
            _known[samples] = Known(pool)
    known = _known[samples]
    if told not in known.real and known.pool.n >= FEWEST:
        yield from _find_floors(known, told)
    return known


def floors(samples: Samples, told: bool) -> dict[str, Floor]:
    """Those that are known already."""
    return _known[samples].floors[told] if samples in _known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    known = _known.get(samples)
    if known is None or not known.real:
        return None
    pool, network = known.pool, known.pool.network
    return Measured(pool.n, network.kind, network.hash, network.accuracy, pool.unseen, pool.apart, SPLITS)


def _wanted(expensive: bool, only: Collection[str] | None) -> set[str]:
    """The keys of what is to be worked out."""
    keys = {key for key, m in MEASURES.items() if "images" in m.kinds and (expensive or m.cost == "cheap")}
    return keys if only is None else keys & set(only)


def _find_floors(known: Known, told: bool) -> Generator[Progress, None, None]:
    """The values of real images, and which of them generated ones are compared with."""
    pool, wanted = known.pool, _wanted(False, None)
    found, reals = [], []
    for first, second in _splits(pool, told):
        reals.append((yield from _real(pool, first)))
        found.append((yield from _cheap(reals[-1], _other(pool, second, told), wanted)))
    known.floors[told].update(collected(found), path_length=Floor(nan, nan))
    known.real[told] = reals[most_usual(found)]


def _find_similar(known: Known, told: bool) -> Generator[Progress, None, None]:
    """How alike real images are."""
    if "similarity" in known.floors[told]:
        return
    found = []
    for _first, second in _splits(known.pool, told):
        found.append({"similarity": (yield from _similarity(known.pool, _other(known.pool, second, told)))})
    known.floors[told].update(collected(found))


def _splits(pool: Pool, told: bool) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [split(pool.y, pool.share, len(pool.x), pool.n, told, seed) for seed in range(SPLITS)]


def _find_copying(known: Known) -> Generator[Progress, None, None]:
    """What tells copies, and how many of real images read as copies; once for both kinds of runs."""
    if known.copying is None:
        known.copying, floor = yield from copying(known.pool)
        for floors in known.floors.values():
            floors["copies"] = floor


def _other(pool: Pool, places: torch.Tensor, told: bool) -> Seen:
    """Real images in the place of generated ones."""
    logits = None if pool.logits is None else pool.logits[places]
    guess = None if logits is None else logits.argmax(1)
    y = pool.y[places] if told and pool.y is not None else guess
    return Seen(normalised(pool.x[places]), pool.phi[places], logits, y)


def _real(pool: Pool, places: torch.Tensor) -> Generator[Progress, None, Real]:
    phi = pool.phi[places]
    spread = mean_distance(phi)
    radius = (yield from radii(phi)) if pool.distinct and spread > 0 else None
    return Real(places, phi, None if pool.logits is None else pool.logits[places], spread, radius)


def _look(network: Features, x: torch.Tensor, y: torch.Tensor | None) -> Generator[Progress, None, Seen]:
    """The features of images, and their classes where they are not given and can be guessed."""
    phi = yield from in_parts(network.body, lambda part: network(x[part]), len(x))
    logits = network.head(phi) if network.learned else None
    guess = None if logits is None else logits.argmax(1)
    return Seen(x, phi, logits, guess if y is None else y)


def _cheap(real: Real, seen: Seen, wanted: Collection[str]) -> Marks:
    values: Values = {}
    if "frechet" in wanted:
        values["frechet"] = frechet(seen.phi, real.phi)
        yield 1, 4
    if "spread" in wanted:
        values["spread"] = mean_distance(seen.phi) / real.spread if real.spread > 0 else nan
    if "kernel" in wanted:
        values["kernel"] = yield from kernel.in_pieces(seen.phi, real.phi)
    if seen.logits is not None and real.logits is not None:
        yield 2, 4
        if "score" in wanted:
            values["score"] = inception_score(seen.logits)
        if "imbalance" in wanted:
            classes = seen.logits.shape[1]
            values["imbalance"] = imbalance(seen.logits.argmax(1), real.logits.argmax(1), classes)
    if _ALL_PRDC & set(wanted):
        found = Prdc(nan, nan, nan, nan)
        if real.radius is not None:
            found = yield from prdc(real.phi, real.radius, seen.phi, K)
        values |= {key: value for key, value in found._asdict().items() if key in wanted}
    return values


def _similarity(pool: Pool, seen: Seen) -> Generator[Progress, None, float]:
    """Of pairs of a class where there are classes: the given ones, or those that the classifier sees."""
    return (yield from similarity.in_pieces(seen.x, seen.y if len(pool.share) > 1 else None))


def _path_length(model: Model, known: Known) -> Generator[Progress, None, float]:
    """Pairs that a conditional run makes are of one class, each class as often as in the data."""
    told = bool(model.classes)
    y = labels(known.pool.share, PATHS).numpy() if told else None
    phi = []
    for z in ends(model.config.z_distribution, model.config.z_dim):
        x = yield from made(model, *model.latents(z, y))
        phi.append((yield from _look(known.pool.network, x, None)).phi)
    spread = known.real[told].spread
    return path_length(phi[0], phi[1], spread) if spread > 0 else nan
