"""What each command does to a run, and what data it makes the run read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playground.config.run_config import KNOBS, RunConfig
from playground.engine import messages
from playground.engine.dataset_loader import DatasetRef
from playground.engine.messages import Command
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run


def carry_out(run: Run, command: Command) -> None:
    """Apply a command; what cannot be done is said in the run's notice."""
    run.notice = ""
    run.by = _("Co-teacher") if command.by else ""
    try:
        _HANDLERS[type(command)](run, command)
        if run.by and type(command) in _SAID:
            run.note("steer", _SAID[type(command)])
    except UserError as error:
        run.notice = str(error)
    run.by = ""
    run.observer.consult(run)


def needed(run: Run | None, config: RunConfig, command: Any) -> tuple[DatasetRef, ...]:
    """The datasets that a command makes a run with `config` read, () if none. Raises many kinds of errors."""
    match command:
        case messages.SetKnobs(values):
            new = RunConfig.read(values, config)[0]
        case messages.Reset(values):
            return _datasets(RunConfig.read(values, config)[0])
        case messages.Rewind(moment) if run is not None:
            new = RunConfig.checked(run.timeline.find(moment).view.config)
        case _ if run is not None:
            return ()
        case _:
            return _datasets(config)
    if run is not None and all(KNOBS[name].live for name in new.differences(config)):
        return ()
    return _datasets(new)


def _datasets(config: RunConfig) -> tuple[DatasetRef, ...]:
    """That of a config, and the one into which its samples are translated, if it is another."""
    first, partner = DatasetRef(config.dataset, config.source), config.choice.partner
    return (first, DatasetRef(partner)) if partner not in ("", config.dataset) else (first,)


def _step(run: Run, _command: messages.Step) -> None:
    run.pause()
    run.remember_in_time()
    run.advance(1)
    run.settle()


def _step_through(run: Run, command: messages.StepThrough) -> None:
    from playground.engine.slow_step import step_through  # which imports torch

    run.remember_in_time()
    step_through(run, command.part)


def _remember(run: Run, _command: messages.Remember) -> None:
    if run.remember() is None:
        raise UserError(_("A number of this run is infinite or undefined (NaN): nothing to remember."))


def _rewind(run: Run, command: messages.Rewind) -> None:
    run.rewind(command.moment)
    run.set_knobs(command.values)


_SAID: dict[type, str] = {messages.Play: _("Play"), messages.Pause: _("Pause"), messages.Reset: _("Reset")}

_HANDLERS: dict[type, Callable[[Run, Any], None]] = {
    messages.Play: lambda run, command: run.play(),
    messages.Pause: lambda run, command: run.pause(),
    messages.Step: _step,
    messages.StepThrough: _step_through,
    messages.SetKnobs: lambda run, command: run.set_knobs(command.values),
    messages.Reset: lambda run, command: run.reset(command.values),
    messages.UseFixedZ: lambda run, command: run.use_fixed_z(command.z, command.y),
    messages.Remember: _remember,
    messages.Rewind: _rewind,
}
