"""The training images nearest to generated ones; what is near, the training images themselves say."""

from __future__ import annotations

from collections.abc import Callable, Generator
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.data import Samples
from playground.latent.questions import Near, Neighbours, NeighboursFound
from playground.metrics import features
from playground.metrics.features import Features
from playground.training.model import Model, defined, pixels
from playground.utils.chunked import Progress, subprogress
from playground.utils.errors import UserError
from playground.utils.nearest import Pairs, nearest
from playground.utils.translation import _

NEAREST = 5
YARD = 200  # training images whose nearest other one is looked for
CHUNK = 64  # images at once through the small network

Part = Callable[[slice], torch.Tensor]
_features: WeakKeyDictionary[Samples, torch.Tensor] = WeakKeyDictionary()
_usual: WeakKeyDictionary[Samples, tuple[np.ndarray, np.ndarray]] = WeakKeyDictionary()


def neighbours(model: Model, question: Neighbours) -> Generator[Progress, None, NeighboursFound]:
    """Nearest training images by pixels and by features."""
    samples = model.samples
    if len(samples.x) < 2:
        raise UserError(_("This data has only one image: nothing tells what is near."))
    z, y = model.latents(question.z, question.y)
    made = yield from subprogress(_made(model, z, y), 0, 0.1)
    net: Features = yield from subprogress(features.of(samples), 0.1, 0.3)
    real = yield from subprogress(_seen(samples, net), 0.3, 0.5)
    by_pixels, by_features = _flat(samples), lambda part: real[part]
    seen = torch.cat([net(made[begin : begin + CHUNK]) for begin in range(0, len(made), CHUNK)])
    if samples not in _usual:
        first = yield from subprogress(_yard(samples, by_pixels), 0.5, 0.7)
        _usual[samples] = first, (yield from subprogress(_yard(samples, by_features), 0.7, 0.8))
    flat = (made.flatten(1) + 1) / 2 / made[0].numel() ** 0.5
    count = len(samples.x)
    near = yield from subprogress(nearest(flat, count, by_pixels, NEAREST), 0.8, 0.9)
    alike = yield from subprogress(nearest(seen, count, by_features, NEAREST), 0.9, 1)
    usual, shown = _usual[samples], question.shown
    return NeighboursFound(
        pixels(made[:shown]),
        _near(samples, near, usual[0], shown),
        _near(samples, alike, usual[1], shown),
        net.learned,
        net.accuracy,
    )


def _made(model: Model, z: torch.Tensor, y: torch.Tensor | None) -> Generator[Progress, None, torch.Tensor]:
    """What G makes (n, c, h, w), on the CPU."""
    made = []
    for begin in range(0, len(z), CHUNK):
        part = slice(begin, begin + CHUNK)
        made.append(model.sample(z[part], None if y is None else y[part]).cpu())
        yield begin, len(z)
    return defined(torch.cat(made))


def _seen(samples: Samples, net: Features) -> Generator[Progress, None, torch.Tensor]:
    """Features of all training images (n, SIZE)."""
    if samples not in _features:
        parts, count = [], len(samples.x)
        for begin in range(0, count, CHUNK):
            parts.append(net(features.normalised(samples.x[begin : begin + CHUNK])))
            yield begin, count
        _features[samples] = torch.cat(parts)
    return _features[samples]


def _flat(samples: Samples) -> Part:
    """Training images as vectors whose distance is the root mean square difference of their pixels in [0, 1]."""
    scale = 255 * samples.x[0].numel() ** 0.5
    return lambda part: samples.x[part].flatten(1).float() / scale


def _yard(samples: Samples, part: Part) -> Generator[Progress, None, np.ndarray]:
    """How far some training images are from the nearest other one."""
    count = len(samples.x)
    own = torch.linspace(0, count - 1, min(YARD, count)).long()
    queries = torch.cat([part(slice(int(i), int(i) + 1)) for i in own])
    distance, _place = yield from nearest(queries, count, part, 1, own)
    return distance[:, 0].numpy()


def _near(samples: Samples, found: Pairs, usual: np.ndarray, shown: int) -> Near:
    distance, place = found
    n, k = place[:shown].shape
    pictures = samples.x[place[:shown].flatten()].permute(0, 2, 3, 1).numpy()
    return Near(distance.numpy(), pictures.reshape(n, k, *pictures.shape[1:]), usual)


ANSWERS = {Neighbours: neighbours}
