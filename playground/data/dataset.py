"""The two nouns of the data room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.data import modality
from playground.data.modality import Modality
from playground.utils.lazy_torch import torch

Progress = Callable[[int, int], None]  # what is done of what there is to do (0: not known); a raise ends the work


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in memory: `x` (n, *shape) as their modality stores them, such as float32 (n, 2) points or uint8 (n,
    channels, height, width) images, `y` int64 (n,).

    `names` are those of the classes, () for plain numbers; `centres` and `std` those of the modes, where there are any.
    `index` int64 (m,), if it is there, lists what batches are drawn from: some samples several times. `findings` say
    what was mended, left out or not used when they were read, one sentence each. `partner` are the samples into which
    these are translated, where a run has such.
    """

    x: torch.Tensor
    y: torch.Tensor | None = None
    classes: int = 0
    names: tuple[str, ...] = ()
    centres: tuple[tuple[float, float], ...] = ()
    std: float = 0.0
    index: torch.Tensor | None = None
    findings: tuple[str, ...] = ()
    partner: Samples | None = None

    @property
    def count(self) -> int:
        """How many there are, repeated ones counted so often."""
        return len(self.x if self.index is None else self.index)

    @property
    def class_names(self) -> tuple[str, ...]:
        """A name for each class."""
        return self.names or tuple(str(k) for k in range(self.classes))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample, such as (2,) or (channels, height, width)."""
        return tuple(self.x.shape[1:])

    @property
    def modality(self) -> Modality:
        """What they are. Raises UserError for a shape that no modality has."""
        return modality.of(self.shape)


@dataclass(frozen=True)
class Dataset:
    """What is known of a dataset before it is read."""

    key: str
    label: str
    kind: str  # the key of its modality
    read: Callable[[str, Progress], Samples]
    source: str
    licence: str
    shape: tuple[int, ...] | None = None  # None: only known once it is read
    classes: int | None = 0  # 0: no labels; None: only known once it is read
    names: tuple[str, ...] = ()  # of the classes; (): plain numbers
    citation: str = ""
    origin: Literal["here", "download", "yours"] = "here"
    asks: Literal["", "folder", "own"] = ""  # the knob that says where the data lies
    place: Callable[[str], Path | None] = lambda source: None  # the folder or file that it is read from
    centres: tuple[tuple[float, float], ...] = ()  # of the modes, where there are any
    std: float = 0.0  # of each mode, per axis
    fresh: Callable[[], Samples] | None = None  # other samples of the same kind, where a formula makes them quickly
