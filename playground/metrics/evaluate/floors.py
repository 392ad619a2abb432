"""The values of real samples over several splits: their mean, their standard deviation, and the most typical split."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from playground.utils.readings import Floor


def collected(found: Sequence[dict[str, float]]) -> dict[str, Floor]:
    """The floor of each key of these values; NaN where one of them is not defined."""
    out = {}
    for key in found[0]:
        values = np.array([values.get(key, nan) for values in found])
        out[key] = Floor(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0)
    return out


def most_usual(found: Sequence[dict[str, float]]) -> int:
    """The place of the split whose values are nearest to their means, all metrics in standard deviations.

    G is compared with the first set of that split, which is neither easy nor hard to match by chance.
    """
    floors = collected(found)
    far = [
        [((values.get(key, nan) - mean) / std) ** 2 for key, (mean, std) in floors.items() if std > 0]
        for values in found
    ]
    return int(np.nan_to_num(np.array(far)).sum(1).argmin())
