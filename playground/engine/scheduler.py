"""The one worker that touches runs: it applies what was sent, lets every playing run train in turn, publishes, saves.

This module does not import torch: the worker does, so that the engine answers before torch is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from playground.config.run_config import RunConfig
from playground.data import own
from playground.engine import commands, limits, messages
from playground.engine.dataset_loader import DatasetLoader, DatasetRef
from playground.engine.links import group_of
from playground.engine.mailbox import Ask, Build, Go, Mailbox, words
from playground.engine.race import Race, Races
from playground.engine.run_slot import PUBLISH_SHARE, RunSlot
from playground.engine.run_storage import RunStorage
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run
    from playground.engine.timeline import Timeline

SLICE = 0.03  # seconds that one run trains before the next has its turn
PAUSE_AFTER = 120.0  # seconds without a viewer; hidden tabs ask once a minute
EVICT_AFTER = 900.0  # seconds without a viewer until a paused run lives on disk only
EVICT_WATCHED = 10.0  # seconds without a viewer from which a run may be let go when there are too many
MAX_RUNS = 64  # in memory
WEIGH_EVERY = 1.0  # seconds between two looks at the memory that runs take
SWEEP_EVERY = 60.0  # seconds between two looks for sets that nobody uses

log = logging.getLogger(__name__)


class Scheduler:
    """The runs in memory and their worker. `adopt`, `slots`, `mailbox` are for any thread, the rest is the worker's."""

    def __init__(self, storage: RunStorage, races: Races, loader: DatasetLoader) -> None:
        self.slots: dict[str, RunSlot] = {}
        self.mailbox = Mailbox()
        self.stopping = threading.Event()
        self._storage, self._races, self._loader = storage, races, loader
        self._lock = threading.Lock()  # guards the dictionary of slots
        self._swept = self._weighed = self._trained = self._forgave = 0.0
        self._cut: Callable[[], bool] = self.mailbox.waiting
        self._worker = threading.Thread(target=self._work, name="engine", daemon=True)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="disk")  # what it writes, the worker need not wait for

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Keep every run on disk and end the worker."""
        self.stopping.set()
        self.mailbox.wake()
        self._worker.join()
        for _run_id, message in self.mailbox.take():
            _refuse(message)

    def adopt(self, run_id: str, slot: RunSlot, anew: bool = False) -> bool:
        """Put a slot in, or another one in its place if it is to be there `anew`; gives whether it was put in."""
        with self._lock:
            if run_id in self.slots and not anew:
                return False
            self.slots[run_id] = slot
            return True

    # The worker's turns

    def _work(self) -> None:
        self._storage.forget_old()
        while not self.stopping.is_set():
            try:
                self.turn()
            except Exception:
                log.exception("the worker goes on")
                time.sleep(0.1)
        for slot in list(self.slots.values()):
            self._guard(slot, lambda slot: slot.save(self._storage))
        self._writer.shutdown()
        self._storage.let_all_go()

    def turn(self) -> None:
        """Apply what was sent, let every playing run train for a slice, publish, and keep house."""
        races = self._races.all()
        racing = [race for race in races if race.ready(self.slots)]
        lanes = {lane for race in races for lane in race.lanes}
        alone = [slot for run_id, slot in list(self.slots.items()) if run_id not in lanes]
        playing = _playing(alone)
        studying = [slot for slot in list(self.slots.values()) if slot.run and slot.run.studies.busy]
        busy = bool(playing or racing or studying)
        start = time.perf_counter()
        for run_id, message in self.mailbox.take(0.0 if busy else 0.2, max(SLICE, self._trained)):
            self._receive(run_id, message)
        playing, racing = _playing(alone), [race for race in races if race.ready(self.slots)]
        # Messages end a run's turn early, unless they had more than their share already.
        self._cut = self.mailbox.waiting if time.perf_counter() - start < SLICE or not busy else _never
        start = time.perf_counter()
        for one in _due([*playing, *racing]):
            began = time.perf_counter()
            if isinstance(one, Race):
                self._train_race(one)
            else:
                self._guard(one, self._train)
            one.debt += time.perf_counter() - began
        self._forgive([*alone, *races], {*map(id, playing), *map(id, racing)})
        self._trained = time.perf_counter() - start
        trained = self._trained / max(1, len(studying)) if playing or racing else None
        for slot in list(self.slots.values()):
            self._guard(slot, lambda slot: slot.save_in_time(self._storage, self._write))
        for slot in studying:
            self._guard(slot, lambda slot: slot.run.studies.go_on(trained, self.mailbox.waiting))
        for slots in [*([slot] for slot in alone), *map(self._lanes, races)]:
            if any(slot.holding for slot in slots):
                continue  # lanes are seen at the same step
            if any(slot.due(PUBLISH_SHARE / len(slots)) for slot in slots):
                for slot in slots:
                    self._guard(slot, RunSlot.publish)
        for race in races:
            self._publish_race(race)
        self._tidy()

    def _forgive(self, everybody: Sequence[RunSlot | Race], training: set[int]) -> None:
        """What rests pays what it owes with the time that passes."""
        now = time.perf_counter()
        for one in everybody:
            if id(one) not in training:
                one.debt = max(0.0, one.debt - (now - self._forgave))
        self._forgave = now

    def _write(self, job: Callable[[], float]) -> Future[float]:
        """Have something written to disk, and wake the worker when it is done."""
        done = self._writer.submit(job)
        done.add_done_callback(lambda _done: self.mailbox.wake())
        return done

    def _guard(self, slot: RunSlot, work: Any) -> None:
        """Let an unexpected error pause one run instead of ending them all."""
        run = slot.run
        if run is None:
            return
        try:
            work(slot)
        except Exception as error:
            _stumble(run, error)

    # Training

    def _train(self, slot: RunSlot) -> None:
        run = slot.run
        if run is None or run.status != "playing":
            return
        run.remember_in_time()
        start = time.perf_counter()
        run.advance(1_000_000, stop=lambda: time.perf_counter() > start + SLICE or self._cut())
        run.observer.go_on(run, time.perf_counter() - start, self._cut)

    def _lanes(self, race: Race) -> list[RunSlot]:
        """The slots of a race's lanes that are in memory."""
        return [self.slots[lane] for lane in race.lanes if lane in self.slots]

    def _train_race(self, race: Race) -> None:
        """Let a race train for as long as its lanes would alone."""
        runs = [slot.run for slot in self._lanes(race) if slot.run is not None]
        end = time.perf_counter() + SLICE * len(runs)
        try:
            for run in runs:
                run.remember_in_time()
            race.train(runs, lambda: time.perf_counter() > end or self._cut())
        except Exception as error:
            race.unstack()
            for run in runs:
                _stumble(run, error)

    def _publish_race(self, race: Race) -> None:
        try:
            race.publish(self.slots)
        except Exception as error:
            for slot in self._lanes(race):
                if slot.run is not None:
                    _stumble(slot.run, error)

    # Messages

    def _receive(self, run_id: str, message: Any) -> None:
        """Apply a message to the run, or to all lanes of the race, that it is for."""
        if not run_id and isinstance(message, Ask):
            message.reply(None)
            return
        race = self._races.known(run_id)
        for addressee in race.lanes if race is not None else (run_id,):
            slot = self.slots.get(addressee)
            if slot is None:
                _refuse(message)
            elif message is not None:
                try:
                    self._apply(addressee, slot, message)
                except Exception as error:
                    log.exception("run %s", addressee)
                    _refuse(message)
                    slot.fail(addressee, words(error))

    def _apply(self, run_id: str, slot: RunSlot, message: Any) -> None:
        """Apply a message, or keep it and those after it until the data is read that it needs."""
        if isinstance(message, Ask):
            if slot.run is None:
                message.refuse(_("This run is not ready yet."))
            else:
                message.reply(slot.run)
        elif isinstance(message, Go):
            slot.needs, kept, slot.queue = None, slot.queue, []
            for n, earlier in enumerate(kept):
                (self._apply if n else self._carry_out)(run_id, slot, earlier)
        elif slot.needs is not None:
            slot.queue.append(message)
            if isinstance(message, messages.Pause) and slot.run is not None:
                self._carry_out(run_id, slot, message)
        elif (needs := self._needs(run_id, slot, message)) and not self._loader.ready(
            run_id, needs, lambda: self.mailbox.put(run_id, Go())
        ):
            slot.needs, slot.queue = needs, [message]
        else:
            self._carry_out(run_id, slot, message)

    def _carry_out(self, run_id: str, slot: RunSlot, message: Any) -> None:
        if slot.run is None:
            self._build(run_id, slot, message)
        if slot.run is not None and not isinstance(message, Build):
            if (race := self._races.of(run_id)) is not None:
                race.unstack()
            self._guard(slot, lambda slot: commands.carry_out(slot.run, message))

    def _needs(self, run_id: str, slot: RunSlot, message: Any) -> DatasetRef | None:
        """The dataset that a message makes the run read; None if it reads none, or nobody can tell."""
        from playground.engine.untrusted import config_in

        config = RunConfig.checked(slot.config) if slot.run is None else slot.run.config
        try:
            if slot.run is None and not _anew(message) and self._storage.holds(run_id):
                config = config_in(self._storage.read(run_id))
            return commands.needed(slot.run, config, message)
        except (UserError, OSError, RuntimeError):
            return None  # building it says what is wrong

    def _build(self, run_id: str, slot: RunSlot, message: Any) -> None:
        """Bring the run back from disk or make it new; a run that cannot be built waits, failed.

        A run that cannot be brought back stays on disk as it is: only other knobs or a reset put a new one in its
        slot, and then the old file is set aside.
        """
        from playground.engine.run import Run
        from playground.engine.untrusted import config_in

        if isinstance(message, messages.SetKnobs | messages.Reset):
            slot.config = RunConfig.read(message.values, RunConfig.checked(slot.config))[0].model_dump()
        try:
            self._storage.claim(run_id)
            if _anew(message):
                self._storage.began(run_id)
            slot.begun = self._storage.begin(run_id)
            if not slot.begun:
                raise UserError(_("This run ended its engine again and again. Choose smaller networks, or reset it."))
            if self._storage.holds(run_id) and not _anew(message):
                content = self._storage.read(run_id)
                slot.config = config_in(content).model_dump()  # known even if the run cannot be built here
                slot.run = Run.from_bytes(run_id, content)
                self._recall(slot.run, slot.past)
                slot.past = None
                if not slot.moved:
                    slot.run.mark_restored(slot.opened)
                slot.moved = False
                slot.restored()
            else:
                self.admit()
                slot.run = Run(run_id, RunConfig.checked(slot.config))
                self._storage.set_aside(run_id)
        except (UserError, OSError, RuntimeError) as error:
            log.warning("run %s: %s", run_id, error)
            slot.fail(run_id, words(error))
            if slot.begun:
                slot.begun = False
                self._storage.began(run_id)

    def _recall(self, run: Run, opened: Timeline | None) -> None:
        """Bring back the past of a run; one whose past cannot be read begins a new one, and the old is set aside."""
        try:
            if past := opened or self._storage.read_past(run.id):
                run.recall(past)
        except (UserError, OSError) as error:
            log.warning("past of %s: %s", run.id, error)
            self._storage.set_past_aside(run.id)
            run.recall(None)

    # The house

    def _tidy(self) -> None:
        """What is to be done now and then."""
        for run_id, slot in list(self.slots.items()):
            if slot.begun and slot.run is not None:
                slot.begun = False
                self._storage.began(run_id)
        for run_id, slot in list(self.slots.items()):
            self._guard(slot, lambda slot, run_id=run_id: self._keep_house(run_id, slot))
            failed = slot.run is None and slot.needs is None and bool(slot.views)
            if failed and time.monotonic() - slot.last_seen > PAUSE_AFTER:
                self._evict(run_id)  # it failed; who opens it again has it tried again
        if len(self.slots) > MAX_RUNS:
            self._make_room()
        elif time.monotonic() - self._weighed > WEIGH_EVERY:
            self._weighed = time.monotonic()
            if self._memory() > limits.engine_memory():
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

    def _memory(self) -> int:
        """About how many bytes the runs take that are here."""
        return sum(slot.run.memory for slot in list(self.slots.values()) if slot.run is not None)

    def admit(self) -> None:
        """Raises UserError while there is no memory for another run."""
        if self._memory() > limits.engine_memory():
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
        if not ids or not all(slot.idle for slot in slots) or self.mailbox.waiting_for(group):
            return []
        races = {race.race: race for race in map(self._races.of, ids) if race is not None}
        for race in races.values():
            race.unstack()
        for slot in slots:
            self._guard(slot, lambda slot: slot.save(self._storage))
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


