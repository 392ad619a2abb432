"""Where an engine lives. `Engine` itself is the host *thread*; `Host` keeps one in a process of its own.

Both have the methods of `MemberAPI` and `notice`. If the process dies it is started again, and runs come back from
their last moments.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

from playground.engine.api import MEMBER_METHODS
from playground.engine.messages import RaceView, View
from playground.utils.errors import UserError
from playground.utils.translation import _

ROOT = Path(__file__).resolve().parents[2]
CALLERS = 32  # calls at a time; one that waits for samples holds its place
RESTARTS = 3  # within RESTART_WINDOW seconds, then the host gives up until the window has passed
RESTART_WINDOW = 30.0


class _Client(BaseManager):
    """Knows what the process serves."""


_Client.register("engine")


class Host:
    """An engine in a process of its own, reached on 127.0.0.1 with a key that only this object knows.

    It has every method of `MemberAPI`. The calls run in a few threads that keep their connections, because a page's
    script runs in a new thread each time.
    """

    def __init__(self, threads: int | None = None) -> None:
        """`threads`: that torch may use; None for what the process finds best."""
        self._environment = dict(os.environ)  # also of those processes that are started later
        if threads is not None:
            self._environment["PLAYGROUND_THREADS"] = str(threads)
        self._lock = threading.Lock()
        self._callers = ThreadPoolExecutor(CALLERS, thread_name_prefix="host")
        self._starts: list[float] = []
        self._engine: Any = None
        self._recovering = False
        self._generation = 0
        self._process = self._spawn()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A method of the engine."""
        if name not in MEMBER_METHODS:
            raise AttributeError(name)
        return partial(self._call, name)

    @property
    def notice(self) -> str:
        """A sentence while the engine is coming back, else ""."""
        if not self._recovering:
            return ""
        return _("The engine stopped and is starting again. Runs come back from their last moment.")

    @property
    def pid(self) -> int:
        """The process that the engine runs in."""
        return self._process.pid

    def close(self) -> None:
        """End the process; it keeps its runs on disk first."""
        self._callers.shutdown()
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)

    # The process

    def _spawn(self) -> subprocess.Popen[str]:
        now = time.monotonic()
        self._starts = [start for start in self._starts if now - start < RESTART_WINDOW]
        if len(self._starts) > RESTARTS:
            raise UserError(_("The engine keeps stopping. Look at the terminal for the reason, then reload the page."))
        self._starts.append(now)
        self._engine = None
        self._generation += 1
        self._key = secrets.token_bytes(32)
        process = subprocess.Popen(
            [sys.executable, "-m", "playground.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self._environment,
        )
        assert process.stdin is not None
        process.stdin.write(self._key.hex() + "\n")
        process.stdin.flush()
        return process

    def _connect(self) -> Any:
        """The proxy of the engine; waits for a process that has just been started."""
        with self._lock:
            if self._engine is None:
                assert self._process.stdout is not None
                if self._process.stdout.closed:
                    raise ConnectionError("the engine was stopped")
                port = self._process.stdout.readline().strip()
                if not port:
                    raise ConnectionError("the engine ended before it gave its port")
                client = _Client(address=("127.0.0.1", int(port)), authkey=self._key)
                client.connect()
                self._engine = client.engine()  # type: ignore[attr-defined]
            return self._engine

    def _restart(self, broken: int) -> None:
        """Start a new process in place of generation `broken`, unless another thread already did."""
        with self._lock:
            if self._generation != broken:
                return
            with self._process as process:
                process.kill()
            self._recovering = True
            self._process = self._spawn()

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        try:
            calling = self._callers.submit(self._try, method, *arguments, **named)
        except RuntimeError as error:  # of a pool that takes no more work
            raise UserError(_("The server is ending.")) from error
        result = calling.result()
        if isinstance(result, View | RaceView) and result.status != "loading":
            self._recovering = False
        return result

    def _try(self, method: str, *arguments: Any, **named: Any) -> Any:
        generation = self._generation
        try:
            return getattr(self._connect(), method)(*arguments, **named)
        except (ConnectionError, EOFError, AuthenticationError, OSError):
            self._restart(generation)
        try:
            return getattr(self._connect(), method)(*arguments, **named)
        except (ConnectionError, EOFError, AuthenticationError, OSError):
            raise UserError(_("The engine does not answer. Try again in a moment.")) from None
