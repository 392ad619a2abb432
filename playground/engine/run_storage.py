"""Where an engine keeps its runs on disk: one checkpoint a run, and beside it a folder with the moments of its past."""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from playground.engine import sandbox, timeline_files
from playground.engine.timeline import Moment, Timeline
from playground.engine.timeline_files import Snapshot
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

RUN_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
FORGET_AFTER = 30 * 86400.0  # seconds until the file of an unused run is deleted
TRIES = 2  # to bring a run into memory that end the process, until somebody changes the run or time has passed
BLAMED_FOR = 600.0  # seconds; it may have been another run, or somebody who ended the process
KINDS = ("*.safetensors", "*.json", ".*.*.*", "*.past", "*.pt", "*.past.zip")  # the last two of earlier versions

log = logging.getLogger(__name__)


class LockedError(UserError):
    """Another process has the run."""


def lock_patience(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds for which a run that another process has is waited for before that is said."""
    text = environment.get("PLAYGROUND_LOCK_PATIENCE", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


class RunStorage:
    """The folder of the runs. Ids are checked, so that none leads out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: dict[str, FileLock] = {}
        self._guard = threading.Lock()

    def claim(self, run_id: str) -> None:
        """Keep other processes from this run until `let_go`, or the end of this one. Raises LockedError if one has
        it.
        """
        with self._guard:
            if run_id in self._locks:
                return
            lock = FileLock(self.folder.parent / "locks" / f"{run_id}.lock", thread_local=False)
            try:
                files.private(Path(lock.lock_file).parent)
                lock.acquire(timeout=0)
            except Timeout:
                raise LockedError(
                    _(
                        "Another GAN Playground on the same data folder has this run open. End it, or start one of the "
                        "two with a folder of its own (PLAYGROUND_HOME)."
                    )
                ) from None
            except OSError as error:  # where nothing can be written, saving says so
                log.warning("lock of %s: %s", run_id, error)
            else:
                self._locks[run_id] = lock

    def begin(self, run_id: str) -> bool:
        """Note that a run is brought into memory; gives False where that ended a process `TRIES` times already."""
        note, tried = self._note(run_id), 0
        with suppress(OSError):
            found = note.stat()
            tried = found.st_size if time.time() - found.st_mtime < BLAMED_FOR else 0
        if tried >= TRIES:
            return False
        try:
            files.private(note.parent)
            note.write_bytes(bytes(tried + 1))
        except OSError as error:
            log.warning("note of %s: %s", run_id, error)
        return True

    def began(self, run_id: str) -> None:
        """Note that it is in memory, and that this ended nothing."""
        with suppress(OSError):
            self._note(run_id).unlink(missing_ok=True)

    def _note(self, run_id: str) -> Path:
        return self.folder.parent / "locks" / f"{run_id}.begun"

    def let_go(self, *run_ids: str) -> None:
        """Let other processes have these runs."""
        with self._guard:
            for run_id in run_ids:
                if (lock := self._locks.pop(run_id, None)) is not None:
                    lock.release()

    def let_all_go(self) -> None:
        """The same for every run."""
        with self._guard:
            claimed = list(self._locks)
        self.let_go(*claimed)

    def holds(self, run_id: str) -> bool:
        """Whether there is such a run; a folder that cannot be read holds none."""
        try:
            return bool(RUN_ID.fullmatch(run_id)) and (self._file(run_id).is_file() or self._old(run_id).is_file())
        except OSError:
            return False

    def read(self, run_id: str) -> bytes:
        """The checkpoint of a run. Raises OSError, and UserError for an old one that `modernise` could not read."""
        if self.is_old(run_id):
            raise UserError(_("This run was written by another version of GAN Playground and cannot be read."))
        return self._file(run_id).read_bytes()

    def write(self, run_id: str, checkpoint: bytes) -> None:
        """Keep a checkpoint. Raises OSError, and UserError if another process has the run."""
        self.claim(run_id)
        files.private(self.folder)
        files.write(self._file(run_id), checkpoint)

    def read_past(self, run_id: str) -> Timeline | None:
        """The past of a run, or None. Raises UserError and OSError."""
        return timeline_files.read(self._past(run_id))

    def write_past(self, run_id: str, past: Snapshot, wanted: Callable[[Moment], bool] = lambda moment: True) -> None:
        """Keep those moments of a run that are `wanted`, besides those that are kept already. Raises OSError."""
        timeline_files.write(self._past(run_id), past, wanted)

    def is_old(self, run_id: str) -> bool:
        """Whether a run lies here as an earlier version wrote it."""
        return bool(RUN_ID.fullmatch(run_id)) and self._old(run_id).is_file() and not self._file(run_id).is_file()

    def modernise(self, run_id: str, stop: Callable[[], bool]) -> None:
        """Write such a run as this version does. Takes seconds; raises UserError and OSError."""
        from playground.engine.run_zip import unpack_timeline

        checkpoint = sandbox.read("checkpoint", self._old(run_id).read_bytes(), stop)[0]
        old_past = self.folder / f"{run_id}.past.zip"
        if old_past.is_file():
            try:
                timeline = unpack_timeline(sandbox.read("past", old_past.read_bytes(), stop)[0])
                self.write_past(run_id, Snapshot.of(timeline))
            except UserError as error:
                log.warning("past of %s: %s", run_id, error)
        self.write(run_id, checkpoint)
        self._old(run_id).unlink(missing_ok=True)
        old_past.unlink(missing_ok=True)

    def set_aside(self, run_id: str) -> None:
        """Keep the file of a run that is replaced under another name, for a month."""
        for file in (self._file(run_id), self._old(run_id)):
            if RUN_ID.fullmatch(run_id) and file.is_file():
                file.replace(file.with_name(f"{run_id}.replaced{file.suffix}"))
        self.set_past_aside(run_id)

    def set_past_aside(self, run_id: str) -> None:
        """The same for its past."""
        past = self._past(run_id)
        if past.is_dir():
            replaced = self.folder / f"{run_id}.replaced.past"
            shutil.rmtree(replaced, ignore_errors=True)
            past.replace(replaced)

    def forget_old(self) -> None:
        """Delete the files of runs and races that were not used for a month, and what broken writes left behind."""
        try:
            for path in {path for kind in KINDS for path in self.folder.glob(kind)}:
                if time.time() - path.stat().st_mtime > FORGET_AFTER:
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s", error)

    def _file(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.safetensors"

    def _old(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.pt"

    def _past(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.past"


def check_id(run_id: str) -> None:
    """Raises UserError for what cannot name a run."""
    if not RUN_ID.fullmatch(run_id):
        raise UserError(_("“{id}” cannot be the name of a run.").format(id=run_id[:80]))