def _never() -> bool:
    return False


def _due(playing: Sequence[RunSlot | Race]) -> list[RunSlot | Race]:
    """Those whose turn it is. One whose step took longer than a turn misses as many as it had too much."""

    def turn(one: RunSlot | Race) -> float:
        return SLICE * len(one.lanes) if isinstance(one, Race) else SLICE

    paid = min((max(1.0, one.debt / turn(one)) for one in playing), default=1.0)  # in turns; somebody is always due
    for one in playing:
        one.debt = max(0.0, one.debt - paid * turn(one))
    return [one for one in playing if one.debt < turn(one) / 2]


def _playing(slots: Sequence[RunSlot]) -> list[RunSlot]:
    """The slots whose runs play."""
    return [slot for slot in slots if slot.run and slot.run.status == "playing"]


def _anew(message: Any) -> bool:
    """Whether a message puts a new run in the place of one that cannot be brought back."""
    return isinstance(message, messages.SetKnobs | messages.Reset)


def _refuse(message: Any) -> None:
    """Answer a request that comes too late."""
    if isinstance(message, Ask):
        message.refuse(_("This run rests. Try again."))


def _stumble(run: Run, error: Exception) -> None:
    """Pause a run because of an unexpected error."""
    log.exception("run %s", run.id)
    run.status = "paused"
    run.notice = _("The engine met an error ({error}). The run is paused.").format(error=type(error).__name__)
