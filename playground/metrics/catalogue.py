"""All metrics by key. Each module of this package with a tuple `MEASURES` is found here by itself."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields

from playground import metrics
from playground.metrics.measure import POINTS, Measure
from playground.utils.readings import RAW, Signals
from playground.utils.translation import _

__all__ = ["MEASURES", "POINTS", "Measure", "name", "readable"]

_PAIRS = ("real_scores", "fake_scores")  # signals of three numbers, which have no one value
_NOT_METRICS = ("catalogue", "evaluate", "features", "identity", "inception_network")  # most of them import torch
_modules = [
    importlib.import_module(f"{metrics.__name__}.{m.name}")
    for m in pkgutil.iter_modules(metrics.__path__)
    if m.name not in _NOT_METRICS
]
_found = [measure for module in _modules for measure in getattr(module, "MEASURES", ())]
MEASURES: dict[str, Measure] = {measure.key: measure for measure in sorted(_found, key=lambda m: m.order)}


def readable() -> tuple[str, ...]:
    """What the readings of a run have one number of: the metrics, also of the raw weights, and the signals."""
    signals = [f.name for f in fields(Signals) if f.name not in ("step", "layers", *_PAIRS)]
    return (*MEASURES, *(RAW + key for key in MEASURES), *signals)


def name(measure: Measure, dataset: str, network: str) -> str:
    """The label; where the record says so with the features, see `Measured.network`: "FID (digits CNN)"."""
    if not measure.by_features or not network:
        return _(measure.label)
    if network == "random":
        return _("{metric}, random conv").format(metric=_(measure.label))
    return _("{metric} ({dataset} CNN)").format(metric=_(measure.label), dataset=dataset)
