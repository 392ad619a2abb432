"""What one visitor, and what all of them together, may take of the server: one table, each row a setting.

A visitor is one open page of a browser: there is no login, so who reloads a page is another one. Shares of a visitor
keep people from being in each other's way; those of the server keep it alive.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

MIB, GIB = 2**20, 2**30
log = logging.getLogger(__name__)
_UNITS = {"": 1, "M": MIB, "G": GIB}


@dataclass(frozen=True)
class Share:
    """One limit, what it is by default, and what comes of what is beyond it; in words for who runs the server."""

    setting: str  # of the environment
    default: int
    unit: Literal["bytes", "number"]
    says: str
    beyond: str


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


_lock = threading.Lock()
_hits: Counter[str] = Counter()


def hit(name: str) -> None:
    """Note that somebody met a limit."""
    with _lock:
        _hits[name] += 1


def hits() -> dict[str, int]:
    """How often each limit was met in this process."""
    with _lock:
        return dict(_hits)
