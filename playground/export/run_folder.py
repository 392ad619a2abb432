"""A run as a folder of four files: `checkpoint.safetensors`, `config.json`, `history.csv`, `samples.png`.

The checkpoint is the run; the others show what is in it. All four are written together, the checkpoint first: no curve
is ever ahead of the run that it belongs to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.messages import View
from playground.export import before_after, pictures
from playground.export.frame import step_text
from playground.training import checkpoint
from playground.utils import csv_json, files
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.history import History
    from playground.engine.run import Run

CHECKPOINT = checkpoint.FILE
FILES = (CHECKPOINT, "config.json", "history.csv", "samples.png")
MODE = 0o644  # readable by all


def found(folder: Path) -> list[str]:
    """Which of the four files `folder` holds; the checkpoint may be one of an earlier version."""
    return [name for name in (*FILES, checkpoint.OLD_FILE) if os.path.lexists(folder / name)]


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other trainings out of `folder` and remove what a killed one left there. Raises UserError."""
    handle = None
    with suppress(OSError):  # Windows, where a folder has no lock; or there is none, and reading or writing says so
        handle = os.open(folder, os.O_RDONLY)
    try:
        if handle is not None:
            _lock(handle, folder)
        try:
            files.clear(folder, FILES)
        except OSError as error:
            raise UserError(_cannot(error, folder)) from error
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    """Hold a folder until this process ends, however it ends. Raises UserError if another one holds it."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        sentence = _("Another training is writing to {folder}. Wait for it, or stop it first.")
        raise UserError(sentence.format(folder=folder)) from error
    except OSError:  # some network folders have no locks
        return


def create(folder: Path) -> None:
    """Make `folder` where there is none. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(_cannot(error, folder)) from error


def save(folder: Path, run: Run, failed: tuple[History, int] | None = None) -> bool:
    """Write the four files; False, and nothing is written, if the run is broken. Raises UserError.

    With `failed`, the curves are those until a training broke and the step at which that was found.
    """
    whole = contents(run)
    if whole is None:
        return False
    if failed is not None:
        whole["history.csv"] = csv_json.history_csv(broken(*failed))
    try:
        files.write_set(folder, whole, MODE)
    except OSError as error:
        raise UserError(_cannot(error, folder)) from error
    return True


def contents(run: Run) -> dict[str, bytes] | None:
    """The four files of a run, in the order in which they are moved into place; None if it is broken."""
    from playground.engine.snapshot import snapshot  # imports torch

    state = run.keep_moment()
    if state is None:
        return None
    view = snapshot(run, 0, "ema")
    return {
        CHECKPOINT: state,
        "config.json": csv_json.config_json(view.config),
        "history.csv": csv_json.history_csv(run.history.columns()),
        "samples.png": samples_png(view),
    }


def samples_png(view: View) -> bytes:
    """A picture of the samples of a View; of a translation of pictures, rows of inputs, outputs and truth."""
    assert view.samples is not None
    if view.translation is None or before_after.on_plane(view):
        return pictures.samples_png(view.samples, before_after.target(view), view.extent)
    return before_after.sheet(before_after.sections(view), step_text(view.step))


def broken(history: History, step: int) -> dict[str, np.ndarray]:
    """The curves of a training that failed, with a last row that has its step and no numbers."""
    columns = history.columns()
    return {
        name: np.append(column, step if name == "step" else np.array(np.nan, column.dtype))
        for name, column in columns.items()
    }


def _cannot(error: OSError, folder: Path) -> str:
    return _("{path} cannot be written: {reason}.").format(
        path=error.filename or folder, reason=error.strerror or error
    )
