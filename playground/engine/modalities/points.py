"""Points in a View: with D's plane, where D pushes them, and the latents as G bends them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from playground.data import Samples
from playground.data.modality import POINTS
from playground.engine.messages import View, Weights
from playground.engine.modalities.in_view import InView
from playground.losses.objectives import OBJECTIVES
from playground.training.trainer import Trainer
from playground.utils.priors import quantiles

PLANE = 48  # points per side of D's plane
REAL_POINTS = 600
SCORED, PUSHED = 500, 150  # generated points with a logit, and with a gradient
MESH = 21  # latents per side of the warped grid
MESH_EDGE = 0.02  # of the probability lies below its first latent, and above its last


def _add(view: View, trainer: Trainer, x: torch.Tensor, saliency: bool) -> View:
    """Adds D's plane, what D says of the points x (n, 2), where it pushes them, and the warped grid of latents."""
    y = trainer.told
    plane = _plane(trainer, view.extent)
    probability = OBJECTIVES[view.config["objective"]].probability
    return replace(
        view,
        plane=plane,
        level=0.0 if probability else float(np.median(np.nan_to_num(plane))),
        scores=trainer.logits(x[:SCORED], None if y is None else y[:SCORED], "generated").cpu().numpy(),
        push=trainer.input_gradient(x[:PUSHED], None if y is None else y[:PUSHED], "generated").cpu().numpy(),
        mesh=_mesh(trainer, view.weights) if trainer.from_latents else None,
    )


def _plane(trainer: Trainer, extent: float) -> np.ndarray:
    """D's logit over [-extent, extent]^2, (PLANE, PLANE), row 0 at the bottom."""
    axis = torch.linspace(-extent, extent, PLANE)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return trainer.plane(torch.stack([x, y], 2).reshape(-1, 2)).view(PLANE, PLANE).cpu().numpy()


def _mesh(trainer: Trainer, weights: Weights) -> np.ndarray:
    """G at a grid over the first two numbers of z that are no codes, whose lines part z into equal probability.

    All other numbers of z are 0, the class and the category are the first; (MESH, MESH, 2).
    """
    at = quantiles(trainer.config.z_distribution, np.linspace(MESH_EDGE, 1 - MESH_EDGE, MESH))
    z = torch.zeros(MESH * MESH, trainer.config.z_dim)
    grid = torch.from_numpy(np.stack(np.meshgrid(at, at), 2)).view(-1, 2)
    codes = trainer.config.codes
    z[:, codes.size : codes.size + 2] = grid[:, : trainer.config.z_dim - codes.size]
    if codes.categories:
        z[:, 0] = 1
    y = torch.zeros(len(z), dtype=torch.long) if trainer.classes else None
    return trainer.sample(z, y, weights == "raw").view(MESH, MESH, 2).cpu().numpy()


@lru_cache(maxsize=16)
def _spread(samples: Samples) -> tuple[float, np.ndarray]:
    """Half the side of the square that shows the data with a margin, and points (n, 2) spread evenly over the data.

    The square also shows the samples into which the data is to be translated.
    """
    extent = max(0.1, round(float(samples.x.abs().quantile(0.999)) * 1.3, 1))
    if samples.partner is not None:
        extent = max(extent, _spread(samples.partner)[0])
    return extent, samples.x[torch.linspace(0, len(samples.x) - 1, REAL_POINTS).long()].numpy()


def _sheet(samples: Samples) -> dict[str, Any]:
    extent, points = _spread(samples)
    return {"sheet": points, "extent": extent}


IN_VIEW = InView(
    key=POINTS.key,
    extent=lambda samples: _spread(samples)[0],
    real=lambda samples: _spread(samples)[1],
    add=_add,
    sheet=_sheet,
    drift=POINTS.fixed,
)
