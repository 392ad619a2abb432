"""What a page sees of a run. Looking changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from playground.data import Samples
from playground.engine.history import SCREEN
from playground.engine.messages import Card, View, Weights
from playground.engine.modalities import IN_VIEWS
from playground.engine.observer import baselines, columns
from playground.engine.translated import real_points, translated
from playground.metrics.evaluate import measured
from playground.metrics.modes import coverage
from playground.training.model import pixels

if TYPE_CHECKING:
    from playground.engine.run import Run


def snapshot(run: Run, version: int, weights: Weights, saliency: bool = False) -> View:
    """The run as a page sees it now; with `saliency`, also what D looks at in each image."""
    run.read()
    trainer = run.trainer
    d, f = (scores.cpu().numpy() for scores in trainer.scores)
    x = trainer.sample(trainer.fixed_z, trainer.fixed_y, weights == "raw")
    samples = pixels(x)
    data = run.samples
    modes, share, other_modes, other_share = _coverage(run, samples, weights)
    shown = IN_VIEWS[trainer.modality.key]
    readings, floors, floor_stds = columns(run.observer.readings)
    view = View(
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
        kind=trainer.modality.key,
        classes=trainer.classes,
        names=data.class_names if trainer.classes else (),
        samples=samples,
        labels=None if trainer.fixed_y is None else trainer.fixed_y.cpu().numpy(),
        fixed_z=trainer.fixed_z.cpu().numpy() if trainer.from_latents else None,
        translation=translated(trainer, x, weights == "raw"),
        real=shown.real(data) if trainer.from_latents else real_points(trainer),
        extent=shown.extent(data),
        scores_real=d,
        scores_fake=f,
        modes=modes,
        mode_count=len(data.centres),
        high_quality=share,
        other_modes=other_modes,
        other_high_quality=other_share,
        recorded=run.recorded if run.record else 0,
        moments=run.timeline.marks(),
        branches=run.timeline.shown_branches(run.step),
        origin=run.origin,
        readings=readings,
        floors=floors,
        floor_stds=floor_stds,
        baselines=baselines(run.observer.readings),
        layers=dict(run.observer.readings[-1].signals.layers) if readings else {},
        measured=measured(trainer) if readings else None,
        diagnosis=run.observer.diagnosis,
    )
    return shown.add(view, trainer, x, saliency)


def _coverage(
    run: Run, samples: np.ndarray, weights: Weights
) -> tuple[int | None, float | None, int | None, float | None]:
    """Modes covered and the share of good samples: of those on show, and of what the other weights make."""
    data = run.samples
    if not data.centres or not run.trainer.from_latents:
        return None, None, None, None
    shown = coverage(samples, data.centres, data.std)
    if not run.config.ema_half_life:
        return *shown, *shown
    other = run.images("raw" if weights == "ema" else "ema")
    return *shown, *coverage(other, data.centres, data.std)


def card(samples: Samples) -> Card:
    """What there is to say of a dataset."""
    x, y = samples.x, samples.y
    all_y = y if y is None or samples.index is None else y[samples.index]
    counts = () if all_y is None else tuple(torch.bincount(all_y, minlength=samples.classes).tolist())
    return Card(
        status="ready",
        n=samples.count,
        shape=samples.shape,
        low=float(x.min()),
        high=float(x.max()),
        names=samples.class_names,
        counts=counts,
        findings=samples.findings,
        **IN_VIEWS[samples.modality.key].sheet(samples),
    )


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
