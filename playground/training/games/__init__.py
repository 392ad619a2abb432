"""Games: who plays, and what each player minimises. One file each, found by its name.

A file of a game has LABEL and WHY, two texts that pages show, and GAME, a class on `Trainer`; and TRANSLATES = True
where G is given samples in place of z.
"""

from __future__ import annotations

import importlib

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.models import Size
from playground.training.trainer import Trainer


def start(config: RunConfig, samples: Samples) -> Trainer:
    """A trainer, at step 0, of the game that `config` names. Raises UserError if `config` does not fit `samples`."""
    return _game(config)(config, samples)


def size(config: RunConfig, samples: Samples) -> Size:
    """What the networks of that game and a step of theirs hold, without making them. Raises UserError."""
    return _game(config).size(config, samples)


def _game(config: RunConfig) -> type[Trainer]:
    game: type[Trainer] = importlib.import_module(f"{__name__}.{config.game}").GAME
    return game
