"""Where the app keeps its files, and how they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs


def home() -> Path:
    """The data folder: `PLAYGROUND_HOME`, or the place where this user's applications keep their data."""
    given = os.environ.get("PLAYGROUND_HOME")
    return Path(given).expanduser() if given else platformdirs.user_data_path("gan-playground", appauthor=False)


def write(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name and move it into place; nothing half-written ever stays. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
