"""What a run that translates made of its inputs, as a page sees it. Looking changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from playground.engine.messages import Translation
from playground.engine.modalities.points import REAL_POINTS
from playground.training.games.cycle import Cycle
from playground.training.games.translation import Translation as Game
from playground.training.model import pixels

if TYPE_CHECKING:
    from playground.training.trainer import Trainer


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
