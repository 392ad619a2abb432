"""Several engines behind the methods of one: where runs live, and how they move."""

import contextlib
import itertools
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from playground.config.presets import PRESETS
from playground.data import own, shared
from playground.engine import fleet as fleet_module
from playground.engine import host as host_module
from playground.engine import process as process_module
from playground.engine.engine import Engine
from playground.engine.fleet import Fleet, size
from playground.engine.links import group_of
from playground.engine.messages import Pause, Play, Reset, Step, View
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32).model_dump()
RACE = "race-of-this-fleet"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two engines, which the keeper leaves alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(fleet_module, "KEEP_EVERY", 3600.0)
        made = Fleet(2)
        made.create("the-very-first-run", RING)
        made._look()  # what the keeper does now and then
        yield made
        made.close()


@pytest.fixture
def fleet(both: Fleet) -> Iterator[Fleet]:
    """The same two engines, of which both are free."""
    with both._lock:
        both._homes.clear()
    yield both
    for member in (0, 1):
        for run, plays in census(both, member).items():
            if plays:
                both._members[member].send(run, Pause())


def census(fleet: Fleet, member: int) -> dict[str, bool]:
    """The runs of an engine, also of one that is just starting."""
    end = time.monotonic() + 60
    while True:
        try:
            return fleet.census_of(member)
        except UserError:
            assert time.monotonic() < end


@pytest.fixture
def names() -> list[str]:
    """Ids of runs that no other test has."""
    return [secrets.token_hex(8) for _ in range(3)]


def until(fleet: Fleet | Engine, run: str, found: Callable[[View], Any]) -> View:
    end = time.monotonic() + 90
    view = None
    while time.monotonic() < end:
        view = fleet.view(run)
        if view is not None and found(view):
            return view
        time.sleep(0.02)
    raise AssertionError(f"the last view was {view}")


def ready(view: View) -> bool:
    return view.status == "paused"


def test_runs_are_placed_where_the_fewest_are_and_all_their_calls_go_there(fleet: Fleet, names: list[str]) -> None:
    a, b, c = names
    assert len(set(fleet.pids)) == 2, "one more engine than has runs is ready"
    fleet.create(a, RING)
    fleet.create(b, RING)
    assert [fleet.where(run) for run in (a, b)] == [0, 1]
    for run in (a, b):
        until(fleet, run, ready)
        fleet.send(run, Step())
        until(fleet, run, lambda view: view.step == 1)
        assert fleet.exists(run)
        assert fleet.sample(run, np.zeros((3, 2), np.float32)).shape == (3, 2)
    assert fleet.health().items() >= {"engines": 2, "playing": 0}.items()
    assert fleet.health()["runs"] >= 2
    assert not fleet.exists(c)
    assert fleet.where(c) is None, "asking whether a run exists gives it no place"
    with pytest.raises(UserError, match="not known"):
        fleet.send(c, Play())


def test_a_fork_lives_beside_its_parent_and_lanes_with_their_race(fleet: Fleet, names: list[str]) -> None:
    a, b, c = names
    fleet.create(a, RING)
    fleet.create(b, RING)
    until(fleet, b, ready)
    fleet.fork(b, None, {}, c)
    assert fleet.where(c) == fleet.where(b) == 1
    until(fleet, c, ready)
    configs = [RING | {"seed": seed} for seed in range(3)]
    assert fleet.race(RACE, configs)
    assert {fleet.where(f"{RACE}-{n}") for n in (1, 2, 3)} == {fleet.where(RACE)}
    assert group_of(f"{RACE}-7-1") == group_of(f"{RACE}-7") == RACE, "also if the race's own name ends with a number"


