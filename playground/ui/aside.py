"""Sentences to a visitor from outside the script of their page: of an upload or of a file that was to be made.

They stand where the page has its notices, for as long as they are of use.
"""

from __future__ import annotations

import threading
import time

from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.utils.translation import _

SHOWN_FOR = 60.0  # seconds
MOST = 1000  # visitors with a sentence

_lock = threading.Lock()
_said: dict[str, tuple[str, float]] = {}  # by Streamlit's id of the session: what, and until when


def session() -> str:
    """Streamlit's id of the session whose script runs here; "" outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def tell(session_id: str, sentence: str, seconds: float = SHOWN_FOR) -> None:
    """Have the page of a session say something; "" takes back what it says."""
    now = time.monotonic()
    with _lock:
        _said.pop(session_id, None)
        for one, (_sentence, until) in list(_said.items()):
            if until < now or len(_said) >= MOST:
                del _said[one]
        if sentence:
            _said[session_id] = sentence, now + seconds


def heard() -> str:
    """What the page of this session has to say; "" if nothing."""
    sentence, until = _said.get(session(), ("", 0.0))
    return _(sentence) if time.monotonic() < until else ""
