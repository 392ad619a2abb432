"""How the networks of a run are built, layer by layer, as plain numbers and names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LayerKind = Literal[
    "linear",
    "conv",
    "conv_transpose",
    "residual",
    "up",
    "down",
    "embedding",
    "classifier",
    "codes",
    "minibatch_std",
    "other",
]
Norm = Literal["", "batch", "layer", "group"]


@dataclass(frozen=True)
class Layer:
    """A layer, or a block that is one idea, with the normalisation and the activation that follow it.

    Shapes are those of one sample. `activation` has torch's name, as "LeakyReLU". `gradients` are the names of its
    weight matrices in `Signals.layers`.
    """

    kind: LayerKind
    name: str  # of its class
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    weights: int
    kernel: int = 0
    stride: int = 1
    norm: Norm = ""
    activation: str = ""
    dropout: bool = False
    spectral: bool = False
    gradients: tuple[str, ...] = ()
    joined: int = 0  # channels of its input that came by a skip, past the layers before it


@dataclass(frozen=True)
class Network:
    """A network of the game, from its input on. `side` tells whose knobs it follows; `labels`, whether it is told y."""

    name: str
    side: Literal["g", "d"]
    inputs: tuple[int, ...]
    labels: bool
    layers: tuple[Layer, ...]

    @property
    def weights(self) -> int:
        """How many numbers it learns."""
        return sum(layer.weights for layer in self.layers)
