"""What an engine answers leaves as soon as it is written."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Client, Connection, Listener
from typing import cast

from playground.engine.__main__ import at_once


def test_no_answer_waits_for_an_acknowledgement() -> None:
    with Listener(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as other:
        asking = other.submit(Client, listener.address)
        with listener.accept() as accepted, asking.result():
            connection = cast(Connection, accepted)
            assert not _no_delay(connection)
            assert at_once(connection) is connection
            assert _no_delay(connection)
            connection.send(1)  # it is still open


def _no_delay(connection: Connection) -> bool:
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        return bool(same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
