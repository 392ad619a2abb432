"""What a script that trains a run on its own has to be told of it, as plain numbers, names and lines of Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """The networks of a GAN as Python, layer by layer, and what its trainer decided.

    `generator` and `features` are calls that make one layer each; `width` is the number of features. `two_passes` says
    whether D sees real and generated samples apart, `remembers` whether D keeps statistics of batches or spectral
    vectors. `data` is an .npz with `x`, and `y` and `index` where there are such; b"" where it was not asked for.
    """

    config: dict[str, Any]
    device: str
    shape: tuple[int, ...]
    classes: int  # of a conditional run, else 0
    tanh: bool
    fixed: int  # samples on show
    generator: tuple[str, ...]
    features: tuple[str, ...]
    width: int
    two_passes: bool
    remembers: bool
    repeats: bool  # whether some samples are drawn more often than others
    data: bytes = b""
    step: int = 0
    weights: bytes = b""  # those of the averaged G, as safetensors; b"" where they were not asked for
