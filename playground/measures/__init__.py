"""Honest marks of generated samples: each with its floor, the mark of real samples against as many other real ones.

The samples are made once for all marks; the real ones, and the floors, are the same for all runs on the same data.
"""

from __future__ import annotations

from collections.abc import Generator
from types import ModuleType

from playground.data import Samples
from playground.measures import images, points
from playground.metrics.catalogue import MEASURES
from playground.model import Model
from playground.pieces import Progress
from playground.readings import Measured, Value

__all__ = ["MEASURES", "floors", "measured", "work"]

Work = Generator[Progress, None, dict[str, Value]]


def work(model: Model, dear: bool) -> Work:
    """The values, by key, of a model that does not change meanwhile: all, or without `dear` the cheap ones.

    In pieces of some milliseconds; the first time on new data, the floors come first.
    """
    values, floor = yield from _module(model.samples).work(model, dear)
    return {key: Value(value, floor[key]) for key, value in values.items()}


def floors(samples: Samples) -> dict[str, float]:
    """The floors that are known, by key; `work` finds them."""
    found: dict[str, float] = _module(samples).floors(samples)
    return found


def measured(samples: Samples) -> Measured | None:
    """How these are measured; None until `work` has found out."""
    found: Measured | None = _module(samples).measured(samples)
    return found


def _module(samples: Samples) -> ModuleType:
    return points if len(samples.shape) == 1 else images
