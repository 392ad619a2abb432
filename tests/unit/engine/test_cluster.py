"""Engines on a cluster of Ray: two machines, made of processes of this one. Skipped where Ray is not installed."""

import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from playground.config.presets import PRESETS
from playground.engine import cluster as cluster_module
from playground.engine.cluster import RayCluster, launcher
from playground.engine.engine import Engine
from playground.engine.fleet import Fleet
from playground.engine.messages import Pause, Play, Step, View
from playground.engine.process import ThisMachine
from playground.engine.run_storage import RunStorage
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32).model_dump()
LONG = 150.0  # seconds


# Without Ray


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)


def test_one_machine_needs_no_ray(no_ray: None) -> None:
    assert isinstance(launcher([], {}), ThisMachine)
    assert isinstance(launcher(["-q", "--other", "tests"], {}), ThisMachine)


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--cluster", "auto"], {}), ([], {"PLAYGROUND_CLUSTER": "ray://head:10001"})]
)
def test_a_cluster_without_ray_is_one_sentence(no_ray: None, arguments: list[str], environment: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"^A cluster needs Ray\. Install it with pip install -r requirements-cluster"):
        launcher(arguments, environment)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "Set PLAYGROUND_HOME to a folder that all machines have"),
        ({"PLAYGROUND_CLUSTER_CPUS": "many"}, "PLAYGROUND_CLUSTER_CPUS is not a number of processors or GPUs: many"),
        ({"PLAYGROUND_CLUSTER_GPUS": "-1"}, "PLAYGROUND_CLUSTER_GPUS is not a number of processors or GPUs: -1"),
        ({"PLAYGROUND_HOME": "/dev/null/here"}, "Nothing can be written to /dev/null/here"),
    ],
)
def test_what_a_cluster_lacks_is_one_sentence(
    environment: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "load_ray", lambda: None)
    with pytest.raises(UserError, match=sentence):
        RayCluster("auto", environment)


def test_a_folder_has_one_name_for_all(tmp_path: Path) -> None:
    name = cluster_module._name_of(tmp_path / "one")
    assert cluster_module._name_of(tmp_path / "one") == name
    assert cluster_module._name_of(tmp_path / "two") != name
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["folder-id"]


def test_a_run_that_a_vanished_machine_still_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_LOCK_PATIENCE", "60")
    run, engine, other = secrets.token_hex(8), Engine(tmp_path).start(), RunStorage(tmp_path / "runs")
    other.claim(run)
    try:
        engine.create(run, RING)
        engine.send(run, Step())
        time.sleep(2.5)  # it has tried several times
        view = engine.view(run)
        assert view is None or view.status == "loading"
        other.let_go(run)
        assert until(engine, run, lambda view: view.step == 1 and view.status == "paused")
    finally:
        engine.stop()


# With it


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A head, which has no room for engines, and two machines with room for two each."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-cluster.txt")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(2):
            made.add_node(num_cpus=2)
        yield made
        import ray

        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def fleet(nodes: Any) -> Iterator[Fleet]:
    made = Fleet(2, RayCluster(nodes.address))
    yield made
    made.close()


def until(fleet: Fleet | Engine, run: str, found: Callable[[View], Any]) -> View:
    end, view = time.monotonic() + LONG, None
    while time.monotonic() < end:
        with contextlib.suppress(UserError):
            view = fleet.view(run)
            if view is not None and found(view):
                return view
        time.sleep(0.05)
    raise AssertionError(f"the last view was {view}")


def wait_for(found: Callable[[], Any]) -> None:
    end = time.monotonic() + LONG
    while not found():
        assert time.monotonic() < end
        time.sleep(0.1)


def node_of(nodes: Any, pid: int) -> Any:
    """The machine that a process runs on."""
    parents = {parent.pid for parent in psutil.Process(pid).parents()}
    return next(n for n in nodes.list_all_nodes() if parents & {p.process.pid for p in n.all_processes["raylet"]})


def ready(view: View) -> bool:
    return view.status == "paused"


def curve(view: View) -> dict[int, float]:
    return dict(zip(view.history["step"].tolist(), view.history["d_loss"].tolist(), strict=True))


@pytest.mark.slow
def test_a_page_is_answered_as_by_an_engine_of_this_machine(fleet: Fleet) -> None:
    run = secrets.token_hex(8)
    fleet.create(run, RING)
    until(fleet, run, ready)
    fleet.send(run, Step())
    until(fleet, run, lambda view: view.step == 1)
    points = fleet.sample(run, np.zeros((3, 2), np.float32))
    assert points.shape == (3, 2)
    points += 1  # a page may write to what it was given
    with pytest.raises(UserError, match="not known"):
        fleet.send("a-run-that-nobody-made", Play())
    assert fleet.health()["runs"] >= 1
    assert fleet.load()["engine_restarts"] == 0
    wait_for(lambda: len(fleet.pids) == 2 and all(fleet.pids))


@pytest.mark.slow
def test_a_run_whose_machine_is_taken_away_goes_on_to_the_bit_on_the_other(fleet: Fleet, nodes: Any) -> None:
    """Two runs with one seed, on two machines: the one that lost its machine makes the steps of the other."""
    a, b = secrets.token_hex(8), secrets.token_hex(8)
    wait_for(lambda: len(fleet.pids) == 2 and all(fleet.pids))
    for run in (a, b):
        fleet.create(run, RING)
        until(fleet, run, ready)
    places = [fleet.where(run) for run in (a, b)]
    assert sorted(map(int, places)) == [0, 1]
    machines = [node_of(nodes, fleet.pids[place]) for place in places]
    for run in (a, b):
        fleet.send(run, Play())
        until(fleet, run, lambda view: view.step > 50)
    time.sleep(6.0)  # it is saved every five seconds
    gone = fleet.pids[places[0]]
    nodes.remove_node(machines[0], allow_graceful=False)
    back = until(fleet, a, lambda view: any(event.kind == "restored" for event in view.events))
    step = next(event.step for event in back.events if event.kind == "restored")
    assert step > 50
    for run in (a, b):
        until(fleet, run, lambda view: view.step > step + 100)
        fleet.send(run, Pause())
    assert node_of(nodes, fleet.pids[places[0]]) is not machines[0]
    assert not psutil.pid_exists(gone)
    curves = [curve(until(fleet, run, ready)) for run in (a, b)]
    shared = sorted(set(curves[0]) & set(curves[1]))
    assert shared[-1] > step
    assert [curves[0][n] for n in shared] == [curves[1][n] for n in shared]


@pytest.mark.slow
def test_an_actor_that_is_killed_is_replaced(fleet: Fleet) -> None:
    run = secrets.token_hex(8)
    fleet.create(run, RING)
    until(fleet, run, ready)
    fleet.send(run, Step())
    until(fleet, run, lambda view: view.step == 1 and view.status == "paused")
    time.sleep(1.0)  # a paused run is saved at once
    hit = fleet.pids[int(fleet.where(run) or 0)]
    os.kill(hit, signal.SIGKILL)
    wait_for(lambda: hit not in fleet.pids)
    assert until(fleet, run, ready).step == 1
