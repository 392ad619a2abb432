"""A dataset that one process of a server has read, mapped into the memory of its other processes.

The server names a folder in the environment, which lives as long as the server. A set is a folder in it: its arrays as
.npy files, and the rest as JSON. Without such a folder, and where it cannot be written, every process reads for itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from playground.data.dataset import Progress, Samples
from playground.data.lock import taken
from playground.utils import files
from playground.utils.lazy_torch import torch

FOLDER = "PLAYGROUND_SHARED_DATA"  # the variable of the environment
LEAST = 2**20  # bytes; what is smaller is read faster than it is shared
ARRAYS = ("x", "y", "index")
log = logging.getLogger(__name__)


def read(mark: object, read_it: Callable[[], Samples], progress: Progress) -> Samples:
    """What `read_it` gives, or the same from the process that read it first; `mark` tells sets and versions apart.

    Processes that want the same set wait for the first one; what `progress` raises ends the wait.
    """
    folder = _folder()
    if folder is None:
        return read_it()
    path = folder / hashlib.sha256(repr(mark).encode()).hexdigest()[:32]
    if (found := _mapped(path)) is not None:
        return found
    lock = FileLock(path.with_suffix(".lock"))
    try:
        while not _free(lock):
            progress(0, 0)
        if (found := _mapped(path)) is not None:
            return found  # somebody else read it meanwhile
        samples = read_it()
        return samples if samples.x.nbytes < LEAST else _kept(path, samples)
    finally:
        lock.release()


def _folder() -> Path | None:
    named = os.environ.get(FOLDER)
    return Path(named) if named and Path(named).is_dir() else None


def _free(lock: FileLock) -> bool:
    try:
        return taken(lock)
    except OSError:
        return True  # then both read it


def _kept(path: Path, samples: Samples) -> Samples:
    """Write the set, and give it as it is mapped from there: the memory of the first process is shared, too."""
    temporary = None
    try:
        temporary = Path(tempfile.mkdtemp(dir=path.parent))
        for name in ARRAYS:
            if (tensor := getattr(samples, name)) is not None:
                np.save(temporary / f"{name}.npy", tensor.numpy(), allow_pickle=False)
        rest = {"classes": samples.classes, "names": samples.names, "findings": samples.findings}
        (temporary / "rest.json").write_text(json.dumps(rest), encoding="utf-8")
        temporary.rename(path)
    except OSError as error:
        log.warning("A dataset is not shared between the engines: %s", error)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        return samples
    return _mapped(path) or samples


def _mapped(path: Path) -> Samples | None:
    """The set in the folder; what a process writes into it stays in that process."""
    if not path.is_dir():
        return None
    try:
        rest = json.loads((path / "rest.json").read_text(encoding="utf-8"))
        arrays = {
            name: torch.from_numpy(np.load(path / f"{name}.npy", mmap_mode="c", allow_pickle=False))
            for name in ARRAYS
            if (path / f"{name}.npy").exists()
        }
        return Samples(
            arrays["x"],
            arrays.get("y"),
            int(rest["classes"]),
            tuple(rest["names"]),
            index=arrays.get("index"),
            findings=tuple(rest["findings"]),
        )
    except (OSError, ValueError, KeyError) as error:  # e.g. no more descriptors
        log.warning("A shared dataset cannot be read: %s", error)
        return None


class Folder:
    """The folder of one server, as long as it is open. Where none can be made nothing is shared."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        with suppress(OSError):
            root = files.private(files.home() / "shared")
            _clear(root)
            self._lock = FileLock(root / f"{os.getpid()}.server")
            self._lock.acquire(blocking=False)
            self._path = Path(tempfile.mkdtemp(dir=root, prefix=f"{os.getpid()}-"))
            self.environment = {FOLDER: str(self._path)}

    def close(self) -> None:
        """Delete it; the processes that still have a set in memory keep it."""
        if self.environment:
            shutil.rmtree(self._path, ignore_errors=True)
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def _clear(root: Path) -> None:
    """Delete what servers left that were killed: nobody holds their lock any more."""
    for path in root.glob("*.server"):
        lock = FileLock(path)
        with suppress(Timeout, OSError):
            lock.acquire(blocking=False)
            for folder in root.glob(f"{path.stem}-*"):
                shutil.rmtree(folder, ignore_errors=True)
            path.unlink(missing_ok=True)
            lock.release()
