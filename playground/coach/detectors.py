"""How a condition is detected: from a window of readings to sentences with the evidence, or None. Never from losses
alone.

Thresholds follow the field where it has any (gradients above 100 are bad, Chintala et al., "ganhacks", 2016); the
others were chosen on the runs that `bench coach` keeps for tuning.
"""

from __future__ import annotations

import math
from statistics import mean, median

from playground.coach import signs
from playground.coach.diagnosis import RECENT, Evidence, Window
from playground.coach.signs import DRIFT, FEW, SETTLED, STEADY
from playground.utils.translation import _, capitalised, joined, number

EXPLODED, STRONG = 300.0, 30.0  # gradient norms: by themselves, and while the samples jump
FAR = 3.0  # spreads of the data
GONE = 1e-3  # gradient norm of G
SURE = 0.98  # AUC and accuracies of a D that is not fooled
FAST, FAST_NARROW = 0.5, 0.75  # of the data's spread: jumps and the spread of samples that jump so far
SWING, SWING_SEEN = 0.07, 0.12  # the same, of samples that swing: where D guesses, and where it sees the difference
NARROW = 0.5  # of the data's spread
WRONG = 0.45  # quality
ALIKE, REACHED = 0.85, 0.45  # precision and recall, by those of real samples
COPIED, COPIED_ALONE = 0.03, 0.15  # share of samples, the second where that of real ones is not known
BLIND = 2  # readings after which a D that says the same of all samples is taken at its word
SWUNG = 6  # readings over which samples swing
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
    wild, jumpy = median(signs.gradients(w, 4)), signs.upper(signs.gradients(w, RECENT))
    if not (wild > EXPLODED or (jumpy > STRONG and signs.jumps(w))) or signs.inflates(w):
        return None
    return (
        _("The gradients have a norm of {size:.3g}; below 1 is usual once G learns.").format(size=max(wild, jumpy)),
        *_metrics(w),
    )


def clipped(w: Window) -> Evidence | None:
    """Most weights of D at the limit, and poor samples."""
    share = w.typical("clipped")
    if not share > 0.5 or signs.good(w):
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
    if not (gradient < GONE and auc > SURE) or signs.good(w):
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
    if (found := _crowded(w)) is not None:
        return found
    copies = w.latest("copies")
    if copies is None:
        return None
    if math.isnan(copies.floor):
        usual = COPIED_ALONE
    else:
        usual = max(COPIED, 2.5 * copies.floor, copies.floor + 3 * copies.floor_std)
    if not copies.value >= usual:
        return None
    percent = _percent(copies.value)
    if math.isnan(copies.floor):
        return (_("{percent} of the samples are near copies of a training sample.").format(percent=percent),)
    return (
        _("{percent} of the samples are near copies of a training sample; of other real samples, {floor} are.").format(
            percent=percent, floor=_percent(copies.floor)
        ),
    )


