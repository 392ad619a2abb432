"""The standard FID: the Fréchet distance of Inception's features (Heusel et al., 2017), beside its floor.

Usually it is told of 50,000 images. Few images set it far too high, generated and real ones alike, so that it says
something only beside the distance of real images from as many other real ones.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import nn

from playground import inception, latent
from playground.data import Samples
from playground.errors import UserError
from playground.i18n import _
from playground.measures.making import made
from playground.measures.reference import halves
from playground.metrics.frechet import frechet_of_few
from playground.model import Model
from playground.pieces import Progress, share
from playground.questions import InceptionFID, InceptionFIDFound

FEWEST = 20  # images on each side
BATCH = 32  # images at once on a GPU; on a CPU one takes 0.2 s
SEED = 0  # of the latents


@dataclass(frozen=True)
class _Reference:
    """Features (n, d) of real images as `network` sees them, and the distance of as many other ones."""

    network: nn.Sequential
    phi: torch.Tensor
    floor: float


_known: WeakKeyDictionary[Samples, _Reference] = WeakKeyDictionary()


def inception_fid(model: Model, question: InceptionFID) -> Generator[Progress, None, InceptionFIDFound]:
    """The distance and its floor; the floor and the features of real images are found once for a set of data."""
    samples = model.samples
    if len(samples.shape) != 3:
        raise UserError(_("Inception looks at images; these are points."))
    places = halves(samples, question.count)
    if len(places[0]) < FEWEST:
        raise UserError(_("This data has too few images to compare them with others."))
    network = (yield from share(inception.network(), 0, 0.02)).to(model.device)
    known = _known.get(samples)
    first = 0.02
    if known is None or known.network is not network or len(known.phi) != len(places[0]):
        first = 0.66
        known = _known[samples] = yield from share(_reference(model, network, places), 0.02, first)
    z = latent.draw(model.config.z_distribution, len(places[0]), model.config.z_dim, SEED)
    y = samples.y[places[0]].numpy() if model.classes and samples.y is not None else None
    x = yield from share(made(model, *model.latents(z, y)), first, first + 0.02)
    if not bool(x.isfinite().all()):
        raise UserError(_("What G makes is not a number. Rewind to a moment at which it was."))
    phi = yield from share(_seen(network, as_bytes(x), model.device), first + 0.02, 1)
    return InceptionFIDFound(frechet_of_few(phi, known.phi), known.floor, len(phi))


def as_bytes(x: torch.Tensor) -> torch.Tensor:
    """Images in the range of G to uint8."""
    return ((x + 1) * 127.5).round().clamp(0, 255).byte()


def coloured(x: torch.Tensor) -> torch.Tensor:
    """Images (n, 3, h, w); grey ones (n, 1, h, w) with three equal channels."""
    return x.expand(-1, 3, -1, -1)


def _reference(
    model: Model, network: nn.Sequential, places: tuple[torch.Tensor, torch.Tensor]
) -> Generator[Progress, None, _Reference]:
    real, other = places
    phi = yield from share(_seen(network, model.samples.x[real], model.device), 0, 0.5)
    floor = frechet_of_few((yield from share(_seen(network, model.samples.x[other], model.device), 0.5, 1)), phi)
    return _Reference(network, phi, floor)


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
