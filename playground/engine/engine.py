"""The engine: many runs, stepped in turn by one worker.

Other threads only leave messages and pick up what was published; the worker alone touches tensors. This module does
not import torch: the worker does, so that the engine answers before torch is there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playground import data
from playground.config.run_config import RunConfig
from playground.engine import forks, limits, messages
from playground.engine.api import EngineAPI
from playground.engine.dataset_loader import DatasetLoader, DatasetRef
from playground.engine.links import group_of
from playground.engine.mailbox import Build
from playground.engine.messages import Card, Command, Film, OwnInput, RaceView, Source, Translation, View, Weights
from playground.engine.race import Race, Races
from playground.engine.run_slot import RunSlot
from playground.engine.run_storage import RunStorage, check_id
from playground.engine.scheduler import Scheduler
from playground.engine.studies import key_of
from playground.engine.timeline_files import Snapshot
from playground.latent.questions import Study
from playground.utils import files, memory, shares
from playground.utils.errors import UserError
from playground.utils.network_record import Network
from playground.utils.recipe import Recipe
from playground.utils.step_record import Record
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

log = logging.getLogger(__name__)


class Engine(EngineAPI):
    """Owns every run of one process. `start` begins the worker; any thread may call the other public methods."""

    notice = ""  # a thread of this process does not restart; hosts have this attribute in common

    def __init__(self, home: Path | None = None) -> None:
        self._storage = RunStorage((home or files.home()) / "runs")
        self._races = Races(self._storage.folder)
        self._loader = DatasetLoader()
        self._scheduler = Scheduler(self._storage, self._races, self._loader)
        self._pool, self._mailbox = self._scheduler.pool, self._scheduler.mailbox
        self._slots = self._pool.slots
        self._opening: dict[str, threading.Event] = {}  # set once nobody waits for the file that is read

    def start(self) -> Engine:
        self._scheduler.start()
        return self

    def stop(self) -> None:
        """Keep every run on disk and end the worker."""
        self._scheduler.stop()
        self._loader.close()

    def health(self) -> dict[str, int]:
        """How many runs are in memory ("runs"), and how many of them play ("playing")."""
        runs = [slot.run for slot in list(self._slots.values())]
        return {"runs": len(runs), "playing": sum(run is not None and run.status == "playing" for run in runs)}

    def census(self) -> dict[str, bool]:
        """The runs in memory, and whether each of them plays."""
        slots = list(self._slots.items())
        return {run_id: slot.run is not None and slot.run.status == "playing" for run_id, slot in slots}

    def groups(self) -> set[str]:
        """The runs and races in memory."""
        return {group_of(run_id) for run_id in list(self._slots)}

    def load(self) -> dict[str, float]:
        """What the engine does, for its operator: numbers by name."""
        runs = [slot.run for slot in list(self._slots.values()) if slot.run is not None]
        playing = [run for run in runs if run.status == "playing"]
        return {
            "runs": len(runs),
            "runs_playing": len(playing),
            "steps_per_second": sum(run.steps_per_second for run in playing),
            "run_memory_bytes": sum(run.memory for run in runs),
            "oldest_message_seconds": self._mailbox.age(),
            "run_memory_limit_bytes": limits.engine_memory(),
            "engine_memory_bytes": memory.of_process(),
            **{f"limit_{name}_hits": n for name, n in shares.hits().items()},
        }

    def release(self, group: str) -> list[str]:
        """Write all runs of a group (see `links.group_of`) to disk and forget them; gives their ids, none if it cannot
        be done now. Raises UserError.
        """
        released: list[str] = self._mailbox.ask("", lambda _run: self._scheduler.release(group))
        return released

    def take_over(self, run_ids: list[str]) -> None:
        """Go on with what another engine has released, as if nothing had happened."""
        for run_id in run_ids:
            self._races.of(run_id)  # known from now on
            if self._pool.adopt(run_id, RunSlot(RunConfig().model_dump(), moved=True)):
                self._mailbox.put(run_id, Build())

    def exists(self, run_id: str) -> bool:
        """Whether the run is in memory or on disk."""
        return run_id in self._slots or self._storage.holds(run_id)

    def create(self, run_id: str, config: dict[str, Any]) -> None:
        """Make the run unless it exists. Raises UserError for a malformed id."""
        check_id(run_id)
        if run_id in self._slots or not self._pool.adopt(run_id, RunSlot(RunConfig.read(config)[0].model_dump())):
            return
        if self._storage.is_old(run_id):
            try:
                self._storage.modernise(run_id, self._scheduler.stopping.is_set)
            except (UserError, OSError) as error:  # building it says what is wrong
                log.warning("run %s: %s", run_id, error)
        self._mailbox.put(run_id, Build())

    def send(self, run_id: str, command: Command) -> None:
        """Queue a command; it is applied between two steps. Raises UserError for an unknown run.

        What is sent to a race reaches every lane. Its lanes are played and paused together.
        """
        group = self._races.find(run_id)
        if group is None and isinstance(command, messages.Play | messages.Pause):
            group = self._races.of(run_id)
        if group is not None:
            self._gather(group)
        else:
            self._wake(run_id)
        if self._mailbox.full(run_id):
            shares.hit("messages")
            raise UserError(_("Too much was asked of this run at once. Wait a moment."))
        self._mailbox.put(run_id if group is None else group.race, command)

    def race(self, race_id: str, configs: list[dict[str, Any]], exact: bool = False) -> bool:
        """Make a race, see `EngineAPI.race`, unless it exists; gives whether it is this one. Raises UserError."""
        group = self._races.open(race_id, configs, exact)
        self._gather(group)
        same = list(group.configs) == [RunConfig.read(config)[0].model_dump() for config in configs]
        return same and group.exact == exact

    def race_view(self, race_id: str) -> RaceView | None:
        """How a race stands, or None for an unknown one. Keeps its lanes awake, and watched for three seconds."""
        group = self._races.find(race_id)
        if group is None:
            return None
        self._gather(group)
        if group.watch():
            self._mailbox.wake()
        return group.race_view

    def _gather(self, group: Race) -> None:
        """Have all lanes of a race in memory, and awake."""
        for lane, config in zip(group.lanes, group.configs, strict=True):
            self.create(lane, config)
            self._touch(lane)

    def _touch(self, run_id: str) -> None:
        if (slot := self._slots.get(run_id)) is not None:
            slot.last_seen = time.monotonic()

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        """The latest View, or None for an unknown run. Keeps the run watched for three seconds.

        `saliency`: also what D looks at in each image.
        """
        if not self.exists(run_id):
            return None
        slot = self._wake(run_id)
        if first := slot.watch((weights, saliency)):
            self._mailbox.wake()  # a sleeping worker publishes at once
        loading = View(run_id, 0, 0, slot.config, "loading", weights)
        view = slot.latest((weights, saliency), first) or loading
        needs = slot.needs
        return view if needs is None else replace(view, waiting=self._loader.progress(needs))

    def sample(self, run_id: str, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        """G at z (n, z_dim), see `EngineAPI.sample`, between two steps. Raises UserError."""
        samples: np.ndarray = self._ask(run_id, lambda run: run.models.sample(z, y, source))
        return samples

    def translate(self, run_id: str, given: OwnInput, source: Source = "ema") -> Translation:
        """What the G of a translation makes of somebody's samples, between two steps. Raises UserError."""
        found: Translation = self._ask(run_id, lambda run: run.models.translate(given, source))
        return found

    def pin(self, run_id: str) -> int:
        """The id of a moment with the present weights. Raises UserError."""
        moment: int = self._ask(run_id, lambda run: run.models.pin())
        return moment

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        """How far an answer is, see `EngineAPI.study`; begins the work, goes on while one asks. Raises UserError."""
        run = self._wake(run_id).run
        if run is None:
            raise UserError(_("This run is not ready yet."))
        key = (*key_of(question, source, since), run.generation)
        found = run.studies.find(key)
        if found is None:
            self._ask(run_id, lambda run: run.models.study(key, question, source))
            found = run.studies.find(key)
        return found or Study(run.step)

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        """Give up such work."""
        run = self._wake(run_id).run
        if run is not None:
            run.studies.drop((*key_of(question, source, since), run.generation))

    def answer(self, run_id: str, question: Any, source: Source = "ema") -> Any:
        """The answer to a short question, see `EngineAPI.answer`, between two steps. Raises UserError."""
        return self._ask(run_id, lambda run: run.models.answer(question, source))

    def past(self, run_id: str, moment: int) -> View:
        """The run as it was at a moment; the training goes on. Raises UserError."""

        def work(run: Run) -> View:
            from playground.engine.run_views import past

            return past(run, moment)

        view: View = self._ask(run_id, work)
        return view

    def film(self, run_id: str) -> tuple[View, ...]:
        """The run at its moments, from the first to the present one, without curves and events. Raises UserError."""

        def work(run: Run) -> tuple[View, ...]:
            from playground.engine.run_views import film

            return tuple(film(run))

        views: tuple[View, ...] = self._ask(run_id, work)
        return views

    def strip(self, run_id: str, index: int, reverse: bool = False) -> Film:
        """One of the fixed z, or of the way from B to A, through time. Raises UserError."""

        def work(run: Run) -> Film:
            from playground.engine.run_views import strip

            return strip(run, index, reverse)

        film: Film = self._ask(run_id, work)
        return film

    def fork(self, run_id: str, moment: int | None, values: dict[str, Any], new_id: str) -> None:
        """Make the run `new_id` from a moment, or now, with other live knobs; or the race `new_id` from one, now."""
        check_id(new_id)
        if (group := self._races.find(run_id)) is None:
            self._ask(run_id, lambda run: forks.fork_run(self._pool, self._storage, run, moment, values, new_id))
            return
        self._gather(group)  # between two turns all lanes are at the same step
        self._ask(group.lanes[-1], lambda _last: forks.fork_race(self._pool, self._races, self.exists, group, new_id))

    def pack(self, run_id: str) -> bytes:
        """The run as a zip. Raises UserError."""

        from playground.engine.run_zip import pack

        return bytes(self._ask(run_id, pack))

    def open(self, new_id: str, content: bytes) -> None:
        """Make the run `new_id` from such a zip. Raises UserError for any other file.

        It is read by a process of its own, so that the worker goes on; the answer comes after seconds at most.
        """
        from playground.engine.opening import read

        check_id(new_id)
        unwanted, stopping = self._opening.setdefault(new_id, threading.Event()), self._scheduler.stopping
        try:
            moment, config, past = read(content, lambda: unwanted.is_set() or stopping.is_set())
        finally:
            self._opening.pop(new_id, None)
        try:
            self._storage.write(new_id, moment)
            self._storage.write_past(new_id, Snapshot.of(past))
        except OSError as error:
            log.warning("run %s: %s", new_id, error)
            self._storage.let_go(new_id)
            raise UserError(_("This server cannot keep the run: nothing can be written.")) from error
        self._pool.adopt(new_id, RunSlot(config.model_dump(), opened=True, past=past), anew=True)
        self._mailbox.put(new_id, Build())

    def cancel_open(self, new_id: str) -> None:
        """Nobody waits for `open` any more: end its process, and make no run."""
        if unwanted := self._opening.get(new_id):
            unwanted.set()

    def record(self, run_id: str) -> Record | None:
        """The latest step of the run that was recorded, if there is one. Raises UserError for an unknown run."""
        run = self._wake(run_id).run
        return None if run is None else run.record

    def networks(self, run_id: str) -> tuple[Network, ...]:
        """How the networks of the run are built; the same for all of a generation. Raises UserError."""

        def work(run: Run) -> tuple[Network, ...]:
            from playground.training.structure import networks

            return networks(run.trainer)

        found: tuple[Network, ...] = self._ask(run_id, work)
        return found

    def recipe(self, run_id: str, with_data: bool = False, with_weights: bool = False) -> Recipe:
        """What a script of the run needs, see `EngineAPI.recipe`. Raises UserError."""
        from playground.engine import recipes

        return recipes.whole(self._ask(run_id, lambda run: recipes.parts(run, with_weights)), with_data)

    def card(self, who: str, dataset: str, source: str, choice: data.Choice = data.ALL, fetch: bool = False) -> Card:
        """What is known of a dataset, or how far its reading is; with `fetch` it is downloaded. `who` waits for it."""
        return self._loader.card(who, DatasetRef(dataset, source), choice, fetch)

    def cancel(self, who: str, dataset: str, source: str) -> None:
        """`who` no longer waits for a dataset."""
        self._loader.cancel(who, DatasetRef(dataset, source))

    def _ask(self, run_id: str, work: Callable[[Any], Any]) -> Any:
        """What `work` gives for a run, or for None, on the worker's thread. Raises UserError."""
        if run_id:
            self._wake(run_id)
        return self._mailbox.ask(run_id, work)

    def _wake(self, run_id: str) -> RunSlot:
        """The slot of a run, brought back if it only lives on disk. Raises UserError if there is none."""
        slot = self._slots.get(run_id)
        if slot is None:
            if not self.exists(run_id):
                raise UserError(_("This run is not known here."))
            self.create(run_id, RunConfig().model_dump())
            slot = self._slots[run_id]
        slot.last_seen = time.monotonic()
        if (group := self._races.of(run_id)) is not None:
            for lane in group.lanes:
                self._touch(lane)
        return slot
