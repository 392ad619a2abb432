"""What a modality, or a game, says in this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.data.modality import Shape


@dataclass(frozen=True)
class Start:
    """With which knobs to begin on samples of a shape; and whether G is told their classes, if there are some."""

    key: str  # of the modality
    values: Callable[[Shape], dict[str, Any]] = lambda shape: {}
    labels: bool = True


@dataclass(frozen=True)
class GameStart:
    """With which knobs to begin a game other than the GAN on samples of a shape."""

    key: str  # of the game
    values: Callable[[Shape], dict[str, Any]]
