"""What is measured of generated points."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.data import Samples
from playground.measures.reference import halves
from playground.metrics.catalogue import POINTS
from playground.metrics.histogram import jensen_shannon
from playground.metrics.modes import judge
from playground.metrics.pairs import mean_distance
from playground.metrics.sliced import in_pieces as sliced
from playground.model import Model
from playground.pieces import Progress
from playground.readings import Measured

MARGIN = 1.3  # of the grid around the points
FEWEST = 10  # real points from which anything can be said
PIECES = 4

Values = dict[str, float]


@dataclass(frozen=True)
class Reference:
    """Real points (n, 2), what they have in common, and the values of as many other real points."""

    real: np.ndarray
    extent: float
    spread: float
    floors: Values


_known: WeakKeyDictionary[Samples, Reference] = WeakKeyDictionary()


def work(model: Model, dear: bool) -> Generator[Progress, None, tuple[Values, Values]]:
    """The values of the points that the page shows, and the floors; none where there is too little data."""
    reference = yield from _reference(model.samples)
    if reference is None:
        return {}, {}
    trainer, n = model.trainer, len(reference.real)
    x = model.sample(trainer.fixed_z[:n], None if trainer.fixed_y is None else trainer.fixed_y[:n]).cpu()
    return (yield from _values(model.samples, reference, x)), reference.floors


def floors(samples: Samples) -> Values:
    """Those that are known already."""
    return _known[samples].floors if samples in _known else {}


def measured(samples: Samples) -> Measured | None:
    """How it is measured, once that is known."""
    return Measured(len(_known[samples].real)) if samples in _known else None


def _reference(samples: Samples) -> Generator[Progress, None, Reference | None]:
    if samples not in _known:
        first, second = (samples.x[places] for places in halves(samples, POINTS))
        if len(first) < FEWEST:
            return None
        extent = max(MARGIN * float(first.abs().quantile(0.999)), 1e-6)
        known = Reference(first.numpy(), extent, max(mean_distance(first), 1e-12), {})
        yield 0, PIECES
        values = yield from _values(samples, known, second)
        _known[samples] = Reference(known.real, known.extent, known.spread, values)
    return _known[samples]


def _values(samples: Samples, reference: Reference, x: torch.Tensor) -> Generator[Progress, None, Values]:
    """The values of points x (n, 2), as many as there are real ones."""
    points, real = x.numpy(), reference.real
    values = {"spread": mean_distance(x) / reference.spread}
    if samples.centres:
        yield 0, PIECES
        marks = judge(points, samples.centres, samples.std)
        values |= {
            "modes": float(marks.covered), "high_quality": marks.high_quality, "reverse_kl": marks.reverse_kl,
        }  # fmt: skip
    yield 1, PIECES
    values["jensen_shannon"] = jensen_shannon(points, real, reference.extent)
    yield 2, PIECES
    values["sliced_wasserstein"] = yield from sliced(points, real)
    return values
