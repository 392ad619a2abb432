"""The runs in an engine's memory: which of them stay there, and which live on disk only.

This module does not import torch: the worker does, so that the engine answers before torch is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from playground.data import own
from playground.engine import limits
from playground.engine.links import group_of
from playground.engine.race import Races
from playground.engine.run_slot import RunSlot
from playground.engine.run_storage import RunStorage
from playground.utils import logs, shares
from playground.utils.errors import UserError
from playground.utils.shares import EVICT_AFTER
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

PAUSE_AFTER = 120.0  # seconds without a viewer; hidden tabs ask once a minute
EVICT_WATCHED = 10.0  # seconds without a viewer from which a run may be let go when there are too many
MAX_RUNS = 64  # in memory
WEIGH_EVERY = 1.0  # seconds between two looks at the memory that runs take
SWEEP_EVERY = 60.0  # seconds between two looks for sets that nobody uses

log = logging.getLogger(__name__)


class RunPool:
    """The slots of the runs. `adopt` and `slots` are for any thread, the rest is the worker's."""

    def __init__(self, storage: RunStorage, races: Races) -> None:
        self.slots: dict[str, RunSlot] = {}
        self._storage, self._races = storage, races
        self._lock = threading.Lock()  # guards the dictionary of slots
        self._swept = self._weighed = 0.0

    def adopt(self, run_id: str, slot: RunSlot, anew: bool = False) -> bool:
        """Put a slot in, or another one in its place if it is to be there `anew`; gives whether it was put in."""
        with self._lock:
            if run_id in self.slots and not anew:
                return False
            self.slots[run_id] = slot
            return True

    def tidy(self) -> None:
        """What is to be done now and then."""
        for run_id, slot in list(self.slots.items()):
            if slot.begun and slot.run is not None:
                slot.begun = False
                self._storage.began(run_id)
        for run_id, slot in list(self.slots.items()):
            guard(slot, partial(self._keep_house, run_id))
            failed = slot.run is None and slot.needs is None and bool(slot.views)
            if failed and time.monotonic() - slot.last_seen > PAUSE_AFTER:
                self._evict(run_id)  # it failed; who opens it again has it tried again
        if len(self.slots) > MAX_RUNS:
            self._make_room()
        elif time.monotonic() - self._weighed > WEIGH_EVERY:
            self._weighed = time.monotonic()
            if self.memory() > limits.engine_memory():
                self._make_room()
        if time.monotonic() - self._swept > SWEEP_EVERY:
            self._sweep()

    def _keep_house(self, run_id: str, slot: RunSlot) -> None:
        """Pause what nobody watches, let go of what rests."""
        run, unseen = slot.run, time.monotonic() - slot.last_seen
        assert run is not None
        if run.status == "playing" and unseen > PAUSE_AFTER:
            run.pause()
        if unseen > EVICT_AFTER and run.status == "paused" and slot.needs is None:
            self._evict(run_id)

    def _sweep(self) -> None:
        """Keep the sets of the runs that somebody watches, and forget what nobody uses."""
        self._swept = time.monotonic()
        for slot in list(self.slots.values()):
            if self._swept - slot.last_seen < own.LEASE:
                own.use(str(slot.config["own"]))
        own.forget_old()
        self._races.rest(self.slots, EVICT_AFTER)

    def memory(self) -> int:
        """About how many bytes the runs take that are here."""
        return sum(slot.run.memory for slot in list(self.slots.values()) if slot.run is not None)

    def admit(self) -> None:
        """Raises UserError while there is no memory for another run."""
        if self.memory() > limits.engine_memory():
            shares.hit("memory")
            raise UserError(_("This server has no memory left for another run. Try again when others have ended."))

    def _make_room(self) -> None:
        """The run that nobody has watched for the longest time goes to disk; what is watched stays."""
        resting = [item for item in self.slots.items() if item[1].needs is None]
        slots = sorted(resting, key=lambda item: item[1].last_seen)
        if slots and time.monotonic() - slots[0][1].last_seen > EVICT_WATCHED:
            self._evict(slots[0][0])

    def release(self, group: str) -> list[str]:
        """Bring all runs of a group to disk and forget them, if that can be done with all; gives their ids."""
        ids = [run_id for run_id in self.slots if group_of(run_id) == group]
        slots = [self.slots[run_id] for run_id in ids]
        if not ids or not all(slot.idle for slot in slots):
            return []
        races = {race.race: race for race in map(self._races.of, ids) if race is not None}
        for race in races.values():
            race.unstack()
        for slot in slots:
            guard(slot, lambda slot: slot.save(self._storage))
        there = all(map(self._storage.holds, ids))  # what never trained is nowhere else
        if not there or any(slot.unsaved(self._storage) for slot in slots):
            return []
        with self._lock:
            for run_id in ids:
                self.slots.pop(run_id)
        self._storage.let_go(*ids)
        for name in races:
            self._races.forget(name)
        return ids

    def _evict(self, run_id: str) -> None:
        """Let a run live on disk only, if it can."""
        slot = self.slots[run_id]
        if slot.run is not None and slot.run.status == "playing":
            slot.run.pause()
        slot.save(self._storage)
        if not slot.unsaved(self._storage):
            with self._lock:
                self.slots.pop(run_id)
            self._storage.let_go(run_id)


def guard(slot: RunSlot, work: Callable[[Any], object]) -> None:
    """Let an unexpected error pause one run instead of ending them all."""
    run = slot.run
    if run is None:
        return
    try:
        work(slot)
    except Exception as error:
        stumble(run, error)


def stumble(run: Run, error: Exception) -> None:
    """Pause a run because of an unexpected error."""
    run.status = "paused"
    words = _("The engine met an error ({error}); the server's log has it as {name}. The run is paused.")
    run.notice = words.format(error=type(error).__name__, name=logs.failure(log, error))
