"""What a page sees of a run. Looking changes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from playground.data import Samples
from playground.engine.history import SCREEN
from playground.engine.messages import Card, View, Weights
from playground.engine.observer import columns
from playground.losses.objectives import OBJECTIVES
from playground.metrics.evaluate import measured, prepared
from playground.metrics.modes import coverage
from playground.training.model import pixels
from playground.training.trainer import Trainer
from playground.utils.priors import quantiles

if TYPE_CHECKING:
    from playground.engine.run import Run

PLANE = 48  # points per side of D's plane
REAL_POINTS = 600
SCORED, PUSHED = 500, 150  # generated points with a logit, and with a gradient
MESH = 21  # latents per side of the warped grid
MESH_EDGE = 0.02  # of the probability lies below its first latent, and above its last
SHEET = 100  # images on a card


def snapshot(run: Run, version: int, weights: Weights, saliency: bool = False) -> View:
    """The run as a page sees it now; with `saliency`, also what D looks at in each image."""
    run.read()
    trainer = run.trainer
    d, f = (scores.cpu().numpy() for scores in trainer.scores)
    x = trainer.sample(trainer.fixed_z, trainer.fixed_y, weights == "raw")
    samples = pixels(x)
    data = run.samples
    modes, share, other_modes, other_share = _coverage(run, samples, weights)
    extent, real = (1.0, None) if trainer.images else spread(data)
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
        kind="images" if trainer.images else "points",
        classes=trainer.classes,
        names=data.class_names if trainer.classes else (),
        samples=samples,
        labels=None if trainer.fixed_y is None else trainer.fixed_y.cpu().numpy(),
        fixed_z=trainer.fixed_z.cpu().numpy(),
        real=real,
        extent=extent,
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
        layers=dict(run.observer.readings[-1].signals.layers) if readings else {},
        measured=measured(data) if readings else None,
        prepared=prepared(data) if trainer.images else 0.0,
        diagnosis=run.observer.diagnosis,
    )
    return _images(view, trainer, x, saliency) if trainer.images else _points(view, trainer, x)


def _coverage(
    run: Run, samples: np.ndarray, weights: Weights
) -> tuple[int | None, float | None, int | None, float | None]:
    """Modes covered and the share of good samples: of those on show, and of what the other weights make."""
    data = run.samples
    if not data.centres:
        return None, None, None, None
    shown = coverage(samples, data.centres, data.std)
    if not run.config.ema_half_life:
        return *shown, *shown
    other = run.images("raw" if weights == "ema" else "ema")
    return *shown, *coverage(other, data.centres, data.std)


def _images(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    """Adds what D says of the images x (n, c, h, w) and, if asked for, where in each it looks."""
    y = trainer.fixed_y
    scores = trainer.logits(x, y, "generated").cpu().numpy()
    return replace(
        view, scores=scores, saliency=_saliency(trainer.input_gradient(x, y, "generated")) if saliency else None
    )


def _saliency(gradient: torch.Tensor) -> np.ndarray:
    """max_c |dD/dx| of gradients (n, c, h, w), each image by its own greatest value; (n, h, w) uint8.

    Simonyan et al., Deep Inside Convolutional Networks, 2014.
    """
    size = gradient.abs().amax(1)
    unit = size / size.amax((1, 2), keepdim=True).clamp_min(1e-12)
    return (255 * unit).nan_to_num().round().byte().cpu().numpy()


def _points(view: View, trainer: Trainer, x: torch.Tensor) -> View:
    """Adds D's plane, what D says of the points x (n, 2), where it pushes them, and the warped grid of latents."""
    y = trainer.fixed_y
    plane = _plane(trainer, view.extent)
    probability = OBJECTIVES[view.config["objective"]].probability
    return replace(
        view,
        plane=plane,
        level=0.0 if probability else float(np.median(np.nan_to_num(plane))),
        scores=trainer.logits(x[:SCORED], None if y is None else y[:SCORED], "generated").cpu().numpy(),
        push=trainer.input_gradient(x[:PUSHED], None if y is None else y[:PUSHED], "generated").cpu().numpy(),
        mesh=_mesh(trainer, view.weights),
    )


def _mesh(trainer: Trainer, weights: Weights) -> np.ndarray:
    """G at a grid over the first two numbers of z, whose lines part z into equal probability; (MESH, MESH, 2).

    All other numbers of z are 0, and the class is the first.
    """
    at = quantiles(trainer.config.z_distribution, np.linspace(MESH_EDGE, 1 - MESH_EDGE, MESH))
    z = torch.zeros(MESH * MESH, trainer.config.z_dim)
    grid = torch.from_numpy(np.stack(np.meshgrid(at, at), 2)).view(-1, 2)
    z[:, :2] = grid[:, : trainer.config.z_dim]
    y = torch.zeros(len(z), dtype=torch.long) if trainer.classes else None
    return trainer.sample(z, y, weights == "raw").view(MESH, MESH, 2).cpu().numpy()


@lru_cache(maxsize=16)
def spread(samples: Samples) -> tuple[float, np.ndarray]:
    """Half the side of the square that shows the data with a margin, and points (n, 2) spread evenly over the data."""
    extent = max(0.1, round(float(samples.x.abs().quantile(0.999)) * 1.3, 1))
    return extent, samples.x[torch.linspace(0, len(samples.x) - 1, REAL_POINTS).long()].numpy()


def card(samples: Samples) -> Card:
    """What there is to say of a dataset."""
    x, y = samples.x, samples.y
    all_y = y if y is None or samples.index is None else y[samples.index]
    counts = () if all_y is None else tuple(torch.bincount(all_y, minlength=samples.classes).tolist())
    common: dict[str, Any] = {
        "status": "ready",
        "n": samples.count,
        "shape": samples.shape,
        "low": float(x.min()),
        "high": float(x.max()),
        "names": samples.class_names,
        "counts": counts,
        "findings": samples.findings,
    }
    if len(samples.shape) == 1:
        extent, points = spread(samples)
        return Card(**common, sheet=points, extent=extent)
    i = _spread_classes(y, len(x), len(counts))
    images = x[i].permute(0, 2, 3, 1).contiguous().numpy()
    return Card(**common, sheet=images, sheet_labels=None if y is None else y[i].numpy())


def _spread_classes(y: torch.Tensor | None, n: int, classes: int) -> torch.Tensor:
    """Indices of up to SHEET samples spread over the data; with labels, as many of each of the first classes."""
    if y is None:
        return torch.linspace(0, n - 1, min(n, SHEET)).long()
    each = max(1, SHEET // max(1, classes))
    found = [(y == k).nonzero()[:, 0] for k in range(min(classes, SHEET))]
    return torch.cat([i[torch.linspace(0, len(i) - 1, min(len(i), each)).long()] for i in found])


def _plane(trainer: Trainer, extent: float) -> np.ndarray:
    """D's logit over [-extent, extent]^2, (PLANE, PLANE), row 0 at the bottom."""
    axis = torch.linspace(-extent, extent, PLANE)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return trainer.plane(torch.stack([x, y], 2).reshape(-1, 2)).view(PLANE, PLANE).cpu().numpy()


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
