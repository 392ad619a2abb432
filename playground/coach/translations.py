"""How a condition of a translation is detected: from a window of readings to sentences with the evidence, or None.

The thresholds were chosen on the runs that `bench coach` keeps for tuning.
"""

from __future__ import annotations

from statistics import median

from playground.coach import signs
from playground.coach.diagnosis import RECENT, Evidence, Window
from playground.coach.signs import FEW, KEEPS, LATELY
from playground.utils.translation import _

BLURRED, SHARP = 0.75, 0.8  # of the gradient energy of real pictures
SHARPENS = 0.05  # sharpness in LATELY readings
BETTER = 1.0  # dB above what takes no learning
CHANGED = 0.65  # of the share of labels that the classifier recognises in real outputs
COPIED, COPIED_ALONE = 0.4, 0.05  # of the change that is right; where nobody knows that, of the way to white
UNLIKE = {"frechet": 0.3, "sliced_wasserstein": 0.5}  # of the distance of the inputs; that of Fréchet is a square
DECODED = 0.06  # of the way from black to white
SURE = 0.98  # D's AUC
NEARER = 0.2  # share of the distance per window


def blurred(w: Window) -> Evidence | None:
    """Outputs near their truth pixel by pixel, but without its edges."""
    sharp, near = w.values("sharpness"), w.values("psnr")
    if len(sharp) < FEW or not near or _rise(w, "sharpness") > SHARPENS:
        return None
    baseline = near[-1].baselines.get("mean", 0.0)
    usual, psnr = w.usual("sharpness"), w.usual("psnr")
    if not (usual < BLURRED and psnr > baseline + BETTER):
        return None
    return (
        _("Neighbouring pixels of the outputs differ {percent} as much as those of real pictures.").format(
            percent=_percent(usual)
        ),
        _("Pixel by pixel they are near their truth: {psnr:.1f} dB, where the mean image has {mean:.1f}.").format(
            psnr=psnr, mean=baseline
        ),
    )


def invented(w: Window) -> Evidence | None:
    """Sharp outputs that show something else than they should."""
    sharp, near = w.values("sharpness"), w.values("psnr")
    usual_sharp = w.usual("sharpness", LATELY)
    if len(sharp) < FEW or not near or not usual_sharp > SHARP:
        return None
    found = (_("The outputs are as sharp as {percent} of real pictures.").format(percent=_percent(usual_sharp)),)
    baseline = near[-1].baselines.get("mean", 0.0)
    if kept := w.values("label_kept"):
        usual, real = w.usual("label_kept", LATELY), kept[-1].floor
        mends = _rise(w, "label_kept") > KEEPS and w.usual("psnr", LATELY) > baseline
        return None if mends or not usual < CHANGED * real else (_labels(usual, real), *found)
    if not w.usual("psnr") < baseline:
        return None
    return (
        _(
            "Pixel by pixel they are farther from their truth than the mean image: {psnr:.1f} dB, not {mean:.1f}."
        ).format(psnr=w.usual("psnr"), mean=baseline),
        *found,
    )


def copied(w: Window) -> Evidence | None:
    """Outputs that are their inputs, though these are unlike what is wanted."""
    change = w.values("change")
    if len(change) < FEW:
        return None
    usual, right = w.usual("change", LATELY), change[-1].floor
    least = COPIED * right if right > 0 else COPIED_ALONE
    if not usual < least or not _like_inputs(w):
        return None
    known = (_("The right change is {right:.3f}.").format(right=right),) if right > 0 else ()
    return (_("The outputs differ from their inputs by {change:.3f} only.").format(change=usual), *known, *_distance(w))


def _like_inputs(w: Window) -> bool:
    """Whether the outputs are hardly nearer to what is wanted than their inputs, and these are far from it."""
    for key, unlike in UNLIKE.items():
        if found := w.values(key):
            before, floor = found[-1].baselines.get("input", 0.0), found[-1].floor
            return before > 2 * floor and w.usual(key) > unlike * before
    return False


def hidden(w: Window) -> Evidence | None:
    """Labels are lost, and yet the inputs come back."""
    cycle, kept = w.values("cycle_error"), w.values("label_kept")
    if len(cycle) < FEW or len(kept) < FEW:
        return None
    if not (signs.loses_labels(w) and w.usual("cycle_error", LATELY) < DECODED):
        return None
    return (
        _labels(w.usual("label_kept", LATELY), kept[-1].floor),
        _("And yet the inputs come back, with an error of {error:.3f} of the way from black to white.").format(
            error=w.usual("cycle_error", LATELY)
        ),
    )


def patched(w: Window) -> Evidence | None:
    """D tells nearly all outputs from real ones, and they do not come nearer."""
    auc = w.typical("auc")
    if not auc > SURE or len(w.signal("auc")) < FEW or signs.good(w) or not w.config.adversarial_weight:
        return None
    far = _far(w)
    if not far or signs.fall(far) > NEARER:
        return None
    return (
        _("D scores the real sample higher in {percent} of all pairs; 50 % would mean it cannot tell.").format(
            percent=_percent(auc)
        ),
        *_distance(w),
    )


def _rise(w: Window, key: str) -> float:
    """By how much a metric grew lately."""
    return signs.rise([v.value for v in w.values(key, LATELY)])


def _far(w: Window) -> list[float]:
    """How far outputs are from what is wanted, in the latest readings."""
    return [v.value for key in ("frechet", "sliced_wasserstein") for v in w.values(key, RECENT)]


def _distance(w: Window) -> Evidence:
    """How far outputs and inputs are from what is wanted."""
    for key, label in (("frechet", _("Fréchet distance")), ("sliced_wasserstein", _("Sliced Wasserstein distance"))):
        if found := w.values(key):
            words = _("{distance} {now:.3g} (real: {floor:.3g}, inputs: {before:.3g}).")
            values = {"now": median(v.value for v in found), "floor": found[-1].floor}
            return (words.format(distance=label, before=found[-1].baselines.get("input", float("nan")), **values),)
    return ()


def _labels(usual: float, real: float) -> str:
    return _("The class of the input is seen in {percent} of the outputs; in real ones, in {real}.").format(
        percent=_percent(usual), real=_percent(real)
    )


def _percent(x: float) -> str:
    return f"{100 * x:.0f} %"
