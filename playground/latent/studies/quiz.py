"""Real or generated? D's answers beside those of a person; and points in the place of G's samples, against D.

All random numbers come from generators of their own, and D judges in eval mode: the run stays as it is.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from playground.latent.quiz import (
    MOST_POINTS,
    MOST_TILES,
    Opponent,
    OpponentFound,
    Placed,
    PlacedFound,
    RealOrGenerated,
    Tiles,
)
from playground.losses.objectives import OBJECTIVES
from playground.metrics.modes import coverage
from playground.training.latents import draw_z
from playground.training.model import Model, defined, pixels, unpixels
from playground.utils.chunked import Progress
from playground.utils.errors import UserError
from playground.utils.random_streams import RandomStreams
from playground.utils.translation import _

COMPARED = 200  # samples of each kind that tell what D says on average
SEED = 11  # of those
PLANE = 48  # logits per side of D's plane


def tiles(model: Model, question: RealOrGenerated) -> Generator[Progress, None, Tiles]:
    """A round. D judges the pictures as they are shown, rounded to 256 levels."""
    _check(model, "images")
    if not (0 < question.count <= MOST_TILES and 0 <= question.seed < 2**62):
        raise UserError(_("This is not a round of the quiz."))
    yield 0, 1
    draws = _draws(model, question.seed)
    real = draws.uniform(question.count) < 0.5
    x, fake, y = _both(model, question.count, draws)
    pictures = np.where(real.cpu().numpy()[:, None, None, None], pixels(x), pixels(fake))
    logits = model.logits(_as_seen(model, pictures), y).cpu().numpy()
    labels = None if y is None else y.cpu().numpy()
    return Tiles(pictures, real.cpu().numpy(), logits, _level(model), labels)


def opponent(model: Model, question: Opponent) -> Generator[Progress, None, OpponentFound]:
    """D's plane, and how G's samples do in it."""
    _check(model, "points")
    if not (0 < question.extent < 1e6 and 0 < question.count <= MOST_POINTS):
        raise UserError(_("These points cannot be used."))
    yield 0, 1
    axis = torch.linspace(-question.extent, question.extent, PLANE)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    plane = model.trainer.plane(torch.stack([columns, rows], 2).reshape(-1, 2)).view(PLANE, PLANE)
    x, fake, _y = _both(model, COMPARED, _draws(model, SEED))
    with torch.no_grad():
        d, f = _judged(model, x), _judged(model, fake)
        loss = float(_loss(model, d, f))
    samples = fake.cpu().numpy()
    return OpponentFound(
        plane.cpu().numpy(),
        _level(model),
        samples,
        x.cpu().numpy(),
        loss,
        float(f.mean()),
        len(model.samples.centres),
        *_covered(model, samples[: question.count]),
    )


def placed(model: Model, question: Placed) -> Generator[Progress, None, PlacedFound]:
    """G's loss of points, as if it had made them, and its gradient by each."""
    _check(model, "points")
    points = np.ascontiguousarray(question.points, np.float32)
    fits = points.ndim == 2 and points.shape[1] == 2 and 0 < len(points) <= MOST_POINTS
    if not fits or not np.isfinite(points).all():
        raise UserError(_("These points cannot be used."))
    yield 0, 1
    x = torch.from_numpy(points).to(model.device).requires_grad_()
    with torch.no_grad():
        d = _judged(model, _both(model, COMPARED, _draws(model, SEED))[0])
    f = _judged(model, x)
    loss = _loss(model, d, f)
    (gradient,) = torch.autograd.grad(loss, x)
    pull = (-len(points) * gradient).cpu().numpy()
    return PlacedFound(float(loss.detach()), f.detach().cpu().numpy(), pull, *_covered(model, points))


def _check(model: Model, kind: str) -> None:
    if not model.trainer.from_latents or model.samples.modality.key != kind:
        raise UserError(_("This game is not for this run."))


def _draws(model: Model, seed: int) -> RandomStreams:
    return RandomStreams(torch.Generator(model.device).manual_seed(seed))


def _both(model: Model, n: int, draws: RandomStreams) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """`n` training samples, as many that G makes, and the labels that both have."""
    places = model.trainer.places(n, draws)
    x, y = model.trainer.real(places)
    return x, defined(model.sample(draw_z(model.config, n, draws), y)), y


def _as_seen(model: Model, pictures: np.ndarray) -> torch.Tensor:
    """Pictures (n, h, w, c) uint8 as D sees them."""
    return unpixels(pictures).to(model.device)


def _level(model: Model) -> float:
    """The logit above which D says real: 0 where it is a probability, else half-way between the means of both kinds."""
    if OBJECTIVES[model.config.objective].probability:
        return 0.0
    x, fake, y = _both(model, COMPARED, _draws(model, SEED))
    if model.samples.modality.key == "images":
        means = [float(model.logits(_as_seen(model, pixels(each)), y).mean()) for each in (x, fake)]
    else:
        with torch.no_grad():
            means = [float(_judged(model, each).mean()) for each in (x, fake)]
    return sum(means) / 2


def _judged(model: Model, x: torch.Tensor) -> torch.Tensor:
    """D's logits (n,) of points (n, 2), of which nobody says the class: the mean over all classes, as in the plane."""
    labels: list[torch.Tensor | None] = [torch.full((len(x),), k, device=x.device) for k in range(model.classes)]
    return torch.stack([model.trainer.judge_alone(x, y, None) for y in labels or [None]]).mean(0)


def _loss(model: Model, d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    """G's loss where D's logits are d (m,) of real and f (n,) of generated samples; each one meets each of the others.

    That matters to relativistic objectives alone.
    """
    objective = OBJECTIVES[model.config.objective]
    if not objective.needs_real:
        return objective.g_loss(f, f)
    return objective.g_loss(d.repeat(len(f)), f.repeat_interleave(len(d)))


def _covered(model: Model, points: np.ndarray) -> tuple[int | None, float | None]:
    """Modes that points cover, and the share of them within 3σ of one; None where the data has no modes."""
    data = model.samples
    return coverage(points, data.centres, data.std) if data.centres else (None, None)


ANSWERS = {RealOrGenerated: tiles, Opponent: opponent, Placed: placed}
