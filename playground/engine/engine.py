"""The engine: many runs, stepped in turn by one worker.

Other threads only leave messages and pick up what was published; the worker alone touches tensors. This module does
not import torch: the worker does, so that the engine answers before torch is there.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playground import data, files
from playground.config import KNOBS, RunConfig
from playground.data import own
from playground.engine import messages
from playground.engine.desk import Desk, Wanted
from playground.engine.group import Group, Groups
from playground.engine.messages import Card, Command, Film, Source, Standing, View, Weights
from playground.engine.place import PUBLISH_SHARE, Place
from playground.engine.shelf import RUN_ID, Shelf
from playground.engine.studies import key_of
from playground.errors import UserError
from playground.i18n import _
from playground.phases import Record
from playground.questions import Study

if TYPE_CHECKING:
    from playground.engine.run import Run

SLICE = 0.03  # seconds that one run trains before the next has its turn
PAUSE_AFTER = 120.0  # seconds without a viewer; hidden tabs ask once a minute
EVICT_AFTER = 900.0  # seconds without a viewer until a paused run lives on disk only
EVICT_WATCHED = 10.0  # seconds without a viewer from which a run may be let go when there are too many
MAX_RUNS = 64  # in memory
SWEEP_EVERY = 60.0  # seconds between two looks for sets that nobody uses

log = logging.getLogger(__name__)


def _check_id(run_id: str) -> None:
    """Raises UserError for what cannot name a run."""
    if not RUN_ID.fullmatch(run_id):
        raise UserError(_("“{id}” cannot be the name of a run.").format(id=run_id[:80]))


@dataclass(frozen=True)
class _Build:
    pass


@dataclass(frozen=True)
class _Go:
    """The data that a run waited for is there, or will never be."""


@dataclass(frozen=True)
class _Ask:
    """A question that the worker answers between two steps; None in place of a run if it needs none."""

    work: Callable[[Any], Any]
    answer: Future[Any]


class Engine:
    """Owns every run of one process. `start` begins the worker; any thread may call the other public methods."""

    notice = ""  # a thread of this process does not restart; hosts have this attribute in common

    def __init__(self, home: Path | None = None) -> None:
        self._shelf = Shelf((home or files.home()) / "runs")
        self._groups = Groups(self._shelf.folder)
        self._desk = Desk()
        self._swept = 0.0
        self._places: dict[str, Place] = {}
        self._lock = threading.Lock()  # guards the dictionary of places
        self._inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._worker = threading.Thread(target=self._work, name="engine", daemon=True)

    def start(self) -> Engine:
        self._worker.start()
        return self

    def stop(self) -> None:
        """Keep every run on disk and end the worker."""
        self._stop.set()
        self._inbox.put(("", None))
        self._worker.join()
        self._desk.close()
        while not self._inbox.empty():
            self._drop(self._inbox.get()[1])

    # Called from other threads

    def exists(self, run_id: str) -> bool:
        """Whether the run is in memory or on disk."""
        return run_id in self._places or self._shelf.holds(run_id)

    def create(self, run_id: str, config: dict[str, Any]) -> None:
        """Make the run unless it exists. Raises UserError for a malformed id."""
        _check_id(run_id)
        with self._lock:
            if run_id in self._places:
                return
            self._places[run_id] = Place(RunConfig.read(config)[0].model_dump())
        self._inbox.put((run_id, _Build()))

    def send(self, run_id: str, command: Command) -> None:
        """Queue a command; it is applied between two steps. Raises UserError for an unknown run.

        What is sent to a race reaches every lane. Its lanes are played and paused together.
        """
        group = self._groups.find(run_id)
        if group is None and isinstance(command, messages.Play | messages.Pause):
            group = self._groups.of(run_id)
        if group is not None:
            self._gather(group)
        else:
            self._wake(run_id)
        self._inbox.put((run_id if group is None else group.race, command))

    def race(self, race_id: str, configs: list[dict[str, Any]]) -> bool:
        """Make a race, whose lanes are runs, of these configs, unless it exists. Raises UserError.

        Gives whether the race of this name was made of these configs.
        """
        group = self._groups.open(race_id, configs)
        self._gather(group)
        return list(group.configs) == [RunConfig.read(config)[0].model_dump() for config in configs]

    def standing(self, race_id: str) -> Standing | None:
        """How a race stands, or None for an unknown one. Keeps its lanes awake, and watched for three seconds."""
        group = self._groups.find(race_id)
        if group is None:
            return None
        self._gather(group)
        if group.watch():
            self._inbox.put(("", None))
        return group.standing

    def _gather(self, group: Group) -> None:
        """Have all lanes of a race in memory, and awake."""
        for lane, config in zip(group.lanes, group.configs, strict=True):
            self.create(lane, config)
            self._touch(lane)

    def _touch(self, run_id: str) -> None:
        if (place := self._places.get(run_id)) is not None:
            place.last_seen = time.monotonic()

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        """The latest View, or None for an unknown run. Keeps the run watched for three seconds.

        `saliency`: also what D looks at in each image.
        """
        if not self.exists(run_id):
            return None
        place = self._wake(run_id)
        if first := place.watch((weights, saliency)):
            self._inbox.put(("", None))  # a sleeping worker publishes at once
        loading = View(run_id, 0, 0, place.config, "loading", weights)
        view = place.latest((weights, saliency), first) or loading
        needs = place.needs
        return view if needs is None else replace(view, waiting=self._desk.progress(needs))

    def sample(self, run_id: str, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        """G at z (n, z_dim) with labels y (n,), or weights of the classes (n, classes), between two steps.

        Images (n, h, w, c) uint8 or points (n, 2) float32. Raises UserError.
        """
        samples: np.ndarray = self._ask(run_id, lambda run: run.sample(z, y, source))
        return samples

    def pin(self, run_id: str) -> int:
        """The id of a moment with the present weights. Raises UserError."""
        moment: int = self._ask(run_id, lambda run: run.pin())
        return moment

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        """How far the answer to one of `playground.questions` is; begins the work, and goes on while one asks.

        The present weights are taken as they are when it begins; another `since`, say the step, begins anew. Raises
        UserError.
        """
        run = self._wake(run_id).run
        if run is None:
            raise UserError(_("This run is not ready yet."))
        key = (*key_of(question, source, since), run.generation)
        found = run.studies.find(key)
        if found is None:
            self._ask(run_id, lambda run: run.study(key, question, source))
            found = run.studies.find(key)
        return found or Study(run.step)

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        """Give up such work."""
        run = self._wake(run_id).run
        if run is not None:
            run.studies.drop((*key_of(question, source, since), run.generation))

    def past(self, run_id: str, moment: int) -> View:
        """The run as it was at a moment; the training goes on. Raises UserError."""
        view: View = self._ask(run_id, lambda run: run.past(moment))
        return view

    def film(self, run_id: str) -> tuple[View, ...]:
        """The run at its moments, from the first to the present one, without curves and events. Raises UserError."""
        views: tuple[View, ...] = self._ask(run_id, lambda run: tuple(run.film()))
        return views

    def strip(self, run_id: str, index: int) -> Film:
        """One of the fixed z through time. Raises UserError."""
        film: Film = self._ask(run_id, lambda run: run.strip(index))
        return film

    def fork(self, run_id: str, moment: int, values: dict[str, Any], new_id: str) -> None:
        """Make the run `new_id`, which goes on from a moment with other live knobs. Raises UserError."""
        _check_id(new_id)
        self._ask(run_id, lambda run: self._adopt(run.fork(new_id, moment, values)))

    def pack(self, run_id: str) -> bytes:
        """The run as a zip. Raises UserError."""

        def work(run: Run) -> bytes:
            from playground.engine.bundle import pack

            return pack(run)

        content: bytes = self._ask(run_id, work)
        return content

    def open(self, new_id: str, content: bytes) -> None:
        """Make the run `new_id` from such a zip. Raises UserError for any other file."""
        _check_id(new_id)

        def work(_run: None) -> None:
            from playground.engine.bundle import pack_timeline, unpack
            from playground.engine.run import config_in

            moment, past = unpack(content)
            self._shelf.write(new_id, moment)
            self._shelf.write_past(new_id, pack_timeline(past))
            with self._lock:
                self._places[new_id] = Place(config_in(moment).model_dump(), opened=True)
            self._inbox.put((new_id, _Build()))

        self._ask("", work)

    def record(self, run_id: str) -> Record | None:
        """The latest step of the run that was recorded, if there is one. Raises UserError for an unknown run."""
        run = self._wake(run_id).run
        return None if run is None else run.record

    def card(self, who: str, dataset: str, source: str, choice: data.Choice = data.ALL, fetch: bool = False) -> Card:
        """What is known of a dataset, or how far its reading is; with `fetch` it is downloaded. `who` waits for it."""
        return self._desk.card(who, Wanted(dataset, source), choice, fetch)

    def cancel(self, who: str, dataset: str, source: str) -> None:
        """`who` no longer waits for a dataset."""
        self._desk.cancel(who, Wanted(dataset, source))

    def _ask(self, run_id: str, work: Callable[[Any], Any]) -> Any:
        """What `work` gives for a run, or for None, on the worker's thread. Raises UserError."""
        if run_id:
            self._wake(run_id)
        answer: Future[Any] = Future()
        self._inbox.put((run_id, _Ask(work, answer)))
        try:
            return answer.result(timeout=30)
        except TimeoutError:
            raise UserError(_("The engine is busy. Try again.")) from None

    def _wake(self, run_id: str) -> Place:
        """The place of a run, brought back if it only lives on disk. Raises UserError if there is none."""
        place = self._places.get(run_id)
        if place is None:
            if not self.exists(run_id):
                raise UserError(_("This run is not known here."))
            self.create(run_id, RunConfig().model_dump())
            place = self._places[run_id]
        place.last_seen = time.monotonic()
        if (group := self._groups.of(run_id)) is not None:
            for lane in group.lanes:
                self._touch(lane)
        return place

    # The worker

    def _work(self) -> None:
        self._shelf.forget_old()
        while not self._stop.is_set():
            try:
                self._turn()
            except Exception:
                log.exception("the worker goes on")
                time.sleep(0.1)
        for place in list(self._places.values()):
            self._guard(place, lambda place: place.save(self._shelf))

    def _turn(self) -> None:
        """Apply what was sent, let every playing run train for a slice, publish, and keep house."""
        races = self._groups.all()
        racing = [group for group in races if group.ready(self._places)]
        lanes = {lane for group in races for lane in group.lanes}
        alone = [place for run_id, place in list(self._places.items()) if run_id not in lanes]
        playing = [place for place in alone if place.run and place.run.status == "playing"]
        studying = [place for place in list(self._places.values()) if place.run and place.run.studies.busy]
        self._take_messages(wait=0.0 if playing or racing or studying else 0.2)
        start = time.perf_counter()
        for place in playing:
            self._guard(place, self._train)
        for group in racing:
            self._train_race(group)
        trained = (time.perf_counter() - start) / max(1, len(studying)) if playing or racing else None
        for place in studying:
            self._guard(place, lambda place: place.run.studies.go_on(trained, lambda: not self._inbox.empty()))
        for places in [*([place] for place in alone), *map(self._lanes, races)]:
            if any(place.due(PUBLISH_SHARE / len(places)) for place in places):  # lanes are seen at the same step
                for place in places:
                    self._guard(place, Place.publish)
        for group in races:
            self._publish_race(group)
        for place in list(self._places.values()):
            self._guard(place, self._keep_house)
        if len(self._places) > MAX_RUNS:
            self._make_room()
        if time.monotonic() - self._swept > SWEEP_EVERY:
            self._sweep()

    def _lanes(self, group: Group) -> list[Place]:
        """The places of a race's lanes that are in memory."""
        return [self._places[lane] for lane in group.lanes if lane in self._places]

    def _train_race(self, group: Group) -> None:
        """Let a race train for as long as its lanes would alone."""
        if not group.ready(self._places):  # a message may have come in between
            return
        runs = [place.run for place in self._lanes(group) if place.run is not None]
        end = time.perf_counter() + SLICE * len(runs)
        try:
            for run in runs:
                run.remember_in_time()
            group.train(runs, lambda: time.perf_counter() > end or not self._inbox.empty())
        except Exception as error:
            group.untie()
            for run in runs:
                self._stumble(run, error)

    def _publish_race(self, group: Group) -> None:
        try:
            group.publish(self._places)
        except Exception as error:
            for place in self._lanes(group):
                if place.run is not None:
                    self._stumble(place.run, error)

    def _guard(self, place: Place, work: Any) -> None:
        """Let an unexpected error pause one run instead of ending them all."""
        run = place.run
        if run is None:
            return
        try:
            work(place)
        except Exception as error:
            self._stumble(run, error)

    def _stumble(self, run: Run, error: Exception) -> None:
        """Pause a run because of an unexpected error."""
        log.exception("run %s", run.id)
        run.status = "paused"
        run.notice = _("The engine met an error ({error}). The run is paused.").format(error=error)
        run.changes += 1

    def _take_messages(self, wait: float) -> None:
        """Apply everything in the inbox, waiting up to `wait` seconds for the first."""
        try:
            run_id, message = self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
            while True:
                if not run_id and isinstance(message, _Ask):
                    self._answer(None, message)
                else:
                    group = self._groups.known(run_id)
                    for addressee in group.lanes if group is not None else (run_id,):
                        self._deliver(addressee, message)
                run_id, message = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _deliver(self, run_id: str, message: Any) -> None:
        """Apply a message to one run."""
        if (place := self._places.get(run_id)) is None:
            self._drop(message)
        elif message is not None:
            try:
                self._apply(run_id, place, message)
            except Exception as error:
                log.exception("run %s", run_id)
                self._drop(message)
                place.fail(run_id, str(error))

    def _drop(self, message: Any) -> None:
        """Answer a request that comes too late."""
        if isinstance(message, _Ask) and not message.answer.done():
            message.answer.set_exception(UserError(_("This run rests. Try again.")))

    def _apply(self, run_id: str, place: Place, message: Any) -> None:
        """Apply a message, or keep it and those after it until the data is read that it needs."""
        if isinstance(message, _Ask):
            self._answer(place, message)
        elif isinstance(message, _Go):
            place.needs, messages_kept, place.queue = None, place.queue, []
            for n, kept in enumerate(messages_kept):
                (self._apply if n else self._carry_out)(run_id, place, kept)
        elif place.needs is not None:
            place.queue.append(message)
            if isinstance(message, messages.Pause) and place.run is not None:
                self._carry_out(run_id, place, message)
        elif (needs := self._needs(run_id, place, message)) and not self._desk.ready(
            run_id, needs, lambda: self._inbox.put((run_id, _Go()))
        ):
            place.needs, place.queue = needs, [message]
        else:
            self._carry_out(run_id, place, message)

    def _carry_out(self, run_id: str, place: Place, message: Any) -> None:
        if place.run is None:
            self._build(run_id, place, message)
        if place.run is not None and not isinstance(message, _Build):
            if (group := self._groups.of(run_id)) is not None:
                group.untie()
            self._guard(place, lambda place: self._command(place.run, message))

    def _needs(self, run_id: str, place: Place, message: Any) -> Wanted | None:
        """The dataset that a message makes the run read; None if it reads none, or nobody can tell."""
        from playground.engine.run import config_in

        old = RunConfig(**place.config) if place.run is None else place.run.config
        try:
            match message:
                case messages.SetKnobs(values):
                    new = RunConfig.read(values, old)[0]
                    if place.run is not None and all(KNOBS[name].live for name in new.differences(old)):
                        return None
                case messages.Reset():
                    new = old
                case messages.Rewind(moment) if place.run is not None:
                    new = RunConfig(**place.run.timeline.find(moment).view.config)
                    if all(KNOBS[name].live for name in new.differences(old)):
                        return None
                case _ if place.run is not None:
                    return None
                case _:
                    new = config_in(self._shelf.read(run_id)) if self._shelf.holds(run_id) else old
        except (UserError, OSError, RuntimeError):
            return None  # building it says what is wrong
        return Wanted(new.dataset, new.source)

    def _build(self, run_id: str, place: Place, message: Any) -> None:
        """Bring the run back from disk or make it new; a run that cannot be built waits, failed.

        A run that cannot be brought back stays on disk as it is: only other knobs or a reset put a new one in its
        place, and then the old file is set aside.
        """
        from playground.engine.run import Run, config_in

        anew = isinstance(message, messages.SetKnobs | messages.Reset)
        if isinstance(message, messages.SetKnobs):
            place.config = RunConfig.read(message.values, RunConfig(**place.config))[0].model_dump()
        try:
            if self._shelf.holds(run_id) and not anew:
                content = self._shelf.read(run_id)
                place.config = config_in(content).model_dump()  # known even if the run cannot be built here
                place.run = Run.from_bytes(run_id, content)
                self._recall(place.run)
                place.run.mark_restored(place.opened)
                place.restored()
            else:
                place.run = Run(run_id, RunConfig(**place.config))
                self._shelf.set_aside(run_id)
        except (UserError, OSError, RuntimeError) as error:
            log.warning("run %s: %s", run_id, error)
            place.fail(run_id, str(error))

    def _recall(self, run: Run) -> None:
        """Bring back the past of a run; a run without one, or whose past cannot be read, begins a new one."""
        from playground.engine.bundle import unpack_timeline

        try:
            if past := self._shelf.read_past(run.id):
                run.recall(unpack_timeline(past))
        except (UserError, OSError) as error:
            log.warning("past of %s: %s", run.id, error)
            run.recall(None)

    def _answer(self, place: Place | None, request: _Ask) -> None:
        try:
            if place is not None and place.run is None:
                raise UserError(_("This run is not ready yet."))
            request.answer.set_result(request.work(place and place.run))
        except Exception as error:
            if not isinstance(error, UserError):
                log.exception("a question")
            request.answer.set_exception(error if isinstance(error, UserError) else UserError(str(error)))

    def _adopt(self, run: Run) -> None:
        """Take in a run that was built from another one."""
        with self._lock:
            if run.id not in self._places:
                self._places[run.id] = Place(run.config.model_dump(), run)

    def _command(self, run: Run, command: Command) -> None:
        run.notice = ""
        try:
            match command:
                case messages.Play():
                    run.play()
                case messages.Pause():
                    run.status = "paused"
                case messages.Step():
                    run.status = "paused"
                    run.remember_in_time()
                    run.advance(1)
                    run.settle()
                case messages.StepThrough(part):
                    run.remember_in_time()
                    run.step_through(part)
                case messages.SetKnobs(values):
                    run.set_knobs(values)
                case messages.Reset():
                    run.reset()
                case messages.UseFixedZ(z, y):
                    run.use_fixed_z(z, y)
                case messages.Remember():
                    if run.remember() is None:
                        raise UserError(_("A number of this run is infinite or undefined (NaN): nothing to remember."))
                case messages.Rewind(moment, values):
                    run.rewind(moment)
                    run.set_knobs(values)
        except UserError as error:
            run.notice = str(error)
        run.observer.consult(run)
        run.changes += 1

    def _train(self, place: Place) -> None:
        run = place.run
        if run is None or run.status != "playing":
            return
        run.remember_in_time()
        start = time.perf_counter()
        run.advance(1_000_000, stop=lambda: time.perf_counter() > start + SLICE or not self._inbox.empty())
        run.observer.go_on(run, time.perf_counter() - start, lambda: not self._inbox.empty())

    def _keep_house(self, place: Place) -> None:
        """Pause what nobody watches, save what changed, let go of what rests."""
        run, unseen = place.run, time.monotonic() - place.last_seen
        assert run is not None
        if run.status == "playing" and unseen > PAUSE_AFTER:
            run.status = "paused"
            run.changes += 1
        place.save_in_time(self._shelf)
        if unseen > EVICT_AFTER and run.status == "paused" and place.needs is None:
            self._evict(run.id)

    def _sweep(self) -> None:
        """Keep the sets of the runs that somebody watches, and forget what nobody uses."""
        self._swept = time.monotonic()
        for place in list(self._places.values()):
            if self._swept - place.last_seen < own.LEASE:
                own.use(str(place.config["own"]))
        own.forget_old()
        self._groups.rest(self._places, EVICT_AFTER)

    def _make_room(self) -> None:
        """The run that nobody has watched for the longest time goes to disk; what is watched stays."""
        resting = [item for item in self._places.items() if item[1].needs is None]
        places = sorted(resting, key=lambda item: item[1].last_seen)
        if places and time.monotonic() - places[0][1].last_seen > EVICT_WATCHED:
            self._evict(places[0][0])

    def _evict(self, run_id: str) -> None:
        """Let a run live on disk only, if it can."""
        place = self._places[run_id]
        if place.run is not None and place.run.status == "playing":
            place.run.status = "paused"
        place.save(self._shelf)
        if not place.unsaved(self._shelf):
            with self._lock:
                self._places.pop(run_id)
