"""What a page sees of a run. Looking changes nothing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from playground.data import DATASETS, Samples
from playground.engine.history import SCREEN
from playground.engine.messages import View, Weights
from playground.engine.run import Run
from playground.metrics.modes import coverage
from playground.trainer import Trainer

PLANE = 48  # points per side of D's plane
REAL_POINTS = 600


def look(run: Run, version: int, weights: Weights) -> View:
    """The run as a page sees it now."""
    run.read()
    trainer = run.trainer
    d, f = (scores.cpu().numpy() for scores in trainer.scores)
    samples = run.images(weights)
    toy = DATASETS[run.config.dataset]
    modes, share = coverage(samples, toy.centres, toy.std) if toy.centres else (None, None)
    extent, real = (1.0, None) if trainer.images else _points(run.samples)
    return View(
        run=run.id,
        generation=run.generation,
        version=version,
        config=run.config.model_dump(),
        status=run.status,
        weights=weights,
        step=run.step,
        notice=run.notice,
        steps_per_second=run.steps_per_second,
        device=_device_name(trainer.device),
        history=run.history.columns(SCREEN),
        events=tuple(run.events),
        kind="images" if trainer.images else "points",
        classes=trainer.classes,
        samples=samples,
        labels=None if trainer.fixed_y is None else trainer.fixed_y.cpu().numpy(),
        fixed_z=trainer.fixed_z.cpu().numpy(),
        real=real,
        plane=None if trainer.images else _plane(trainer, extent),
        extent=extent,
        scores_real=d,
        scores_fake=f,
        modes=modes,
        mode_count=len(toy.centres),
        high_quality=share,
    )


@lru_cache(maxsize=16)
def _points(samples: Samples) -> tuple[float, np.ndarray]:
    """Half the side of the square that shows the data with a margin, and points (n, 2) spread evenly over the data."""
    extent = round(float(samples.x.abs().quantile(0.999)) * 1.3, 1)
    return extent, samples.x[torch.linspace(0, len(samples.x) - 1, REAL_POINTS).long()].numpy()


def _plane(trainer: Trainer, extent: float) -> np.ndarray:
    """D's logit over [-extent, extent]^2, (PLANE, PLANE), row 0 at the bottom."""
    axis = torch.linspace(-extent, extent, PLANE)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return trainer.plane(torch.stack([x, y], 2).reshape(-1, 2)).view(PLANE, PLANE).cpu().numpy()


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
