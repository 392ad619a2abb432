"""The two nouns of the data room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.lazy import torch


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in memory: `x` float32 (n, 2) points or uint8 (n, channels, height, width) images, `y` int64 (n,)."""

    x: torch.Tensor
    y: torch.Tensor | None = None
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample: (2,) or (channels, height, width)."""
        return tuple(self.x.shape[1:])


@dataclass(frozen=True)
class Dataset:
    """What is known of a dataset before it is read."""

    key: str
    label: str
    kind: Literal["points", "images"]
    read: Callable[[str], Samples]
    source: str
    licence: str
    shape: tuple[int, ...] | None = None  # None: only known once it is read
    classes: int | None = 0  # 0: no labels; None: only known once it is read
    centres: tuple[tuple[float, float], ...] = ()  # of the modes, where there are any
    std: float = 0.0  # of each mode, per axis
