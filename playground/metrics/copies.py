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

import torch

from playground.utils.chunked import Progress
from playground.utils.nearest import nearest

RATIO = 0.5
COPIED = 250  # generated images that are looked at
YARD = 500  # real images that tell what is usual
GROUP = 50  # images whose neighbours are looked for at a time
HASHED = 500  # images whose digests are found in one piece

Near = tuple[torch.Tensor, torch.Tensor]


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
