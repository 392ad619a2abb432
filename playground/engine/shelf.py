"""Where an engine keeps its runs on disk: one checkpoint a run, and beside it the moments of its past."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

from playground import files

RUN_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
FORGET_AFTER = 30 * 86400.0  # seconds until the file of an unused run is deleted

log = logging.getLogger(__name__)


class Shelf:
    """The folder of the runs. Ids are checked, so that none leads out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def holds(self, run_id: str) -> bool:
        """Whether there is such a run; a folder that cannot be read holds none."""
        try:
            return bool(RUN_ID.fullmatch(run_id)) and self._file(run_id).is_file()
        except OSError:
            return False

    def read(self, run_id: str) -> bytes:
        """The checkpoint of a run. Raises OSError."""
        return self._file(run_id).read_bytes()

    def write(self, run_id: str, checkpoint: bytes) -> None:
        """Keep a checkpoint. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write(self._file(run_id), checkpoint)

    def read_past(self, run_id: str) -> bytes:
        """The moments of a run as a zip, or b"". Raises OSError."""
        file = self._past(run_id)
        return file.read_bytes() if file.is_file() else b""

    def write_past(self, run_id: str, past: bytes) -> None:
        """Keep the moments of a run. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files.write(self._past(run_id), past)

    def set_aside(self, run_id: str) -> None:
        """Keep the file of a run that is replaced under another name, for a month."""
        if self.holds(run_id):
            self._file(run_id).replace(self.folder / f"{run_id}.replaced.pt")
            self._past(run_id).unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Delete the files of runs and races that were not used for a month, and what broken writes left behind."""
        try:
            for file in [f for kind in ("*.pt", "*.past.zip", "*.json", ".*.*.*") for f in self.folder.glob(kind)]:
                if time.time() - file.stat().st_mtime > FORGET_AFTER:
                    file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s", error)

    def _file(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.pt"

    def _past(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.past.zip"
