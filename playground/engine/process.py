"""The process in which an engine lives: what its host needs of it, and the one on this machine.

`cluster` has the same on a cluster of machines.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]


class EngineProcess(Protocol):
    """An engine that was started. Any thread may call these methods."""

    @property
    def pid(self) -> int:
        """Its number on its machine; 0 while nobody knows it."""
        raise NotImplementedError

    def connect(self) -> Any:
        """What has the methods of `MemberAPI`; waits until the engine is there.

        This and those methods raise OSError, EOFError or AuthenticationError once the process has ended.
        """
        raise NotImplementedError

    def alive(self) -> bool:
        """Whether it has not ended, as far as one knows."""
        raise NotImplementedError

    def cpu_seconds(self) -> float:
        """The time of a processor that it has used; where nobody says, as if it always computed."""
        raise NotImplementedError

    def end(self) -> None:
        """Ask it to keep its runs on disk and to end; does not wait for that."""
        raise NotImplementedError

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it at once; whoever waits for an answer of it waits no more."""
        raise NotImplementedError

    def close(self) -> int | None:
        """The same, and wait until it has ended; gives its exit status, where one knows it."""
        raise NotImplementedError


class Launcher(Protocol):
    """Where engines are started."""

    def engines(self) -> int:
        """How many there may be if the operator does not say."""
        raise NotImplementedError

    def threads(self, engines: int) -> int:
        """On how many threads each of so many engines trains images."""
        raise NotImplementedError

    def start(self, environment: Mapping[str, str]) -> EngineProcess:
        """Start an engine; does not wait until it is there. Raises UserError."""
        raise NotImplementedError

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Get ready what makes the next `start` in this environment quick."""
        raise NotImplementedError

    def close(self) -> None:
        """Give up what was prepared."""
        raise NotImplementedError


class _Client(BaseManager):
    """Knows what the process serves."""


_Client.register("engine")


class LocalProcess:
    """`python -m playground.engine`, reached on 127.0.0.1 with a key that only this object knows.

    It loads its libraries, and becomes an engine with `begin`.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._key = secrets.token_bytes(32)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "playground.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def begin(self) -> None:
        """Let it be an engine. It may have ended meanwhile: who connects to it hears that."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(self._key.hex() + "\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    def connect(self) -> Any:
        assert self._process.stdout is not None
        if self._process.stdout.closed:
            raise ConnectionError("the engine was stopped")
        port = self._process.stdout.readline().strip()
        if not port:
            raise ConnectionError("the engine ended before it gave its port")
        client = _Client(address=("127.0.0.1", int(port)), authkey=self._key)
        client.connect()
        return client.engine()  # type: ignore[attr-defined]

    def alive(self) -> bool:
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def end(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def wait(self, seconds: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.alive()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> int | None:
        with self._process as process:
            process.kill()
        return process.returncode


class ThisMachine:
    """Engines are processes of this machine.

    One more may be kept ready, which has loaded its libraries: most of the time that an engine takes to start.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: LocalProcess | None = None
        self._closed = False

    def engines(self) -> int:
        """One a core, less one for the pages."""
        return max(1, cores() - 1)

    def threads(self, engines: int) -> int:
        return max(1, (cores() - 1) // engines)

    def start(self, environment: Mapping[str, str]) -> EngineProcess:
        with self._lock:
            ready, self._ready = self._ready, None
        if ready is not None and not (ready.alive() and ready.environment == dict(environment)):
            ready.close()
            ready = None
        process = ready or LocalProcess(environment)
        process.begin()
        return process

    def prepare(self, environment: Mapping[str, str]) -> None:
        with self._lock:
            if self._closed or (self._ready is not None and self._ready.alive()):
                return
            if self._ready is not None:
                self._ready.close()
            self._ready = LocalProcess(environment)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            ready, self._ready = self._ready, None
        if ready is not None:
            ready.close()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_seconds(pid: int) -> float:
    """The time of a processor that a process has used; where the system does not say, as if it always computed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
