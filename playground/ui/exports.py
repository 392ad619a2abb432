"""Files that people take home: made when they are asked for, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from playground.ui import aside
from playground.utils import shares
from playground.utils.errors import UserError


def in_turn(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same for a download button: it waits for its turn, and what goes wrong is said on the page."""
    return partial(_made, make, aside.session())


def _made(make: Callable[[], bytes], session_id: str) -> bytes:
    try:
        with shares.turn("exports", session_id):
            return make()
    except UserError as error:
        aside.tell(session_id, str(error))
        raise
