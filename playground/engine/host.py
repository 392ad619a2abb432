"""Where an engine lives. `Engine` itself is the host *thread*; `Host` keeps one in a process of its own, see `process`.

Both have the methods of `MemberAPI` and `notice`. If the process dies it is started again, and runs come back from
their last moments.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import partial
from multiprocessing import AuthenticationError
from typing import Any

from playground.engine.api import MEMBER_METHODS
from playground.engine.messages import RaceView, View
from playground.engine.process import EngineProcess, Launcher, ThisMachine
from playground.utils import logs
from playground.utils.errors import UserError
from playground.utils.translation import _

CALLERS = 32  # calls at a time; and as many of those that wait, say for samples
WAITING = frozenset(
    (
        "sample",
        "translate",
        "pin",
        "study",
        "answer",
        "past",
        "film",
        "strip",
        "fork",
        "pack",
        "open",
        "networks",
        "recipe",
        "release",
    )
)
RESTARTS = 3  # within RESTART_WINDOW seconds, then the host gives up until the window has passed
RESTART_WINDOW = 30.0
ENDING = 30.0  # seconds after which a process that should end, and does not even compute, is killed
DEADLINE = 45.0  # seconds that a call may take; a question to the worker gives up before
QUICK = {"view": 5.0, "race_view": 5.0, "census": 2.0, "health": 2.0, "load": 2.0}  # those that wait for nothing
SILENT_DEADLINE = 0.5  # seconds, while the process is known not to answer
YOUNG = 30.0  # seconds after its start in which a process may be silent: it loads its libraries and reads its runs
STUCK_AFTER = 3.5  # seconds of silence after which a process that does not even compute is replaced
LOST_AFTER = 60.0  # seconds of silence after which any is
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)  # what this process lacks, not the engine
log = logging.getLogger(__name__)


class Host:
    """An engine in a process of its own.

    It has every method of `MemberAPI`. The calls run in a few threads that keep their connections, because a page's
    script runs in a new thread each time.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, launcher: Launcher | None = None) -> None:
        """`settings`: of the process, besides the environment of this one. `launcher`: where it is started."""
        self._launcher = launcher or ThisMachine()
        self._environment = {**os.environ, **(settings or {})}  # also of those processes that are started later
        self._lock = threading.Lock()
        self._callers = ThreadPoolExecutor(CALLERS, thread_name_prefix="host")
        self._waiters = ThreadPoolExecutor(CALLERS, thread_name_prefix="wait")  # so that the others need not
        self._pulse = ThreadPoolExecutor(1, thread_name_prefix="pulse")  # asks for the census, whatever calls there are
        self._ended = False
        self._starts: list[float] = []
        self._engine: Any = None
        self._recovering = self._silent = self._answered = False
        self._generation = 0
        self._process = self._spawn()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A method of the engine."""
        if name not in MEMBER_METHODS:
            raise AttributeError(name)
        return partial(self._call, name)

    @property
    def notice(self) -> str:
        """A sentence while the engine does not answer, or is coming back, else ""."""
        if self._recovering:
            return _("The engine stopped and is starting again. Runs come back from their last moment.")
        return _("The engine does not answer. It is started again if that lasts.") if self._silent else ""

    @property
    def pid(self) -> int:
        """The process that the engine runs in."""
        return self._process.pid

    @property
    def restarts(self) -> int:
        """How often the process was started again."""
        return self._generation - 1

    def prepare(self) -> None:
        """Get ready what takes the place of the process if it ends."""
        self._launcher.prepare(self._environment)

    def close(self) -> None:
        """End the process; it keeps its runs on disk first, unless it does not even answer to that."""
        self._ended = True
        for pool in (self._callers, self._waiters, self._pulse):
            pool.shutdown(wait=False, cancel_futures=True)
        process = self._process
        process.end()
        used = -1.0
        while process.alive() and process.cpu_seconds() - used > 0.1:  # it may have much to write
            used = process.cpu_seconds()
            process.wait(ENDING)
        with self._lock:
            self._closed("engine_ended", logging.INFO)

    # The process

    def _spawn(self) -> EngineProcess:
        now = time.monotonic()
        self._starts = [start for start in self._starts if now - start < RESTART_WINDOW]
        if len(self._starts) > RESTARTS:
            raise UserError(_("The engine keeps stopping. Look at the terminal for the reason, then reload the page."))
        self._starts.append(now)
        self._engine, self._answered = None, False
        self._generation += 1
        process = self._launcher.start(self._environment)
        log.info("engine starts", extra=logs.extra("engine_started", pid=process.pid, restarts=self.restarts))
        return process

    def _closed(self, event: str, level: int) -> None:
        """End the process, and have the log say so."""
        pid, code = self._process.pid, self._process.close()
        values = {"pid": pid} if code is None else {"pid": pid, "code": code}
        log.log(level, event.replace("_", " "), extra=logs.extra(event, **values))

    def _connect(self) -> Any:
        """What has the engine's methods; waits for a process that has just been started."""
        with self._lock:
            if self._engine is None:
                self._engine = self._process.connect()
            return self._engine

    def _restart(self, broken: int) -> None:
        """Start a new process in place of generation `broken`, unless another thread already did."""
        process = self._process
        if self._generation == broken and not self._ended:
            process.kill()  # who waits for its port has the lock
        with self._lock:
            if self._ended:
                raise UserError(_("The server is ending."))
            if self._generation != broken:
                return
            self._closed("engine_replaced", logging.WARNING)
            self._recovering, self._silent = True, False
            self._process = self._spawn()

    def heartbeat(self) -> dict[str, bool]:
        """The runs in the engine's memory, and whether each of them plays. Raises UserError.

        A process that stays silent is replaced: soon if it does not even compute, as one that is stopped or waits for
        itself, and late if it does, as on a machine that has far too much to do.
        """
        generation, used, silence = self._generation, self._process.cpu_seconds(), 0.0
        while True:
            asked, patience = time.monotonic(), self._patience("census")
            try:
                census: dict[str, bool] = self._call("census")
            except UserError:
                if generation != self._generation or not self._process.alive():
                    raise  # it is another one, or there is none now
            else:
                self._silent, self._answered = False, True
                self._recovering = self._recovering and self._young()
                return census
            silence += min(patience, time.monotonic() - asked)  # this process may have been stopped, too
            loading = self._young() and not self._answered
            stuck = silence > STUCK_AFTER and self._process.cpu_seconds() - used < 0.1 and not loading
            if silence > LOST_AFTER or stuck:
                values = logs.extra("engine_silent", pid=self.pid, seconds=round(silence))
                log.warning("the engine %d has not answered for %.0f seconds", self.pid, silence, extra=values)
                self._restart(generation)
                raise _no_answer()
            self._silent = silence > STUCK_AFTER / 2 and not self._young()

    def _young(self) -> bool:
        return time.monotonic() - self._starts[-1] < YOUNG

    def _patience(self, method: str) -> float:
        """For how many seconds an answer is awaited."""
        if self._engine is None:
            return LOST_AFTER
        return SILENT_DEADLINE if self._silent and method != "census" else QUICK.get(method, DEADLINE)

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        pool = self._pulse if method == "census" else self._waiters if method in WAITING else self._callers
        try:
            calling = pool.submit(self._try, method, *arguments, **named)
        except RuntimeError as error:  # of a pool that takes no more work
            raise UserError(_("The server is ending.")) from error
        try:
            result = calling.result(self._patience(method))
        except (TimeoutError, CancelledError):
            calling.cancel()
            raise _no_answer() from None
        if isinstance(result, View | RaceView) and result.status != "loading":
            self._recovering = False
        return result

    def _try(self, method: str, *arguments: Any, **named: Any) -> Any:
        generation = self._generation
        try:
            return getattr(self._connect(), method)(*arguments, **named)
        except (ConnectionError, EOFError, AuthenticationError, OSError) as error:
            if getattr(error, "errno", None) in OURS:
                raise _no_answer() from error
            self._restart(generation)
        try:
            return getattr(self._connect(), method)(*arguments, **named)
        except (ConnectionError, EOFError, AuthenticationError, OSError):
            raise _no_answer() from None


def _no_answer() -> UserError:
    return UserError(_("The engine does not answer. Try again in a moment."))
