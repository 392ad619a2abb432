"""What is measured of generated images."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from math import nan
from weakref import WeakKeyDictionary

import torch

from playground import features, latent
from playground.data import Samples
from playground.features import Features, normalised
from playground.measures.making import in_parts, made
from playground.measures.paths import PATHS, ends
from playground.measures.reference import halves
from playground.metrics import kernel, similarity
from playground.metrics.balance import imbalance
from playground.metrics.catalogue import IMAGES, MEASURES
from playground.metrics.copies import copies, near
from playground.metrics.frechet import frechet
from playground.metrics.inception import inception_score
from playground.metrics.pairs import mean_distance
from playground.metrics.path import path_length
from playground.metrics.prdc import K, prdc, radii
from playground.model import Model
from playground.pieces import Progress
from playground.readings import Measured

FEWEST = 20  # real images on each side from which anything can be said
SEED = 0  # of the latents

Values = dict[str, float]
Marks = Generator[Progress, None, Values]


@dataclass(frozen=True)
class Seen:
    """Images (n, c, h, w) in [-1, 1], their features (n, d), and their classes (n,): given ones, or as guessed."""

    x: torch.Tensor
    phi: torch.Tensor
    logits: torch.Tensor | None  # of a classifier
    y: torch.Tensor | None


@dataclass(frozen=True)
class Reference:
    """Real images and what they have in common; `floors` are the values of as many other real ones."""

    samples: Samples
    network: Features
    real: Seen
    places: tuple[torch.Tensor, torch.Tensor]  # of the two sets in the data
    spread: float
    radius: torch.Tensor
    limit: list[float] = field(default_factory=list)  # below which distance images are copies, once that is known
    floors: Values = field(default_factory=dict)


_known: WeakKeyDictionary[Samples, Reference] = WeakKeyDictionary()


def work(model: Model, dear: bool) -> Generator[Progress, None, tuple[Values, Values]]:
    """The values of images of the averaged G and the floors; none where there is too little data."""
    samples = model.samples
    places = halves(samples, IMAGES)
    if len(places[0]) < FEWEST:
        return {}, {}
    if samples not in _known:
        _known[samples] = yield from _reference(samples, places)
    reference = _known[samples]
    yield from _find_floors(reference, dear)
    z = latent.draw(model.config.z_distribution, len(places[0]), model.config.z_dim, SEED)
    y = samples.y[places[0]].numpy() if model.classes and samples.y is not None else None
    x = yield from made(model, *model.latents(z, y))
    if not bool(x.isfinite().all()):
        return {key: nan for key in reference.floors if dear or MEASURES[key].cost == "cheap"}, reference.floors
    seen = yield from _look(reference.network, x, None if y is None else torch.from_numpy(y))
    values = yield from _cheap(reference, seen)
    if dear:
        values |= yield from _dear(reference, seen)
        values["path_length"] = yield from _path_length(model, reference)
    return values, reference.floors


def floors(samples: Samples) -> Values:
    """Those that are known already."""
    return _known[samples].floors if samples in _known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    if samples not in _known:
        return None
    reference = _known[samples]
    network = reference.network
    return Measured(len(reference.real.x), network.kind, network.hash, network.accuracy)


def _reference(samples: Samples, places: tuple[torch.Tensor, torch.Tensor]) -> Generator[Progress, None, Reference]:
    network = yield from features.of(samples)
    real = yield from _look(network, normalised(samples.x[places[0]]), _labels(samples, places[0]))
    radius = yield from radii(real.phi)
    return Reference(samples, network, real, places, max(mean_distance(real.phi), 1e-12), radius)


def _find_floors(reference: Reference, dear: bool) -> Generator[Progress, None, None]:
    """The marks of the other real images, of those metrics that are wanted and not yet known."""
    floors, samples, places = reference.floors, reference.samples, reference.places[1]
    if floors and (not dear or "copies" in floors):
        return
    other = yield from _look(reference.network, normalised(samples.x[places]), _labels(samples, places))
    found = dict(floors) or (yield from _cheap(reference, other))
    if dear:
        limit, share = yield from near(samples.x)
        reference.limit[:] = [limit]
        found |= (yield from _similar(reference, other)) | {"copies": share, "path_length": nan}
    floors.update(found)


def _labels(samples: Samples, places: torch.Tensor) -> torch.Tensor | None:
    return None if samples.y is None else samples.y[places]


def _look(network: Features, x: torch.Tensor, y: torch.Tensor | None) -> Generator[Progress, None, Seen]:
    """The features of images, and their classes where they are not given and can be guessed."""
    phi = yield from in_parts(network.body, lambda part: network(x[part]), len(x))
    logits = network.head(phi) if network.learned else None
    guess = None if logits is None else logits.argmax(1)
    return Seen(x, phi, logits, guess if y is None else y)


def _cheap(reference: Reference, seen: Seen) -> Marks:
    real = reference.real
    values = {"frechet": frechet(seen.phi, real.phi), "spread": mean_distance(seen.phi) / reference.spread}
    yield 1, 4
    values["kernel"] = yield from kernel.in_pieces(seen.phi, real.phi)
    if seen.logits is not None and real.logits is not None:
        yield 2, 4
        values["score"] = inception_score(seen.logits)
        classes = seen.logits.shape[1]
        values["imbalance"] = imbalance(seen.logits.argmax(1), real.logits.argmax(1), classes)
    found = yield from prdc(real.phi, reference.radius, seen.phi, K)
    return values | found._asdict()


def _dear(reference: Reference, seen: Seen) -> Marks:
    values = yield from _similar(reference, seen)
    shown = ((seen.x + 1) * 127.5).round().clamp(0, 255).byte()
    values["copies"] = yield from copies(shown, reference.samples.x, reference.limit[0])
    return values


def _similar(reference: Reference, seen: Seen) -> Marks:
    labelled = reference.samples.y is not None and reference.samples.classes > 1
    return {"similarity": (yield from similarity.in_pieces(seen.x, seen.y if labelled else None))}


def _path_length(model: Model, reference: Reference) -> Generator[Progress, None, float]:
    """Of the averaged G; pairs that a conditional run makes are of one class, each class as often as in the data."""
    phi, samples = [], reference.samples
    found = ends(model.config.z_distribution, model.config.z_dim)
    places = reference.places[0][torch.arange(PATHS) % len(reference.places[0])]
    y = samples.y[places].numpy() if model.classes and samples.y is not None else None
    for z in found:
        x = yield from made(model, *model.latents(z, y))
        phi.append((yield from _look(reference.network, x, None)).phi)
    return path_length(phi[0], phi[1], reference.spread)
