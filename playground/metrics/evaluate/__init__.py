"""The values of all metrics of generated samples, each with its floor: the value of real samples, compared with as many
other real ones.

The samples are made once for all metrics; the real ones and the floors are the same for all runs on the same data.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from math import nan

from playground.data import Samples
from playground.metrics import features
from playground.metrics.catalogue import MEASURES
from playground.metrics.evaluate import by_features, by_numbers, by_pairs
from playground.training.model import Model
from playground.training.trainer import Trainer
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
        values, floor, baselines = yield from by_pairs.work(model, expensive, only)
        none = Floor(nan, 0.0)  # a metric of pairs without a truth
        return {key: Value(value, *floor.get(key, none), baselines.get(key, {})) for key, value in values.items()}
    way = by_features if features.fit(model.samples) else by_numbers
    values, floor = yield from way.work(model, expensive, only)
    return {key: Value(value, *floor[key]) for key, value in values.items()}


def floors(samples: Samples, conditional: bool = False) -> dict[str, Floor]:
    """The floors that are known, by key, of conditional or other runs; `work` finds them."""
    way = by_features.floors if features.fit(samples) else by_numbers.floors
    return way(samples, conditional)


def measured(trainer: Trainer) -> Measured | None:
    """How a run is measured; None until `work` has found out."""
    if not trainer.from_latents:
        return by_pairs.measured(trainer)
    samples = trainer.samples
    return by_features.measured(samples) if features.fit(samples) else by_numbers.measured(samples)


def prepared(trainer: Trainer) -> float:
    """How much is done of what has to be learned before samples can be measured, from 0 to 1."""
    if not trainer.from_latents:
        return by_pairs.prepared(trainer)
    return by_features.prepared(trainer.samples) if features.fit(trainer.samples) else 1.0
