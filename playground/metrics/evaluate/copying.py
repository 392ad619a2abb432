"""What tells whether generated images are copies of training images."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import nan

import torch

from playground.metrics.copies import COPIED, YARD, copied, near
from playground.metrics.evaluate.floors import collected
from playground.metrics.evaluate.making import in_parts
from playground.metrics.evaluate.pool import Pool
from playground.metrics.evaluate.reference import SPLITS
from playground.metrics.features import Features, normalised
from playground.utils.chunked import Progress
from playground.utils.readings import Floor

FEWEST = 3  # different training images, so that one has a nearest and a second nearest other one


@dataclass(frozen=True)
class Copying:
    """Different training images (n, c, h, w) uint8; see `playground.metrics.copies` for `usual`."""

    train: torch.Tensor
    network: Features
    usual: float

    def share(self, x: torch.Tensor, phi: torch.Tensor) -> Generator[Progress, None, float]:
        """How many of the first images (n, c, h, w) in [-1, 1] with these features are copies; NaN if undefined."""
        if len(self.train) < FEWEST:
            return nan
        shown = ((x[:COPIED] + 1) * 127.5).round().clamp(0, 255).byte()
        return float((yield from self.which(shown, phi[:COPIED], None)).double().mean())

    def which(
        self, x: torch.Tensor, phi: torch.Tensor, own: torch.Tensor | None
    ) -> Generator[Progress, None, torch.Tensor]:
        """Which of the images x uint8 are copies (n,); see `near` for `own`."""
        ratio, place = yield from near(x, self.train, own)
        apart = yield from _apart(self.network, phi, self.train[place])
        return copied(ratio, apart, self.usual)


def copying(pool: Pool) -> Generator[Progress, None, tuple[Copying, Floor]]:
    """The yardstick, and the share of copies among real images: those of the pool, each left out of the training images
    if it is one. The floor is of random draws of as many as are looked at of generated images.
    """
    train, network = pool.train, pool.network
    if len(train) < FEWEST:
        return Copying(train, network, 0.0), Floor(nan, nan)
    places = torch.linspace(0, len(train) - 1, min(YARD, len(train))).long()
    _ratio, neighbour = yield from near(train[places], train, places)
    phi = yield from in_parts(network.body, lambda part: network(normalised(train[places][part])), len(places))
    usual = float((yield from _apart(network, phi, train[neighbour])).median())
    found = Copying(train, network, usual)
    own = None if pool.own is None else pool.own[:YARD]
    if own is None and not pool.unseen:  # too few different ones to leave one out of
        return Copying(train[:0], network, 0.0), Floor(nan, nan)
    which = (yield from found.which(pool.x[:YARD], pool.phi[:YARD], own)).double()
    generator = torch.Generator().manual_seed(0)
    draws = torch.randint(len(which), (SPLITS, min(COPIED, pool.n)), generator=generator)
    return found, collected([{"copies": float(which[draw].mean())} for draw in draws])["copies"]


def _apart(network: Features, phi: torch.Tensor, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
    """How far features (n, d) are from those of images x (n, c, h, w) uint8: (n,)."""
    others = yield from in_parts(network.body, lambda part: network(normalised(x[part])), len(x))
    distance: torch.Tensor = (phi - others).norm(dim=1)
    return distance
