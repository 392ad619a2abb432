"""What an engine keeps of one run: the run, what was published of it, what is on disk of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from playground.engine.dataset_loader import DatasetRef
from playground.engine.messages import View, Weights
from playground.engine.run_storage import RunStorage
from playground.engine.timeline import Moment, Timeline
from playground.engine.timeline_files import Snapshot
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

PUBLISH_EVERY = 0.25  # seconds between two Views of a playing run
PUBLISH_SHARE = 0.15  # of the worker's time that Views may cost
WATCHED_FOR = 3.0  # seconds for which one call of `view` keeps a run watched
SAVE_EVERY = 5.0  # seconds between two moments on disk
SAVE_SHARE = 0.02  # of the worker's time that saving a run may cost
PAST_EVERY = 60.0  # seconds between two writings of all moments of a playing run

log = logging.getLogger(__name__)

Disk = Callable[[Callable[[], float]], Future[float]]  # has a job done by the one thread that writes
Stand = tuple[int, tuple[object, ...]]  # the step of a run, and `Run.shown`
Asked = tuple[Weights, bool]  # what a page wants to see: samples from these weights; also what D looks at in them


@dataclass
class RunSlot:
    """Other threads write `watched` and `last_seen`, read `views`, `config` and `needs`; the rest is the worker's."""

    config: dict[str, Any]
    run: Run | None = None
    views: dict[Asked, View] = field(default_factory=dict)
    watched: dict[Asked, float] = field(default_factory=dict)
    last_seen: float = field(default_factory=time.monotonic)
    made: float = field(default_factory=time.monotonic)
    version: int = 0
    complaint: str = ""  # the notice that nothing can be saved
    needs: tuple[DatasetRef, ...] | None = None  # the data that has to be read before the next message
    queue: list[Any] = field(default_factory=list)  # messages that wait for it
    held: list[Any] = field(default_factory=list)  # messages that wait until another process lets go of the run
    retried: bool = False  # soon, because another process has it
    opened: bool = False  # from a file that a person brought
    past: Timeline | None = None  # of such a file
    moved: bool = False  # from another engine, which nobody need be told
    begun: bool = False  # its run was made in this turn
    debt: float = 0.0  # seconds that it trained beyond its share
    holding: bool = False  # Views, until a moment that a person kept is on disk
    _shown: dict[Asked, Stand] = field(default_factory=dict)  # of each published View
    _published: float = 0.0
    _publish_cost: float = 0.0  # seconds
    _saved: float = field(default_factory=time.monotonic)
    _save_cost: float = 0.0  # seconds
    _on_disk: Stand = (0, ())
    _past_saved: float = field(default_factory=time.monotonic)
    _past_on_disk: tuple[int, int] = (1, 0)  # the version of the timeline
    _kept_on_disk: tuple[int, int] = (0, 0)  # see `Timeline.kept`
    _complete: bool = True  # whether all moments of that version are there
    _writing: Future[float] | None = None
    _asked: tuple[Stand, tuple[int, int], tuple[int, int], bool] = ((0, ()), (1, 0), (0, 0), True)  # by it

    def watch(self, asked: Asked) -> bool:
        """Keep this watched; gives whether nobody watched it just now."""
        now = time.monotonic()
        first = self.watched.get(asked, -WATCHED_FOR) < now - WATCHED_FOR
        self.watched[asked] = now
        return first

    def latest(self, asked: Asked, first: bool) -> View | None:
        """The View of that kind, or while there is none, or only one from when somebody last watched, the newest."""
        views = list(self.views.values())
        newest, own = max(views, key=lambda view: view.version, default=None), self.views.get(asked)
        outdated = own is None or newest is None or (first and own.step != newest.step)
        return newest if outdated else own

    @property
    def building(self) -> bool:
        """Whether the run is not there yet, and nothing is known to be wrong with it."""
        return self.run is None and not self.views

    @property
    def idle(self) -> bool:
        """Whether there is a run that waits for nothing and that answers no longer question."""
        return self.run is not None and self.needs is None and not self.queue and not self.run.studies.busy

    def fail(self, run_id: str, reason: str) -> None:
        """Publish Views that say why there is no run."""
        self.run, self.holding = None, False
        self.version += 1
        self._shown = {}
        self.views = {
            (weights, saliency): View(run_id, 0, self.version, self.config, "failed", weights, notice=reason)
            for weights in get_args(Weights)
            for saliency in (False, True)
        }

    def due(self, share: float = PUBLISH_SHARE) -> bool:
        """Whether somebody waits for a new View, given the share of the worker's time that this run's may cost."""
        run, now = self.run, time.monotonic()
        wanted = self._wanted()
        if run is None or not wanted or self.holding:
            return False
        changed = any(w not in self._shown or self._shown[w][1] != run.shown for w in wanted)
        interval = max(PUBLISH_EVERY, self._publish_cost / share)
        return changed or run.status != "playing" or now - self._published > interval

    def publish(self) -> None:
        """A new View of each kind that somebody watches, if there is anything new."""
        from playground.engine.snapshot import snapshot

        run, start = self.run, time.perf_counter()
        wanted = self._wanted()
        if run is None or not wanted:
            return
        self.version += 1
        for asked in wanted:
            self.views[asked] = snapshot(run, self.version, *asked)
            self._shown[asked] = (run.step, run.shown)
        self.config = run.config.model_dump()
        self._published, self._publish_cost = time.monotonic(), time.perf_counter() - start

    def _wanted(self) -> list[Asked]:
        """What somebody watches and of which there is something new."""
        now = time.monotonic()
        state = None if self.run is None else (self.run.step, self.run.shown)
        return [w for w, seen in list(self.watched.items()) if now - seen < WATCHED_FOR and self._shown.get(w) != state]

    def restored(self) -> None:
        """Note that the disk holds what the run is."""
        assert self.run is not None
        self._on_disk = (self.run.step, self.run.shown)
        self._past_on_disk = self.run.timeline.version
        self._kept_on_disk = self.run.timeline.kept

    def unsaved(self, storage: RunStorage) -> bool:
        """Whether the disk lacks something of the run; one that was never trained is not worth a file."""
        run = self.run
        if run is None or not (run.step > 0 or run.timeline.kept[0] or storage.holds(run.id)):
            return False
        there = (self._on_disk, self._past_on_disk, self._complete)
        return there != ((run.step, run.shown), run.timeline.version, True)

    def save_in_time(self, storage: RunStorage, disk: Disk) -> None:
        """Have it saved now and then while it plays, at once when it stops and when a person kept a moment.

        The writing is left to `disk`. Until a kept moment lies there, `holding` keeps Views back that would show it.
        """
        run = self.run
        assert run is not None
        if self._writing is not None:
            if not self._writing.done():
                self.holding = self._kept(run)  # also what was kept since that writing began
                return
            self._written(self._writing)
        kept = self._kept(run)
        resting = run.status != "playing" and not self.complaint
        rested = time.monotonic() - self._saved > max(SAVE_EVERY, self._save_cost / SAVE_SHARE)
        if (kept or resting or rested) and (job := self._job(storage, everything=resting)) is not None:
            self.holding = kept
            self._writing = disk(job)

    def _kept(self, run: Run) -> bool:
        """Whether a person kept a moment that is not on disk and can be written."""
        return run.timeline.kept != self._kept_on_disk and not self.complaint

    def save(self, storage: RunStorage) -> None:
        """All that the disk lacks, before it returns."""
        if self._writing is not None:
            wait([self._writing])
            self._written(self._writing)
        if (job := self._job(storage, everything=True)) is not None:
            done: Future[float] = Future()
            try:
                done.set_result(job())
            except Exception as error:
                done.set_exception(error)
            self._written(done)

    def _job(self, storage: RunStorage, everything: bool) -> Callable[[], float] | None:
        """What writes the run as it is now, and gives the seconds that it took; None if there is nothing to write."""
        run = self.run
        if run is None or not self.unsaved(storage):
            return None
        self._saved = time.monotonic()
        moment = run.keep_moment()
        if moment is None:  # broken right now
            moment = run.moment
        taken, run_id, past = time.monotonic() - self._saved, run.id, Snapshot.of(run.timeline)
        changed = self._past_on_disk != run.timeline.version
        wanted: Callable[[Moment], bool] | None = _choice(past) if changed else None
        if everything or time.monotonic() - self._past_saved > PAST_EVERY:
            wanted = _all if changed or not self._complete else None
            self._past_saved = time.monotonic()
        complete = wanted is _all or (wanted is None and self._complete)
        self._asked = ((run.step, run.shown), run.timeline.version, run.timeline.kept, complete)

        def job() -> float:
            start = time.monotonic()
            storage.write(run_id, moment)
            if wanted is not None:
                storage.write_past(run_id, past, wanted)
            return taken + time.monotonic() - start

        return job

    def _written(self, done: Future[float]) -> None:
        """Take in how a writing went; a folder that cannot be written is said in the View and tried again."""
        run = self.run
        self._writing, self.holding = None, False
        if run is None:
            return
        error = done.exception()
        if error is not None:
            reason = getattr(error, "strerror", None) or type(error).__name__
            sentence = _("Nothing can be saved ({reason}). The run goes on, but a restart would lose it.")
            complaint = sentence.format(reason=reason)
            log.warning("run %s: %s", run.id, error)
            if self.complaint != complaint:
                self.complaint = run.notice = complaint
            return
        self._save_cost = done.result()
        self._on_disk, self._past_on_disk, self._kept_on_disk, self._complete = self._asked
        if self.complaint:
            run.notice = "" if run.notice == self.complaint else run.notice
            self.complaint = ""


def _all(_moment: Moment) -> bool:
    return True


def _choice(past: Snapshot) -> Callable[[Moment], bool]:
    """The moments to write between two writings of all: those that stand for something, and the latest."""
    latest = max((moment.id for moment in past.moments), default=0)
    return lambda moment: moment.kind != "auto" or moment.id == latest
