"""Precision and recall of G where z comes from less of the latent space, or from more."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch

from playground.latent.questions import Truncation, TruncationFound
from playground.metrics import features
from playground.metrics.evaluate.reference import labels, largest, shares, split
from playground.metrics.features import Features
from playground.metrics.prdc import K, Prdc, prdc, radii
from playground.training.model import Model, defined
from playground.utils import priors
from playground.utils.chunked import WHOLE, Progress, subprogress
from playground.utils.errors import UserError
from playground.utils.translation import _

CHUNK = 64  # samples at once
SEED = 1

Work = Generator[tuple[int, int] | tuple[int, int, Any], None, TruncationFound]


def truncation(model: Model, question: Truncation) -> Work:
    """The marks at each value."""
    samples, told = model.samples, bool(model.classes)
    share_of = shares(samples)
    count = largest(samples.y, share_of, len(samples.x), question.count)
    if count <= K:
        raise UserError(_("This data has too few samples to measure precision and recall."))
    net: Features | None = None
    by: str = samples.modality.key
    if features.fit(samples):
        net = yield from subprogress(features.of(samples), 0, 0.3)
        by = net.kind
    parts = split(samples.y, share_of, len(samples.x), count, told, SEED)
    first, second = (model.real(part.to(model.device)).cpu() for part in parts)
    real = yield from subprogress(_seen(net, first), 0.3, 0.33)
    other = yield from subprogress(_seen(net, second), 0.33, 0.36)
    radius = yield from subprogress(radii(real), 0.36, 0.38)
    ceiling = yield from subprogress(prdc(real, radius, other), 0.38, 0.4)
    marks = np.full((len(question.values), len(ceiling)), np.nan, np.float32)
    y = labels(share_of, count).numpy() if told else None
    for k, value in enumerate(question.values):
        begin, last = (0.4 + 0.6 * (k + end) / len(marks) for end in (0, 1))
        marks[k] = yield from subprogress(_marks(model, question.way, value, y, net, real, radius), begin, last)
        found = TruncationFound(marks.copy(), np.array(ceiling, np.float32), count, K, by)
        yield round(WHOLE * last), WHOLE, found
    return found


def _marks(
    model: Model,
    way: str,
    value: float,
    y: np.ndarray | None,
    net: Features | None,
    real: torch.Tensor,
    radius: torch.Tensor,
) -> Generator[Progress, None, Prdc]:
    config, count = model.config, len(real)
    drawn = priors.truncated(config.z_distribution, way, value, count, config.z_dim, SEED, config.codes)
    z, labels = model.latents(drawn, y)
    made = []
    for begin in range(0, count, CHUNK):
        part = slice(begin, begin + CHUNK)
        made.append(model.sample(z[part], None if labels is None else labels[part]).cpu())
        yield begin, 3 * count
    seen = yield from subprogress(_seen(net, defined(torch.cat(made))), 1 / 3, 2 / 3)
    return (yield from subprogress(prdc(real, radius, seen), 2 / 3, 1))


def _seen(net: Features | None, x: torch.Tensor) -> Generator[Progress, None, torch.Tensor]:
    """What of samples (n, *shape) in the range of G is compared: (n, d)."""
    if net is None:
        return x.flatten(1)
    seen = []
    for begin in range(0, len(x), CHUNK):
        seen.append(net(x[begin : begin + CHUNK]))
        yield begin, len(x)
    return torch.cat(seen)


ANSWERS = {Truncation: truncation}
