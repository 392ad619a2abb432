"""The two games of the quiz as plain data: what a page asks about them, and the answers. They come at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TILES = 12  # of a round
MOST_TILES = 24
POINTS = 20  # that are placed by hand
MOST_POINTS = 100


@dataclass(frozen=True)
class RealOrGenerated:
    """A round of images, each with the same chance a training image or one that G makes: `Tiles`.

    The same seed and the same weights make the same round.
    """

    seed: int
    count: int = TILES


@dataclass(frozen=True)
class Tiles:
    """`pictures` (n, h, w, c) uint8, whether each is `real` (n,) bool, and D's `logits` (n,) of exactly these pictures.

    `level`: the logit above which D says real. `labels` (n,): the classes that D is told, None where there are none.
    """

    pictures: np.ndarray
    real: np.ndarray
    logits: np.ndarray
    level: float
    labels: np.ndarray | None = None

    @property
    def said_real(self) -> np.ndarray:
        """D's verdicts (n,) bool."""
        verdicts: np.ndarray = self.logits > self.level
        return verdicts

    @property
    def d_right(self) -> int:
        """Of how many D is right."""
        return int((self.said_real == self.real).sum())


@dataclass(frozen=True)
class Opponent:
    """D over the plane [-extent, extent]^2, and what G's own samples get from it: an `OpponentFound`.

    `count` of G's samples are counted as points that a person places.
    """

    extent: float
    count: int = POINTS


@dataclass(frozen=True)
class OpponentFound:
    """`plane` are D's logits, row 0 at the bottom; `level` the one above which D says real.

    `samples` (n, 2) are G's, and `real` (m, 2) some of the data. `loss` is that of G, and `score` the mean logit, of
    these samples. `modes` and `good`: how many modes the first `count` of them cover, and the share of them within 3σ
    of one; None where the data has no modes.
    """

    plane: np.ndarray
    level: float
    samples: np.ndarray
    real: np.ndarray
    loss: float
    score: float
    mode_count: int = 0
    modes: int | None = None
    good: float | None = None


@dataclass(frozen=True)
class Placed:
    """Points (n, 2) that a person puts in the place of G's samples: a `PlacedFound`."""

    points: np.ndarray


@dataclass(frozen=True)
class PlacedFound:
    """G's `loss` of the points under the run's objective, D's `logits` (n,), and `pull` (n, 2): minus the gradient of
    each point's loss, which is the way in which D would have it go. `modes` and `good` as in `OpponentFound`.
    """

    loss: float
    logits: np.ndarray
    pull: np.ndarray
    modes: int | None = None
    good: float | None = None

    @property
    def score(self) -> float:
        """D's mean logit of the points."""
        return float(self.logits.mean())


QUICK = (RealOrGenerated, Opponent, Placed)
