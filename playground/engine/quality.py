"""How good the samples of a run are, in one number that is cheap enough for every other look at a race."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from playground.data import Samples
from playground.engine.messages import Metric
from playground.engine.modalities import IN_VIEWS
from playground.engine.run import Run
from playground.metrics.modes import coverage
from playground.metrics.similarity import ssim
from playground.metrics.sliced import sliced_wasserstein
from playground.training.games.translation import Translation
from playground.training.model import pixels

COMPARED = 600  # samples that are compared with as many real ones


def metric(run: Run) -> Metric:
    """What `measure` measures."""
    if _truth(run) is not None:
        return "ssim"
    return "modes" if run.samples.centres and run.trainer.from_latents else run.samples.modality.key


class Quality(NamedTuple):
    """`value` in the measure `metric`, and the share of the modes that are covered; NaN where the data has none."""

    value: float
    modes: float


def measure(run: Run) -> Quality:
    """The quality of the average of G, from the fixed z; NaN for samples that are not finite.

    "modes": the share of samples within 3 std of a mode, times the share of modes covered; more is better. "ssim": the
    mean SSIM of outputs and their truth, which a blurred mean and a sharp invention lose; more is better. Else: the
    sliced Wasserstein distance to as many real samples, see `InView.flat`; less is better.
    """
    if (truth := _truth(run)) is not None:
        made = run.trainer.sample(run.trainer.fixed_z, None)
        return Quality(float(ssim(made, truth).mean()) if bool(made.isfinite().all()) else float("nan"), float("nan"))
    samples, data = run.images(), run.samples
    if data.centres and run.trainer.from_latents:
        covered, share = coverage(samples, data.centres, data.std)
        return Quality(share * covered / len(data.centres), covered / len(data.centres))
    x = IN_VIEWS[data.modality.key].flat(samples[:COMPARED])
    real = _real(data, len(x)) if run.trainer.from_latents else _targets(run, len(x))
    return Quality(sliced_wasserstein(x, real) if np.isfinite(x).all() else float("nan"), float("nan"))


def _truth(run: Run) -> torch.Tensor | None:
    """What the pictures on show should be (n, *made), in the range of G; None where nobody knows."""
    trainer = run.trainer
    return trainer.truth() if isinstance(trainer, Translation) and len(trainer.made) == 3 else None


def _targets(run: Run, n: int) -> np.ndarray:
    """`n` samples (n, d) of what G's output should look like, spread evenly over the data."""
    i = torch.linspace(0, len(run.trainer.x) - 1, n, device=run.trainer.device).long()
    return IN_VIEWS[run.samples.modality.key].flat(pixels(run.trainer.real(i)[0]))


@lru_cache(maxsize=16)
def _real(data: Samples, n: int) -> np.ndarray:
    """`n` real samples (n, d), spread evenly over the data."""
    i = torch.linspace(0, data.count - 1, n).long()
    x = data.x[i if data.index is None else data.index[i]]
    return IN_VIEWS[data.modality.key].flat(data.modality.arrange(x))
