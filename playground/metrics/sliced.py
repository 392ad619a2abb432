"""How far two clouds of points are apart: the sliced Wasserstein distance (Rabin et al., 2012).

SW(x, y) = mean over directions u of W1(<x, u>, <y, u>); on a line, W1 is the mean distance of the sorted values.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from playground.metrics.measure import POINTS, Comparison, Measure, Work
from playground.utils.chunked import Progress, run_to_end

SOME = 16  # directions in one piece


def sliced_wasserstein(x: np.ndarray, y: np.ndarray, directions: int = 64) -> float:
    """The distance of points (n, d) and (n, d), in the units of the points. The same directions in every call."""
    return run_to_end(in_pieces(x, y, directions))


def in_pieces(x: np.ndarray, y: np.ndarray, directions: int = 64) -> Generator[Progress, None, float]:
    """The same."""
    if x.shape != y.shape:
        raise ValueError(f"as many points on both sides, not {x.shape} and {y.shape}")
    u = np.random.default_rng(0).normal(size=(x.shape[1], directions))
    u /= np.linalg.norm(u, axis=0)
    total = 0.0
    for begin in range(0, directions, SOME):
        some = u[:, begin : begin + SOME]
        total += float(np.abs(np.sort(x @ some, axis=0) - np.sort(y @ some, axis=0)).sum())
        yield min(begin + SOME, directions), directions
    return total / (len(x) * directions)


def _values(c: Comparison) -> Work:
    return {"sliced_wasserstein": (yield from in_pieces(c.x.numpy(), c.real.x.numpy()))}


MEASURES = (
    Measure(
        key="sliced_wasserstein",
        label="Sliced Wasserstein",
        says="How far points are to be moved, mean over directions.",
        formula="mean over 64 directions u of W₁(⟨x, u⟩, ⟨G(z), u⟩)",
        paper="Rabin et al., 2012",
        better="less",
        kinds=("points",),
        samples=POINTS,
        values=_values,
        order=2,
        log=True,
        of=("latents", "translations"),
    ),
)
