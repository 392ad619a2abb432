"""A run as plain values and tensors, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.config.run_config import KNOBS, RunConfig
from playground.engine.history import History
from playground.engine.links import public
from playground.engine.timeline import Story, Timeline
from playground.engine.untrusted import DAMAGED, events_in, words_in
from playground.training import checkpoint
from playground.training.trainer import Trainer
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run


def state(run: Run) -> dict[str, Any]:
    """Everything of a run but its past. Call it after `Run.read`."""
    return {
        "trainer": run.trainer.state(),
        "history": run.history.state(),
        "events": [[e.step, e.kind, e.text] for e in run.events],
        "generation": run.generation,
        "playing": run.status == "playing",
        "origin": run.origin and list(run.origin),
        "branch": run.timeline.branch,
    }


def restore(run: Run, state: dict[str, Any]) -> None:
    """Take over a state; live knobs stay as they are now if the structure is the same."""
    config = run.config
    saved = RunConfig(**state["trainer"]["config"])
    run.trainer.tune(saved)
    same_device = run.trainer.load_state(state["trainer"])
    if all(KNOBS[name].live for name in config.differences(saved)):
        run.trainer.tune(config)
    guarded(lambda: _retell(run, state), DAMAGED)
    if not same_device:
        run.note("restored", _("On another kind of device: goes on, but not bit-exactly"))


def _retell(run: Run, state: dict[str, Any]) -> None:
    """Take over the story in a state. Raises many kinds of errors."""
    history = History.from_state(state["history"])
    if history.names != run.trainer.columns:
        raise ValueError("history")
    run.history = history
    run.events = events_in(state["events"])
    run.generation = int(state["generation"])
    origin = state.get("origin")
    run.origin = origin and (public(*words_in(origin[0])), int(origin[1]))
    run.status = "playing" if state["playing"] else "paused"
    run.saved_branch = state.get("branch")


def load(trainer: Trainer, state: dict[str, Any]) -> None:
    """Have a trainer go on from a moment. Raises UserError."""
    trainer.load_state(state)
    check_finite(trainer)


def check_finite(trainer: Trainer) -> None:
    """Raises UserError for weights that would never train again."""
    if not trainer.finite():
        raise UserError(_("The weights in this checkpoint are not finite."))


def fork(run: Run, new_id: str, id: int | None, values: dict[str, Any]) -> Run:
    """Another run that goes on from a moment, or from the present, with other live knobs. Raises UserError."""
    from playground.engine.run import Run

    if id is None:
        state = checkpoint.from_bytes(run.to_bytes())["trainer"]
        story = Story(run.history.until(run.history.count), list(run.events))
    else:
        moment, state = run.timeline.find(id), run.state_of(id)
        story = run.timeline.stories.get(moment.branch, run.story()).until(moment)
    config = RunConfig(**state["config"])
    if any(not KNOBS[name].live for name in config.changed(**values).differences(config)):
        raise UserError(_("A fork keeps the networks. Choose a knob that acts live."))
    new = Run(new_id, config)
    load(new.trainer, state)
    new.history, new.events = story.history, story.events
    new.timeline = Timeline(new.step)
    new.origin = (public(run.id), new.step)
    new.note("fork", _("Forked"))
    new.set_knobs(values)
    new.moment = new.to_bytes()
    return new
