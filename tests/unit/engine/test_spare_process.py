"""The process that waits to take the place of an engine that ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from playground.config.presets import PRESETS
from playground.engine import fleet as fleet_module
from playground.engine.fleet import Fleet
from playground.engine.messages import Pause, Play
from playground.engine.process import LocalProcess, ThisMachine
from playground.utils.errors import UserError

LONG = 90.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "playground.engine" in child.cmdline()
    ]


def trains(fleet: Fleet, run: str) -> bool:
    with contextlib.suppress(UserError):  # it is coming back
        view = fleet.view(run)
        return view is not None and view.step > 0
    return False


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PLAYGROUND_HOME": str(tmp_path)}


@pytest.fixture
def machine() -> Iterator[ThisMachine]:
    machine = ThisMachine()
    yield machine
    machine.close()


def started(machine: ThisMachine, environment: dict[str, str]) -> LocalProcess:
    process = machine.start(environment)
    assert isinstance(process, LocalProcess)
    return process


def test_what_was_prepared_becomes_the_next_engine(machine: ThisMachine, environment: dict[str, str]) -> None:
    machine.prepare(environment)
    [ready] = children()
    machine.prepare(environment)
    assert children() == [ready], "one is enough"
    process = started(machine, environment)
    try:
        assert process.pid == ready.pid
        assert process.connect().health() == {"runs": 0, "playing": 0}
    finally:
        process.close()


def test_another_environment_or_a_dead_one_needs_a_new_process(
    machine: ThisMachine, environment: dict[str, str]
) -> None:
    for spoil in ("environment", "kill"):
        machine.prepare(environment)
        [ready] = children()
        if spoil == "kill":
            ready.kill()
            until(lambda: not children())
        other = {**environment, "PLAYGROUND_THREADS": "1"} if spoil == "environment" else environment
        process = started(machine, other)
        try:
            assert process.pid != ready.pid
            assert process.connect().health()["runs"] == 0
            assert len(children()) == 1
        finally:
            process.close()


def test_it_loads_its_libraries_while_it_waits(machine: ThisMachine, environment: dict[str, str]) -> None:
    machine.prepare(environment)
    [ready] = children()
    until(lambda: any("libtorch_cpu" in mapped.path for mapped in ready.memory_maps()))
    process = started(machine, environment)
    process.close()
    assert process.pid == ready.pid


def test_closing_ends_it_and_nothing_is_prepared_any_more(machine: ThisMachine, environment: dict[str, str]) -> None:
    machine.prepare(environment)
    machine.close()
    assert not children()
    machine.prepare(environment)
    assert not children()


def test_it_ends_with_its_host(environment: dict[str, str]) -> None:
    process = LocalProcess(environment)
    process.end()
    assert process.wait(LONG)
    assert process.close() == 0


def test_a_fleet_of_one_keeps_none_and_a_fleet_of_two_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(fleet_module, "KEEP_EVERY", 0.1)
    alone = Fleet(most=1)
    try:
        until(lambda: alone.health()["runs"] == 0)
        alone._look()
        assert {child.pid for child in children()} == set(alone.pids)
    finally:
        alone.close()
    fleet = Fleet(most=2)
    try:
        run = secrets.token_hex(8)
        fleet.create(run, PRESETS["ring"].config.model_dump())
        fleet.send(run, Play())
        until(lambda: len(fleet.pids) == 2 and len(children()) == 3)
        until(lambda: trains(fleet, run))
        fleet.send(run, Pause())
        until(lambda: any(tmp_path.rglob(f"{run}*.safetensors")))  # a paused run is saved at once
        ready = {child.pid for child in children()} - set(fleet.pids)
        member = fleet.where(run)
        assert member is not None
        os.kill(fleet.pids[member], signal.SIGKILL)
        until(lambda: set(fleet.pids) & ready == ready)
        until(lambda: trains(fleet, run))
    finally:
        fleet.close()
    assert not children()
