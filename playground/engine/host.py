"""Where an engine lives. `Engine` itself is the host *thread*; `Host` keeps one in a process of its own.

Both have the same methods and `notice`. If the process dies it is started again, and runs come back from their last
moments.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

import numpy as np

from playground.data import ALL, Choice
from playground.engine.messages import Card, Command, Film, Source, Standing, View, Weights
from playground.errors import UserError
from playground.i18n import _
from playground.phases import Record
from playground.questions import Study

ROOT = Path(__file__).resolve().parents[2]
CALLERS = 32  # calls at a time; one that waits for samples holds its place
RESTARTS = 3  # within RESTART_WINDOW seconds, then the host gives up until the window has passed
RESTART_WINDOW = 30.0


class _Client(BaseManager):
    """Knows what the process serves."""


_Client.register("engine")


class Host:
    """An engine in a process of its own, reached on 127.0.0.1 with a key that only this object knows.

    Every method may raise UserError. The calls run in a few threads that keep their connections, because a page's
    script runs in a new thread each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callers = ThreadPoolExecutor(CALLERS, thread_name_prefix="host")
        self._starts: list[float] = []
        self._engine: Any = None
        self._recovering = False
        self._generation = 0
        self._process = self._spawn()

    # The engine's own methods

    def exists(self, run_id: str) -> bool:
        return bool(self._call("exists", run_id))

    def create(self, run_id: str, config: dict[str, Any]) -> None:
        self._call("create", run_id, config)

    def send(self, run_id: str, command: Command) -> None:
        self._call("send", run_id, command)

    def view(self, run_id: str, weights: Weights = "ema", saliency: bool = False) -> View | None:
        view: View | None = self._call("view", run_id, weights, saliency)
        if view is not None and view.status != "loading":
            self._recovering = False
        return view

    def sample(self, run_id: str, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        samples: np.ndarray = self._call("sample", run_id, z, y, source)
        return samples

    def pin(self, run_id: str) -> int:
        moment: int = self._call("pin", run_id)
        return moment

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        study: Study = self._call("study", run_id, question, source, since)
        return study

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        self._call("drop", run_id, question, source, since)

    def record(self, run_id: str) -> Record | None:
        record: Record | None = self._call("record", run_id)
        return record

    def past(self, run_id: str, moment: int) -> View:
        view: View = self._call("past", run_id, moment)
        return view

    def film(self, run_id: str) -> tuple[View, ...]:
        views: tuple[View, ...] = self._call("film", run_id)
        return views

    def strip(self, run_id: str, index: int) -> Film:
        film: Film = self._call("strip", run_id, index)
        return film

    def fork(self, run_id: str, moment: int, values: dict[str, Any], new_id: str) -> None:
        self._call("fork", run_id, moment, values, new_id)

    def pack(self, run_id: str) -> bytes:
        content: bytes = self._call("pack", run_id)
        return content

    def open(self, new_id: str, content: bytes) -> None:
        self._call("open", new_id, content)

    def race(self, race_id: str, configs: list[dict[str, Any]]) -> bool:
        return bool(self._call("race", race_id, configs))

    def standing(self, race_id: str) -> Standing | None:
        standing: Standing | None = self._call("standing", race_id)
        if standing is not None and standing.status != "loading":
            self._recovering = False
        return standing

    def card(self, who: str, dataset: str, source: str, choice: Choice = ALL, fetch: bool = False) -> Card:
        card: Card = self._call("card", who, dataset, source, choice, fetch)
        return card

    def cancel(self, who: str, dataset: str, source: str) -> None:
        self._call("cancel", who, dataset, source)

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

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._callers.submit(self._try, method, *arguments).result()

    def _try(self, method: str, *arguments: Any) -> Any:
        generation = self._generation
        try:
            return getattr(self._connect(), method)(*arguments)
        except (ConnectionError, EOFError, AuthenticationError, OSError):
            self._restart(generation)
        try:
            return getattr(self._connect(), method)(*arguments)
        except (ConnectionError, EOFError, AuthenticationError, OSError):
            raise UserError(_("The engine does not answer. Try again in a moment.")) from None
