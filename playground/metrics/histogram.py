"""Jensen-Shannon divergence of points, binned on a grid: JS(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2, in nats.

Between 0 and log 2. Two samples of one distribution are apart too, the more bins there are for the points; that floor
has to stand beside it.
"""

from __future__ import annotations

import numpy as np

from playground.metrics.measure import POINTS, Comparison, Measure, Values

BINS = 24  # a side
MARGIN = 1.3  # of the grid around the real points


def jensen_shannon(x: np.ndarray, y: np.ndarray, extent: float, bins: int = BINS) -> float:
    """The divergence of points (n, 2) and (m, 2) over [-extent, extent]^2; what lies outside has a bin of its own."""
    p, q = (_shares(points, extent, bins) for points in (x, y))
    return max(0.0, _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def _shares(points: np.ndarray, extent: float, bins: int) -> np.ndarray:
    """The share of the points in each bin, (bins^2 + 1,)."""
    with np.errstate(invalid="ignore"):
        at = np.floor((points / extent + 1) / 2 * bins)
        inside = ((at >= 0) & (at < bins)).all(1)  # NaN is not
    cells = at[inside].astype(np.int64)
    counts = np.bincount(cells[:, 1] * bins + cells[:, 0], minlength=bins * bins + 1)
    counts[-1] = len(points) - inside.sum()
    shares: np.ndarray = counts / len(points)
    return shares


def _entropy(p: np.ndarray) -> float:
    there = p[p > 0]
    return float(-(there * np.log(there)).sum())


def _values(c: Comparison) -> Values:
    extent = max(MARGIN * float(c.real.x.abs().quantile(0.999)), 1e-6)
    return {"jensen_shannon": jensen_shannon(c.x.numpy(), c.real.x.numpy(), extent)}


MEASURES = (
    Measure(
        key="jensen_shannon",
        label="Jensen–Shannon",
        says="How far two clouds differ on a grid: 0 to log 2 = 0.69.",
        formula="H((p + q)/2) − (H(p) + H(q))/2 over 24 × 24 cells, in nats",
        paper="Lin, Divergence Measures, 1991",
        better="less",
        kinds=("points",),
        samples=POINTS,
        values=_values,
        order=1,
        first=True,
        log=True,
    ),
)
