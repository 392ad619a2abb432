"""A run as it was: at one of its moments, or at all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.history import SCREEN
from playground.engine.messages import Film, View
from playground.engine.modalities import IN_VIEWS
from playground.engine.snapshot import snapshot
from playground.engine.translated import real_points
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

_OF_INPUTS = (  # knobs on which the inputs hang
    "game", "task", "dataset", "folder", "own", "classes", "size", "partner", "partner_classes",
)  # fmt: skip


def past(run: Run, id: int) -> View:
    """The run as it was at a moment, with the curves and events until then. Raises UserError."""
    moment = run.timeline.find(id)
    run.read()
    story = run.timeline.stories.get(moment.branch, run.story()).until(moment)
    view = moment.view
    of_latents = view.translation is None and run.trainer.from_latents
    if view.fixed_z is None and of_latents and view.config["z_dim"] == run.config.z_dim:  # of one that came from a file
        view = replace(view, fixed_z=run.trainer.fixed_z.cpu().numpy())
    now = run.config.model_dump()
    if view.translation is not None and all(view.config[name] == now[name] for name in _OF_INPUTS):
        view = replace(view, real=real_points(run.trainer))
    elif view.real is None and of_latents and view.config["dataset"] == run.config.dataset:
        view = replace(view, real=IN_VIEWS[view.kind].real(run.samples))
    return replace(
        view,
        run=run.id,
        history=story.history.columns(SCREEN),
        events=tuple(story.events),
        moments=run.timeline.marks(),
        branches=run.timeline.shown_branches(run.step),
    )


def film(run: Run) -> list[View]:
    """The run at its moments, from its first step to the present one, branches that were left aside.

    Only what has samples like those of the present one: other data, or images of another size, make no film with it.
    """
    now = snapshot(run, 0, "ema")
    past = [m.view for m in run.timeline.line() if m.step < run.step]
    return [*(view for view in past if _alike(view, now)), now]


def _alike(view: View, now: View) -> bool:
    """Whether both have samples of one kind and shape."""
    shapes = [None if some.samples is None else some.samples.shape[1:] for some in (view, now)]
    return view.kind == now.kind and shapes[0] is not None and shapes[0] == shapes[1]


def strip(run: Run, index: int, reverse: bool = False) -> Film:
    """One of the fixed z in that film, or of a CycleGAN one of the samples of the way from B to A. Raises UserError."""
    found = [(view.step, made) for view in film(run) if (made := _made(view, reverse)) is not None]
    found = [(step, made) for step, made in found if made.shape[1:] == found[-1][1].shape[1:]]
    if not found or not 0 <= index < min(len(made) for _step, made in found):
        raise UserError(_("There is no such sample."))
    return Film(tuple(step for step, _made in found), np.stack([made[index] for _step, made in found]))


def _made(view: View, reverse: bool) -> np.ndarray | None:
    """What G made, or G_BA of a CycleGAN."""
    if not reverse:
        return view.samples
    back = None if view.translation is None else view.translation.reverse
    return None if back is None else back.samples
