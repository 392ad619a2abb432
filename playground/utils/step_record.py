"""What one training step did, phase by phase, as plain NumPy and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Part = Literal["both", "d", "g"]


@dataclass(frozen=True)
class Tensor:
    """A tensor of the step: `values` are its first samples, all of them where a sample is one number."""

    name: str  # as in the code
    shape: tuple[int, ...]
    values: np.ndarray
    low: float  # of the whole tensor, as the next two
    mean: float
    high: float


@dataclass(frozen=True)
class Phase:
    """What one statement made. `turn` says in which update of `net` in this step, from 1.

    `net` is the network that learns, such as "D" or "D_A", and `of` the one that was asked, where there are several.
    """

    key: str
    net: str
    turn: int
    code: str  # the statement, as it stands in the source
    tensors: tuple[Tensor, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    layers: dict[str, float] = field(default_factory=dict)  # the norm of the gradient, or of the change, of each layer
    of: str = ""

    @property
    def side(self) -> str:
        """Whose turn it is: "D" or "G"."""
        return self.net[:1]


@dataclass(frozen=True)
class Record:
    """A step that was recorded: from state `step` to the next one, with the knobs that it was made with."""

    step: int
    part: Part
    config: dict[str, Any]
    phases: tuple[Phase, ...]
