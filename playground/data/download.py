"""Fetching a file over HTTP: several mirrors, a checksum, resumed after a break, never a half-written file."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from playground.errors import UserError
from playground.i18n import _

TRIES = 3  # of one mirror, each going on where the last one broke off
TIMEOUT = 20.0  # seconds without a byte
BLOCK = 2**16

Progress = Callable[[int, int], None]  # bytes there, bytes in all (0: not known)


@dataclass(frozen=True)
class File:
    """A file to fetch: its name, its published MD5, and at most how many bytes it may have."""

    name: str
    md5: str
    limit: int = 2**28


def fetch(file: File, mirrors: Sequence[str], folder: Path, progress: Progress = lambda done, total: None) -> Path:
    """`file` in `folder`, from the first of `mirrors` (base URLs) that has it; if it is there, it stays.

    Two callers at once fetch it once. Whatever happens, only the whole, checked file gets its name and nothing else is
    left. Raises UserError where no mirror helps; what `progress` raises ends the download.
    """
    path, part = folder / file.name, folder / f".{file.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{file.name}.lock"):
            if path.exists() and md5_of(path) == file.md5:
                return path
            try:
                reasons = []
                for mirror in mirrors:
                    reason = _from(mirror + file.name, file, part, progress)
                    if not reason:
                        part.replace(path)
                        return path
                    reasons.append(f"{mirror}: {reason}")
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(_("{folder} cannot be written ({error}).").format(folder=folder, error=error)) from error
    raise UserError(
        _(
            "{file} could not be downloaded ({reasons}). Check the network, or put the file into {folder} by hand."
        ).format(file=file.name, reasons="; ".join(reasons), folder=folder)
    )


def md5_of(path: Path) -> str:
    """The MD5 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _from(url: str, file: File, part: Path, progress: Progress) -> str:
    """Fetch `url` to `part`; "" if it is there and right, else why not."""
    part.unlink(missing_ok=True)
    reason = ""
    for _try in range(TRIES):
        try:
            reason = _go_on(url, file, part, progress)
        except (urllib.error.HTTPError, urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                break  # asking again does not help
            continue
        except ConnectionError as error:
            reason = str(error)
            continue
        if reason or md5_of(part) == file.md5:
            return reason
        return _("its checksum is wrong")
    return reason


def _go_on(url: str, file: File, part: Path, progress: Progress) -> str:
    """Fetch what is missing in `part`; gives why it may not be fetched, or "". Raises URLError and its like."""
    there = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "gan-playground", **({"Range": f"bytes={there}-"} if there else {})}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as response:
        if response.status != 206:
            there = 0  # the server starts again
        length = int(response.headers.get("Content-Length") or 0)
        total = there + length if length else 0
        with part.open("ab" if there else "wb") as out:
            while block := response.read(BLOCK):
                there += len(block)
                if there > file.limit:
                    return _("it is larger than it should be")
                out.write(block)
                progress(there, total)
    if total and there < total:
        raise http.client.IncompleteRead(b"", total - there)
    return ""
