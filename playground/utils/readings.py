"""What was measured of a run at a step: signals of its game and metrics of its samples. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

RAW = "raw_"  # before the key of a metric: of G as it is, not of its average
BASELINES = ("input", "bicubic", "mean")  # of a translation: the input as it is, enlarged, the mean of all outputs


@dataclass(frozen=True)
class Signals:
    """Two steps looked at, see `playground.training.probe`. NaN where a run has no such thing.

    `layers` are the gradient norms by layer, those of G first.
    """

    step: int
    g_gradient: float  # norms of the gradients by the weights
    d_gradient: float
    g_update: float  # |change of the weights in one step| / |weights|
    d_update: float
    g_turn: float  # cosine of the gradients of two successive steps: near -1 they undo each other
    d_turn: float
    game_turn: float  # the same for (G, D) as one vector, each by its norm
    auc: float  # how often D scores a real sample above a generated one: 0.5 means it cannot tell
    real_right: float  # shares of real and generated samples on their side of 0, where the score is a probability
    fake_right: float
    certainty: float  # E sigmoid(D(G(z))), the factor of the minimax loss's gradient; see `vanishing`
    real_slope: float  # mean |dD/dx| at real and at generated samples
    fake_slope: float
    real_scores: tuple[float, float, float]  # 10 %, 50 % and 90 % quantiles of D's scores
    fake_scores: tuple[float, float, float]
    ema_gap: float  # mean |G(z) - G_ema(z)| by the spread of the data
    held_out_gap: float  # (E D(train) - E D(held out)) / (E D(train) - E D(G)); 0: not overfitted, 1: learned by heart
    clipped: float  # share of D's weights at the clipping limit
    layers: tuple[tuple[str, float], ...]


class Floor(NamedTuple):
    """What a metric gives for real samples against as many other real ones: over random splits of real samples.

    NaN where it is not defined.
    """

    mean: float
    std: float


@dataclass(frozen=True)
class Value:
    """A metric of generated samples, and that of real samples: its mean over random splits and the standard deviation.

    NaN where it is not defined: as the spread of samples that are all equal. `baselines` are what takes no learning, by
    the keys of BASELINES: what the metric gives for it.
    """

    value: float
    floor: float
    floor_std: float = 0.0
    baselines: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """How a run is measured: `count` generated samples against as many real ones.

    Images are compared by the features of a `network`, whose weights have the `hash`: a classifier with this `accuracy`
    on held-out samples, or random convolutions. Points are compared as they are. `unseen`: the real samples are none
    that G learns from; `apart`: nor any that the network learned from. The values of real samples are those of `splits`
    random splits. `pairs`: each generated sample has a real one that it should be.
    """

    count: int
    network: Literal["", "classifier", "random"] = ""
    hash: str = ""
    accuracy: float = float("nan")
    unseen: bool = False
    apart: bool = True
    splits: int = 0
    pairs: bool = False


@dataclass(frozen=True)
class Reading:
    """One look at a run. `values` by the key of the metric; those that are due seldom are missing in most readings.

    `values` are of the samples of the average of G. `raw` has the cheap ones of the samples of G as it is, where there
    is an average and it was their turn.
    """

    step: int
    signals: Signals
    values: Mapping[str, Value] = field(default_factory=dict)
    raw: Mapping[str, float] = field(default_factory=dict)
