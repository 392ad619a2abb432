"""How well images are found that the run has learned from, and others; and whether a picture is like them.

The anomaly score is (1 - l) R + l F (Schlegl et al., Unsupervised Anomaly Detection with GANs, 2017): R is the mean
absolute difference of the picture and what was found, pixels in [0, 1]; F that of their features, as a share of what
features of training images usually are.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from playground import data
from playground.data.choice import left_out
from playground.latent.inversion import Inversion
from playground.latent.questions import Anomaly, AnomalyFound, Errors, ErrorsFound
from playground.latent.studies.find import target
from playground.metrics import features
from playground.metrics.features import Features
from playground.training.model import Model, pixels
from playground.utils.chunked import Progress, subprogress

RESTARTS, STEPS = 2, 150
SHARE = 0.1  # l
SCALE_OF = 256  # training images that tell how great features are


def errors(model: Model, question: Errors) -> Generator[Progress, None, ErrorsFound]:
    """Inversion of some training images and of some held-out ones."""
    config = model.config
    held = left_out(data.load(config.dataset, config.source), config.choice).x[: question.count]
    train = _some(model.samples.x, question.count)
    _made, error = yield from _invert(model, features.normalised(torch.cat([train, held])))
    return ErrorsFound(error[: len(train)], error[len(train) :])


def anomaly(model: Model, question: Anomaly) -> Generator[Progress, None, AnomalyFound]:
    """The score of one picture, among those of training images."""
    picture = target(model, question.picture)
    net: Features = yield from subprogress(features.of(model.samples), 0, 0.3)
    x = torch.cat([picture, features.normalised(_some(model.samples.x, question.count))])
    made, _error = yield from subprogress(_invert(model, x), 0.3, 1)
    residual, difference = _parts(net, _scale(net, model), x, made)
    score = (1 - SHARE) * residual + SHARE * difference
    return AnomalyFound(
        score[1:], float(score[0]), float(residual[0]), float(difference[0]), pixels(made[:1])[0], net.learned
    )


def _some(x: torch.Tensor, count: int) -> torch.Tensor:
    """`count` of the images, evenly spread."""
    return x[torch.linspace(0, len(x) - 1, min(len(x), count)).long()]


def _invert(model: Model, x: torch.Tensor) -> Generator[Progress, None, tuple[torch.Tensor, np.ndarray]]:
    """What is found for pictures (n, c, h, w) in [-1, 1], on the CPU, and the mean squared errors (n,) in [0, 1]."""
    search = Inversion(model, x, restarts=RESTARTS, steps=STEPS)
    yield from search.pieces()
    found = search.result()
    made = []
    for begin in range(0, len(x), 64):
        part = slice(begin, begin + 64)
        with torch.no_grad():
            made.append(model.G(found.z[part, 0], None if found.y is None else found.y[part, 0]).cpu())
        yield 1, 1
    return torch.cat(made), found.error[:, 0].cpu().numpy() / 4


def _parts(net: Features, scale: float, x: torch.Tensor, made: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """R and F of pictures and what was found for them, both (n, c, h, w) in [-1, 1]: (n,) each."""
    residual = (x - made).abs().mean((1, 2, 3)) / 2
    difference = (net(x) - net(made)).abs().mean(1) / scale
    return residual.numpy(), difference.numpy()


def _scale(net: Features, model: Model) -> float:
    return max(float(net(features.normalised(_some(model.samples.x, SCALE_OF))).abs().mean()), 1e-6)


ANSWERS = {Errors: errors, Anomaly: anomaly}