def test_a_fork_lives_beside_its_parent_also_if_a_page_asked_for_it_before(fleet: Fleet, names: list[str]) -> None:
    a, b, c = names
    fleet.create(a, RING)
    until(fleet, a, ready)
    assert fleet.view(c) is None
    assert (fleet.where(a), fleet.where(c)) == (0, 1)
    fleet.fork(a, None, {}, c)
    assert fleet.where(c) == 0
    until(fleet, c, ready)
    assert c in census(fleet, 0)
    fleet.create(b, RING)
    until(fleet, b, ready)
    assert fleet.where(b) == 1
    with pytest.raises(UserError, match="run of this name"):
        fleet.fork(a, None, {}, f"{b}-2")
    assert fleet.where(b) == 1, "what lives there stays within reach"


def test_visitors_who_look_at_data_are_no_runs(fleet: Fleet) -> None:
    fleet.card("a-visitor-of-the-data-page", "ring", "")
    assert fleet.where("a-visitor-of-the-data-page") is None


def test_a_run_that_cannot_be_moved_does_not_keep_the_others(
    fleet: Fleet, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def move(group: str, target: int) -> bool:
        tried.append((group, target))
        return False

    monkeypatch.setattr(fleet, "_look_at", lambda number: set() if number else set(names))
    monkeypatch.setattr(fleet, "move", move)
    for _ in names:
        fleet._look()
    assert sorted(tried) == sorted((run, 1) for run in names)


def test_a_run_that_plays_moves_and_goes_on_to_the_bit(fleet: Fleet, names: list[str]) -> None:
    """The same steps make the same curves, whether the run moved in between or not."""
    a, b, _c = names
    fleet.create(a, RING)
    fleet.create(b, RING)
    for run in (a, b):
        until(fleet, run, ready)
        fleet.send(run, Play())
    until(fleet, a, lambda view: view.step > 50)
    assert fleet.move(a, 1)
    assert fleet.where(a) == 1
    moved = until(fleet, a, lambda view: view.status == "playing")
    until(fleet, a, lambda view: view.step > moved.step + 50)
    until(fleet, b, lambda view: view.step > moved.step + 50)
    curves = {}
    for run in (a, b):
        fleet.send(run, Pause())
        view = until(fleet, run, ready)
        assert view.notice == ""
        assert not [event for event in view.events if event.kind == "restored"]
        curves[run] = dict(zip(view.history["step"].tolist(), view.history["d_loss"].tolist(), strict=True))
    both = sorted(set(curves[a]) & set(curves[b]))
    assert both[-1] > moved.step
    assert [curves[a][step] for step in both] == [curves[b][step] for step in both]
    assert a not in census(fleet, 0)
    assert {a, b} <= set(census(fleet, 1))


def test_a_race_moves_with_all_its_lanes(fleet: Fleet, names: list[str]) -> None:
    del names
    fleet.race(RACE, [RING | {"seed": seed} for seed in range(3)])
    old = fleet.where(RACE)
    end = time.monotonic() + 60
    while fleet.race_view(RACE).status != "paused" and time.monotonic() < end:
        time.sleep(0.05)
    fleet.send(RACE, Play())
    while fleet.race_view(RACE).step < 30 and time.monotonic() < end:
        time.sleep(0.05)
    assert fleet.move(RACE, 1 - old)
    assert fleet.where(f"{RACE}-2") == 1 - old
    step = 0
    while (step := fleet.race_view(RACE).step) < 60 and time.monotonic() < end:
        time.sleep(0.05)
    assert step >= 60
    assert set(census(fleet, 1 - old)) >= {f"{RACE}-{n}" for n in (1, 2, 3)}


def test_the_keeper_evens_out_what_plays_and_forgets_what_is_gone(
    fleet: Fleet, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = names
    fleet.create(a, RING)
    until(fleet, a, ready)
    fleet.fork(a, None, {}, b)
    assert [fleet.where(run) for run in (a, b)] == [0, 0]
    for run in (a, b):
        until(fleet, run, ready)
        fleet.send(run, Play())
        until(fleet, run, lambda view: view.step > 5)
    fleet._look()
    assert sorted(fleet.where(run) for run in (a, b)) == [0, 1]
    for run in (a, b):
        until(fleet, run, lambda view: view.status == "playing")
    fleet._look()
    assert sorted(fleet.where(run) for run in (a, b)) == [0, 1], "nothing is moved to and fro"
    with pytest.raises(UserError):
        fleet.send(c, Play())
    monkeypatch.setattr(fleet_module, "KNOWN_FOR", 0.0)
    fleet._look()
    assert fleet.where(c) is None
    assert fleet.where(a) is not None


def test_calls_wait_while_their_run_moves(fleet: Fleet, names: list[str]) -> None:
    a, _b, _c = names
    fleet.create(a, RING)
    until(fleet, a, ready)
    fleet.send(a, Play())
    until(fleet, a, lambda view: view.step > 5)
    seen: list[View | None] = []
    ending = threading.Event()

    def look() -> None:
        while not ending.is_set():
            seen.append(fleet.view(a))
            time.sleep(0.01)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    moves = [fleet.move(a, n % 2) for n in range(1, 5)]
    ending.set()
    for thread in threads:
        thread.join()
    assert any(moves)
    assert None not in seen
    assert sum(a in census(fleet, member) for member in (0, 1)) == 1, "a run lives in one engine only"


def test_an_engine_that_is_killed_takes_down_no_other(fleet: Fleet, names: list[str]) -> None:
    a, b, _c = names
    fleet.create(a, RING)
    fleet.create(b, RING)
    for run in (a, b):
        until(fleet, run, ready)
        fleet.send(run, Play())
        until(fleet, run, lambda view: view.step > 20)
        fleet.send(run, Pause())
        until(fleet, run, ready)
    time.sleep(0.5)  # a paused run is saved at once
    for run in (a, b):
        fleet.send(run, Play())
    other = fleet.pids[1]
    os.kill(fleet.pids[0], signal.SIGKILL)
    step = until(fleet, b, lambda view: view.status == "playing").step
    until(fleet, b, lambda view: view.step > step + 20)
    assert until(fleet, a, lambda view: view.status not in ("loading", "failed")) is not None
    assert fleet.pids[1] == other
    assert fleet.where(a) == 0


def test_an_engine_that_hangs_is_said_and_replaced(
    fleet: Fleet, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a = names[0]
    fleet.create(a, RING)
    until(fleet, a, ready)
    fleet.send(a, Step())
    until(fleet, a, lambda view: view.step == 1 and view.status == "paused")
    time.sleep(0.5)  # a paused run is saved at once
    monkeypatch.setattr(host_module, "YOUNG", 0.0)
    monkeypatch.setattr(host_module, "QUICK", {"census": 0.5, "view": 0.5})
    member = fleet.where(a)
    assert member is not None
    hung = fleet.pids[member]
    os.kill(hung, signal.SIGSTOP)
    keeper = threading.Thread(target=fleet._look)
    keeper.start()
    notices = set()
    while keeper.is_alive():
        notices.add(fleet.notice)
        with contextlib.suppress(UserError):
            fleet.view(a)
        time.sleep(0.05)
    assert any("does not answer" in notice for notice in notices)
    assert fleet.pids[member] != hung
    assert not psutil.pid_exists(hung)
    monkeypatch.setattr(host_module, "QUICK", {})
    assert until(fleet, a, ready).step == 1


def test_an_engine_that_computes_is_given_time(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "YOUNG", 0.0)
    monkeypatch.setattr(host_module, "STUCK_AFTER", 0.0)
    monkeypatch.setattr(host_module, "QUICK", {"census": 1e-6})  # none is that quick
    ticks = itertools.count()
    monkeypatch.setattr(process_module, "cpu_seconds", lambda _pid: float(next(ticks)))
    before, threads = fleet.pids, threading.Thread(target=lambda: fleet.census_of(0))
    threads.start()
    threads.join(1.0)
    monkeypatch.setattr(host_module, "QUICK", {})
    threads.join()
    assert fleet.pids == before


def test_closing_ends_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(fleet_module, "KEEP_EVERY", 0.05)
    made = Fleet(2)
    made.create("the-very-first-run", RING)
    until(made, "the-very-first-run", ready)
    end = time.monotonic() + 30
    while len(made.pids) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    pids = made.pids
    assert len(pids) == 2
    made.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.parametrize(("asked", "found"), [("3", 3), ("1", 1)])
def test_the_number_of_engines_can_be_set(asked: str, found: int) -> None:
    assert size({"PLAYGROUND_ENGINES": asked}) == found


@pytest.mark.parametrize("asked", ["0", "many", "-2", ""])
def test_any_other_number_is_one_a_core_less_one(asked: str) -> None:
    assert size({"PLAYGROUND_ENGINES": asked}) == max(1, process_module.cores() - 1)


@pytest.mark.parametrize(("asked", "found"), [("3", "3"), ("", "7")])
def test_the_number_of_threads_can_be_set(asked: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        """Starts no engine, and keeps the settings that it would get."""

        def engines(self) -> int:
            return 2

        def threads(self, engines: int) -> int:
            assert engines == 2
            return 7

        def start(self, environment: Any) -> Any:
            given.update(environment)
            nothing = {"close": lambda: None, "end": lambda: None, "alive": lambda: False, "cpu_seconds": lambda: 0.0}
            return SimpleNamespace(pid=0, **nothing)

        def prepare(self, environment: Any) -> None:
            pass

        def close(self) -> None:
            pass

    given: dict[str, str] = {}
    monkeypatch.setenv("PLAYGROUND_THREADS", asked)
    monkeypatch.delenv("PLAYGROUND_ENGINES", raising=False)
    Fleet(launcher=Nowhere()).close()
    assert (given["PLAYGROUND_ENGINES"], given["PLAYGROUND_THREADS"]) == ("2", found)


@contextlib.contextmanager
def two_on(folder: Path) -> Iterator[tuple[Engine, Engine, str]]:
    """Two engines on one folder, and a run that the first has open and the second finds there."""
    run = secrets.token_hex(8)
    first, second = Engine(folder).start(), Engine(folder).start()
    try:
        first.create(run, RING)
        first.send(run, Step())
        until(first, run, lambda view: view.step == 1)
        end = time.monotonic() + 30
        while not second.exists(run) and time.monotonic() < end:
            time.sleep(0.02)
        yield first, second, run
    finally:
        first.stop()
        second.stop()


def test_a_run_is_opened_as_soon_as_another_server_lets_it_go(tmp_path: Path) -> None:
    with two_on(tmp_path) as (first, second, run):
        second.send(run, Step())
        assert "has this run open" in until(second, run, lambda view: view.status == "failed").notice
        first.stop()
        assert until(second, run, ready).step == 1, "what was asked of it while it was the other's is not done"
        second.send(run, Step())
        assert until(second, run, lambda view: view.step == 2)


def test_a_run_that_another_server_has_open_is_not_overwritten(tmp_path: Path) -> None:
    """Two engines on one folder: the second says so, and the run goes on where the first let it go."""
    with two_on(tmp_path) as (first, second, run):
        assert "has this run open" in until(second, run, lambda view: view.status == "failed").notice
        assert until(first, run, ready).step == 1
        first.stop()
        second.send(run, Reset())
        assert until(second, run, lambda view: view.status == "paused").step == 0


def test_a_dataset_is_read_by_one_engine_and_mapped_by_the_other(fleet: Fleet, names: list[str]) -> None:
    """Both are given the same folder, in which a set stands once."""
    folders = set()
    for member in fleet._members:
        [name] = [value for key, value in member._environment.items() if key == shared.FOLDER]
        folders.add(Path(name))
    [folder] = folders
    noise = np.random.default_rng(0).integers(0, 256, (2 * shared.LEAST // 1024, 1, 32, 32), np.uint8)
    values = {"dataset": "own-images", "own": own.add("Noise", noise, None, (), "this test"), "network": "mlp"}
    for name in names[:2]:
        fleet.create(name, RING | values)
        fleet.send(name, Step())
        until(fleet, name, lambda view: view.step == 1)
    assert {fleet.where(name) for name in names[:2]} == {0, 1}
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1
