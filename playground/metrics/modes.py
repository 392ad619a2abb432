"""How well points cover the modes of a mixture (VEEGAN, Srivastava et al., 2017; PacGAN, Lin et al., 2018).

A sample is of high quality if it lies within 3 std of the nearest mode's centre: ||x - mu|| / std < 3. A perfect 2-D
generator reaches 1 - exp(-4.5) = 98.9 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from playground.metrics.measure import POINTS, Comparison, Measure, Values

SIGMAS = 3.0
SHARE = 0.1
FAR = 1e9
PERFECT = 1 - exp(-(SIGMAS**2) / 2)  # of a 2-D Gaussian lies within 3 std


@dataclass(frozen=True)
class Modes:
    """How n points cover a mixture of K modes.

    `found`: modes with at least one sample of high quality, as in the papers. `covered`: modes with at least a tenth
    of their fair share n / K. `high_quality`: share of samples. `reverse_kl`: KL(p || uniform) in nats, p the modes'
    shares of the high-quality samples. `full_kl`: the same over K + 1 bins, the last one for samples off all modes,
    against the mixture's own shares, so that neither a lost mode nor poor samples can hide.
    """

    found: int
    covered: int
    high_quality: float
    reverse_kl: float
    full_kl: float


def mode_statistics(samples: np.ndarray, centres: Sequence[tuple[float, float]], std: float) -> Modes:
    """The same for points (n, 2). One that is not finite is of no quality; without a good one reverse KL is log K."""
    n, k = len(samples), len(centres)
    samples = np.nan_to_num(samples, nan=FAR, posinf=FAR, neginf=-FAR).clip(-FAR, FAR)
    distance = np.linalg.norm(samples[:, None] - np.asarray(centres, np.float32)[None], axis=2) / std
    nearest = distance.argmin(1)
    good = distance[np.arange(n), nearest] < SIGMAS
    counts = np.bincount(nearest[good], minlength=k)
    target = np.append(np.full(k, PERFECT / k), 1 - PERFECT)
    return Modes(
        found=int((counts > 0).sum()),
        covered=int((counts >= SHARE * n / k).sum()),
        high_quality=float(good.mean()),
        reverse_kl=_kl(counts / counts.sum(), np.full(k, 1 / k)) if counts.any() else float(np.log(k)),
        full_kl=_kl(np.append(counts, n - counts.sum()) / n, target),
    )


def coverage(samples: np.ndarray, centres: Sequence[tuple[float, float]], std: float) -> tuple[int, float]:
    """(modes covered, share of high-quality samples) of points (n, 2)."""
    found = mode_statistics(samples, centres, std)
    return found.covered, found.high_quality


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    """KL(p || q) in nats; 0 log 0 = 0."""
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum())


def _values(c: Comparison) -> Values:
    if not c.data.centres:
        return {}
    found = mode_statistics(c.x.numpy(), c.data.centres, c.data.std)
    return {"modes": float(found.covered), "high_quality": found.high_quality, "reverse_kl": found.reverse_kl}


MEASURES = (
    Measure(
        key="modes",
        label="Modes covered",
        says="How many modes get at least a tenth of their fair share of samples within 3σ.",
        formula="#{k : #{z : ‖G(z) − μₖ‖ < 3σ} ≥ n / 10K}",
        paper="Lin et al., PacGAN, 2018; stricter here",
        better="more",
        kinds=("points",),
        samples=POINTS,
        values=_values,
        order=0,
        first=True,
    ),
    Measure(
        key="high_quality",
        label="Within 3σ",
        says="The share of samples that lie within 3σ of a mode: those of high quality.",
        formula="share of G(z) with min ‖G(z) − μₖ‖ < 3σ",
        paper="Srivastava et al., VEEGAN, 2017",
        better="more",
        kinds=("points",),
        samples=POINTS,
        values=_values,
        order=0,
        share=True,
        first=True,
    ),
    Measure(
        key="reverse_kl",
        label="Reverse KL",
        says="How unevenly the samples within 3σ are spread over the modes, in nats.",
        formula="Σ pₖ log(pₖ K), pₖ: share of the samples within 3σ at mode k",
        paper="Lin et al., PacGAN, 2018",
        better="less",
        kinds=("points",),
        samples=POINTS,
        values=_values,
        order=0,
    ),
)
