"""The engine as a process of its own: `python -m playground.engine`, started and owned by a host.

Standard input gives the key of the connection, its end is the sign to stop, as are SIGTERM and SIGHUP; standard output
gives the port. Until the key comes the process loads its libraries, and is no engine yet.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.managers import BaseManager
from typing import Any

from playground.engine.api import MEMBER_METHODS
from playground.engine.engine import Engine
from playground.engine.mailbox import words
from playground.utils import logs
from playground.utils.errors import UserError


class Manager(BaseManager):
    """Serves the one engine of this process on the loopback interface."""


class Served:
    """An engine whose errors are sentences: any other one might look like a broken connection to who called."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._engine, name)

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return method(*arguments, **named)
            except UserError:
                raise
            except Exception as error:
                raise UserError(words(error)) from error

        return call


def at_once(connection: Connection) -> Connection:
    """Have answers leave as soon as they are written.

    A connection writes how long an answer is and then the answer. If that has more than 16 KB these are two packets,
    and TCP keeps the second one back until the first is acknowledged, which takes 40 ms (Nagle's algorithm).
    """
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def served() -> Served:
    """The one engine of this process, started."""
    logs.prepare("engine", "")
    return Served(Engine().start())


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal reaches the host, which closes our input
    threading.Thread(target=importlib.import_module, args=("playground.engine.run",), daemon=True).start()
    key = bytes.fromhex(sys.stdin.readline().strip())
    if not key:
        return  # the host ended before it needed this engine
    engine = served()
    Manager.register("engine", callable=lambda: engine, exposed=MEMBER_METHODS)
    server = Manager(address=("127.0.0.1", 0), authkey=key).get_server()
    assert isinstance(server.address, tuple)
    listener = vars(server)["listener"]
    accept = listener.accept
    listener.accept = lambda: at_once(accept())
    sys.stdout.write(f"{server.address[1]}\n")
    sys.stdout.flush()

    ending = threading.Lock()

    def end() -> None:
        """Keep every run, with all its moments, and end the process; whoever comes second waits for that."""
        with ending:
            engine.stop()
            os._exit(0)

    def wait_for_the_end() -> None:
        with contextlib.suppress(OSError):
            sys.stdin.read()
        end()

    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda _number, _frame: threading.Thread(target=end).start())
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
