"""New runs that go on from others, in the memory of the same engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playground.engine.race import Race, Races
from playground.engine.run_pool import RunPool
from playground.engine.run_slot import RunSlot
from playground.engine.run_storage import RunStorage
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run


def fork_run(
    pool: RunPool, storage: RunStorage, run: Run, moment: int | None, values: dict[str, Any], new_id: str
) -> None:
    """Make the run `new_id` from a moment of `run`, or from the present, with other live knobs. Raises UserError."""
    from playground.engine.run_state import fork

    pool.admit()
    new = fork(run, new_id, moment, values)
    if storage.holds(new_id) or not pool.adopt(new_id, RunSlot(new.config.model_dump(), new)):
        raise UserError(_("There is a run of this name."))


def fork_race(pool: RunPool, races: Races, exists: Callable[[str], bool], group: Race, new_id: str) -> None:
    """Make the race `new_id` from all lanes of another as they are now. Raises UserError."""
    from playground.engine.run_state import fork

    lanes = [f"{new_id}-{n}" for n in range(1, len(group.lanes) + 1)]
    slots = [pool.slots.get(lane) for lane in group.lanes]
    runs = [slot.run for slot in slots if slot is not None and slot.run is not None]
    if len(runs) < len(lanes):
        raise UserError(_("This race is not ready yet."))
    if races.find(new_id) or any(map(exists, lanes)):
        raise UserError(_("There is a race of this name."))
    pool.admit()
    new = [fork(run, lane, None, {}) for run, lane in zip(runs, lanes, strict=True)]
    configs = [run.config.model_dump() for run in new]
    for run, config in zip(new, configs, strict=True):
        pool.adopt(run.id, RunSlot(config, run))
    races.open(new_id, configs, group.exact)
