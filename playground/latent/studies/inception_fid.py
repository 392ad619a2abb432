"""The standard FID: the Fréchet distance of Inception's features (Heusel et al., 2017), beside its floor.

Usually it is told of 50,000 images. Few images set it far too high, generated and real ones alike, so that it says
something only beside the distance of real images from as many other real ones.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from statistics import mean, stdev
from weakref import WeakKeyDictionary

import torch
from torch import nn

from playground.data import Samples
from playground.data.modality import IMAGES
from playground.latent.questions import InceptionFID, InceptionFIDFound
from playground.metrics import inception_network
from playground.metrics.evaluate.making import made
from playground.metrics.evaluate.reference import labels, largest, shares, split
from playground.metrics.frechet import frechet_of_few
from playground.metrics.measure import SPLITS
from playground.training.model import Model
from playground.utils import priors
from playground.utils.chunked import Progress, subprogress
from playground.utils.errors import UserError
from playground.utils.translation import _

FEWEST = 20  # images on each side
BATCH = 32  # images at once on a GPU; on a CPU one takes 0.2 s
SEED = 0  # of the latents


@dataclass(frozen=True)
class _Reference:
    """Features (n, d) of real images as `network` sees them, and the distances of as many others over random splits."""

    network: nn.Sequential
    phi: torch.Tensor
    floors: list[float]


_known: dict[bool, WeakKeyDictionary[Samples, _Reference]] = {told: WeakKeyDictionary() for told in (False, True)}


def inception_fid(model: Model, question: InceptionFID) -> Generator[Progress, None, InceptionFIDFound]:
    """The distance and its floor; the floor and the features of real images are found once for a set of data."""
    samples = model.samples
    if samples.modality is not IMAGES:
        raise UserError(_("Inception looks at images; these are {samples}.").format(samples=_(samples.modality.label)))
    share_of, told = shares(samples), bool(model.classes)
    n = largest(samples.y, share_of, len(samples.x), question.count)
    if n < FEWEST:
        raise UserError(_("This data has too few images to compare them with others."))
    network = (yield from subprogress(inception_network.network(), 0, 0.02)).to(model.device)
    known = _known[told].get(samples)
    first = 0.02
    if known is None or known.network is not network or len(known.phi) != n:
        first = 0.66
        known = _known[told][samples] = yield from subprogress(_reference(model, network, n), 0.02, first)
    config = model.config
    z = priors.sample(config.z_distribution, n, config.z_dim, SEED, config.codes)
    y = labels(share_of, n).numpy() if told else None
    x = yield from subprogress(made(model, *model.latents(z, y)), first, first + 0.02)
    if not bool(x.isfinite().all()):
        raise UserError(_("What G makes is not a number. Rewind to a moment at which it was."))
    phi = yield from subprogress(_seen(network, as_bytes(x), model.device), first + 0.02, 1)
    return InceptionFIDFound(frechet_of_few(phi, known.phi), mean(known.floors), n, stdev(known.floors))


def as_bytes(x: torch.Tensor) -> torch.Tensor:
    """Images in the range of G to uint8."""
    return ((x + 1) * 127.5).round().clamp(0, 255).byte()


def coloured(x: torch.Tensor) -> torch.Tensor:
    """Images (n, 3, h, w); grey ones (n, 1, h, w) with three equal channels."""
    return x.expand(-1, 3, -1, -1)


def _reference(model: Model, network: nn.Sequential, n: int) -> Generator[Progress, None, _Reference]:
    """Features of 2 n real images, looked at once, and the distances of halves of them, cut at random again and again.

    Where G is told the class, each half has of each its share.
    """
    samples, told = model.samples, bool(model.classes)
    places = torch.cat(split(samples.y, shares(samples), len(samples.x), n, told, SEED))
    phi = yield from subprogress(_seen(network, samples.x[places], model.device), 0, 0.95)
    y = samples.y[places] if told and samples.y is not None else None
    cuts = [split(y, shares(samples), 2 * n, n, told, seed) for seed in range(SPLITS)]
    floors = []
    for first, second in cuts:
        floors.append(frechet_of_few(phi[second], phi[first]))
        yield 95 + 5 * len(floors) // SPLITS, 100
    return _Reference(network, phi[cuts[0][0]], floors)


def _seen(network: nn.Sequential, x: torch.Tensor, device: torch.device) -> Generator[Progress, None, torch.Tensor]:
    """Features (n, d) on the CPU of uint8 images (n, c, h, w)."""
    found: list[torch.Tensor] = []
    parts = torch.split(x, BATCH if device.type == "cuda" else 1)
    for part in parts:
        seen = coloured(part).to(device)
        for done, layer in enumerate(network):
            with torch.no_grad():
                seen = layer(seen)
            yield len(found) * len(network) + done, len(parts) * len(network)
        found.append(seen.cpu())
    return torch.cat(found)


ANSWERS = {InceptionFID: inception_fid}
