"""What goes wrong between engines: processes that stop at a bad moment, moves at a bad moment, locks that stay."""

import errno
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from playground.config.presets import PRESETS
from playground.engine import host as host_module
from playground.engine import mailbox as mailbox_module
from playground.engine import process as process_module
from playground.engine import run_pool, run_storage, run_zip
from playground.engine.__main__ import Served
from playground.engine.engine import Engine
from playground.engine.host import Host
from playground.engine.mailbox import Mailbox
from playground.engine.messages import Pause, SetKnobs, Step
from playground.engine.run_storage import RunStorage
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32).model_dump()
A, B = ("run-" + letter * 16 for letter in "ab")
LONG = 40.0  # seconds in which what works is done


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """One whose worker is not started: the test takes its turns."""
    return Engine(tmp_path)


def built(engine: Engine, run: str, steps: int = 0) -> Any:
    """The slot of a run that is in memory, and on disk if it made a step."""
    engine.create(run, RING)
    slot = cast(Any, engine._scheduler.slots[run])
    for _ in range(steps):
        engine.send(run, Step())
    while slot.run is None or slot.run.step < steps or slot.unsaved(engine._storage):
        engine._scheduler.turn()
    return slot


def test_a_move_of_nothing_lets_no_other_run_go(engine: Engine, tmp_path: Path) -> None:
    built(engine, A, steps=1)
    assert engine._scheduler.release("nothing-lives-here") == []
    with pytest.raises(UserError, match="has this run open"):
        RunStorage(tmp_path / "runs").claim(A)
    assert engine._scheduler.release(A) == [A]
    RunStorage(tmp_path / "runs").claim(A)


def test_a_run_that_never_trained_stays_where_its_knobs_are(engine: Engine) -> None:
    """It lies on no disk from which another engine could bring it back."""
    slot = built(engine, A)
    assert engine._scheduler.release(A) == []
    assert engine._scheduler.slots[A] is slot


def test_a_run_does_not_leave_what_was_just_sent_to_it(engine: Engine) -> None:
    slot = built(engine, A, steps=1)
    engine.send(A, Pause())
    engine.send(A, SetKnobs({"batch_size": 64}))
    assert engine._scheduler.release(A) == []
    engine._scheduler.turn()
    assert slot.run.config.batch_size == 64


def test_what_nobody_waits_for_any_more_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "PATIENCE", 0.01)
    mailbox, done = Mailbox(), []
    with pytest.raises(UserError, match="busy"):
        mailbox.ask(A, lambda _run: done.append(1))
    for _run, message in mailbox.take():
        message.reply(None)
        message.refuse("too late")
    assert not done


def test_a_file_that_cannot_be_kept_leaves_no_lock(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = run_zip.pack(built(engine, A, steps=1).run)

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStorage, "write_past", full)
    with pytest.raises(UserError, match="cannot keep"):
        engine.open(B, content)
    RunStorage(tmp_path / "runs").claim(B)


def test_a_run_that_failed_is_tried_again_once_nobody_looks(engine: Engine, tmp_path: Path) -> None:
    built(engine, A, steps=1)
    engine._scheduler.release(A)
    other = RunStorage(tmp_path / "runs")
    other.claim(A)
    engine.create(A, RING)
    slot = cast(Any, engine._scheduler.slots[A])
    while not slot.views:
        engine._scheduler.turn()
    other.let_go(A)
    slot.last_seen = time.monotonic() - run_pool.PAUSE_AFTER - 1
    engine._scheduler.turn()
    assert A not in engine._scheduler.slots
    assert built(engine, A).run.step == 1, "nothing was lost"


def test_a_run_is_not_blamed_for_ever(tmp_path: Path) -> None:
    """Its engine may have been ended by another run, or from outside."""
    storage = RunStorage(tmp_path / "runs")
    for _ in range(run_storage.TRIES):
        assert storage.begin(A)
    assert not storage.begin(A)
    note = next((tmp_path / "locks").glob("*.begun"))
    os.utime(note, (time.time() - run_storage.BLAMED_FOR - 1,) * 2)
    for _ in range(run_storage.TRIES):
        assert storage.begin(A)
    assert not storage.begin(A)


def test_errors_within_an_engine_look_like_no_broken_connection() -> None:
    def reset() -> None:
        raise ConnectionResetError("of the disk behind a network")

    def refuse() -> None:
        raise UserError("A sentence.")

    served = Served(SimpleNamespace(reset=reset, refuse=refuse, add=lambda a, b: a + b))
    assert served.add(1, b=2) == 3
    with pytest.raises(UserError, match="ConnectionResetError"):
        served.reset()
    with pytest.raises(UserError, match=r"A sentence\."):
        served.refuse()


