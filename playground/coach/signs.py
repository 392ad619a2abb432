"""What several conditions look for in a window of readings."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import mean, median, pstdev

from playground.coach.diagnosis import RECENT, Window

FEW = 5  # readings before which nothing but a failure is said
SETTLED = 10  # readings over which a run that is done no longer changes
DRIFT = 0.3  # of the data's spread between two readings: the samples moved elsewhere as a whole
LARGE, HUGE = 80.0, 1000.0  # scores
GOOD = 0.6  # quality
STEADY = 0.03  # quality per window
LOST = 0.6  # of the share of labels that the classifier recognises in real outputs
KEEPS = 0.04  # share of labels in LATELY readings
LATELY = 4  # readings over which something must not get better any more
NEARER = 0.1  # share of the distance to the data per window
BAND = 2  # standard deviations from the mean of real samples, as wide as the band on the charts
EQUAL, LEAVING = 0.1, 0.04  # of D's AUC: from one half in the median of a window, and away from it in the whole run
MORE = ("high_quality", "precision", "recall", "coverage")  # metrics of which more is better
LESS = ("sliced_wasserstein", "frechet", "copies")


def gradients(w: Window, n: int) -> list[float]:
    """The larger gradient norm of the two networks; that of G by the largest weight of its losses."""
    weight = _largest_weight(w)
    return [max(size(r.signals.g_gradient) / weight, size(r.signals.d_gradient)) for r in w.readings[-n:]]


def _largest_weight(w: Window) -> float:
    """The largest weight in G's loss, and no less than 1: without a translation there is no other one."""
    c = w.config
    weights = {
        "paired": (c.adversarial_weight, c.reconstruction_weight),
        "cycle": (c.adversarial_weight, c.cycle_weight, c.identity_weight),
    }
    return max(1.0, *weights.get(c.game, (1.0,)))


