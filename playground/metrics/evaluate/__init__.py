"""The values of all metrics of generated samples, each with its floor: the value of real samples, compared with as many
other real ones.

The samples are made once for all metrics; the real ones and the floors are the same for all runs on the same data.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from types import ModuleType

from playground.data import Samples
from playground.metrics.catalogue import MEASURES
from playground.metrics.evaluate import images, points
from playground.training.model import Model
from playground.utils.chunked import Progress
from playground.utils.readings import Floor, Measured, Value

__all__ = ["MEASURES", "floors", "measured", "prepared", "work"]

# By the key of the modality. Each module has `work`, `floors`, `measured` and, where metrics need features that are
# learned first, `prepared`.
MODULES: dict[str, ModuleType] = {"points": points, "images": images}

Work = Generator[Progress, None, dict[str, Value]]


def work(model: Model, expensive: bool, only: Collection[str] | None = None) -> Work:
    """The values, by key, of a model that does not change meanwhile: all, or without `expensive` the cheap ones.

    In pieces of some milliseconds; the first time on new data, the floors come first. They and the real samples are
    kept, so that a second model on the same data (as the raw G) costs only its own samples; `only` these metrics are
    worked out if that saves work, so `work(raw, False, {"frechet"})` is the cheapest way to one figure.
    """
    values, floor = yield from _module(model.samples).work(model, expensive, only)
    return {key: Value(value, *floor[key]) for key, value in values.items()}


def floors(samples: Samples, conditional: bool = False) -> dict[str, Floor]:
    """The floors that are known, by key, of conditional or other runs; `work` finds them."""
    found: dict[str, Floor] = _module(samples).floors(samples, conditional)
    return found


def measured(samples: Samples) -> Measured | None:
    """How these are measured; None until `work` has found out."""
    found: Measured | None = _module(samples).measured(samples)
    return found


def prepared(samples: Samples) -> float:
    """How much is done of what has to be learned before samples can be measured, from 0 to 1."""
    find = getattr(_module(samples), "prepared", None)
    return 1.0 if find is None else float(find(samples))


def _module(samples: Samples) -> ModuleType:
    return MODULES[samples.modality.key]
