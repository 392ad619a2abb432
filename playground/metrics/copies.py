"""How many samples are copies of a training image.

A sample is a copy if it is much nearer to one training image than to all others, RATIO times or less as far from it, in
pixels, and if its features are no farther from that image's than those of training images usually are from their
neighbour's. The first alone tells a copy from a smooth image (a mean of many, a flat colour), which lies near many
training images at once; the second from an image that one training image resembles by its tone alone. Equal training
images count once. Compare Carlini et al., Extracting training data from diffusion models, 2023, who also divide by the
distance from other training images.

A copy of one of two nearly equal training images is not found, and it says nothing of parts that were copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from math import isnan, nan
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from playground.metrics.measure import SPLITS, Comparison, Measure, Work
from playground.utils.chunked import Progress
from playground.utils.lazy_torch import torch
from playground.utils.nearest import nearest

if TYPE_CHECKING:
    from playground.metrics.evaluate.pool import Pool

    Near = tuple[torch.Tensor, torch.Tensor]

RATIO = 0.5
COPIED = 250  # generated images that are looked at
REAL = 500  # real images that are looked at, to know what is usual
GROUP = 50  # images whose neighbours are looked for at a time
HASHED = 500  # images whose digests are found in one piece
FEWEST = 3  # different training images, so that one has a nearest and a second nearest other one


def near(x: torch.Tensor, train: torch.Tensor, own: torch.Tensor | None = None) -> Generator[Progress, None, Near]:
    """Of images x (n, c, h, w) uint8 among different training images: d1 / d2 (n,), and the places of the nearest (n,).

    d1 and d2 are the distances from the nearest and from the second nearest. `own` (n,): the places of those of x that
    are training images themselves, which do not count.
    """
    ratio, place = [], []
    for begin in range(0, len(x), GROUP):
        part = slice(begin, begin + GROUP)
        mine = None if own is None else own[part]
        distance, found = yield from nearest(_flat(x[part]), len(train), lambda some: _flat(train[some]), 2, mine)
        ratio.append(distance[:, 0] / distance[:, 1].clamp_min(1e-6))
        place.append(found[:, 0])
    return torch.cat(ratio), torch.cat(place)


def copied(ratio: torch.Tensor, apart: torch.Tensor, usual: float) -> torch.Tensor:
    """Which are copies (n,): `apart` (n,) are the distances of features from those of the nearest training image,
    `usual` that of training images from theirs.
    """
    return (ratio < RATIO) & (apart <= usual)


def digests(x: torch.Tensor) -> Generator[Progress, None, list[bytes]]:
    """A digest of each image (n, c, h, w) uint8: equal images have equal ones."""
    found: list[bytes] = []
    for part in torch.split(x, HASHED):
        found += [hashlib.blake2b(row, digest_size=16).digest() for row in part.flatten(1).numpy()]
        yield len(found), len(x)
    return found


def different(found: list[bytes]) -> torch.Tensor:
    """The places of the first ones of equal images."""
    first: dict[bytes, int] = {}
    for place, digest in enumerate(found):
        first.setdefault(digest, place)
    return torch.tensor(list(first.values()), dtype=torch.int64)


def _flat(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).float()


# The share of copies


class Baseline(NamedTuple):
    """What real images tell; NaN where there are too few of them.

    `usual` is a distance of features, see `copied`. `real` are the shares of copies in SPLITS random draws of as many
    real images as are looked at of generated ones.
    """

    usual: float
    real: list[float]


UNDEFINED = Baseline(nan, [nan] * SPLITS)


_baselines: WeakKeyDictionary[Pool, Baseline] = WeakKeyDictionary()


def baseline(pool: Pool) -> Generator[Progress, None, Baseline]:
    """The baseline of these real images; it is worked out once."""
    if pool not in _baselines:
        _baselines[pool] = yield from _new_baseline(pool)
    return _baselines[pool]


def _new_baseline(pool: Pool) -> Generator[Progress, None, Baseline]:
    train = pool.train
    own = None if pool.own is None else pool.own[:REAL]
    if len(train) < FEWEST or (own is None and not pool.unseen):  # too few different ones to leave one out of
        return UNDEFINED
    places = torch.linspace(0, len(train) - 1, min(REAL, len(train))).long()
    _ratio, neighbour = yield from near(train[places], train, places)
    phi = yield from pool.features_of(train[places])
    usual = float((yield from _apart(pool, phi, train[neighbour])).median())
    which = (yield from _which(pool, usual, pool.x[:REAL], pool.phi[:REAL], own)).double()
    generator = torch.Generator().manual_seed(0)
    draws = torch.randint(len(which), (SPLITS, min(COPIED, pool.n)), generator=generator)
    return Baseline(usual, [float(which[draw].mean()) for draw in draws])


def share_of_copies(pool: Pool, x: torch.Tensor, phi: torch.Tensor) -> Generator[Progress, None, float]:
    """How many of the first images (n, c, h, w) in [-1, 1] with these features are copies; NaN if undefined."""
    known = yield from baseline(pool)
    if isnan(known.usual):
        return nan
    as_bytes = ((x[:COPIED] + 1) * 127.5).round().clamp(0, 255).byte()
    return float((yield from _which(pool, known.usual, as_bytes, phi[:COPIED], None)).double().mean())


def _which(
    pool: Pool, usual: float, x: torch.Tensor, phi: torch.Tensor, own: torch.Tensor | None
) -> Generator[Progress, None, torch.Tensor]:
    """Which of the images x uint8 are copies (n,); see `near` for `own`."""
    ratio, place = yield from near(x, pool.train, own)
    apart = yield from _apart(pool, phi, pool.train[place])
    return copied(ratio, apart, usual)


def _apart(pool: Pool, phi: torch.Tensor, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
    """How far features (n, d) are from those of images x (n, c, h, w) uint8: (n,)."""
    distance: torch.Tensor = (phi - (yield from pool.features_of(x))).norm(dim=1)
    return distance


def _values(c: Comparison) -> Work:
    assert c.pool is not None
    return {"copies": (yield from share_of_copies(c.pool, c.x, c.features))}


def _floor(pool: Pool) -> Generator[Progress, None, list[float]]:
    """Of the images of the pool; each is left out of the training images if it is one of them."""
    return (yield from baseline(pool)).real


MEASURES = (
    Measure(
        key="copies",
        label="Copies",
        says="The share of images that are much nearer to one training image than to all others.",
        formula=(
            "share with d₁ < d₂/2 to the nearest two x, in pixels, and φ(G(z)) as near to φ(x₁) as real neighbours are"
        ),
        paper="after Carlini et al., 2023",
        better="less",
        kinds=("images",),
        samples=COPIED,
        values=_values,
        order=9,
        cost="expensive",
        share=True,
        first=True,
        floor=_floor,
    ),
)