def upper(found: list[float]) -> float:
    """The value that a quarter of these exceed: most peaks fall between two readings."""
    return sorted(found)[3 * len(found) // 4]


def size(x: float) -> float:
    return 0.0 if math.isnan(x) else abs(x)


def jumps(w: Window) -> bool:
    """Whether the samples moved far as a whole in many of the latest readings, and still do."""
    moves = [v.value for v in w.values("drift")]
    return len(moves) >= FEW and sum(x > DRIFT for x in moves) >= 0.4 * len(moves) and max(moves[-2:]) > DRIFT


def share(w: Window, n: int = RECENT) -> float:
    """The share of the modes that are covered, or the latest recall divided by its floor; 0 if neither is known."""
    if modes := w.values("modes", n):
        return median(v.value / v.floor for v in modes)
    recall = w.latest("recall")
    return recall.value / recall.floor if recall is not None and recall.floor > 0 else 0.0


def loses_labels(w: Window) -> bool:
    """Whether the outputs of a translation seldom show the class of their input, and this does not get better."""
    if not (kept := w.values("label_kept", LATELY)):
        return False
    lately = [v.value for v in kept]
    return median(lately) < LOST * kept[-1].floor and rise(lately) < KEEPS


def near(w: Window) -> bool:
    """Whether some of the latest samples were good; true if that was not measured."""
    found = [v.value / v.floor for key in ("high_quality", "precision") for v in w.values(key) if v.floor > 0]
    return not found or max(found) > 0.05


def opening(w: Window) -> bool:
    """Whether the samples become more varied and come nearer to the data."""
    spreads = [v.value for v in w.values("spread", 6)]
    return len(spreads) >= 4 and mean(spreads[-2:]) > 1.2 * mean(spreads[:2]) and better(w)


def better(w: Window, n: int = RECENT) -> bool:
    """Whether the samples come nearer to the data, and still do."""
    if falling(w):
        return False
    if rise(w.qualities(n)) > STEADY:
        return True
    return nearer(w, n) > NEARER


def nearer(w: Window, n: int) -> float:
    """By what share the distance to the data has fallen."""
    return max(fall([v.value for v in w.values(key, n)]) for key in ("sliced_wasserstein", "frechet"))


def rises(w: Window) -> bool:
    """Whether the quality of the samples rises by more than it goes up and down, or they come much nearer to the
    data."""
    found = w.qualities(SETTLED)
    if falling(w):
        return False
    if nearer(w, RECENT) > 2 * NEARER:
        return True
    parts = ((found, STEADY / 2), (found[-RECENT:], STEADY))
    return any(rise(part) > max(least, 1.5 * noise(part)) for part, least in parts)


def noise(found: list[float]) -> float:
    """The standard deviation of values about their trend, from those of their steps."""
    return pstdev([b - a for a, b in pairwise(found)]) / math.sqrt(2) if len(found) > 1 else 0.0


def falling(w: Window) -> bool:
    """Whether the samples were better lately, by more than their quality goes up and down."""
    found = w.qualities(RECENT)
    pairs = [mean(pair) for pair in pairwise(found)]
    return len(found) >= 4 and pairs[-1] < max(pairs) - max(2 * STEADY, 1.5 * noise(found))


def fall(found: list[float]) -> float:
    """By what share the median of the second half of these is below that of the first half."""
    half = len(found) // 2
    return 1 - median(found[-half:]) / max(median(found[:half]), 1e-12) if half else 0.0


def inflates(w: Window) -> bool:
    """Whether nothing bounds D, its scores are huge or grow fast, and the samples do not get better."""
    found, c = sizes(w), w.config
    bounded = c.clip or c.gp or c.dragan or c.r1 or c.r2 or c.d_norm == "spectral"
    if bounded or len(found) < FEW:
        return False
    before, now = median(found[:3]), median(found[-3:])
    grown = (now > LARGE and now > 2 * before) or now > HUGE
    return grown and rise(w.qualities(SETTLED)) < 3 * STEADY


def sizes(w: Window) -> list[float]:
    """The larger of D's median scores of real and generated samples."""
    return [max(abs(r.signals.real_scores[1]), abs(r.signals.fake_scores[1])) for r in w.readings[-SETTLED:]]


def good(w: Window) -> bool:
    """Whether the latest samples were near the data."""
    found = w.qualities(4)
    return (
        bool(found)
        and min(found) > GOOD
        and (w.usual("modes", 4) >= 0.6 * mode_count(w) if w.values("modes", 4) else True)
    )


def mode_count(w: Window) -> float:
    latest = w.latest("modes")
    return latest.floor if latest else 0.0


def at_real(w: Window) -> bool:
    """Whether the metrics are what they are of real samples: all modes, and no usual value on the worse side of the
    band that the charts show. Those of a histogram are no part: its cells tell finer than anything else."""
    if any(v.value < 0.95 * v.floor for v in w.values("modes", 4)):
        return False
    shortfalls = [short for key in (*MORE, *LESS) if not math.isnan(short := _shortfall(w, key))]
    return bool(shortfalls) and max(shortfalls) <= 0


def _shortfall(w: Window, key: str) -> float:
    """How far the usual value of a metric lies beyond the band of real samples; NaN if either is not known."""
    found = w.values(key, SETTLED)
    if not found:
        return math.nan
    worse = found[-1].floor - w.usual(key, SETTLED) if key in MORE else w.usual(key, SETTLED) - found[-1].floor
    return worse - BAND * found[-1].floor_std


def at_equilibrium(w: Window) -> bool:
    """Whether D cannot tell real from generated, so that the losses are at their equilibrium and stay there."""
    found = w.signal("auc", len(w.readings))
    if not found:
        return False
    before, now = (abs(median(part) - 0.5) for part in (found[:SETTLED], found[-SETTLED:]))
    return now < EQUAL and now < before + LEAVING


def rise(found: list[float]) -> float:
    """By how much the mean of the second half of these is above that of the first half."""
    half = len(found) // 2
    return mean(found[-half:]) - mean(found[:half]) if half else 0.0
