"""The one worker that touches runs: it applies what was sent, lets every playing run train in turn, publishes, saves.

This module does not import torch: the worker does, so that the engine answers before torch is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from playground.config.run_config import RunConfig
from playground.engine import commands, messages, turns
from playground.engine.dataset_loader import DatasetLoader, DatasetRef
from playground.engine.mailbox import Ask, Build, Go, Mailbox, words
from playground.engine.race import Race, Races
from playground.engine.run_pool import RunPool, guard, stumble
from playground.engine.run_slot import PUBLISH_SHARE, RunSlot
from playground.engine.run_storage import LockedError, RunStorage, lock_patience
from playground.engine.stacks import Stacks
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run
    from playground.engine.timeline import Timeline

LOCK_EVERY = 1.0  # seconds between two tries to have a run that another process has

log = logging.getLogger(__name__)


class Scheduler:
    """The runs in memory and their worker. `pool.adopt`, `slots` and `mailbox` are for any thread."""

    def __init__(self, storage: RunStorage, races: Races, loader: DatasetLoader) -> None:
        self.pool = RunPool(storage, races)
        self.slots = self.pool.slots
        self.mailbox = Mailbox()
        self.stopping = threading.Event()
        self._storage, self._races, self._loader = storage, races, loader
        self._stacks = Stacks()
        self._trained = self._turned = 0.0
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

    def release(self, group: str) -> list[str]:
        """Bring all runs of a group to disk and forget them, if that can be done with all; gives their ids."""
        return [] if self.mailbox.waiting_for(group) else self.pool.release(group)

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
            guard(slot, lambda slot: slot.save(self._storage))
        self._writer.shutdown()
        self._storage.let_all_go()

    def turn(self) -> None:
        """Apply what was sent, let every playing run train for a slice, publish, and keep house."""
        races = self._races.all()
        racing = [race for race in races if race.ready(self.slots)]
        lanes = {lane for race in races for lane in race.lanes}
        alone = [slot for run_id, slot in list(self.slots.items()) if run_id not in lanes]
        playing = turns.playing(alone)
        studying = [slot for slot in list(self.slots.values()) if slot.run and slot.run.studies.busy]
        busy = bool(playing or racing or studying)
        start = time.perf_counter()
        for run_id, message in self.mailbox.take(0.0 if busy else 0.2, max(turns.SLICE, self._trained)):
            self._receive(run_id, message)
        playing, racing = turns.playing(alone), [race for race in races if race.ready(self.slots)]
        # Messages end a run's turn early, unless they had more than their share already.
        self._cut = self.mailbox.waiting if time.perf_counter() - start < turns.SLICE or not busy else lambda: False
        start = time.perf_counter()
        due = turns.due([*playing, *racing])
        for race in (one for one in due if isinstance(one, Race)):
            began = time.perf_counter()
            self._train_race(race)
            race.debt += time.perf_counter() - began
        for group in self._stacks.together([one for one in due if not isinstance(one, Race)]):
            if len(group) == 1 or not self._train_together(group):
                for slot in group:
                    began = time.perf_counter()
                    guard(slot, self._train)
                    slot.debt += time.perf_counter() - began
        trains, now = {id(one) for one in (*playing, *racing)}, time.perf_counter()
        everybody: list[RunSlot | Race] = [*alone, *races]
        turns.forgive([one for one in everybody if id(one) not in trains], now - self._turned)
        self._turned = now
        self._trained = time.perf_counter() - start
        trained = self._trained / max(1, len(studying)) if playing or racing else None
        for slot in list(self.slots.values()):
            guard(slot, lambda slot: slot.save_in_time(self._storage, self._write))
        for slot in studying:
            guard(slot, lambda slot: slot.run.studies.go_on(trained, self.mailbox.waiting))
        for slots in [*([slot] for slot in alone), *map(self._lanes, races)]:
            if any(slot.holding for slot in slots):
                continue  # lanes are seen at the same step
            if any(slot.due(PUBLISH_SHARE / len(slots)) for slot in slots):
                for slot in slots:
                    guard(slot, RunSlot.publish)
        for race in races:
            self._publish_race(race)
        self.pool.tidy()

    def _write(self, job: Callable[[], float]) -> Future[float]:
        """Have something written to disk, and wake the worker when it is done."""
        done = self._writer.submit(job)
        done.add_done_callback(lambda _done: self.mailbox.wake())
        return done

    # Training

    def _train(self, slot: RunSlot) -> None:
        run = slot.run
        if run is None or run.status != "playing":
            return
        run.remember_in_time()
        start = time.perf_counter()
        run.advance(1_000_000, stop=lambda: time.perf_counter() > start + turns.SLICE or self._cut())
        run.observer.go_on(run, time.perf_counter() - start, self._cut)

    def _train_together(self, slots: list[RunSlot]) -> bool:
        """Let runs train as one for as long as all would alone; gives False where they are better trained alone."""
        runs, start = [slot.run for slot in slots if slot.run is not None], time.perf_counter()
        try:
            for slot in slots:
                guard(slot, lambda slot: slot.run.remember_in_time())
            playing = all(run.status == "playing" for run in runs)
            if not playing or not self._stacks.train(runs, turns.SLICE * len(runs), self._cut):
                return False
        except Exception as error:
            self._stacks.give_up()
            for run in runs:
                stumble(run, error)
        share = (time.perf_counter() - start) / len(slots)
        for slot in slots:
            guard(slot, lambda slot: slot.run.observer.go_on(slot.run, share, self._cut))
        for slot in slots:
            slot.debt += (time.perf_counter() - start) / len(slots)
        return True

    def _lanes(self, race: Race) -> list[RunSlot]:
        """The slots of a race's lanes that are in memory."""
        return [self.slots[lane] for lane in race.lanes if lane in self.slots]

    def _train_race(self, race: Race) -> None:
        """Let a race train for as long as its lanes would alone."""
        runs = [slot.run for slot in self._lanes(race) if slot.run is not None]
        end = time.perf_counter() + turns.SLICE * len(runs)
        try:
            for run in runs:
                run.remember_in_time()
            race.train(runs, lambda: time.perf_counter() > end or self._cut())
        except Exception as error:
            race.unstack()
            for run in runs:
                stumble(run, error)

    def _publish_race(self, race: Race) -> None:
        try:
            race.publish(self.slots)
        except Exception as error:
            for slot in self._lanes(race):
                if slot.run is not None:
                    stumble(slot.run, error)

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
            self._stacks.separate(slot.run)
            guard(slot, lambda slot: commands.carry_out(slot.run, message))

    def _needs(self, run_id: str, slot: RunSlot, message: Any) -> tuple[DatasetRef, ...]:
        """The datasets that a message makes the run read; () if it reads none, or nobody can tell."""
        from playground.engine.untrusted import config_in

        config = RunConfig.checked(slot.config) if slot.run is None else slot.run.config
        try:
            if slot.run is None and not _anew(message) and self._storage.holds(run_id):
                config = config_in(self._storage.read(run_id))
            return commands.needed(slot.run, config, message)
        except (UserError, OSError, RuntimeError):
            return ()  # building it says what is wrong

    def _build(self, run_id: str, slot: RunSlot, message: Any) -> None:
        """Bring the run back from disk or make it new; a run that cannot be built waits, failed.

        A run that cannot be brought back stays on disk as it is: only other knobs or a reset put a new one in its
        slot, and then the old file is set aside.
        """
        from playground.engine.run import Run
        from playground.engine.untrusted import config_in

        slot.retried = slot.retried and not isinstance(message, Build)
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
                self.pool.admit()
                slot.run = Run(run_id, RunConfig.checked(slot.config))
                self._storage.set_aside(run_id)
            for held in slot.held:
                self.mailbox.put(run_id, held)
            slot.held = []
        except LockedError as error:
            self._wait_for_lock(run_id, slot, message, error)
        except (UserError, OSError, RuntimeError) as error:
            log.warning("run %s: %s", run_id, error)
            slot.fail(run_id, words(error))
            if slot.begun:
                slot.begun = False
                self._storage.began(run_id)

    def _wait_for_lock(self, run_id: str, slot: RunSlot, message: Any, error: LockedError) -> None:
        """Try again in a second. Say that another process has the run, unless a machine that vanished may hold it."""
        if time.monotonic() - slot.made < lock_patience():
            slot.held += [] if isinstance(message, Build) else [message]
        else:
            slot.held = []
            if not slot.views:
                log.warning("run %s: %s", run_id, error)
                slot.fail(run_id, words(error))
        if not slot.retried:
            slot.retried = True
            timer = threading.Timer(LOCK_EVERY, self.mailbox.put, (run_id, Build()))
            timer.daemon = True
            timer.start()

    def _recall(self, run: Run, opened: Timeline | None) -> None:
        """Bring back the past of a run; one whose past cannot be read begins a new one, and the old is set aside."""
        try:
            if past := opened or self._storage.read_past(run.id):
                run.recall(past)
        except (UserError, OSError) as error:
            log.warning("past of %s: %s", run.id, error)
            self._storage.set_past_aside(run.id)
            run.recall(None)


def _anew(message: Any) -> bool:
    """Whether a message puts a new run in the place of one that cannot be brought back."""
    return isinstance(message, messages.SetKnobs | messages.Reset)


def _refuse(message: Any) -> None:
    """Answer a request that comes too late."""
    if isinstance(message, Ask):
        message.refuse(_("This run rests. Try again."))
