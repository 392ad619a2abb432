"""The values of all metrics of generated samples, each with its floor: the value of real samples, compared with as many
other real ones.

The samples are made once for all metrics; the real ones and the floors are the same for all runs on the same data.
"""

from __future__ import annotations

from collections.abc import Collection, Generator

from playground.data import Samples
from playground.metrics import features
from playground.metrics.catalogue import MEASURES
from playground.metrics.evaluate import by_features, by_numbers
from playground.training.model import Model
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured, Value

__all__ = ["MEASURES", "floors", "measured", "prepared", "work"]

Work = Generator[Progress, None, dict[str, Value]]


def work(model: Model, expensive: bool, only: Collection[str] | None = None) -> Work:
    """The values, by key, of a model that does not change meanwhile: all, or without `expensive` the cheap ones.

    In pieces of some milliseconds; the first time on new data, the floors come first. They and the real samples are
    kept, so that a second model on the same data (as the raw G) costs only its own samples; `only` these metrics are
    worked out if that saves work, so `work(raw, False, {"frechet"})` is the cheapest way to one figure.
    """
    if not model.trainer.from_latents:
        return {}
    way = by_features if features.fit(model.samples) else by_numbers
    values, floor = yield from way.work(model, expensive, only)
    return {key: Value(value, *floor[key]) for key, value in values.items()}


def floors(samples: Samples, conditional: bool = False) -> dict[str, Floor]:
    """The floors that are known, by key, of conditional or other runs; `work` finds them."""
    way = by_features.floors if features.fit(samples) else by_numbers.floors
    return way(samples, conditional)


def measured(samples: Samples) -> Measured | None:
    """How these are measured; None until `work` has found out."""
    return by_features.measured(samples) if features.fit(samples) else by_numbers.measured(samples)


def prepared(samples: Samples) -> float:
    """How much is done of what has to be learned before samples can be measured, from 0 to 1."""
    return by_features.prepared(samples) if features.fit(samples) else 1.0
