"""The one exception whose text a person reads, and the one way to read what may be broken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class UserError(Exception):
    """Something a person can mend; its text is one sentence: what is wrong and what to do."""


def guarded(read: Callable[[], T], sentence: str) -> T:
    """What `read` gives. Whatever it raises but a UserError becomes a UserError with `sentence`.

    A broken file can make a reader raise anything, so no list of expected errors is complete. The error itself, which
    may name folders of this machine, is its cause and goes to the log.
    """
    try:
        return read()
    except UserError:
        raise
    except Exception as error:
        log.info("%s (%s: %s)", sentence, type(error).__name__, error)
        raise UserError(sentence) from error
