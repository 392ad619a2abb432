"""Reads datasets beside the training: in threads of its own, so that a download or a rendering stops no run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from playground import data
from playground.data import Choice, Stamp
from playground.data.classics import CLASSICS, download, present
from playground.engine.messages import Card
from playground.utils import logs, shares
from playground.utils.errors import UserError
from playground.utils.translation import _

READ_AT_ONCE, FETCH_AT_ONCE = (
    4,
    shares.limit("downloads"),
)  # servers that do not answer must not keep others from reading

log = logging.getLogger(__name__)


class DatasetRef(NamedTuple):
    """A dataset, and where it lies if it asks for that."""

    dataset: str
    source: str = ""


class _Cancelled(Exception):
    pass


@dataclass
class _Job:
    """One reading, for everybody in `waiting`."""

    stamp: Stamp
    fetch: bool  # while it is being downloaded
    waiting: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)  # who cancelled
    then: list[Callable[[], None]] = field(default_factory=list)
    done: int = 0
    total: int = 0
    doing: str = ""
    failure: str = ""
    cancelled: bool = False
    finished: bool = False

    def end(self, failure: str = "") -> None:
        """Nothing more comes; whoever waits is told."""
        self.failure, self.finished = failure, True
        for then in self.then:
            then()


def _came(one: int, awaited: set[int], then: Callable[[], None]) -> None:
    """One of several readings has ended; the last one calls `then`. Only with the loader's lock."""
    awaited.discard(one)
    if not awaited:
        then()


class DatasetLoader:
    """Any thread may call its methods; none of them waits for a set to be read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[DatasetRef, _Job] = {}
        self._reading = ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="read")
        self._fetching = ThreadPoolExecutor(FETCH_AT_ONCE, thread_name_prefix="fetch")

    def card(self, who: str, wanted: DatasetRef, choice: Choice = data.ALL, fetch: bool = False) -> Card:
        """What is known of a set, or how far its reading is; begins to read it, and with `fetch` to download it.

        `who` waits for it from now on. What failed is tried again if its files have changed or with `fetch`.
        """
        from playground.engine.snapshot import card

        try:
            if wanted.dataset not in data.DATASETS:
                raise UserError(_("There is no dataset named “{key}”.").format(key=wanted.dataset))
            if data.at_hand(*wanted) is not None:
                return card(data.load(*wanted, choice))
            job = self._job(who, wanted, fetch and wanted.dataset in CLASSICS, again=fetch)
        except UserError as error:
            return Card("failed", str(error))
        if failure := _("Cancelled.") if who in job.gone else job.failure:
            missing = wanted.dataset in CLASSICS and not present(wanted.dataset)
            return Card("missing" if missing else "failed", failure)
        return Card("working", job.doing, done=job.done, total=job.total, bytes=job.fetch)

    def ready(self, run_id: str, wanted: Sequence[DatasetRef], then: Callable[[], None]) -> bool:
        """Whether a run need not wait for these sets; else `then` is called when each is there, or will never be."""
        missing = [one for one in dict.fromkeys(wanted) if data.at_hand(*one) is None]
        jobs = [self._job(f"run {run_id}", one, fetch=False, again=False) for one in missing]
        with self._lock:
            awaited = {id(job) for job in jobs if not job.finished}
            for job in jobs:
                if id(job) in awaited:
                    job.then.append(partial(_came, id(job), awaited, then))
            return not awaited

    def progress(self, wanted: Sequence[DatasetRef]) -> str:
        """How far the reading of the first of these sets that is being read is, in a sentence; "" if nobody reads."""
        for job in (self._jobs.get(one) for one in wanted):
            if job is not None and not job.finished:
                share = f" {100 * job.done // job.total} %" if job.total else ""
                return f"{job.doing}{share}"
        return ""

    def cancel(self, who: str, wanted: DatasetRef) -> None:
        """`who` no longer waits for a set; what nobody waits for is given up, even if its thread hears of it later."""
        with self._lock:
            job = self._jobs.get(wanted)
            if job is None or job.finished:
                return
            job.waiting.discard(who)
            job.gone.add(who)
            if not job.waiting:
                job.cancelled = True
                job.end(_("Cancelled."))

    def close(self) -> None:
        """Give everything up."""
        for job in list(self._jobs.values()):
            job.cancelled = True
        for pool in (self._reading, self._fetching):
            pool.shutdown(wait=False, cancel_futures=True)

    def _job(self, who: str, wanted: DatasetRef, fetch: bool, again: bool) -> _Job:
        """The work on a set, begun if nobody did, or anew if it failed and its files changed or `again`."""
        mark = data.stamp(*wanted)
        with self._lock:
            job = self._jobs.get(wanted)
            if job is not None and job.finished and who not in job.gone:
                again = again or job.cancelled or not job.failure or job.stamp != mark
            if job is None or (job.finished and again):
                job = self._jobs[wanted] = _Job(mark, fetch)
                job.doing = self._words(wanted, fetch)
                job.waiting.add(who)
                (self._fetching if fetch else self._reading).submit(self._work, wanted, job)
            elif again:
                job.gone.discard(who)
            if who not in job.gone:
                job.waiting.add(who)
        return job

    @staticmethod
    def _words(wanted: DatasetRef, fetch: bool) -> str:
        label = _(data.DATASETS[wanted.dataset].label)
        return (_("Downloading {label} …") if fetch else _("Preparing {label} …")).format(label=label)

    def _work(self, wanted: DatasetRef, job: _Job) -> None:
        def progress(done: int, total: int) -> None:
            job.done, job.total = done, total
            if job.cancelled:
                raise _Cancelled

        failure = ""
        try:
            if job.fetch:
                download(wanted.dataset, progress)
                job.fetch, job.doing, job.done, job.total = False, self._words(wanted, fetch=False), 0, 0
            data.load(*wanted, progress=progress)
        except _Cancelled:
            return  # said already
        except UserError as error:
            failure = str(error)
        except Exception as error:  # e.g. no memory
            words = _("This data cannot be read ({error}). The server's log has it as {name}.")
            failure = words.format(error=type(error).__name__, name=logs.failure(log, error))
        with self._lock:
            job.stamp = data.stamp(*wanted)
            if not job.finished:
                job.end(failure)
