"""How good the samples of a run are, in one number that is cheap enough for every other look at a race."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from playground.data import Samples
from playground.engine.messages import Metric
from playground.engine.run import Run
from playground.metrics.modes import coverage
from playground.metrics.sliced import sliced_wasserstein

POINTS = 600  # that are compared with as many real ones


def metric(run: Run) -> Metric:
    """What `measure` measures."""
    return "pixels" if run.trainer.images else "modes" if run.samples.centres else "points"


def measure(run: Run) -> float:
    """The quality of the average of G, from the fixed z; NaN for samples that are not finite.

    "modes": the share of samples within 3 std of a mode, times the share of modes covered; more is better. "points",
    "pixels": the sliced Wasserstein distance to as many real samples, pixels being 0 to 1; less is better.
    """
    samples, data = run.images(), run.samples
    if data.centres:
        covered, share = coverage(samples, data.centres, data.std)
        return share * covered / len(data.centres)
    x = _flat(samples[:POINTS])
    return sliced_wasserstein(x, _real(data, len(x))) if np.isfinite(x).all() else float("nan")


@lru_cache(maxsize=16)
def _real(data: Samples, n: int) -> np.ndarray:
    """`n` real samples (n, d), spread evenly over the data."""
    i = torch.linspace(0, data.count - 1, n).long()
    x = data.x[i if data.index is None else data.index[i]]
    return _flat((x.permute(0, 2, 3, 1) if x.dim() == 4 else x).numpy())


def _flat(x: np.ndarray) -> np.ndarray:
    """Points as they are, images (n, h, w, c) uint8 as pixels from 0 to 1."""
    flat = x.reshape(len(x), -1)
    return flat.astype(np.float32) / 255 if x.dtype == np.uint8 else flat
