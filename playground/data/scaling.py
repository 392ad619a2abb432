"""Points of any size and place to points of about [-1, 1], without outliers."""

from __future__ import annotations

import math

import numpy as np

from playground.utils.translation import _, joined, number

FAR = 3.0  # from the centre, where the data reaches 1: beyond it a point is an outlier
APART = 5.0  # times that one axis may span the other before each is scaled by itself


def scale(points: np.ndarray) -> tuple[np.ndarray, str]:
    """Finite points (n, 2) centred and scaled to about [-1, 1], float32, without outliers; and a sentence on it, or "".

    Both axes are divided by one number, so that shapes keep their form; where one spans more than `APART` times the
    other they have different units, and each is scaled by itself. Some points may be left out, but never all.
    """
    points = np.asarray(points, np.float64).reshape(-1, 2)
    if not len(points):
        return points.astype(np.float32), ""
    # Powers of two, axis by axis, keep differences of the largest and the smallest floats finite and exact.
    exponents = np.frexp(np.abs(points).max(0))[1]
    unit = np.ldexp(points, -exponents)
    low, high = _extent(unit)
    half = high / 2 - low / 2
    if not half.any():
        return np.zeros_like(points, np.float32), ""
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        sizes = np.log2(half) + exponents
        apart = bool(np.isfinite(sizes).all()) and abs(sizes[0] - sizes[1]) > math.log2(APART)
        longer = int(sizes.argmax())
        centred = unit - (low + half)
        scaled = centred / half if apart else np.ldexp(centred, exponents - exponents[longer]) / half[longer]
        near = (np.abs(scaled) <= FAR).all(1)
        scaled = scaled[near].astype(np.float32)
    findings = []
    if apart:
        findings.append(
            _("One axis spans more than {n} times the other, so each was scaled by itself.").format(n=int(APART))
        )
    if not near.all():
        findings.append(_("Points far outside the others were left out: {n}.").format(n=number(int((~near).sum()))))
    return scaled, joined(" ", findings)


def _extent(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the points (n, 2) lie on each axis: low (2,) and high (2,), without outliers where there are any."""
    full = unit.min(0), unit.max(0)
    n = len(unit)
    if n < 20:  # too few to tell an outlier
        return full
    ordered = np.sort(unit, axis=0)
    inner = ordered[math.ceil(0.001 * (n - 1))], ordered[math.floor(0.999 * (n - 1))]
    far = full[1] - full[0] > FAR * (inner[1] - inner[0])
    low, high = np.where(far, inner[0], full[0]), np.where(far, inner[1], full[1])
    return (low, high) if (low < high).any() else full