def _crowded(w: Window) -> Evidence | None:
    """Where there are few training samples: samples like real ones, that leave most of what is between these out."""
    precision, recall = ([v for v in w.values(key, 4) if v.floor > 0] for key in ("precision", "recall"))
    if not w.config.size or len(precision) < 4 or len(recall) < 4 or w.usual("spread", 4) < NARROW:
        return None
    good, reached = (median(v.value / v.floor for v in found) for found in (precision, recall))
    if not (good > ALIKE and reached < REACHED):
        return None
    return (
        _("It learns from {n} samples.").format(n=number(w.config.size)),
        _("What it makes is like real samples (precision {precision:.2f}), but leaves most others out.").format(
            precision=w.usual("precision", 4)
        ),
        *_metrics(w),
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
    if (
        not signs.jumps(w)
        or signs.share(w) > 0.5
        or w.usual("spread") > (NARROW if median(moves) < FAST else FAST_NARROW)
    ):
        return None
    return (
        _("The samples moved as a whole in {n} of {all} measurements, by {far:.1f} of the data's spread.").format(
            n=sum(x > DRIFT for x in moves), all=len(moves), far=median(moves)
        ),
        *_metrics(w),
    )


def collapsed(w: Window) -> Evidence | None:
    """Samples that are near the data, but have little variety, stay the same and do not improve."""
    moves = [v.value for v in w.values("drift", 4)]
    narrow = w.usual("spread", 4) < NARROW and signs.share(w, 4) <= 0.5
    if not narrow or (moves and median(moves) > DRIFT) or signs.opening(w) or not signs.near(w):
        return None
    return _metrics(w)


def inflated(w: Window) -> Evidence | None:
    """The scores grow without bound, but the samples do not get better."""
    if not signs.inflates(w) or signs.good(w):
        return None
    sizes = signs.sizes(w)
    return (
        _("The scores of D grew from {before:.3g} to {now:.3g} in {n} measurements.").format(
            before=median(sizes[:3]), now=median(sizes[-3:]), n=len(sizes)
        ),
        _("The samples did not get better with them."),
        *_metrics(w),
    )


def overpowered(w: Window) -> Evidence | None:
    """D is almost never wrong, and G does not improve."""
    auc, found = w.typical("auc"), w.qualities(RECENT)
    if not auc > SURE or len(w.signal("auc")) < FEW or len(found) < 2 or signs.good(w) or signs.better(w):
        return None
    return (
        _("D scores the real sample higher in {percent} of all pairs; 50 % would mean it cannot tell.").format(
            percent=_percent(auc)
        ),
        *_metrics(w),
    )


def weak(w: Window) -> Evidence | None:
    """For a long time D cannot tell bad samples from real ones; or it gives all the same score."""
    if _blind(w):
        return (
            _("D gives real and generated samples the same score: the gradient of G has a norm of {size}.").format(
                size=_tiny(w.typical("g_gradient", BLIND))
            ),
            *_metrics(w),
        )
    auc, found = w.typical("auc", SETTLED), w.qualities(SETTLED)
    if not 0.35 < auc < 0.63 or len(found) < RECENT or mean(found) > WRONG or signs.rise(found) > 2 * STEADY:
        return None
    return (
        _("D scores the real sample higher in {percent} of all pairs: it guesses.").format(percent=_percent(auc)),
        *_metrics(w),
    )


def _blind(w: Window) -> bool:
    """Whether nothing that D says depends on the sample, though samples are bad."""
    gradients, aucs = w.signal("g_gradient", BLIND), w.signal("auc", BLIND)
    same = bool(gradients and aucs) and max(gradients) < GONE and all(0.45 < auc < 0.55 for auc in aucs)
    return same and not signs.good(w)


def oscillating(w: Window) -> Evidence | None:
    """Samples that move as a whole, back and forth, from reading to reading."""
    moves, found = [v.value for v in w.values("drift")], w.qualities(RECENT)
    if len(moves) < RECENT or len(found) < 2 or not _swings(w, moves):
        return None
    return (
        _("The samples swing as a whole, by {far:.2f} of the data's spread between two measurements.").format(
            far=mean(moves[-SWUNG:])
        ),
        _("Their quality was between {low} and {high} of the data's.").format(
            low=_percent(min(found)), high=_percent(max(found))
        ),
        *_metrics(w),
    )


def _swings(w: Window, moves: list[float]) -> bool:
    """Whether samples move far enough. Where D, which they run away from, only guesses, that is less far; where it sees
    a difference, they may be on their way to the data."""
    guesses = abs(w.typical("auc") - 0.5) < signs.EQUAL
    least = SWING if guesses else SWING_SEEN
    return mean(moves[-SWUNG:]) > least and max(moves[-3:]) > least and (guesses or not signs.rises(w))


def converged(w: Window) -> Evidence | None:
    """Samples as good as real ones, that D cannot tell from them, and nothing changes any more."""
    found = w.qualities(SETTLED)
    if len(found) < SETTLED or signs.rise(found) > STEADY / 2 or signs.falling(w):
        return None
    if not signs.at_real(w) or not signs.at_equilibrium(w):
        return None
    return (*_metrics(w), _("Nothing has changed in {n} measurements.").format(n=len(found)))


def stopped(w: Window) -> Evidence | None:
    """The learning rates have fallen to 0."""
    if not 0 < w.config.lr_decay <= w.readings[-1].step:
        return None
    return (_("The learning rates fell to 0 at step {n}.").format(n=number(w.config.lr_decay)), *_metrics(w))


def learning(w: Window) -> Evidence | None:
    """The samples get better, or are good, and show what they should."""
    found, better = w.qualities(SETTLED), signs.rises(w)
    if len(found) < 2 or not (signs.good(w) or better) or signs.loses_labels(w):
        return None
    return (*_metrics(w), *((_("They get better."),) if better else ()))


def unknown(w: Window) -> Evidence:
    """The evidence when no condition fits."""
    return _metrics(w)


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
    return (capitalised(_("{facts}.").format(facts=joined(", ", found))),)
