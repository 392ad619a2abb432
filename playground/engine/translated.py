"""What a run that translates made of its inputs, as a page sees it. Looking changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from playground.data.modality import IMAGES
from playground.data.tasks.looks import grey
from playground.data.tasks.repairs import hide
from playground.engine.messages import OwnInput, Translation
from playground.engine.modalities.points import REAL_POINTS
from playground.training.games.cycle import Cycle
from playground.training.games.translation import Translation as Game
from playground.training.model import Model, defined, pixels
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

NUMBERS = 2**19  # of all samples that a person brings at a time: some thirty pictures of 64x64 pixels


def translated(trainer: Trainer, x: torch.Tensor, raw: bool) -> Translation | None:
    """What a page sees beside the outputs x (n, *made) of the fixed inputs; None where G is given z."""
    if not isinstance(trainer, Game):
        return None
    a = trainer.fixed_z
    reverse = None
    if isinstance(trainer, Cycle):
        b = trainer.held_out_b_inputs()
        there = trainer.sample_back(b, raw)
        reverse = Translation(pixels(b), pixels(there), back=pixels(trainer.sample(there, None, raw)))
    truth, back = trainer.truth(), trainer.back(x, raw)
    return Translation(
        inputs=pixels(trainer.seen(a)),
        truth=None if truth is None else pixels(truth),
        back=None if back is None else pixels(back),
        hidden=_hidden(trainer, a),
        patches=_patches(trainer, x),
        reverse=reverse,
    )


def real_points(trainer: Trainer) -> np.ndarray | None:
    """Points (n, 2) as the outputs should be, spread evenly over the data; None for a run that translates no points."""
    if not isinstance(trainer, Game) or len(trainer.made) != 1:
        return None
    count = len(trainer.x if trainer.x_b is None else trainer.x_b)
    return pixels(trainer.real(torch.linspace(0, count - 1, REAL_POINTS).long().to(trainer.device))[0])


def _hidden(trainer: Game, a: torch.Tensor) -> np.ndarray | None:
    return a[:, -1].bool().cpu().numpy() if trainer.task.masked else None


@torch.no_grad()
def _patches(trainer: Game, x: torch.Tensor) -> np.ndarray | None:
    """D's logit of each part of each output, (n, rows, columns); None where D judges it as a whole."""
    logits = trainer.patch_logits(x, trainer.told)
    if logits.shape[1] == 1:
        return None
    rows = trainer.patch_rows(logits.shape[1])
    return logits.view(len(logits), rows, -1).cpu().numpy()


# Samples that a person brings


def translate(model: Model, given: OwnInput) -> Translation:
    """What G makes of somebody's samples; the task has the same random numbers each time. Raises UserError.

    `truth` is what the output should be, where that is known; `back` is the way back, where there is one.
    """
    trainer = model.trainer
    if not isinstance(trainer, Game):
        raise UserError(_("The G of this run is given random numbers z: it translates nothing."))
    if given.hidden is not None and (given.reverse or not trainer.task.masked):
        raise UserError(_("Nothing can be hidden from G in this task."))
    if given.reverse:
        return _translate_back(model, trainer, given)
    x = _as_seen(trainer, given.samples, _shape_of_seen(trainer) if given.direct else trainer.samples.shape)
    a = _input(trainer, x, given)
    out = defined(model.sample(a, None))
    known = not isinstance(trainer, Cycle) and (trainer.task.masked or not given.direct)
    back = trainer.back(out, model.raw)
    return Translation(
        inputs=pixels(trainer.seen(a)),
        samples=pixels(out),
        truth=pixels(_b(trainer, x)) if known else None,
        back=None if back is None else pixels(back),
        hidden=_hidden(trainer, a),
    )


def _translate_back(model: Model, trainer: Game, given: OwnInput) -> Translation:
    """From B to A, and there again."""
    if not isinstance(trainer, Cycle):
        raise UserError(_("This run has no way back: only a CycleGAN learns both directions."))
    x = _as_seen(trainer, given.samples, trainer.made if given.direct else trainer.samples.shape)
    b = x if given.direct else _b(trainer, x)
    out = defined(trainer.sample_back(b, model.raw))
    return Translation(pixels(b), pixels(out), back=pixels(model.sample(out, None)))


def _b(trainer: Game, x: torch.Tensor) -> torch.Tensor:
    """What the output should look like, made of samples x (n, *shape) as the networks see them."""
    return trainer.task.b(x, trainer.amount(), trainer.looking())


def _input(trainer: Game, x: torch.Tensor, given: OwnInput) -> torch.Tensor:
    """G's input (n, *given) made of samples x as the networks see them. Raises UserError."""
    if given.hidden is None and not given.direct:
        return trainer.task.a(x, trainer.amount(), trainer.looking())
    if not trainer.task.masked:
        return x
    if given.hidden is None:
        return hide(x, torch.zeros_like(x[:, :1]))
    if given.hidden.dtype != np.bool_ or given.hidden.shape != (len(x), *x.shape[2:]):
        raise UserError(_("What is hidden does not have the size of the picture."))
    return hide(x, torch.tensor(given.hidden).to(x)[:, None])


def _shape_of_seen(trainer: Game) -> tuple[int, ...]:
    """The shape of one of G's inputs without the mask."""
    channels, *size = trainer.given
    return (channels - 1, *size) if trainer.task.masked else trainer.given


def _as_seen(trainer: Game, samples: np.ndarray, shape: tuple[int, ...]) -> torch.Tensor:
    """Shown samples (n, ...) as the networks see them, (n, *shape), on the device. Raises UserError."""
    if not isinstance(samples, np.ndarray) or not trainer.modality.is_shown(samples) or not len(samples):
        raise UserError(_("These samples do not fit this run."))
    if len(samples) > 1 and samples.size > NUMBERS:
        raise UserError(_("These are too many samples at a time."))
    x = torch.tensor(samples)
    if trainer.modality is not IMAGES:
        if samples.shape[1:] != shape or not bool(x.isfinite().all()):
            raise UserError(_("These samples do not fit this run."))
        return trainer.normalise(x.to(trainer.device))
    if samples.shape[1:3] != shape[1:]:
        words = _("These pictures do not fit this run: it wants {height}×{width} pixels.")
        raise UserError(words.format(height=shape[1], width=shape[2]))
    x = trainer.normalise(x.permute(0, 3, 1, 2).to(trainer.device))
    return x if x.shape[1] == shape[0] else grey(x) if shape[0] == 1 else x.expand(-1, 3, -1, -1)
