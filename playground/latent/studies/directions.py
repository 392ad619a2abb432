"""Directions in z: principal components of G's features, factors of its first layer, means of classes."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from playground.latent import directions
from playground.latent.questions import ClassMeans, Components, Directions, Factors, Means
from playground.metrics import features
from playground.training.model import Model
from playground.utils import priors
from playground.utils.errors import UserError
from playground.utils.translation import _

PIECE = 32  # samples at a time
CONFIDENT = 0.9  # the probability from which a sample counts as one of its class


def components(model: Model, question: Components) -> Generator[tuple[int, int], None, Directions]:
    return (yield from directions.components(model, question.label, question.n, question.count))


def factors(model: Model, question: Factors) -> Generator[tuple[int, int], None, Directions]:
    yield 0, 1
    return directions.sefa(model.G, model.config.z_dim, question.count)


def means(model: Model, question: Means) -> Generator[tuple[int, int], None, ClassMeans]:
    samples, config = model.samples, model.config
    if samples.classes < 2 or not features.fit(samples):
        if samples.classes == 1:
            raise UserError(_("All samples are of one class: there is nothing to tell apart."))
        raise UserError(_("This data has no labels: nothing tells what class a sample is of."))
    network = yield from features.of(samples)
    if network.kind != "classifier":
        raise UserError(_("There are too few labelled samples to learn the classes from."))
    z = priors.sample(config.z_distribution, question.n, config.z_dim, 0, config.codes)
    sums, counts = np.zeros((samples.classes, config.z_dim)), np.zeros(samples.classes, np.int64)
    for begin in range(0, len(z), PIECE):
        yield begin, len(z)
        part = z[begin : begin + PIECE]
        probability, guess = network.classify(model.sample(*model.latents(part, None))).cpu().max(1)
        sure = (probability > CONFIDENT).numpy()
        np.add.at(sums, guess.numpy()[sure], part[sure])
        counts += np.bincount(guess.numpy()[sure], minlength=samples.classes)
    with np.errstate(invalid="ignore"):
        mean = (sums / counts[:, None]).astype(np.float32)
    return ClassMeans(mean, counts, samples.class_names)


ANSWERS = {Components: components, Factors: factors, Means: means}
