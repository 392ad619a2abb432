"""Runs for `bench coach`, and what is true of them, told without the coach: from dense checks of the whole run.

Most scenarios have two configurations: on one the coach's thresholds were chosen, the other one, with other seeds, is
for the table. The others are for the table only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from playground.benchmarks import translation_scenarios
from playground.benchmarks.translation_scenarios import TranslationCheck
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig

GOODNESS = ("covered", "high_quality")
LATE = 6  # checks that must show a condition


@dataclass(frozen=True)
class Check:
    """One look at one seed, on 1,000 real and generated points or 500 images; gradients are the greatest since then.

    Without samples that a run does not learn from, `gap` and `near` are NaN.
    """

    step: int
    dominant: int  # the mode nearest to most samples
    share: float  # of the samples that are nearest to it
    covered: int
    modes: int
    high_quality: float
    distance: float  # sliced Wasserstein, in spreads of the data
    g_gradient: float
    d_gradient: float
    real: float  # D's median logits
    fake: float
    auc: float
    gap: float  # D's mean on training samples above that on others, by that above generated ones
    clipped: float  # share of D's weights at the limit
    spread: float  # of the samples, by that of the data
    moved: float  # of their mean since the last check, by the spread of the data
    near: float = math.nan  # their median distance to a training sample, by that of others


Truth = Callable[[Any], bool]  # of checks


def _collapsed(c: Sequence[Check]) -> bool:
    """At least 90 % of the samples are at one mode, always the same; where the data has no modes, they vary less than
    half as much as the data."""
    if not c[-1].modes:
        return all(x.spread < 0.5 for x in c)
    return all(x.share >= 0.9 for x in c) and len({x.dominant for x in c}) == 1


def _hopped(c: Sequence[Check]) -> bool:
    """The most frequent mode changes in two of five checks; most samples are at one, and at most two are covered."""
    changes = sum(a.dominant != b.dominant for a, b in pairwise(c))
    one = float(np.median([x.share for x in c])) > 0.5
    return one and changes >= 0.4 * (len(c) - 1) and all(x.covered <= 2 for x in c)


def _vanished(c: Sequence[Check]) -> bool:
    """G learns with a gradient below 1e-3, D ranks nearly all pairs right, no sample is good."""
    return all(0 < x.g_gradient < 1e-3 and x.auc > 0.98 and x.high_quality < 0.01 for x in c)


def _diverged(c: Sequence[Check]) -> bool:
    """The greatest gradients are above 1,000 between most checks, or above 100 while the samples jump by half the
    data's spread; or the samples lie three spreads away. At most two modes are covered."""
    peak, moved = (float(np.median(x)) for x in ([max(x.g_gradient, x.d_gradient) for x in c], [x.moved for x in c]))
    far = not np.median([x.distance for x in c]) < 3
    return (peak > 1000 or (peak > 100 and moved > 0.5) or far) and all(x.covered <= 2 for x in c)


def _overfitted(c: Sequence[Check]) -> bool:
    """D's mean scores of what it never saw lie at least 40 % of the way down to those of generated samples."""
    return float(np.median([x.gap for x in c])) > 0.4


def _memorised(c: Sequence[Check]) -> bool:
    """Generated samples are 0.7 times as far from the nearest training sample as samples that were held out."""
    return float(np.median([x.near for x in c])) < 0.7


def _clipped(c: Sequence[Check]) -> bool:
    """More than half of D's weights are at the limit, and modes are missing."""
    return all(x.clipped > 0.5 and x.covered < x.modes for x in c)


def _overpowered(c: Sequence[Check]) -> bool:
    """D ranks 98 % of the pairs right, G has a gradient, and the samples come no nearer."""
    sure = all(x.auc > 0.98 and x.g_gradient > 1e-3 for x in c)
    return sure and c[-1].distance > 0.8 * c[0].distance and all(x.covered <= x.modes / 2 for x in c)


