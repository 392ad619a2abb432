"""What is measured of generated points, in pieces, each value with its floor: real against as many other real ones."""

from __future__ import annotations

from collections.abc import Generator
from weakref import WeakKeyDictionary

import numpy as np
import torch

from playground.data import Samples
from playground.metrics.histogram import jensen_shannon
from playground.metrics.modes import judge
from playground.metrics.sliced import sliced_wasserstein
from playground.model import Model
from playground.readings import Value

POINTS = 2500  # that are compared with as many real ones

Work = Generator[tuple[int, int], None, dict[str, Value]]
_floors: WeakKeyDictionary[Samples, tuple[np.ndarray, dict[str, float]]] = WeakKeyDictionary()


def work(model: Model, dear: bool) -> Work:
    """The values of a model that does not change meanwhile; there are none of images here. All of points are cheap."""
    samples = model.samples
    if len(samples.shape) != 1:
        return {}
    if samples not in _floors:
        real = _real(samples, 0)
        _floors[samples] = real, (yield from _marks(samples, _real(samples, 1), real))
    real, floors = _floors[samples]
    trainer = model.trainer
    x = model.sample(trainer.fixed_z[:POINTS], None if trainer.fixed_y is None else trainer.fixed_y[:POINTS])
    found = yield from _marks(samples, x.cpu().numpy(), real)
    return {key: Value(value, floors[key]) for key, value in found.items()}


def _marks(samples: Samples, x: np.ndarray, real: np.ndarray) -> Generator[tuple[int, int], None, dict[str, float]]:
    found = {"spread": _spread(x) / _spread(real)}
    yield 0, 3
    if samples.centres:
        marks = judge(x, samples.centres, samples.std)
        found |= {"modes": marks.covered, "high_quality": marks.high_quality, "reverse_kl": marks.reverse_kl}
        yield 1, 3
    found["jensen_shannon"] = jensen_shannon(x, real, 1.3 * float(np.abs(real).max()))
    yield 2, 3
    n = min(len(x), len(real))
    found["sliced_wasserstein"] = sliced_wasserstein(x[:n], real[:n])
    return found


def _spread(x: np.ndarray) -> float:
    """The root mean square distance to the centre."""
    return float(np.sqrt(x.var(0).sum()))


def _real(samples: Samples, part: int) -> np.ndarray:
    """One of two sets of POINTS real points (n, 2), drawn at random but always the same."""
    order = torch.randint(samples.count, (2, POINTS), generator=torch.Generator().manual_seed(0))[part]
    x: np.ndarray = samples.x[order if samples.index is None else samples.index[order]].numpy()
    return x
