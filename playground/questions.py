"""What a page may ask about a model that takes longer than a step: plain data; `playground.studies` has the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Study:
    """How far an answer is. `result` is there once it is; `problem` is a sentence if there will be none."""

    step: int  # of the weights it is about
    done: int = 0
    total: int = 0  # 0: not known
    result: Any = None
    problem: str = ""

    @property
    def finished(self) -> bool:
        return self.result is not None or bool(self.problem)


@dataclass(frozen=True)
class Scores:
    """D's logits of G(z, y) for latents z (n, z_dim) and labels y (n,) or class weights (n, classes): float32 (n,)."""

    z: np.ndarray
    y: np.ndarray | None = None


@dataclass(frozen=True)
class Components:
    """The first principal components of G's features as directions in z: `Directions`.

    From `n` latents, in conditional runs all with one `label`.
    """

    label: int | None = None
    n: int = 10_000
    count: int = 5


@dataclass(frozen=True)
class Factors:
    """The first eigenvectors of A^T A, A the weights by which z enters G: `Directions`."""

    count: int = 5


@dataclass(frozen=True)
class Directions:
    """Unit vectors (k, z_dim) float32 in z, the greatest share of variance (k,) first."""

    vectors: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Means:
    """The mean z of the samples of each class, as a classifier sees them, from `n` latents: `ClassMeans`."""

    n: int = 4000


@dataclass(frozen=True)
class ClassMeans:
    """Mean z (classes, z_dim) float32, NaN where a class has no samples, and how many each has (classes,)."""

    z: np.ndarray
    counts: np.ndarray
    names: tuple[str, ...]
