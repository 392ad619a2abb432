"""Trained runs in files, as commands are given them. Nothing in them is unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playground.data import zips
from playground.training import checkpoint
from playground.utils.errors import UserError
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

LARGEST = 2**30  # bytes of a checkpoint
ZIP = b"PK"


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


def run_in(path: Path) -> Run:
    """The run in a folder of “train --out”, in the checkpoint there, or in the zip of a run. Raises UserError.

    A zip is read by a process of its own, as on the page.
    """
    from playground.engine import opening  # these import torch
    from playground.engine.run import Run

    content = read(checkpoint.file_in(path) if path.is_dir() else path, LARGEST)
    if content.startswith(ZIP):
        content, _config, _past = opening.read(content, lambda: False)
    return Run.from_bytes("command", content)
