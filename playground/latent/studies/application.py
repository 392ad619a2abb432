"""Whether generated samples help: a small classifier learns from real samples, from generated ones, and from both.

Tested on real samples that none of the three has learned from: train on synthetic, test on real (Esteban et al.,
Real-valued (medical) time series generation with recurrent conditional GANs, 2017), and augmentation. Where a run
learns from some of its data only, the others are the test, so that G has not seen them either.
"""

from __future__ import annotations

from collections.abc import Generator
from math import prod
from typing import Literal

import numpy as np
import torch
from torch import nn

from playground import data
from playground.data import Samples
from playground.data.choice import left_out
from playground.latent.questions import Application, ApplicationFound
from playground.metrics import features
from playground.metrics.evaluate.making import made
from playground.training.model import Model, defined
from playground.utils import priors
from playground.utils.chunked import Progress, subprogress
from playground.utils.errors import UserError
from playground.utils.translation import _

STEPS, BATCH, RATE = 200, 64, 3e-3
WIDTH = 64  # of the network where there are no features
TESTED, FEWEST = 1000, 50  # real samples for the test, at most and at least
SEED = 3  # of the latents

By = Literal["asked", "classifier", "nearest"]
Labelled = tuple[torch.Tensor, torch.Tensor]  # samples (n, *shape) in the range of G and classes (n,)


def application(model: Model, question: Application) -> Generator[Progress, None, ApplicationFound]:
    """The accuracies of each classifier, with every seed."""
    samples = model.samples
    if samples.y is None or samples.classes < 2:
        if samples.classes == 1:
            raise UserError(_("All samples are of one class: there is nothing for a classifier to learn."))
        raise UserError(_("This data has no labels: there is nothing for a classifier to learn."))
    few, rest = split(samples, question.each)
    held = left_out(data.load(model.config.dataset, model.config.source), model.config.choice)
    unseen = len(held.x) >= FEWEST
    if not unseen and len(rest) < FEWEST:
        raise UserError(_("This data has too few samples to keep some for the test."))
    real = _labelled(samples, few)
    test = _labelled(held if unseen else samples, torch.arange(TESTED)[: len(held.x)] if unseen else rest)
    fake, by = yield from subprogress(_generated(model, question.generated), 0, 0.4)
    both = torch.cat([real[0], fake[0]]), torch.cat([real[1], fake[1]])
    sets, right = (real, fake, both), np.zeros((3, question.seeds), np.float32)
    runs = [(k, seed) for k in range(len(sets)) for seed in range(question.seeds)]
    for i, (k, seed) in enumerate(runs):
        begin, end = (0.4 + 0.6 * (i + n) / len(runs) for n in (0, 1))
        right[k, seed] = yield from subprogress(_accuracy(samples, sets[k], test, seed), begin, end)
    return ApplicationFound(right, (len(real[0]), len(fake[0]), len(both[0])), len(test[0]), unseen, by)


def split(samples: Samples, each: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The places of `each` samples of every class, and of others for the test."""
    assert samples.y is not None
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))
    y = samples.y[order]
    first = torch.cat([(y == k).nonzero()[:each, 0] for k in range(samples.classes)])
    rest = torch.ones(len(order), dtype=torch.bool)
    rest[first] = False
    return order[first], order[rest][:TESTED]


def _labelled(samples: Samples, places: torch.Tensor) -> Labelled:
    assert samples.y is not None
    return samples.modality.normalise(samples.x[places]), samples.y[places]


def _generated(model: Model, n: int) -> Generator[Progress, None, tuple[Labelled, By]]:
    """`n` samples with the classes that G was asked for, or that the classifier of the features sees in them."""
    samples, config = model.samples, model.config
    z = priors.sample(config.z_distribution, n, config.z_dim, SEED, config.codes)
    y = torch.arange(n) % samples.classes
    x = defined((yield from subprogress(made(model, *model.latents(z, y.numpy() if model.classes else None)), 0, 0.5)))
    if model.classes:
        return (x, y), "asked"
    if not features.fit(samples):
        return (x, (yield from _nearest(samples, x))), "nearest"
    network = yield from subprogress(features.of(samples), 0.5, 1)
    if not network.learned:
        raise UserError(_("There are too few labelled samples to learn the classes from."))
    return (x, torch.cat([network.classify(part).argmax(1) for part in torch.split(x, BATCH)])), "classifier"


def _nearest(samples: Samples, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
    """The class of the nearest of some real samples."""
    assert samples.y is not None
    places = torch.linspace(0, len(samples.x) - 1, min(len(samples.x), 2000)).long()
    real, found = samples.modality.normalise(samples.x[places]).flatten(1), []
    for part in torch.split(x.flatten(1), 256):
        found.append(samples.y[places[torch.cdist(part, real).argmin(1)]])
        yield len(found), len(x) // 256 + 1
    return torch.cat(found)


def _accuracy(samples: Samples, train: Labelled, test: Labelled, seed: int) -> Generator[Progress, None, float]:
    """The share of the test that a classifier gets right which has learned from `train`."""
    generator = torch.Generator().manual_seed(seed)
    net = _network(samples, seed)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    for step in range(STEPS):
        i = torch.randint(len(train[0]), (BATCH,), generator=generator)
        loss = nn.functional.cross_entropy(net(train[0][i]), train[1][i])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        yield step, STEPS
    right = 0
    for x, y in zip(torch.split(test[0], BATCH), torch.split(test[1], BATCH), strict=True):
        with torch.no_grad():  # not across the yield: there the runs go on training
            right += int((net(x).argmax(1) == y).sum())
        yield STEPS, STEPS
    return right / len(test[0])


def _network(samples: Samples, seed: int) -> nn.Module:
    """The network of the features where there are some, else a small one; its first weights follow the seed."""
    if features.fit(samples):
        return nn.Sequential(*features.network(samples.shape, samples.classes, seed))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(prod(samples.shape), WIDTH),
            nn.ReLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.ReLU(),
            nn.Linear(WIDTH, samples.classes),
        )


ANSWERS = {Application: application}
