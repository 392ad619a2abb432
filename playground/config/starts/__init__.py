"""With which knobs to begin on a dataset, and with a game. A modality that wants others than the defaults has a module
with the record `START`, a game one with its record in `GAME_STARTS`; both are found here by themselves.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from playground.config.games import GAMES
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts.start import GameStart, Start
from playground.data import DATASETS, modality
from playground.data.modality import IMAGES, MODALITIES, POINTS, Shape

__all__ = ["GAME_STARTS", "STARTS", "GameStart", "Start", "begun", "begun_for", "suited"]

KEPT = ("folder", "own", "classes", "size", "repeat", "seed", "device")  # whatever the game
UNREAD = {POINTS.key: (2,), IMAGES.key: (1, 28, 28)}  # what samples may be like that nobody has read yet

_modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
_found = {module.START.key: module.START for module in _modules if hasattr(module, "START")}
STARTS: dict[str, Start] = {key: _found.get(key, Start(key)) for key in MODALITIES}
GAME_STARTS: dict[str, GameStart] = {
    start.key: start for module in _modules for start in getattr(module, "GAME_STARTS", ())
}


def suited(dataset: str, source: str, shape: Shape, classes: int) -> RunConfig:
    """The knobs with which to begin a GAN on a dataset with samples of `shape` and so many classes (0: no labels).

    Those of the first preset of this dataset that makes samples of z, or else those that suit data like it.
    """
    gans = (preset for preset in PRESETS.values() if preset.config.game == "gan")
    found = next((preset for preset in gans if preset.config.dataset == dataset), None)
    start = STARTS[modality.of(shape).key]
    values = found.values if found and dataset != "idx" else start.values(shape)
    where: dict[str, str] = {asks: source} if (asks := DATASETS[dataset].asks) else {}
    return RunConfig.read({**values, "dataset": dataset, **where, "conditional": start.labels and classes > 1})[0]


def begun(config: RunConfig, game: str, dataset: str = "") -> RunConfig:
    """The knobs with which to begin a game on a dataset, where until now `config` was played.

    Without `dataset` it is the same. Which of its samples, the seed and the device stay, and from one translation to
    another the task, if it fits.
    """
    data = DATASETS[dataset or config.dataset]
    shape = data.shape or UNREAD.get(data.kind, (1, 28, 28))
    kept: dict[str, Any] = {name: getattr(config, name) for name in KEPT}
    if game not in GAME_STARTS:
        values = suited(data.key, "", shape, data.classes or 0).model_dump()
        return RunConfig.read({**values, **kept, "game": game})[0]
    values = {**GAME_STARTS[game].values(shape), **kept, "game": game, "dataset": data.key}
    begins = RunConfig.read(values)[0]
    if config.game not in GAME_STARTS:
        return begins
    same = {name: getattr(config, name) for name in ("task", "task_amount", "partner", "partner_classes")}
    again, findings = RunConfig.read(same, begins)
    return begins if findings else again


def begun_for(values: Mapping[str, Any], config: RunConfig) -> RunConfig:
    """What to apply `values` to, where until now `config` was played: it, or what suits another game.

    Other data of another kind, too, make a translation begin anew. Values that no knob can have change nothing.
    """
    game, dataset = (str(values.get(name, getattr(config, name))) for name in ("game", "dataset"))
    if game not in GAMES or dataset not in DATASETS:
        return config
    other_data = game in GAME_STARTS and DATASETS[dataset].kind != DATASETS[config.dataset].kind
    return begun(config, game, dataset) if game != config.game or other_data else config
