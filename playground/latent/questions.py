"""What a page may ask about a model that takes longer than a step, as plain data; `studies` has the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Study:
    """How far an answer is. `result` is there once it is; `problem` is a sentence if there will be none.

    `preview` is what there is of the result meanwhile, of those questions that say so.
    """

    step: int  # of the weights it is about
    done: int = 0
    total: int = 0  # 0: not known
    result: Any = None
    problem: str = ""
    preview: Any = None

    @property
    def finished(self) -> bool:
        return self.result is not None or bool(self.problem)


@dataclass(frozen=True)
class Scores:
    """D's logits of G(z, y) for latents z (n, z_dim) and labels y (n,) or class weights (n, classes): float32 (n,)."""

    z: np.ndarray
    y: np.ndarray | None = None


@dataclass(frozen=True)
class Example:
    """A training image by its number, counted from 0: an `Exhibit`."""

    index: int


@dataclass(frozen=True)
class Exhibit:
    """`picture` (h, w, c) uint8, its class (-1 where there are no labels), and how many there are to choose from."""

    picture: np.ndarray
    label: int
    count: int


@dataclass(frozen=True)
class Examples:
    """`count` training images, or all if there are fewer, evenly spread: uint8 (n, h, w, c)."""

    count: int


@dataclass(frozen=True)
class Find:
    """The latents that make `picture` (h, w, c) uint8: a `Found`, also as preview.

    `mask` bool (h, w): the pixels that count, all without one. `label`: the class to make it of; None tries them all.
    """

    picture: np.ndarray
    mask: np.ndarray | None = None
    label: int | None = None


@dataclass(frozen=True)
class Found:
    """What several starts led to, the best one first.

    `z` (r, z_dim), `labels` (r,) or None, `pictures` (r, h, w, c) uint8; `errors` (r,): mean squared error of the
    pixels that count, in [0, 1]; `norms` (r,): |z| as a share of what is usual; `mean` (h, w, c) uint8: the mean of the
    training data, where a mask is given.
    """

    z: np.ndarray
    labels: np.ndarray | None
    pictures: np.ndarray
    errors: np.ndarray
    norms: np.ndarray
    mean: np.ndarray | None = None


@dataclass(frozen=True)
class Errors:
    """How well `count` training images are found, and as many that the run has never seen: an `ErrorsFound`."""

    count: int


@dataclass(frozen=True)
class ErrorsFound:
    """Mean squared errors of training images (n,) and of held-out ones (m,), pixels in [0, 1].

    `held` is empty where the run learns from everything.
    """

    train: np.ndarray
    held: np.ndarray


@dataclass(frozen=True)
class Anomaly:
    """Whether `picture` (h, w, c) uint8 is like the training data, `count` of which are scored: an `AnomalyFound`."""

    picture: np.ndarray
    count: int


@dataclass(frozen=True)
class AnomalyFound:
    """`score` = (1 - l) `residual` + l `difference` of features (Schlegl et al., 2017); `usual` (n,) those of training
    images; `closest` (h, w, c) uint8 is what was found. `learned`: whether the features are those of a classifier.
    """

    usual: np.ndarray
    score: float
    residual: float
    difference: float
    closest: np.ndarray
    learned: bool


@dataclass(frozen=True)
class Neighbours:
    """The training images that are nearest to G(z, y) for latents z (n, z_dim) and labels y (n,): `NeighboursFound`.

    Pictures only of the first `shown`.
    """

    z: np.ndarray
    y: np.ndarray | None
    shown: int


@dataclass(frozen=True)
class Near:
    """Distances (n, k) of n generated samples to the nearest training images, nearest first, and those images.

    `pictures` (shown, k, h, w, c) uint8; `usual` (m,): how far training images are from the nearest other one.
    """

    distances: np.ndarray
    pictures: np.ndarray
    usual: np.ndarray


@dataclass(frozen=True)
class NeighboursFound:
    """By pixels, root mean square in [0, 1], and by features; `samples` (shown, h, w, c) uint8 are the generated ones.

    `learned`: whether the features are those of a classifier, `accuracy` its accuracy on held-out samples.
    """

    samples: np.ndarray
    pixels: Near
    features: Near
    learned: bool
    accuracy: float


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


@dataclass(frozen=True)
class Truncation:
    """Precision and recall of G(z, y) for `count` latents drawn in another way at each of `values`: `TruncationFound`.

    `way` is one of `playground.latent.space.WAYS`.
    """

    way: str
    values: tuple[float, ...]
    count: int


@dataclass(frozen=True)
class TruncationFound:
    """`marks` (values, 4): precision, recall, density and coverage, NaN where not yet measured; `ceiling` (4,): those
    of real against other real samples. `count` samples on each side, balls to the `k`-th neighbour. `by`: what is
    compared: points, features of a classifier, or of random convolutions.
    """

    marks: np.ndarray
    ceiling: np.ndarray
    count: int
    k: int
    by: str


@dataclass(frozen=True)
class Application:
    """Whether samples help: classifiers from `each` real samples of a class, from `generated` ones, and from both.

    Each is learned with so many `seeds`: an `ApplicationFound`.
    """

    each: int = 10
    generated: int = 1000
    seeds: int = 3


@dataclass(frozen=True)
class ApplicationFound:
    """Accuracies (3, seeds) after learning from real samples, generated ones, and both; `counts` of these samples.

    `tested` real samples tell them, and `unseen` whether G has not learned from those either. `by`: how generated
    samples got their classes: as asked for, by the classifier of the features, or from the nearest real point.
    """

    right: np.ndarray
    counts: tuple[int, int, int]
    tested: int
    unseen: bool
    by: Literal["asked", "classifier", "nearest"]


@dataclass(frozen=True)
class InceptionFID:
    """The standard FID of `count` generated images against as many training images, or half of them if these are
    fewer: an `InceptionFIDFound`.
    """

    count: int = 500


@dataclass(frozen=True)
class InceptionFIDFound:
    """Fréchet distances of 2048 features, `count` images on each side: of generated images against training images,
    and of training images against as many others: the mean over random splits (`floor`) and its standard deviation.
    """

    distance: float
    floor: float
    count: int
    floor_std: float = 0.0
