"""Precision, recall, density and coverage (Kynkaanniemi et al., 2019; Naeem et al., 2020).

B(x) is the ball around x that reaches to its k-th nearest neighbour of its own kind, itself not counted:

    precision = share of fakes in the B of at least one real       recall   = share of reals in the B of a fake
    density   = number of B of reals that hold a fake, mean / k    coverage = share of reals whose B holds a fake

A point on the edge of a ball is outside. Where reals are so often repeated that every ball is a point, nothing is
defined and all figures are NaN: give each real once. Figures depend on k, on how many samples there are and on their
features: put those of real against other real samples beside them.
"""

from __future__ import annotations

from collections.abc import Generator
from math import nan
from typing import NamedTuple
from weakref import WeakKeyDictionary

from playground.metrics.measure import IMAGES, Comparison, Measure, Real, Work
from playground.metrics.pairwise_distance import mean_distance
from playground.utils.chunked import Progress
from playground.utils.lazy_torch import torch
from playground.utils.nearest import nearest

K = 5
ROWS = 128  # fakes compared with all reals in one piece
_radii: WeakKeyDictionary[Real, torch.Tensor] = WeakKeyDictionary()


class Prdc(NamedTuple):
    """Density has no upper end; the others are shares."""

    precision: float
    recall: float
    density: float
    coverage: float


def radii(x: torch.Tensor, k: int = K) -> Generator[Progress, None, torch.Tensor]:
    """How far the k-th nearest other one of `x` (n, d), n > k, is from each: (n,)."""
    found = []
    for own in torch.split(torch.arange(len(x)), ROWS):
        distance, _place = yield from nearest(x[own], len(x), lambda part: x[part], k, own)
        found.append(distance[:, -1])
    return torch.cat(found)


def prdc(real: torch.Tensor, radius: torch.Tensor, fake: torch.Tensor, k: int = K) -> Generator[Progress, None, Prdc]:
    """The four figures of `fake` (m, d), m > k, against `real` (n, d), whose `radii` with the same k are `radius`."""
    if not bool((radius > 0).any()):
        return Prdc(nan, nan, nan, nan)
    reach = yield from radii(fake, k)
    held = torch.zeros(len(fake), dtype=torch.int64)  # in how many balls of reals each fake is
    recalled = torch.zeros(len(real), dtype=torch.bool)
    covered = torch.zeros(len(real), dtype=torch.bool)
    for begin in range(0, len(fake), ROWS):
        part = slice(begin, begin + ROWS)
        distance = torch.cdist(fake[part], real, compute_mode="donot_use_mm_for_euclid_dist")
        inside = distance < radius
        held[part] = inside.sum(1)
        covered |= inside.any(0)
        recalled |= (distance < reach[part, None]).any(0)
        yield begin, len(fake)
    shares = [float(x.float().mean()) for x in (held > 0, recalled, held / k, covered)]
    return Prdc(*shares)


def _values(c: Comparison) -> Work:
    """Not defined where the real images are too alike."""
    found = Prdc(nan, nan, nan, nan)
    if c.pool is not None and c.pool.distinct and mean_distance(c.real.features) > 0:
        if c.real not in _radii:
            _radii[c.real] = yield from radii(c.real.features)
        found = yield from prdc(c.real.features, _radii[c.real], c.features)
    return found._asdict()


MEASURES = (
    Measure(
        key="precision",
        label="Precision",
        says="Quality: the share of generated images that lie among real ones.",
        formula="share of G(z) in a ball around a real φ(x), up to its 5th neighbour",
        paper="Kynkäänniemi et al., 2019",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=6,
        share=True,
    ),
    Measure(
        key="recall",
        label="Recall",
        says="Variety: the share of real images that lie among generated ones.",
        formula="share of φ(x) in a ball around a φ(G(z)), up to its 5th neighbour",
        paper="Kynkäänniemi et al., 2019",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=6,
        share=True,
    ),
    Measure(
        key="density",
        label="Density",
        says="Quality, less swayed by single images: how densely real images surround generated ones.",
        formula="mean number of real balls that hold G(z), by 5",
        paper="Naeem et al., 2020",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=6,
    ),
    Measure(
        key="coverage",
        label="Coverage",
        says="Variety: the share of real images with a generated one nearby.",
        formula="share of real balls that hold some G(z), in features",
        paper="Naeem et al., 2020",
        better="more",
        kinds=("images",),
        samples=IMAGES,
        values=_values,
        order=6,
        share=True,
        first=True,
    ),
)
