"""How a condition is detected: from a window of readings to sentences with the evidence, or None. Never from losses
alone.

Thresholds follow the field where it has any (gradients above 100 are bad, Chintala et al., "ganhacks", 2016); the
others were chosen on the runs that `bench coach` keeps for tuning.
"""

from __future__ import annotations

import math
from statistics import mean, median

from playground.coach.diagnosis import RECENT, Evidence, Window
from playground.utils.translation import _, number

FEW = 5  # readings before which nothing but a failure is said
SETTLED = 10  # readings over which a run that is done no longer changes
EXPLODED, STRONG = 300.0, 30.0  # gradient norms: by themselves, and while the samples jump
FAR = 3.0  # spreads of the data
GONE = 1e-3  # gradient norm of G
SURE = 0.98  # AUC and accuracies of a D that is not fooled
DRIFT = 0.3  # of the data's spread between two readings: the samples moved elsewhere as a whole
FAST, FAST_NARROW = 0.5, 0.75  # of the data's spread: jumps and the spread of samples that jump so far
SWING = 0.1  # the same, of samples that swing; those of calm runs move by 0.05 at most
NARROW = 0.5  # of the data's spread
LARGE, HUGE = 20.0, 1000.0  # scores
GOOD, DONE, WRONG = 0.6, 0.85, 0.45  # quality
COPIED = 0.15  # share of samples
STEADY = 0.03  # quality per window
NEARER = 0.1  # share of the distance to the data per window
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def early(w: Window) -> Evidence | None:
    """Too few readings since the start or the last change."""
    if math.isnan(w.readings[-1].signals.g_gradient):
        return (_("G does not learn now."),)
    learned = [r for r in w.readings[-FEW:] if not math.isnan(r.signals.g_gradient)]
    if len(learned) >= FEW:
        return None
    return (_("{n} of {few} measurements since the start or the last change.").format(n=len(learned), few=FEW),)


def diverged(w: Window) -> Evidence | None:
    """A number that is not finite, samples far away, or huge gradients."""
    if w.failed is not None:
        return (_("A number became infinite or undefined (NaN) at step {n}.").format(n=number(w.failed)),)
    if len(w.readings) < 3:
        return None
    spreads = [v.value for v in w.values("spread", 4)]
    if len(spreads) >= 3 and not median(spreads) < FAR:
        return (_("The samples lie {times:.3g} times as far apart as the data.").format(times=median(spreads)),)
    wild, jumpy = median(_gradients(w, 4)), _upper(_gradients(w, RECENT))
    if not (wild > EXPLODED or (jumpy > STRONG and _jumps(w))) or _inflates(w):
        return None
    return (
        _("The gradients have a norm of {size:.3g}; below 1 is usual once G learns.").format(size=max(wild, jumpy)),
        *_metrics(w),
    )


def _gradients(w: Window, n: int) -> list[float]:
    """The larger gradient norm of the two networks."""
    return [max(_size(r.signals.g_gradient), _size(r.signals.d_gradient)) for r in w.readings[-n:]]


