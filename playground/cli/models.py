"""Trained runs in files, as commands are given them. Nothing in them is unpickled."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from playground.data import zips
from playground.export.script.model import CONFIG, WEIGHTS
from playground.training import checkpoint
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run
    from playground.training.g_alone import Alone

LARGEST = 2**30  # bytes of a checkpoint
ZIP = b"PK"
PLAIN = (zipfile.ZIP_STORED,)  # as ours are: what is in a zip is not larger than the zip


def read(path: Path, limit: int = zips.MEMBER) -> bytes:
    """All bytes of a file. Raises UserError."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        words = _("{path} cannot be read: {reason}.")
        raise UserError(words.format(path=path, reason=error.strerror or error)) from error
    if len(content) > limit:
        raise UserError(_("{path} has more than {n} MB.").format(path=path, n=limit // 1_000_000))
    return content


def content_of(path: Path) -> bytes:
    """The checkpoint in a folder of “train --out”, or a file. Raises UserError."""
    return read(checkpoint.file_in(path) if path.is_dir() else path, LARGEST)


def run_in(content: bytes) -> Run:
    """The run in a checkpoint or in the zip of a run. Raises UserError.

    A zip is read by a process of its own, as on the page.
    """
    from playground.engine import opening  # these import torch
    from playground.engine.run import Run

    if content.startswith(ZIP):
        content, _config, _past = opening.read(content, lambda: False)
    return Run.from_bytes("command", content)


def model_in(content: bytes) -> Alone | None:
    """The G in the zip of a model; None for any other file. Raises UserError for a damaged one."""
    from playground.training import g_alone  # imports torch

    archive = zips.opened(io.BytesIO(content), "") if content.startswith(ZIP) else None
    if archive is None or WEIGHTS not in archive.namelist():
        return None
    return g_alone.read(*guarded(lambda: (_member(archive, CONFIG), _member(archive, WEIGHTS)), g_alone.NOT_ONE))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Raises many kinds of errors."""
    entry = archive.getinfo(name)
    if entry.flag_bits & 0x41 or entry.compress_type not in PLAIN or entry.file_size > LARGEST:
        raise ValueError(name)
    return zips.reader(archive, entry)(entry.file_size)
