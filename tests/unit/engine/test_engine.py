"""The engine in a thread and in a process: commands, views, disk, and being killed."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from playground.config.presets import PRESETS
from playground.engine import run_pool
from playground.engine import run_slot as place_module
from playground.engine.engine import Engine
from playground.engine.host import Host
from playground.engine.messages import Pause, Play, Reset, SetKnobs, Step, UseFixedZ, View
from playground.engine.process import ROOT
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.model_dump()
DIGITS = PRESETS["digits"].config.model_dump()
A, B = "run-a-for-the-test", "run-b-for-the-test"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path).start()
    yield made
    made.stop()


def until(host: Any, run_id: str, found: Callable[[View], bool], seconds: float = 60) -> View:
    """The first View of the run for which `found` holds."""
    end = time.monotonic() + seconds
    view = None
    while time.monotonic() < end:
        view = host.view(run_id)
        if view is not None and found(view):
            return view
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s; the last view was {view and (view.status, view.step, view.notice)}")


def ready(view: View) -> bool:
    return view.status != "loading"


def test_creating_twice_is_creating_once(engine: Engine) -> None:
    engine.create(A, RING)
    engine.send(A, Step())
    until(engine, A, lambda v: v.step == 1)
    engine.create(A, DIGITS)
    assert until(engine, A, ready).config["dataset"] == "ring"
    assert len(engine._slots) == 1


def test_play_pause_step_reset(engine: Engine) -> None:
    engine.create(A, RING)
    assert until(engine, A, ready).status == "paused"
    engine.send(A, Play())
    assert until(engine, A, lambda v: v.step > 50).status == "playing"
    engine.send(A, Pause())
    step = until(engine, A, lambda v: v.status == "paused").step
    time.sleep(0.3)
    assert until(engine, A, ready).step == step, "a paused run trains no further step"
    engine.send(A, Step())
    until(engine, A, lambda v: v.step == step + 1)
    engine.send(A, Reset())
    view = until(engine, A, lambda v: v.generation == 1)
    assert view.step == 0
    assert view.status == "paused"


def test_a_reset_with_knobs_takes_the_place_of_a_run_that_cannot_be_built(engine: Engine) -> None:
    engine.create(A, RING | {"dataset": "idx", "folder": "/no/such/folder"})
    until(engine, A, lambda v: v.status == "failed")
    engine.send(A, Reset({"dataset": "grid", "folder": "", "d_lr": 0.01}))
    view = until(engine, A, lambda v: v.status == "paused" and v.samples is not None)
    assert view.config == RING | {"dataset": "grid", "d_lr": 0.01}


def test_commands_act_in_order_between_steps(engine: Engine) -> None:
    engine.create(A, RING)
    for command in (Step(), SetKnobs({"g_lr": 0.01}), Step(), Step(), SetKnobs({"objective": "lsgan"}), Step()):
        engine.send(A, command)
    view = until(engine, A, lambda v: v.step == 4 and len(v.events) == 2)
    assert [event.step for event in view.events] == [1, 3]
    assert view.config["g_lr"] == 0.01
    assert view.config["objective"] == "lsgan"


def test_a_wrong_knob_is_a_sentence_and_the_run_goes_on(engine: Engine) -> None:
    engine.create(A, RING)
    engine.send(A, Play())
    engine.send(A, SetKnobs({"g_lr": 7.0}))
    view = until(engine, A, lambda v: bool(v.notice))
    assert "g_lr" in view.notice
    assert view.status == "playing"
    assert view.config["g_lr"] == RING["g_lr"]


def test_a_run_that_cannot_be_built_waits_for_other_knobs(engine: Engine) -> None:
    engine.create(A, {**RING, "dataset": "idx", "folder": "/no/such/folder"})
    view = until(engine, A, ready)
    assert view.status == "failed"
    assert "/no/such/folder" in view.notice
    engine.send(A, SetKnobs({"dataset": "ring"}))
    engine.send(A, Step())
    assert until(engine, A, lambda v: v.step == 1).status == "paused"


def test_many_runs_share_the_worker(engine: Engine) -> None:
    for run_id, config in ((A, RING), (B, DIGITS)):
        engine.create(run_id, config)
        engine.send(run_id, Play())
    for run_id in (A, B):
        until(engine, run_id, lambda v: v.step > 100)


def test_samples_come_while_it_trains_and_change_nothing(engine: Engine) -> None:
    engine.create(A, DIGITS)
    engine.send(A, Step())
    z = np.random.default_rng(0).normal(size=(3, 64)).astype(np.float32)
    first = engine.sample(A, z, np.array([1, 2, 3]))
    assert first.shape == (3, 8, 8, 1)
    assert first.dtype == np.uint8
    assert np.array_equal(first, engine.sample(A, z, np.array([1, 2, 3])))
    with pytest.raises(UserError, match="latents"):
        engine.sample(A, z[:, :5])
    engine.send(A, UseFixedZ(z, np.array([1, 2, 3])))
    view = until(engine, A, lambda v: bool(v.events))
    assert view.samples is not None
    assert np.array_equal(view.samples[:3], first)


def test_how_the_networks_are_built_and_their_gradients(engine: Engine) -> None:
    engine.create(A, RING)
    assert until(engine, A, ready).layers == {}
    first, second = engine.networks(A)
    assert (first.name, second.name, len(first.layers), len(second.layers)) == ("G", "D", 4, 4)
    engine.send(A, Play())
    view = until(engine, A, lambda v: bool(v.layers))
    assert list(view.layers) == [name for net in (first, second) for layer in net.layers for name in layer.gradients]
    assert all(norm > 0 for norm in view.layers.values())


def test_unknown_and_malformed_ids(engine: Engine) -> None:
    assert not engine.exists("nobody-made-this-run")
    assert engine.view("nobody-made-this-run") is None
    assert not engine.exists("../../etc/passwd")
    with pytest.raises(UserError):
        engine.send("nobody-made-this-run", Play())
    with pytest.raises(UserError):
        engine.create("../../etc/passwd", RING)


def test_what_nobody_watches_costs_nothing_and_pauses(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "WATCHED_FOR", 0.2)
    monkeypatch.setattr(run_pool, "PAUSE_AFTER", 1.0)
    engine.create(A, RING)
    engine.send(A, Play())
    until(engine, A, lambda v: v.step > 10)
    time.sleep(0.4)
    version = engine._slots[A].version
    time.sleep(0.4)
    assert engine._slots[A].version == version, "no View is made while nobody looks"
    time.sleep(0.8)
    run = engine._slots[A].run
    assert run is not None
    assert run.status == "paused"
    step = run.step
    assert until(engine, A, lambda v: v.status == "paused").step == step > 10


def test_what_d_looks_at_is_made_only_while_somebody_asks(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "WATCHED_FOR", 0.3)
    engine.create(A, DIGITS)
    engine.send(A, Play())
    assert until(engine, A, lambda v: v.step > 5).saliency is None
    assert ("ema", True) not in engine._slots[A].views
    end, view = time.monotonic() + 20, None
    while time.monotonic() < end and (view is None or view.saliency is None):
        view = engine.view(A, "ema", True)
        time.sleep(0.02)
    assert view is not None
    assert view.saliency is not None
    time.sleep(1.0)  # longer than asking lasts
    old = engine._slots[A].views["ema", True]
    step = until(engine, A, lambda v: v.step > old.step + 20).step
    assert engine._slots[A].views["ema", True] is old, "nobody asks for it any more"
    again = engine.view(A, "ema", True)
    assert again is not None
    assert again.step >= step, "and what was made then is not shown now"


def test_an_unused_run_lives_on_disk_and_comes_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.create(A, RING)
    for _ in range(12):
        engine.send(A, Step())
    before = until(engine, A, lambda v: v.step == 12)
    monkeypatch.setattr(run_pool, "EVICT_AFTER", 0.1)
    time.sleep(0.8)
    assert A not in engine._slots
    assert engine.exists(A)
    monkeypatch.undo()
    after = until(engine, A, ready)
    assert after.step == 12
    assert after.events[-1].kind == "restored"
    assert "back" in after.notice
    assert before.samples is not None
    assert np.array_equal(before.samples, after.samples)


def test_a_stopped_engine_keeps_every_run(tmp_path: Path) -> None:
    first = Engine(tmp_path).start()
    first.create(A, RING)
    first.send(A, Step())
    until(first, A, lambda v: v.step == 1)
    first.stop()
    second = Engine(tmp_path).start()
    assert until(second, A, ready).step == 1
    second.stop()
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert names == [f"{A}.past", f"{A}.safetensors"], "nothing half-written stays"


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / f"{A}.safetensors").write_bytes(b"not a checkpoint")
    engine = Engine(tmp_path).start()
    view = until(engine, A, ready)
    assert view.status == "failed"
    assert "not a checkpoint" in view.notice
    engine.send(A, Reset())
    assert until(engine, A, lambda v: v.status == "paused").step == 0, "and the run can be started anew"
    engine.stop()


def test_a_folder_that_cannot_be_written_is_said_and_training_goes_on(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    engine = Engine(tmp_path).start()
    engine.create(A, RING)
    engine.send(A, Step())
    view = until(engine, A, lambda v: bool(v.notice))
    assert "Nothing can be saved" in view.notice
    engine.send(A, Play())
    until(engine, A, lambda v: v.step > 20)
    engine.stop()


def test_one_broken_run_does_not_stop_the_others(engine: Engine) -> None:
    for run_id in (A, B):
        engine.create(run_id, RING)
        engine.send(run_id, Play())
        until(engine, run_id, lambda v: v.step > 5)
    run = engine._slots[A].run
    assert run is not None
    run.trainer.fixed_z = None  # type: ignore[assignment]
    view = until(engine, B, lambda v: v.step > 5)
    until(engine, B, lambda v: v.step > view.step + 50)


def test_old_files_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name, age in (("old", 40), ("young", 2)):
        (folder / f"{name}.past").mkdir()
        for path in (folder / f"{name}.safetensors", folder / f"{name}.past" / "moments.json", folder / f"{name}.past"):
            if not path.is_dir():
                path.write_bytes(b"")
            os.utime(path, (time.time() - age * 86400,) * 2)
    engine = Engine(tmp_path).start()
    engine.stop()
    assert sorted(path.name for path in folder.iterdir()) == ["young.past", "young.safetensors"]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    made = Host()
    yield made
    made.close()


def engines(home: Path) -> list[int]:
    """The engine processes that keep their runs in `home`; other tests may have engines of their own."""
    children = [p for p in psutil.Process().children(recursive=True) if "playground.engine" in " ".join(p.cmdline())]
    return [p.pid for p in children if p.environ().get("PLAYGROUND_HOME") == str(home)]


def test_a_killed_engine_comes_back_with_its_runs(host: Host, tmp_path: Path) -> None:
    host.create(A, RING)
    host.send(A, Play())
    until(host, A, lambda v: v.step > 20, 60)
    host.send(A, Pause())
    step = until(host, A, lambda v: v.status == "paused").step
    time.sleep(0.5)  # a paused run is saved at once
    host.send(A, Play())
    until(host, A, lambda v: v.status == "playing")
    assert host.notice == ""
    os.kill(host.pid, signal.SIGKILL)
    host.view(A)
    assert "starting again" in host.notice
    view = until(host, A, lambda v: v.status not in ("loading", "failed"), 60)
    assert view.step >= step
    assert "back from step" in view.notice
    assert host.notice == ""
    assert any(event.kind == "restored" for event in view.events)
    host.send(A, Play())
    until(host, A, lambda v: v.step > view.step + 20)
    assert len(engines(tmp_path)) == 1


def test_many_threads_restart_one_engine_once(host: Host, tmp_path: Path) -> None:
    host.create(A, RING)
    until(host, A, ready, 60)
    os.kill(host.pid, signal.SIGKILL)
    threads = [threading.Thread(target=host.view, args=(A,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engines(tmp_path)) == 1


def test_errors_of_the_process_reach_the_caller_as_sentences(host: Host) -> None:
    with pytest.raises(UserError, match="not known"):
        host.send("nobody-made-this-run", Play())


def test_the_engine_ends_with_its_host(tmp_path: Path) -> None:
    script = (
        "from playground.engine.host import Host; import time; h = Host(); print(h.pid, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PLAYGROUND_HOME": str(tmp_path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=20)
    assert not psutil.pid_exists(child)


def test_a_host_and_its_views_need_no_torch() -> None:
    code = "import sys, playground.engine.host, playground.engine.engine; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_run_that_cannot_come_back_now_is_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "idx"
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03\0\0\0\x40\0\0\0\x08\0\0\0\x08" + bytes(64 * 64))
    config = {**PRESETS["mlp-28"].config.model_dump(), "folder": str(folder)}
    first = Engine(tmp_path).start()
    first.create(A, config)
    for _ in range(3):
        first.send(A, Step())
    until(first, A, lambda v: v.step == 3)
    first.stop()

    folder.rename(tmp_path / "away")
    second = Engine(tmp_path).start()
    view = until(second, A, ready)
    assert view.status == "failed"
    assert view.config["dataset"] == "idx"
    with pytest.raises(UserError):
        second.sample(A, np.zeros((1, 100), np.float32))
    second.send(A, Play())
    time.sleep(0.3)
    assert until(second, A, ready).status == "failed"
    second.stop()

    (tmp_path / "away").rename(folder)
    third = Engine(tmp_path).start()
    assert until(third, A, ready).step == 3
    third.stop()


def test_an_evicted_run_answers_a_late_request(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.create(A, RING)
    until(engine, A, ready)
    monkeypatch.setattr(run_pool, "EVICT_AFTER", 0.0)
    start, answers = time.monotonic(), 0
    for _ in range(20):
        with contextlib.suppress(UserError):
            answers += engine.sample(A, np.zeros((1, 2), np.float32)).shape == (1, 2)
    assert time.monotonic() - start < 20, "nobody waits for an answer that never comes"
    monkeypatch.undo()
    until(engine, A, ready) if engine.exists(A) else engine.create(A, RING)
    assert engine.sample(A, np.zeros((1, 2), np.float32)).shape == (1, 2)


def test_watched_runs_are_not_let_go(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_pool, "MAX_RUNS", 1)
    for run_id in (A, B):
        engine.create(run_id, RING)
        engine.send(run_id, Play())
    for _ in range(10):
        steps = [until(engine, run_id, lambda v: v.status == "playing").step for run_id in (A, B)]
        time.sleep(0.05)
    assert min(steps) > 0


def test_the_complaint_about_the_disk_goes_when_it_can_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "runs"
    blocked.write_text("a file where the folder should be")
    engine = Engine(tmp_path).start()
    engine.create(A, RING)
    engine.send(A, Play())
    until(engine, A, lambda v: "Nothing can be saved" in v.notice)
    blocked.unlink()
    until(engine, A, lambda v: v.notice == "")
    assert engine.exists(A)
    engine.stop()


def test_a_host_that_gave_up_comes_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.engine import host as host_module

    monkeypatch.setattr(host_module, "RESTARTS", 0)
    monkeypatch.setattr(host_module, "RESTART_WINDOW", 10.0)
    host.create(A, RING)
    os.kill(host.pid, signal.SIGKILL)
    end = time.monotonic() + 60
    refused = False
    while time.monotonic() < end:
        try:
            host.exists(A)
            break
        except UserError as error:
            refused = refused or "keeps stopping" in str(error)
            time.sleep(0.1)
    assert refused
    assert time.monotonic() < end, "asking again and again must not keep it away"
