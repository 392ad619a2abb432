"""What an engine keeps of one run: the run, what was published of it, what is on disk of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from playground.engine.desk import Wanted
from playground.engine.messages import View, Weights
from playground.engine.shelf import Shelf
from playground.i18n import _

if TYPE_CHECKING:
    from playground.engine.run import Run

PUBLISH_EVERY = 0.25  # seconds between two Views of a playing run
PUBLISH_SHARE = 0.15  # of the worker's time that Views may cost
WATCHED_FOR = 3.0  # seconds for which one call of `view` keeps a run watched
SAVE_EVERY = 5.0  # seconds between two moments on disk
SAVE_SHARE = 0.02  # of the worker's time that saving a run may cost
PAST_EVERY = 60.0  # seconds between two writings of a playing run's past

Asked = tuple[Weights, bool]  # what a page wants to see: samples from these weights; also what D looks at in them


@dataclass
class Place:
    """Other threads write `watched` and `last_seen`, read `views`, `config` and `needs`; the rest is the worker's."""

    config: dict[str, Any]
    run: Run | None = None
    views: dict[Asked, View] = field(default_factory=dict)
    watched: dict[Asked, float] = field(default_factory=dict)
    last_seen: float = field(default_factory=time.monotonic)
    version: int = 0
    complaint: str = ""  # the notice that nothing can be saved
    needs: Wanted | None = None  # the data that has to be read before the next message
    queue: list[Any] = field(default_factory=list)  # messages that wait for it
    opened: bool = False  # from a file that a person brought
    _shown: dict[Asked, tuple[int, int]] = field(default_factory=dict)  # (step, changes) of each published View
    _published: float = 0.0
    _publish_cost: float = 0.0  # seconds
    _saved: float = field(default_factory=time.monotonic)
    _save_cost: float = 0.0  # seconds
    _on_disk: tuple[int, int] = (0, 0)  # (step, changes)
    _past_saved: float = field(default_factory=time.monotonic)
    _past_on_disk: tuple[int, int] = (1, 0)  # the version of the timeline

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

    def fail(self, run_id: str, reason: str) -> None:
        """Publish Views that say why there is no run."""
        self.run = None
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
        if run is None or not wanted:
            return False
        changed = any(w not in self._shown or self._shown[w][1] != run.changes for w in wanted)
        interval = max(PUBLISH_EVERY, self._publish_cost / share)
        return changed or run.status != "playing" or now - self._published > interval

    def publish(self) -> None:
        """A new View of each kind that somebody watches, if there is anything new."""
        from playground.engine.look import look

        run, start = self.run, time.perf_counter()
        wanted = self._wanted()
        if run is None or not wanted:
            return
        self.version += 1
        for asked in wanted:
            self.views[asked] = look(run, self.version, *asked)
            self._shown[asked] = (run.step, run.changes)
        self.config = run.config.model_dump()
        self._published, self._publish_cost = time.monotonic(), time.perf_counter() - start

    def _wanted(self) -> list[Asked]:
        """What somebody watches and of which there is something new."""
        now = time.monotonic()
        state = None if self.run is None else (self.run.step, self.run.changes)
        return [w for w, seen in list(self.watched.items()) if now - seen < WATCHED_FOR and self._shown.get(w) != state]

    def restored(self) -> None:
        """Note that the disk holds what the run is."""
        assert self.run is not None
        self._on_disk = (self.run.step, self.run.changes)
        self._past_on_disk = self.run.timeline.version

    def unsaved(self, shelf: Shelf) -> bool:
        """Whether the disk lacks something of the run; one that was never trained is not worth a file."""
        run = self.run
        return run is not None and self._on_disk != (run.step, run.changes) and (run.step > 0 or shelf.holds(run.id))

    def save_in_time(self, shelf: Shelf) -> None:
        """Save now and then while it plays, and at once when it stops."""
        assert self.run is not None
        resting = self.run.status != "playing" and not self.complaint
        if resting or time.monotonic() - self._saved > max(SAVE_EVERY, self._save_cost / SAVE_SHARE):
            self.save(shelf)

    def save(self, shelf: Shelf) -> None:
        """A moment to disk; a folder that cannot be written is said in the View and tried again."""
        run = self.run
        if run is None or not self.unsaved(shelf):
            return
        self._saved = time.monotonic()
        moment = run.keep_moment()
        if moment is None:
            return
        try:
            shelf.write(run.id, moment)
            self._save_past(run, shelf)
        except OSError as error:
            sentence = _("Nothing can be saved in {folder} ({reason}). The run goes on, but a restart would lose it.")
            complaint = sentence.format(folder=shelf.folder, reason=error.strerror or error)
            if self.complaint != complaint:
                self.complaint = run.notice = complaint
                run.changes += 1
            return
        if self.complaint:
            run.notice = "" if run.notice == self.complaint else run.notice
            self.complaint = ""
            run.changes += 1
        self._save_cost = time.monotonic() - self._saved
        self._on_disk = (run.step, run.changes)

    def _save_past(self, run: Run, shelf: Shelf) -> None:
        """The moments to disk: seldom while it plays, at once when it stops or leaves its branch. Raises OSError."""
        from playground.engine.bundle import pack_timeline

        old, same_branch = run.timeline.version == self._past_on_disk, run.timeline.branch == self._past_on_disk[1]
        recent = time.monotonic() - self._past_saved < PAST_EVERY
        if old or (run.status == "playing" and same_branch and recent):
            return
        shelf.write_past(run.id, pack_timeline(run.timeline))
        self._past_saved, self._past_on_disk = time.monotonic(), run.timeline.version
