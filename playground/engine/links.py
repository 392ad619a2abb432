"""Links to a run or a race: ids that nobody can guess, each with what it lets people do, kept on disk.

A link's id says nothing about the id of its run, and cannot be the name of a run: it has a dot.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

Role = Literal["watch", "copy", "steer"]
Right = Literal["owner"] | Role
ROLES: tuple[Role, ...] = get_args(Role)
LINK = re.compile(rf"({'|'.join(ROLES)})\.[a-z2-7]{{24}}")
LANE = re.compile(r"(.+)-(\d)")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of a run or a race
FORGET_AFTER = 30 * 86400.0  # seconds until a link that nobody uses is deleted, as an unused run is
TOUCH_EVERY = 86400.0  # seconds between two notes on disk that a link is in use
LIMIT = 100_000  # bytes of a file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """What an id leads to: the run or race `id`, and what one may do with it."""

    id: str
    right: Right


def right_of(id: str) -> Right:
    """What an id is for, as far as it says so itself; the engine goes by what was written down when it was made."""
    found = LINK.fullmatch(_split(id)[0])
    return found[1] if found else "owner"  # type: ignore[return-value]


def public(run: str) -> str:
    """A name for a run in files that people pass on: its own id would let whoever reads it steer the run."""
    return run if run.startswith("run.") else "run." + hashlib.sha256(run.encode()).hexdigest()[:16]


def group_of(run: str) -> str:
    """What lives together has the same: a race and its lanes. The names of races may end like those of lanes."""
    while found := LANE.fullmatch(run):
        run = found[1]
    return run


def _split(id: str) -> tuple[str, str]:
    """A link's id without the number of a lane, and "-" with that number, if there is one."""
    found = LANE.fullmatch(id)
    return (found[1], f"-{found[2]}") if found and LINK.fullmatch(found[1]) else (id, "")


class Links:
    """The links of a folder. Any thread may call these methods, and several engines may use the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def find(self, id: str) -> Target | None:
        """Where a link leads; None for one that is not known or has ended. Any other id leads to its own run."""
        link, lane = _split(id)
        if not LINK.fullmatch(link):
            return Target(id, "owner")
        content = self._read(link)
        run, role, race = content.get("run"), content.get("role"), content.get("race")
        if not isinstance(run, str) or not _NAME.fullmatch(run) or role not in ROLES or (lane and race is not True):
            return None
        self._touch(link)
        self._touch(run)
        return Target(run + lane, role)

    def make(self, run: str, role: Role, race: bool = False, to: str = "") -> str:
        """The id of a link to a run or race, the same one each time; with `to`, another one, to that run. May raise
        UserError.
        """
        with self._lock:
            known = self._read(run)
            found = known.get(role)
            if not to and isinstance(found, str) and self._read(found):
                return found
            link = f"{role}.{base64.b32encode(secrets.token_bytes(15)).decode().lower()}"
            known |= {"more": [*known.get("more", []), link]} if to else {role: link}
            try:
                files.private(self._folder)
                self._write(link, {"run": to or run, "role": role, "race": race})
                self._write(run, known)
            except OSError as error:
                log.warning("links of %s: %s", run, error)
                raise UserError(_("This server cannot keep the link: nothing can be written.")) from error
        return link

    def end(self, run: str) -> None:
        """End all links to a run or race."""
        with self._lock:
            known = self._read(run)
            for link in [*(known.get(role) for role in ROLES), *known.get("more", [])]:
                if isinstance(link, str) and LINK.fullmatch(link):
                    self._file(link).unlink(missing_ok=True)
            self._file(run).unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Delete the links that were not used for as long as an unused run is kept."""
        with suppress(OSError):
            for path in self._folder.glob("*.json"):
                if time.time() - path.stat().st_mtime > FORGET_AFTER:
                    path.unlink(missing_ok=True)

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.json"

    def _read(self, id: str) -> dict[str, Any]:
        try:
            with self._file(id).open("rb") as file:
                content = json.loads(file.read(LIMIT))
        except (OSError, ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, id: str, content: dict[str, Any]) -> None:
        files.write(self._file(id), json.dumps(content).encode())

    def _touch(self, id: str) -> None:
        with suppress(OSError):
            if time.time() - self._file(id).stat().st_mtime > TOUCH_EVERY:
                os.utime(self._file(id))
