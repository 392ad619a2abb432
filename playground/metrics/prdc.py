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

import torch

from playground.utils.chunked import Progress
from playground.utils.nearest import nearest

K = 5
ROWS = 128  # fakes compared with all reals in one piece


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
