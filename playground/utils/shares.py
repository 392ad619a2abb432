"""What one visitor, and what all of them together, may take of the server: one table, each row a setting.

A visitor is one open page of a browser: there is no login, so who reloads a page is another one. Shares of a visitor
keep people from being in each other's way; those of the server keep it alive.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

MIB, GIB = 2**20, 2**30
log = logging.getLogger(__name__)
PATIENCE = 30.0  # seconds for which one waits for a turn
EVICT_AFTER = 900.0  # seconds without a viewer until a paused run lives on disk only
SAID_EVERY = 10.0  # seconds between two lines of the log about one limit
MOST_WAITING = 20  # for the turns of one kind
_UNITS = {"": 1, "M": MIB, "G": GIB}


@dataclass(frozen=True)
class Share:
    """One limit, what it is by default, and what comes of what is beyond it; in words for who runs the server."""

    setting: str  # of the environment
    default: int
    unit: Literal["bytes", "number"]
    says: str
    beyond: str


WAITS = "others wait half a minute, one of each visitor at a time; then a sentence"
SHARES: dict[str, Share] = {
    "session_uploads": Share(
        "PLAYGROUND_SESSION_UPLOADS",
        256 * MIB,
        "bytes",
        "uploads of one visitor that the server holds",
        "the file is left out, with a sentence",
    ),
    "uploads": Share(
        "PLAYGROUND_UPLOADS",
        GIB,
        "bytes",
        "uploads of all visitors that the server holds",
        "what visitors left behind goes first; then the file is left out, with a sentence",
    ),
    "session_runs": Share(
        "PLAYGROUND_SESSION_RUNS",
        12,
        "number",
        "runs and races of one visitor in memory",
        "the next one is refused, with a sentence, until one has left the memory",
    ),
    "runs": Share(
        "PLAYGROUND_RUNS",
        200,
        "number",
        "runs and races in memory",
        "the next one is refused, with a sentence, until one has left the memory",
    ),
    "session_commands": Share(
        "PLAYGROUND_SESSION_COMMANDS",
        600,
        "number",
        "commands of one visitor in a minute",
        "the command is refused, with a sentence; redraws that a browser asks for at once are merged",
    ),
    "session_sets": Share(
        "PLAYGROUND_SESSION_SETS",
        512 * MIB,
        "bytes",
        "files of the sets that one visitor made",
        "the set is refused, with a sentence",
    ),
    "sets": Share(
        "PLAYGROUND_SETS",
        2 * GIB,
        "bytes",
        "files of all sets that people made; three quarters of it for saved ones",
        "the set is refused, or not saved, with a sentence",
    ),
    "zips": Share(
        "PLAYGROUND_ZIPS",
        256 * MIB,
        "bytes",
        "the zip of one run that is opened, packed and unpacked",
        "the zip is refused, with a sentence",
    ),
    "opens": Share("PLAYGROUND_OPENS", 2, "number", "zips of runs that are opened at a time", WAITS),
    "exports": Share("PLAYGROUND_EXPORTS", 2, "number", "films, curves and zips that are made at a time", WAITS),
    "downloads": Share("PLAYGROUND_DOWNLOADS", 16, "number", "datasets an engine downloads at a time", "others wait"),
    "studies": Share(
        "PLAYGROUND_STUDIES",
        24,
        "number",
        "questions about one run that are kept; half of it for those who watch by a link",
        "the oldest is dropped; who watches gets a sentence",
    ),
}

LIMITS = {  # all that is counted when somebody meets it
    **{name: share.says for name, share in SHARES.items()},
    "memory": "runs that needed more memory than there is for them",
    "messages": "commands while 200 waited for their run",
}


def limit(name: str, environment: Mapping[str, str] = os.environ) -> int:
    """What a row of `SHARES` allows, by its setting or by default."""
    share = SHARES[name]
    return amount(share.setting, environment.get(share.setting, ""), share.unit) or share.default


@lru_cache(maxsize=64)
def amount(setting: str, text: str, unit: Literal["bytes", "number"] = "bytes") -> int:
    """What a setting says, as 800M or 16G where it is of bytes; 0 for nothing, or for what cannot be read, which is
    said once.
    """
    found = re.fullmatch(r"([1-9]\d{0,11}) ?([MG]?)(I?B)?", text.strip().upper())
    if found and unit == "number" and (found[2] or found[3]):
        found = None
    if text and not found:
        example = "a size like 800M or 16G" if unit == "bytes" else "a number like 20"
        log.warning("%s is not %s: %s", setting, example, text)
    return int(found[1]) * _UNITS[found[2]] if found else 0


_lock = threading.Condition()
_hits: Counter[str] = Counter()
_logged: dict[str, float] = {}  # when the log had each last


def hit(name: str) -> None:
    """Note that somebody met a limit; the log has it again only after a while."""
    now = time.monotonic()
    with _lock:
        _hits[name] += 1
        if now - _logged.get(name, -SAID_EVERY) < SAID_EVERY:
            return
        _logged[name] = now
    log.warning("limit %s", name, extra=logs.extra("limit_hit", limit=name, hits=_hits[name]))


def hits() -> dict[str, int]:
    """How often each limit was met in this process."""
    with _lock:
        return dict(_hits)


# Turns

_busy: set[tuple[str, str]] = set()  # the kinds of work under way, and for whom
_waiting: Counter[str] = Counter()


@contextmanager
def turn(name: str, who: str) -> Iterator[None]:
    """Wait for one's turn at what only so many may do at a time, and each visitor once. Raises UserError."""
    end = time.monotonic() + PATIENCE
    with _lock:
        full = _waiting[name] >= MOST_WAITING
        _waiting[name] += 1
        got = not full and _lock.wait_for(lambda: _free(name, who), end - time.monotonic())
        _waiting[name] -= 1
        if got:
            _busy.add((name, who))
    if not got:
        hit(name)
        raise UserError(_("Others have asked for such a file too, and the server is busy. Try again in a minute."))
    try:
        yield
    finally:
        with _lock:
            _busy.discard((name, who))
            _lock.notify_all()


def _free(name: str, who: str) -> bool:
    return (name, who) not in _busy and sum(kind == name for kind, _who in _busy) < limit(name)


def table() -> str:
    """The table of `docs/deployment.md`."""
    lines = ["| setting | else | what | beyond |", "|---|---|---|---|"]
    lines += [f"| `{one.setting}` | {_spelled(one)} | {one.says} | {one.beyond} |" for one in SHARES.values()]
    return "\n".join(lines)


def _spelled(share: Share) -> str:
    if share.unit == "number":
        return str(share.default)
    return f"{share.default // GIB}G" if share.default % GIB == 0 else f"{share.default // MIB}M"