# The process


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    made = Host()
    yield made
    with suppress(psutil.NoSuchProcess):
        psutil.Process(made.pid).resume()
    made.close()


def within(seconds: float, work: Callable[[], Any]) -> bool:
    """Whether this ends in time; what it raises is no matter."""

    def quiet() -> None:
        with suppress(UserError, CancelledError):
            work()

    thread = threading.Thread(target=quiet, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def answered(host: Host) -> None:
    """Wait until the engine is there."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        with suppress(UserError):
            host.census()
            return
    raise AssertionError("the engine does not start")


def test_an_engine_that_stops_while_it_starts_is_replaced(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = host.pid
    os.kill(stopped, signal.SIGSTOP)  # it has not given its port
    monkeypatch.setattr(host_module, "LOST_AFTER", 1.0)
    assert within(LONG, host.heartbeat), "the keeper does not wait for ever"
    monkeypatch.setattr(host_module, "LOST_AFTER", LONG)
    answered(host)
    assert host.pid != stopped
    assert not psutil.pid_exists(stopped)


def test_closing_ends_an_engine_that_hangs(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(host)
    monkeypatch.setattr(host_module, "ENDING", 0.5, raising=False)
    hung = host.pid
    os.kill(hung, signal.SIGSTOP)
    page = threading.Thread(target=lambda: within(LONG, lambda: host.view(A)))
    page.start()
    time.sleep(0.2)  # the call is under way
    assert within(LONG, host.close)
    page.join()
    assert not psutil.pid_exists(hung)
    assert host.pid == hung, "no other one was started"


def test_an_engine_without_runs_that_came_back_says_nothing_more(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(host)
    os.kill(host.pid, signal.SIGKILL)
    answered(host)
    assert "starting again" in host.notice
    host.heartbeat()
    assert "starting again" in host.notice, "runs may be on their way"
    monkeypatch.setattr(host_module, "YOUNG", 0.0)
    host.heartbeat()
    assert host.notice == ""


@pytest.mark.parametrize("pool", ["_callers", "_waiters"])
def test_calls_that_wait_do_not_make_an_engine_look_silent(host: Host, pool: str) -> None:
    answered(host)
    enough = threading.Event()
    for _ in range(2 * host_module.CALLERS):
        getattr(host, pool).submit(enough.wait)
    try:
        assert within(10.0, host.heartbeat)
        assert not host._silent
    finally:
        enough.set()


def test_pages_are_answered_however_many_wait_for_samples(host: Host) -> None:
    answered(host)
    enough = threading.Event()
    for _ in range(2 * host_module.CALLERS):
        host._waiters.submit(enough.wait)
    try:
        assert within(10.0, lambda: host.create(A, RING))
        assert within(10.0, lambda: host.view(A))
        assert within(10.0, lambda: host.send(A, Pause()))
        assert not within(0.5, lambda: host.pack(A)), "this one waits"
    finally:
        enough.set()


def test_an_engine_is_not_blamed_for_a_time_in_which_the_server_itself_was_stopped(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-Z, or a machine that is suspended: when both go on, hours have passed since the question."""
    answered(host)
    clock, replaced = itertools.count(0.0, 3600.0), []
    census = host._call

    def late(method: str) -> Any:
        monkeypatch.setattr(host, "_call", census)
        raise UserError("no answer")

    monkeypatch.setattr(host_module, "YOUNG", 0.0)
    monkeypatch.setattr(process_module, "cpu_seconds", lambda _pid: 0.0)
    monkeypatch.setattr(host_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(host, "_restart", replaced.append)
    monkeypatch.setattr(host, "_call", late)
    assert host.heartbeat() == {}
    assert not replaced


def test_a_server_without_free_files_ends_no_engine(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(host)
    before, connect = host.pid, host._connect

    def full() -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(host, "_connect", full)
    with pytest.raises(UserError, match="does not answer"):
        host.health()
    monkeypatch.setattr(host, "_connect", connect)
    assert host.health() == {"runs": 0, "playing": 0}
    assert host.pid == before


def test_a_host_that_gave_up_does_not_hold_the_keeper(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(host)
    monkeypatch.setattr(host_module, "RESTARTS", 0)
    os.kill(host.pid, signal.SIGKILL)
    start = time.monotonic()
    assert within(LONG, host.heartbeat)
    assert time.monotonic() - start < host_module.STUCK_AFTER