def _weak(c: Sequence[Check]) -> bool:
    """D ranks pairs as if it guessed; hardly a sample is good, and they come no nearer."""
    guesses = abs(float(np.mean([x.auc for x in c])) - 0.5) < 0.2
    return guesses and all(x.high_quality < 0.2 for x in c) and c[-1].distance > 0.8 * c[0].distance


def _oscillated(c: Sequence[Check]) -> bool:
    """Between most checks the mean of the samples moves by a tenth of the data's spread; theirs is half of it at least,
    and most times they are more than a twentieth of it away."""
    moved, spread, distance = (float(np.median([getattr(x, k) for x in c])) for k in ("moved", "spread", "distance"))
    return moved > 0.1 and spread > 0.5 and distance > 0.05


def _inflated(c: Sequence[Check]) -> bool:
    """D's scores are beyond 1,000, or beyond 100 and grow by a tenth in 250 steps; hardly a sample is good."""
    size = [max(abs(x.real), abs(x.fake)) for x in c]
    large = size[-1] > 1000 or (size[-1] > 100 and size[-1] > 1.1 * size[0])
    return large and all(x.high_quality < 0.1 for x in c)


def _converged(c: Sequence[Check]) -> bool:
    """All modes are covered by good samples, 97 in a hundred (99 of real ones are good), their share has stopped to
    grow, they are a tenth of the data's spread away at most and vary as much as it to a twentieth, and D ranks pairs as
    if it guessed."""
    good, guesses = [x.high_quality for x in c], abs(float(np.mean([x.auc for x in c])) - 0.5) < 0.1
    there = all(x.covered == x.modes and x.distance < 0.1 for x in c) and min(good) > 0.97
    alike = abs(float(np.mean([x.spread for x in c])) - 1) < 0.05
    return there and alike and guesses and good[-1] - good[0] < 0.03


def _stopped(c: Sequence[Check]) -> bool:
    """Between checks the mean of the samples moves by less than a thousandth of the data's spread; real samples are
    better: a mode is missing, or less than 97 in a hundred are good."""
    short = c[-1].covered < c[-1].modes or c[-1].high_quality < 0.97
    return all(x.moved < 1e-3 for x in c) and short


def _learned(c: Sequence[Check | TranslationCheck]) -> bool:
    """Of a GAN: more modes are covered in the latter half of the checks than in the first, or more samples good; or
    most modes are covered already and the samples a tenth of the data's spread away at most. Of a translation: at
    least 0.8 of the share of real outputs show the class of their input, their gradient energy is that of real ones
    to a quarter, and they are at most half as far from real ones as the inputs are."""
    if isinstance(c[0], TranslationCheck):
        return translation_scenarios.learned([x for x in c if isinstance(x, TranslationCheck)])
    return _gan_learned([x for x in c if isinstance(x, Check)])


def _gan_learned(c: Sequence[Check]) -> bool:
    """The first half of what `_learned` says."""
    covered, good = ([float(np.median([getattr(x, k) for x in part])) for part in (c[:3], c[3:])] for k in GOODNESS)
    better = covered[1] > covered[0] or good[1] > good[0] + 0.02
    return better or (c[-1].covered >= 0.6 * c[-1].modes and c[-1].distance < 0.1)


TRUTHS: dict[str, Truth] = {
    "collapse": _collapsed, "hopping": _hopped, "vanishing": _vanished, "divergence": _diverged,
    "overfitting": _overfitted, "memorisation": _memorised, "clipping": _clipped, "overpowering": _overpowered,
    "weak": _weak,
    "oscillation": _oscillated, "inflation": _inflated, "converged": _converged, "stopped": _stopped,
    "learning": _learned, **translation_scenarios.TRUTHS,
}  # fmt: skip
HEALTHY = {"learning", "converged", "stopped"}


