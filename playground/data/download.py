"""Fetching a file over HTTP: several mirrors, a checksum, resumed after a break, never a half-written file."""

from __future__ import annotations

import errno
import hashlib
import http.client
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from playground.data.dataset import Progress
from playground.data.lock import taken
from playground.utils.errors import UserError
from playground.utils.translation import _

TRIES = 3  # of one mirror, each going on where the last one broke off
TIMEOUT = 20.0  # seconds without a byte
BLOCK = 2**16
NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


@dataclass(frozen=True)
class File:
    """A file to fetch: its name, its published MD5, its size in bytes (0: not known), and the most it may have."""

    name: str
    md5: str
    size: int = 0
    limit: int = 2**28


class Unreachable(UserError):
    """No server answered."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        how = _(
            "There is no network, or the servers do not answer: the built-in sets work without one, "
            "or put {files} into {folder} by hand."
        )
        super().__init__(how.format(files=", ".join(names), folder=folder))


class _Failure(Exception):
    """Why a server did not give a file; whether to ask `again`; whether it was `reached` at all."""

    def __init__(self, reason: str, again: bool = True, reached: bool = True) -> None:
        super().__init__(reason)
        self.again, self.reached = again, reached


def fetch(file: File, mirrors: Sequence[str], folder: Path, progress: Progress = lambda done, total: None) -> Path:
    """`file` in `folder`, from the first of `mirrors` (base URLs) that has it; if it is there, it stays.

    Two callers at once, also in two processes, fetch it once. Whatever happens, only the whole, checked file gets its
    name and nothing else is left. Raises UserError where no mirror helps, Unreachable where none answers; what
    `progress` (bytes there, bytes in all or 0) raises ends the download.
    """
    with closing(_fetching(file, mirrors, folder)) as steps:
        for done, total in steps:
            progress(done, total)
    return folder / file.name


def _fetching(file: File, mirrors: Sequence[str], folder: Path) -> Generator[tuple[int, int], None, None]:
    """Fetch `file` and tell the progress; a generator, so that what its reader raises is none of its own failures."""
    path, part = folder / file.name, folder / f".{file.name}.part"
    lock = FileLock(folder / f".{file.name}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while not taken(lock):
            yield 0, file.size
        if path.exists() and md5_of(path) == file.md5:
            return
        try:
            yield from _from_any(file, mirrors, part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            _("{file} cannot be written to {folder} ({error}). Make room or change its rights.").format(
                file=file.name, folder=folder, error=error.strerror or error
            )
        ) from error
    finally:
        lock.release()


def md5_of(path: Path) -> str:
    """The MD5 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _from_any(file: File, mirrors: Sequence[str], part: Path) -> Iterator[tuple[int, int]]:
    """Fetch `file` to `part` from the first mirror that has it. Raises UserError and, of the disk, OSError."""
    failures = {}
    for mirror in mirrors:
        part.unlink(missing_ok=True)
        for _try in range(TRIES):
            try:
                yield from _go_on(mirror + file.name, file, part)
                return
            except _Failure as failure:
                failures[mirror] = failure
                if not failure.again:
                    break
    if not any(failure.reached for failure in failures.values()):
        raise Unreachable([file.name], part.parent)
    reasons = "; ".join(f"{mirror}: {failure}" for mirror, failure in failures.items())
    how = _("{file} could not be downloaded ({reasons}). Check the network, or put the file into {folder} by hand.")
    raise UserError(how.format(file=file.name, reasons=reasons, folder=part.parent))


def _go_on(url: str, file: File, part: Path) -> Iterator[tuple[int, int]]:
    """Fetch what is missing in `part`, and check the whole. Raises _Failure and, of the disk, OSError."""
    there = part.stat().st_size if part.exists() else 0
    resumed = there > 0
    with closing(_open(url, there, part)) as response:
        if response.status != 206:
            there, resumed = 0, False  # the server starts again
        total = there + response.length if response.length else file.size
        if total > file.limit:
            raise _Failure(_("it is larger than it should be"), again=False)
        with part.open("ab" if there else "wb") as out:
            while block := _read(response):
                there += len(block)
                if there > file.limit:
                    raise _Failure(_("it is larger than it should be"), again=False)
                out.write(block)
                yield min(there, total or there), total
    if there < total:
        raise _Failure(_("the connection broke off"))
    if md5_of(part) != file.md5:
        part.unlink()
        raise _Failure(_("its checksum is wrong"), again=resumed)


def _open(url: str, there: int, part: Path) -> http.client.HTTPResponse:
    """Ask for what comes after the first `there` bytes; a `part` that the server cannot go on with is thrown away."""
    headers = {"User-Agent": "gan-playground", **({"Range": f"bytes={there}-"} if there else {})}
    opener = urllib.request.build_opener(_Redirects)
    with _network():
        try:
            response: http.client.HTTPResponse = opener.open(
                urllib.request.Request(url, headers=headers), timeout=TIMEOUT
            )
        except urllib.error.HTTPError as error:
            if error.code != 416:
                raise
            error.close()
            part.unlink(missing_ok=True)
            raise _Failure(str(error.reason)) from error
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
    if response.status == 206 and (start is None or int(start[1]) != there):
        response.close()
        part.unlink(missing_ok=True)
        raise _Failure(_("it sends another part than it was asked for"))
    return response


def _read(response: http.client.HTTPResponse) -> bytes:
    """What has arrived, b"" at the end; waits for no more, so that a slow line can be given up."""
    with _network():
        return response.read1(BLOCK)


@contextmanager
def _network() -> Iterator[None]:
    """Turns what goes wrong between here and a server into _Failure."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise _Failure(str(error.reason), again=error.code >= 500) from error
    except urllib.error.URLError as error:
        reached = not _no_answer(error.reason)
        raise _Failure(str(error.reason), again=reached, reached=reached) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _Failure(str(error) or type(error).__name__) from error


def _no_answer(reason: object) -> bool:
    """Whether this is how it fails where there is no network or no server."""
    silent = isinstance(reason, (socket.gaierror, ConnectionRefusedError, TimeoutError))
    return silent or (isinstance(reason, OSError) and reason.errno in NO_NETWORK)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to another address, but not out of HTTP nor from a safe line to an open one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme not in ("https", req.type):
            raise urllib.error.HTTPError(req.full_url, code, _("it sends elsewhere than to a web server"), headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
