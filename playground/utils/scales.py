"""Numbers made fit to be drawn: round bounds, ranges that outliers cannot ruin, averages, squashing."""

from __future__ import annotations

from math import floor, log10

import numpy as np


def nice(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value` > 0."""
    power = 10.0 ** floor(log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))


def robust_range(values: np.ndarray, include: tuple[float, ...] = ()) -> tuple[float, float]:
    """[low, high] around the middle 98 % of the finite `values`, and `include` if that does not triple it.

    The bounds are round numbers, so that an axis stands still while the values drift.
    """
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, (1, 99)) if len(finite) else (0.0, 1.0)
    width = max(high - low, 1e-3, 0.02 * abs(high))
    for value in include:
        if low - width <= value <= high + width:
            low, high = min(low, value), max(high, value)
    step = nice(max(high - low, width) / 5)
    return float(np.floor(low / step - 0.25) * step), float(np.ceil(high / step + 0.25) * step)


def smooth(values: np.ndarray, half_life: float) -> np.ndarray:
    """The exponential average of `values` (n,) so far, without a bias at its start; gaps (NaN) stay gaps."""
    if half_life <= 0 or len(values) < 2:
        return values
    there = np.isfinite(values)
    kernel = 0.5 ** (np.arange(min(len(values), int(10 * half_life) + 1)) / half_life)
    total = np.convolve(np.where(there, values, 0.0), kernel)[: len(values)]
    weight = np.convolve(there, kernel)[: len(values)]
    return np.where(there, total / np.maximum(weight, 1e-12), np.nan)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), stable for every x; NaN stays NaN."""
    with np.errstate(invalid="ignore"):
        out: np.ndarray = np.exp(-np.logaddexp(0, -x))
    return out
