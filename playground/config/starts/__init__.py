"""With which knobs to begin on a dataset. A modality that wants others than the defaults has a module with the record
`START`, found here by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts.start import Start
from playground.data import DATASETS, modality
from playground.data.modality import MODALITIES, Shape

__all__ = ["STARTS", "Start", "suited"]

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.START.key: module.START for module in _modules if hasattr(module, "START")}
STARTS: dict[str, Start] = {key: _found.get(key, Start(key)) for key in MODALITIES}


def suited(dataset: str, source: str, shape: Shape, classes: int) -> RunConfig:
    """The knobs with which to begin on a dataset with samples of `shape` and so many classes (0: no labels).

    Those of the first preset of this dataset that makes samples of z, or else those that suit data like it.
    """
    presets = [preset for preset in PRESETS.values() if preset.config.game == "gan"]
    found = next((preset for preset in presets if preset.config.dataset == dataset), None)
    start = STARTS[modality.of(shape).key]
    values = found.values if found and dataset != "idx" else start.values(shape)
    where: dict[str, str] = {asks: source} if (asks := DATASETS[dataset].asks) else {}
    return RunConfig.read({**values, "dataset": dataset, **where, "conditional": start.labels and classes > 1})[0]