def _upper(found: list[float]) -> float:
    """The value that a quarter of these exceed: most peaks fall between two readings."""
    return sorted(found)[3 * len(found) // 4]


def _size(x: float) -> float:
    return 0.0 if math.isnan(x) else abs(x)


def clipped(w: Window) -> Evidence | None:
    """Most weights of D at the limit, and poor samples."""
    share = w.typical("clipped")
    if not share > 0.5 or _good(w):
        return None
    return (
        _("{percent} of the weights of D lie at the clipping limit of {limit:g}.").format(
            percent=_percent(share), limit=w.config.clip
        ),
        *_metrics(w),
    )


def vanished(w: Window) -> Evidence | None:
    """D is sure, and the gradient of G is almost 0."""
    gradient, auc = w.typical("g_gradient", 4), w.typical("auc", 4)
    if not (gradient < GONE and auc > SURE) or _good(w):
        return None
    found = [
        _("The gradient of G has a norm of {size}; below 0.001 G stands still.").format(size=_tiny(gradient)),
        _("D tells real from generated in {percent} of the pairs.").format(percent=_percent(auc)),
    ]
    if (certainty := w.typical("certainty", 4)) < 0.01:
        found.append(_("It gives generated samples a chance of {size} to be real.").format(size=_tiny(certainty)))
    return tuple(found)


def memorised(w: Window) -> Evidence | None:
    """More near copies of training samples than among other real samples, if that is known."""
    copies = w.latest("copies")
    if copies is None or not copies.value >= max(COPIED, 3 * copies.floor):  # not defined is none
        return None
    percent = _percent(copies.value)
    if math.isnan(copies.floor):
        return (_("{percent} of the samples are near copies of a training sample.").format(percent=percent),)
    return (
        _("{percent} of the samples are near copies of a training sample; of other real samples, {floor} are.").format(
            percent=percent, floor=_percent(copies.floor)
        ),
    )


def overfitted(w: Window) -> Evidence | None:
    """D gives higher scores to its training samples than to real samples that it has never seen."""
    gap = w.typical("held_out_gap", FEW)
    if not (gap > 0.4 and w.typical("auc", FEW) > 0.55):
        return None
    few = (_("It learns from {n} samples.").format(n=number(w.config.size)),) if w.config.size else ()
    return (
        _(
            "From the real samples that D knows (0 %) to generated ones (100 %), D scores real ones "
            "that it never saw at {percent}."
        ).format(percent=_percent(gap)),
        *few,
    )


def hopping(w: Window) -> Evidence | None:
    """Few modes at a time, and the samples move as a whole between readings."""
    moves = [v.value for v in w.values("drift")]
    if not _jumps(w) or _share(w) > 0.5 or w.usual("spread") > (NARROW if median(moves) < FAST else FAST_NARROW):
        return None
    return (
        _("The samples moved as a whole in {n} of {all} measurements, by {far:.1f} of the data's spread.").format(
            n=sum(x > DRIFT for x in moves), all=len(moves), far=median(moves)
        ),
        *_metrics(w),
    )


def _jumps(w: Window) -> bool:
    """Whether the samples moved far as a whole in many of the latest readings, and still do."""
    moves = [v.value for v in w.values("drift")]
    return len(moves) >= FEW and sum(x > DRIFT for x in moves) >= 0.4 * len(moves) and max(moves[-2:]) > DRIFT


def _share(w: Window, n: int = RECENT) -> float:
    """The share of the modes that are covered, or the latest recall divided by its floor; 0 if neither is known."""
    if modes := w.values("modes", n):
        return median(v.value / v.floor for v in modes)
    recall = w.latest("recall")
    return recall.value / recall.floor if recall is not None and recall.floor > 0 else 0.0


def collapsed(w: Window) -> Evidence | None:
    """Samples that are near the data, but have little variety, stay the same and do not improve."""
    moves = [v.value for v in w.values("drift", 4)]
    narrow = w.usual("spread", 4) < NARROW and _share(w, 4) <= 0.5
    if not narrow or (moves and median(moves) > DRIFT) or _opening(w) or not _near(w):
        return None
    return _metrics(w)


def _near(w: Window) -> bool:
    """Whether some of the latest samples were good; true if that was not measured."""
    found = [v.value / v.floor for key in ("high_quality", "precision") for v in w.values(key) if v.floor > 0]
    return not found or max(found) > 0.05


def _opening(w: Window) -> bool:
    """Whether the samples become more varied and come nearer to the data."""
    spreads = [v.value for v in w.values("spread", 6)]
    return len(spreads) >= 4 and mean(spreads[-2:]) > 1.2 * mean(spreads[:2]) and _better(w)


def _better(w: Window, n: int = RECENT) -> bool:
    """Whether the samples come nearer to the data."""
    if _rise(w.qualities(n)) > STEADY:
        return True
    return any(_fall([v.value for v in w.values(key, n)]) > NEARER for key in ("sliced_wasserstein", "frechet"))


def _fall(found: list[float]) -> float:
    """By what share the median of the second half of these is below that of the first half."""
    half = len(found) // 2
    return 1 - median(found[-half:]) / max(median(found[:half]), 1e-12) if half else 0.0


def inflated(w: Window) -> Evidence | None:
    """The scores grow without bound, but the samples do not get better."""
    if not _inflates(w) or _good(w):
        return None
    sizes = _sizes(w)
    return (
        _("The scores of D grew from {before:.3g} to {now:.3g} in {n} measurements.").format(
            before=median(sizes[:3]), now=median(sizes[-3:]), n=len(sizes)
        ),
        _("The samples did not get better with them."),
        *_metrics(w),
    )


def _inflates(w: Window) -> bool:
    """Whether nothing bounds D, its scores are huge or grow fast, and the samples do not get better."""
    sizes, c = _sizes(w), w.config
    bounded = c.clip or c.gp or c.dragan or c.r1 or c.r2 or c.d_norm == "spectral"
    if bounded or len(sizes) < FEW:
        return False
    before, now = median(sizes[:3]), median(sizes[-3:])
    grown = (now > LARGE and now > 2 * before) or now > HUGE
    return grown and _rise(w.qualities(SETTLED)) < 3 * STEADY


def _sizes(w: Window) -> list[float]:
    """The larger of D's median scores of real and generated samples."""
    return [max(abs(r.signals.real_scores[1]), abs(r.signals.fake_scores[1])) for r in w.readings[-SETTLED:]]


def overpowered(w: Window) -> Evidence | None:
    """D is almost never wrong, and G does not improve."""
    auc, found = w.typical("auc"), w.qualities(RECENT)
    if not auc > SURE or len(w.signal("auc")) < FEW or len(found) < 2 or _good(w) or _better(w):
        return None
    return (
        _("D scores the real sample higher in {percent} of all pairs; 50 % would mean it cannot tell.").format(
            percent=_percent(auc)
        ),
        *_metrics(w),
    )


def weak(w: Window) -> Evidence | None:
    """For a long time D cannot tell bad samples from real ones."""
    auc, found = w.typical("auc", SETTLED), w.qualities(SETTLED)
    if not 0.35 < auc < 0.63 or len(found) < RECENT or mean(found) > WRONG or _rise(found) > 2 * STEADY:
        return None
    return (
        _("D scores the real sample higher in {percent} of all pairs: it guesses.").format(percent=_percent(auc)),
        *_metrics(w),
    )


def oscillating(w: Window) -> Evidence | None:
    """Samples that move as a whole, back and forth, from reading to reading."""
    moves, found = [v.value for v in w.values("drift")], w.qualities(RECENT)
    if len(moves) < RECENT or len(found) < 2 or median(moves) < SWING or max(moves[-2:]) < SWING:
        return None
    return (
        _("The samples swing as a whole, by {far:.2f} of the data's spread between two measurements.").format(
            far=median(moves)
        ),
        _("Their quality was between {low} and {high} of the data's.").format(
            low=_percent(min(found)), high=_percent(max(found))
        ),
        *_metrics(w),
    )


def converged(w: Window) -> Evidence | None:
    """Good samples that no longer improve."""
    found = w.qualities(SETTLED)
    if len(found) < SETTLED or min(found) < DONE or _rise(found) > STEADY / 2 or not _all_modes(w):
        return None
    return (*_metrics(w), _("Nothing has changed in {n} measurements.").format(n=len(found)))


def learning(w: Window) -> Evidence | None:
    """The samples get better, or are good."""
    found = w.qualities(SETTLED)
    better = _better(w) or _rise(found) > STEADY / 2
    if len(found) < 2 or not (_good(w) or better):
        return None
    return (*_metrics(w), *((_("They get better."),) if better else ()))


def unknown(w: Window) -> Evidence:
    """The evidence when no condition fits."""
    return _metrics(w)


def _good(w: Window) -> bool:
    """Whether the latest samples were near the data."""
    found = w.qualities(4)
    return (
        bool(found) and min(found) > GOOD and (w.usual("modes", 4) >= 0.6 * _all(w) if w.values("modes", 4) else True)
    )


def _all(w: Window) -> float:
    latest = w.latest("modes")
    return latest.floor if latest else 0.0


def _all_modes(w: Window) -> bool:
    return all(v.value >= 0.95 * v.floor for v in w.values("modes", 4))


def _rise(found: list[float]) -> float:
    """By how much the mean of the second half of these is above that of the first half."""
    half = len(found) // 2
    return mean(found[-half:]) - mean(found[:half]) if half else 0.0


def _percent(x: float) -> str:
    return f"{100 * x:.0f} %"


def _tiny(x: float) -> str:
    """One digit; very small numbers with a power of ten: 4·10⁻⁷."""
    if x >= 1e-4 or not x:
        return f"{x:.1g}"
    digit, power = f"{x:.0e}".split("e-")
    return f"{digit}·10⁻" + str(int(power)).translate(_RAISED)


def _metrics(w: Window) -> Evidence:
    """The latest values of the metrics in one sentence."""
    found = []
    if modes := w.latest("modes"):
        found.append(_("{n:.0f} of {all:.0f} modes").format(n=modes.value, all=modes.floor))
    if quality := w.latest("high_quality"):
        found.append(_("{n} of the samples within 3σ").format(n=_percent(quality.value)))
    if spread := w.latest("spread"):
        found.append(_("generated samples vary {n:.2f} × as much as real ones").format(n=spread.value))
    if recall := w.latest("recall"):
        found.append(_("recall {n:.2f} (real: {floor:.2f})").format(n=recall.value, floor=recall.floor))
    if frechet := w.latest("frechet"):
        found.append(_("Fréchet distance {n:.3g} (real: {floor:.3g})").format(n=frechet.value, floor=frechet.floor))
    if not found:
        return ()
    text = ", ".join(found)
    return (text[0].upper() + text[1:] + ".",)
