"""One step, or what it does to one network, recorded phase by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.config.run_config import RunConfig
from playground.training.recorder import Recorder
from playground.utils.step_record import Part, Record
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run


def step_through(run: Run, part: Part) -> None:
    """Make one step, or what it does to D or to G alone, and record it; paused, and no knob is another one then."""
    run.status = "paused"
    old, before, trainer = run.config, run.step, run.trainer
    config = old.changed(**_alone(old, part))
    trainer.tune(config)
    recorder = Recorder(trainer)
    try:
        with recorder.watching():
            run.advance(1)
    finally:
        trainer.tune(old)
    run.settle()
    if run.step == before + 1:  # else it broke the run
        run.record = Record(before, part, config.model_dump(), tuple(recorder.phases))
        run.recorded += 1
        if part != "both":
            run.note("part", _("D alone learned") if part == "d" else _("G alone learned"))


def _alone(config: RunConfig, part: Part) -> dict[str, int]:
    """The knobs with which a step makes updates of one network only, at least one."""
    if part == "d":
        return {"d_steps": max(1, config.d_steps), "g_steps": 0}
    return {"d_steps": 0, "g_steps": max(1, config.g_steps), "d_head_start": 0} if part == "g" else {}
