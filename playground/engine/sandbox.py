"""Files that anybody may have made are read in a process of their own, with limits on memory and time.

A run that a person opens, and what earlier versions wrote, comes out of it as this version writes it. The process
imports no torch, so it is there at once, and nothing that it meets can stop or fill the process that trains.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playground.engine import schema2
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

ROOT = Path(__file__).resolve().parents[2]
SECONDS, CPU_SECONDS = 30.0, 20  # that one file may take
AT_ONCE = 2  # files; others wait
MEMORY, MEMORY_SHARE = 128 * 2**20, 6  # bytes that the reader may take, and how many more for each byte of the file
POLL = 0.1  # seconds between two looks whether the answer is still wanted
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_NOT_ONE = _("This is not a run of GAN Playground. Choose a zip that “The run” made.")

log = logging.getLogger(__name__)
_slots = threading.BoundedSemaphore(AT_ONCE)


def modern(checkpoint: bytes) -> bytes:
    """A checkpoint as this version writes it. Raises UserError for an old one that cannot be read."""
    return read("checkpoint", checkpoint)[0] if schema2.is_old(checkpoint) else checkpoint


def read(kind: str, content: bytes, stop: Callable[[], bool] = lambda: False) -> list[bytes]:
    """The parts that a reader of `bundle` finds: "checkpoint", "past" or "run". Raises UserError.

    `stop` is asked again and again; once it says so, or after `SECONDS`, the process is ended.
    """
    end = time.monotonic() + SECONDS
    while not _slots.acquire(timeout=POLL):
        if stop() or time.monotonic() > end:
            raise UserError(_("Too many files are being opened. Try again in a moment."))
    try:
        output = _run(kind, content, lambda: stop() or time.monotonic() > end)
    finally:
        _slots.release()
    return guarded(lambda: _parts(output), _NOT_ONE)


def _run(kind: str, content: bytes, stop: Callable[[], bool]) -> bytes:
    """What the process writes. Raises UserError once `stop` says so."""
    command = [sys.executable, "-m", "playground.engine.sandbox", kind]
    with tempfile.TemporaryFile() as file:  # a pipe would have to be filled while the answer is awaited
        file.write(content)
        file.seek(0)
        process = subprocess.Popen(
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, **_ONE_THREAD},
        )
    with process:
        while True:
            try:
                return process.communicate(timeout=POLL)[0]
            except subprocess.TimeoutExpired:
                if stop():
                    process.kill()
                    raise UserError(_("Reading this file took too long. It may be damaged.")) from None


def _parts(output: bytes) -> list[bytes]:
    """The inverse of `_written`. Raises UserError for a sentence, and many kinds of errors for anything else."""
    head, _newline, rest = output.partition(b"\n")
    answer = json.loads(head)
    if "sentence" in answer:
        raise UserError(answer["sentence"])
    parts = []
    for size in answer["sizes"]:
        parts.append(rest[:size])
        rest = rest[size:]
    return parts


# The process


def _limit(size: int) -> None:
    """Bound the memory and the time of this process, for a file of `size` bytes, where the system can (Unix)."""
    try:
        import resource
    except ImportError:
        return
    used = 0
    status = Path("/proc/self/statm")
    if status.exists():
        used = int(status.read_text().split()[0]) * resource.getpagesize()
        most = used + MEMORY + MEMORY_SHARE * size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    os.nice(5)


def main(kind: str) -> None:
    """Read standard input and write what was found, or a sentence, to standard output."""
    from playground.engine import run_zip

    content = sys.stdin.buffer.read()
    _limit(len(content))
    try:
        parts = guarded(lambda: run_zip.READERS[kind](content), _NOT_ONE)
        head: dict[str, object] = {"sizes": [len(part) for part in parts]}
    except UserError as error:
        parts, head = [], {"sentence": str(error)}
    for part in (json.dumps(head).encode() + b"\n", *parts):
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main(sys.argv[1])
