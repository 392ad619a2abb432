"""Where the app keeps its files, and how they are written."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

PRIVATE = 0o600  # the mode that `mkstemp` gives


def home() -> Path:
    """The data folder: `PLAYGROUND_HOME`, or the place where this user's applications keep their data."""
    given = os.environ.get("PLAYGROUND_HOME")
    return Path(given).expanduser() if given else platformdirs.user_data_path("gan-playground", appauthor=False)


def private(folder: Path) -> Path:
    """Make a folder that only its owner may look into, also one that was there. Raises OSError."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        with suppress(OSError):  # somebody else's, or a file system without modes
            folder.chmod(0o700)
    return folder


def write(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name and move it into place; nothing half-written ever stays. Raises OSError.

    The data is on the disk, not only in the system's memory, before the old file is replaced: a power cut leaves one
    of the two whole.
    """
    write_set(path.parent, {path.name: data})


def write_set(folder: Path, contents: Mapping[str, bytes], mode: int = PRIVATE) -> None:
    """Write several files as `write` does one. Raises OSError, with the name of the file that could not be written.

    All are on the disk under temporary names before the first one is moved into place, in the order of `contents`;
    the moves follow each other at once. An error before the moves leaves all old files as they were.
    """
    pending: list[tuple[str, Path]] = []
    path = folder
    try:
        for name, data in contents.items():
            path = folder / name
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            pending.append((temporary, path))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode != PRIVATE:
                os.chmod(temporary, mode)
        while pending:
            path = pending[0][1]
            os.replace(*pending[0])
            del pending[0]
    except BaseException as error:
        for temporary, _path in pending:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(path), None
        raise
    _sync_folder(folder)


def clear(folder: Path, names: Iterable[str]) -> None:
    """Remove the temporary files that a process left when it was killed while it wrote `names`. Raises OSError."""
    left = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.[a-z0-9_]{{8}}")  # as `mkstemp` calls them
    if folder.is_dir():
        for path in folder.iterdir():
            if left.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the new names survive a power cut, where the system lets one ask for it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders cannot do it; the files are there all the same
            os.fsync(handle)
    finally:
        os.close(handle)