@dataclass(frozen=True)
class Turn:
    """Knobs that are changed at a step; the coach is asked about what comes after it."""

    step: int
    knobs: dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A run that is meant to show the condition named `shows`: a preset with knobs for the table, and to tune on.

    `also` are conditions that may be just as true of it: the coach may name one where the run meets its criterion too.
    """

    name: str
    shows: str
    preset: str
    tune: dict[str, Any] | None
    table: dict[str, Any]
    steps: int = 1500
    turn: Turn | None = None
    also: tuple[str, ...] = ()

    def config(self, tuning: bool) -> RunConfig | None:
        """The config for tuning or for the table; None where nothing was tuned."""
        knobs = self.tune if tuning else self.table
        return None if knobs is None else PRESETS[self.preset].config.changed(device="cpu", **knobs)

    @property
    def far(self) -> bool:
        """Whether a knob of the table is at most half or at least twice that of tuning, or another one altogether."""
        tuned, shown = self.config(True), self.config(False)
        if tuned is None or shown is None:
            return True
        pairs = [(getattr(tuned, knob), value) for knob, value in shown.differences(tuned).items()]
        return any(isinstance(a, str | bool) or not 0.5 < b / max(a, 1e-12) < 2 for a, b in pairs)


_RAW: dict[str, Any] = {"ema_half_life": 0.0}
_WGAN: dict[str, Any] = {"objective": "wgan", "r1": 0.0}
_FREE: dict[str, Any] = {"r1": 0.0, "beta1": 0.5}
_GAUSSIAN: dict[str, Any] = {"dataset": "gaussian"}
_SLOW: dict[str, Any] = {**_FREE, **_RAW, "d_lr": 1e-3}
_SMALL: dict[str, Any] = {**_FREE, "dataset": "checkerboard", "d_width": 128, "d_lr": 4e-3}

# name, condition, preset, knobs for tuning (None: for the table only), knobs for the table, steps
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("ring", "learning", "ring", {"d_lr": 2.5e-3}, {}, 1000),
    ("grid", "learning", "grid", {"d_lr": 2.5e-3}, {}),
    ("rpgan", "learning", "ring", None, {"objective": "rpgan", "r2": 0.1, "d_lr": 4e-3, "g_lr": 4e-3}, 1000),
    ("spectral", "learning", "ring", None, {"objective": "hinge", "d_norm": "spectral", "r1": 0.0}, 1000),
    ("collapse-cured", "learning", "collapse-cured", {"r1": 0.12}, {}, 2000),
    ("hopping-cured", "learning", "hopping-cured", {"unroll": 6}, {}),
    ("vanishing-cured", "learning", "vanishing-cured", {"r1": 0.08}, {}, 2000),
    ("blow-up-cured", "learning", "blow-up-cured", {"gp": 0.8}, {}),
    ("ttur-cured", "learning", "ttur-cured", {"d_lr": 3e-3}, {}, 1000),
    ("ring-sharp", "stopped", "ring", {"lr_decay": 2200, "r1": 0.12}, {"lr_decay": 2000}, 3400),
    ("rpgan-sharp", "stopped", "ring", None,
     {"objective": "rpgan", "r2": 0.1, "d_lr": 4e-3, "g_lr": 4e-3, "lr_decay": 2400}, 3600),
    ("spectral-sharp", "stopped", "ring", None,
     {"objective": "hinge", "d_norm": "spectral", "r1": 0.0, "lr_decay": 2600}, 3800),
    ("gaussian", "converged", "ring", {**_GAUSSIAN, "g_lr": 5e-4, "d_lr": 5e-4},
     {**_GAUSSIAN, "g_lr": 4e-4, "d_lr": 4e-4}, 2000),
    ("slow-g-gaussian", "converged", "ring", {**_GAUSSIAN, "g_lr": 5e-4}, {**_GAUSSIAN, "g_lr": 2e-4}, 2000),
    ("rpgan-gaussian", "converged", "ring", {**_GAUSSIAN, "objective": "rpgan", "r1": 0.05, "r2": 0.05},
     {**_GAUSSIAN, "objective": "rpgan", "r2": 0.1, "g_lr": 5e-4, "d_lr": 5e-4}, 2000),
    ("collapse", "collapse", "collapse", {"d_lr": 2.5e-3}, {}, 2000),
    ("slow-collapse", "collapse", "ring", {**_SLOW, "g_lr": 1.5e-4, "d_steps": 4},
     {**_SLOW, "g_lr": 7e-5, "d_steps": 8}, 2000),
    ("busy-d-collapse", "collapse", "collapse", None, {"z_dim": 16, "d_steps": 2}, 2000),
    ("hinge-collapse", "collapse", "collapse", None, {"objective": "hinge", "z_dim": 16}, 2000),
    ("hopping", "hopping", "hopping", {"d_lr": 1.5e-4}, {}),
    ("ttur", "hopping", "ttur", {"d_lr": 3e-5}, {"d_lr": 1e-5}),
    ("hinge-hopping", "hopping", "hopping", None, {"objective": "hinge", "d_lr": 4e-4, "g_lr": 4e-3}),
    ("vanishing", "vanishing", "vanishing", {"g_lr": 0.08}, {}),
    ("fast-d-vanishing", "vanishing", "vanishing", None, {"g_lr": 0.03, "d_lr": 4e-3, "d_steps": 2}),
    ("wide-vanishing", "vanishing", "vanishing", None,
     {"g_lr": 0.02, "d_lr": 1e-3, "d_width": 128, "d_head_start": 1000}, 2000),
    ("blow-up", "divergence", "blow-up", {"clip": 1.4}, {}),
    ("huge-rates", "divergence", "ring", {**_WGAN, "clip": 3.0, "g_lr": 0.01, "d_lr": 0.01},
     {**_WGAN, "clip": 1.5, "g_lr": 0.03, "d_lr": 0.02}, 1000),
    ("grid-blow-up", "divergence", "blow-up", None, {"dataset": "grid", "clip": 4.0, "d_steps": 2}, 1000),
    ("tiny-clip", "clipping", "ring", {**_WGAN, "clip": 0.02, "g_lr": 5e-4}, {**_WGAN, "clip": 0.01, "g_lr": 4e-4}),
    ("wide-clip", "clipping", "ring", None, {**_WGAN, "clip": 0.005, "d_width": 128, "d_lr": 5e-4, "g_lr": 1e-3}),
    ("grid-clip", "clipping", "grid", None, {**_WGAN, "clip": 0.01, "d_steps": 2, "g_lr": 2e-4}),
    ("slow-g", "overpowering", "ring", {**_FREE, "g_lr": 3e-6, "d_lr": 3e-3}, {**_FREE, "g_lr": 1e-6, "d_lr": 6e-3}),
    ("many-d", "overpowering", "ring", {**_FREE, "d_steps": 3, "g_lr": 3e-6, "d_lr": 1e-3},
     {**_FREE, "d_steps": 5, "g_lr": 1e-5, "d_lr": 1e-3}),
    ("lsgan-slow-g", "overpowering", "ring", None, {**_FREE, "objective": "lsgan", "g_lr": 1e-6, "d_lr": 1e-3}),
    ("blind-d", "weak", "ring", {"noise": 3.0}, {"noise": 6.0}),
    ("stiff-d", "weak", "grid", {"r1": 50.0}, {"r1": 100.0}),
    ("blind-spirals", "weak", "ring", {"dataset": "spirals", "noise": 2.0}, {"dataset": "spirals", "noise": 4.0}),
    ("raised-d-rate", "weak", "ring", {"r1": 0.12}, {}, 3500, Turn(1500, {"d_lr": 0.05})),
    ("little-data", "overfitting", "ring", {**_SMALL, "size": 24}, {**_SMALL, "size": 30, "d_width": 256}),
    ("few-swiss", "overfitting", "ring", None, {**_SMALL, "dataset": "swiss-roll", "size": 30}),
    ("momentum", "hopping", "ring", {**_RAW, "r1": 0.0, "beta1": 0.9}, {**_RAW, "r1": 0.0, "beta1": 0.8}),
    ("swing", "oscillation", "ring", {**_WGAN, **_RAW, "dataset": "gaussians", "clip": 0.3},
     {**_WGAN, **_RAW, "dataset": "gaussians", "clip": 0.25, "d_lr": 4e-3}),
    ("swing-moons", "oscillation", "ring",
     {**_WGAN, **_RAW, "dataset": "moons", "clip": 0.3, "g_lr": 3e-3, "d_lr": 3e-3},
     {**_WGAN, **_RAW, "dataset": "moons", "clip": 0.3, "g_lr": 6e-3, "d_lr": 6e-3}),
    ("swing-spirals", "oscillation", "ring",
     {**_WGAN, **_RAW, "dataset": "spirals", "clip": 0.2, "g_lr": 2e-3, "d_lr": 4e-3},
     {**_WGAN, **_RAW, "dataset": "spirals", "clip": 0.2, "g_lr": 4e-3, "d_lr": 8e-3}),
    ("digits", "learning", "digits", {"d_lr": 1.2e-3}, {}),
    ("long-digits", "learning", "digits", {"d_lr": 1.2e-3}, {}, 6000),
    ("unlabelled", "learning", "digits-unlabelled", {"d_lr": 1.2e-3}, {}),
    ("most-digits", "learning", "digits-unlabelled", {"size": 1000}, {"size": 1200}),
    ("few-digits", "memorisation", "digits-unlabelled", {"r1": 0.0, "size": 40}, {"r1": 0.0, "size": 80}, 2500),
    ("very-few-digits", "memorisation", "digits-unlabelled", None, {"r1": 0.0, "size": 20, "d_lr": 5e-4}, 2000),
    ("few-labelled-digits", "memorisation", "digits", {"r1": 0.0, "size": 30}, {"r1": 0.0, "size": 60}, 2000),
    ("some-digits", "overfitting", "digits-unlabelled", {"r1": 0.0, "size": 250},
     {"r1": 0.0, "size": 300, "d_lr": 2.5e-3}, 2000),
    ("no-bound", "inflation", "ring", {**_WGAN, "g_lr": 2e-5, "d_lr": 1e-3}, {**_WGAN, "g_lr": 5e-5, "d_lr": 3e-3}),
    ("no-bound-grid", "inflation", "grid", None, {**_WGAN, "g_lr": 1e-5, "d_lr": 3e-3}),
    ("no-bound-wide", "inflation", "ring", None, {**_WGAN, "beta1": 0.5, "d_width": 128, "g_lr": 1e-5, "d_lr": 4e-3}),
)  # fmt: skip
_ALSO: dict[str, tuple[str, ...]] = {
    "blind-spirals": ("collapse",),
    "blind-d": ("oscillation",),
    **dict.fromkeys(("few-digits", "very-few-digits"), ("overfitting",)),
    **dict.fromkeys(("some-digits", "little-data", "few-swiss"), ("memorisation",)),
    **dict.fromkeys(("slow-collapse", "busy-d-collapse", "many-d"), ("inflation",)),
    **dict.fromkeys(("collapse-cured", "vanishing-cured", "blow-up-cured", "hopping-cured"), ("oscillation",)),
}
_TRANSLATIONS = [
    (name, shows, "digits", tune, table, translation_scenarios.STEPS)
    for name, shows, tune, table in translation_scenarios.ROWS
]
SCENARIOS = tuple(replace(Scenario(*row), also=_ALSO.get(row[0], ())) for row in (*_ROWS, *_TRANSLATIONS))
