"""One at a time, across threads and processes, in a way that can be given up while it waits."""

from __future__ import annotations

from filelock import FileLock, Timeout

WAIT = 0.2  # seconds


def taken(lock: FileLock) -> bool:
    """Whether `lock` could be taken within `WAIT` seconds. Raises OSError where nothing can be written."""
    try:
        lock.acquire(timeout=WAIT, poll_interval=WAIT / 4)
    except Timeout:
        return False
    return True
