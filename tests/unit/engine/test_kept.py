"""What a person kept stays: however the processes end, and whatever happens to other files."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine import run_zip, timeline_files
from playground.engine.engine import Engine
from playground.engine.messages import Play, Remember, View
from playground.engine.process import ROOT
from playground.engine.run import Run
from playground.engine.run_slot import RunSlot
from playground.engine.run_storage import RunStorage
from playground.engine.timeline_files import Snapshot
from playground.training import checkpoint
from playground.utils import tensorfile
from tests.unit.engine.test_engine import RING, A, ready, until

SERVER = f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what started the tests may ignore Ctrl-C
from playground.engine.host import Host
from playground.engine.messages import Play, Remember
host = Host()
host.create({A!r}, {RING!r})
host.send({A!r}, Play())
def kept():
    view = host.view({A!r})
    return sum(m.kind == "kept" for m in view.moments)
for n in range(3):
    host.send({A!r}, Remember())
    while kept() <= n:
        time.sleep(0.005)
print(host.pid, flush=True)
time.sleep(60)
"""


def kept(view: View) -> list[int]:
    return [m.step for m in view.moments if m.kind == "kept" and m.whole]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_kept_moments_are_there_however_a_server_ends(tmp_path: Path, number: signal.Signals) -> None:
    """The signal goes to the server and to its engine, as Ctrl-C in a terminal and `kill` of a service do."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PLAYGROUND_HOME": str(tmp_path)},
        start_new_session=True,
    )
    assert server.stdout is not None
    engine = int(server.stdout.readline())
    os.killpg(server.pid, number)
    server.wait(30)
    server.stdout.close()
    end = time.monotonic() + 30
    while Path(f"/proc/{engine}/cmdline").exists() and Path(f"/proc/{engine}/cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.02)
    storage = RunStorage(tmp_path / "runs")
    past, saved = storage.read_past(A), tensorfile.values(storage.read(A), "no checkpoint")
    assert past is not None
    steps = [m.step for m in past.moments if m.kind == "kept" and m.state]
    assert len(steps) == 3
    assert saved["trainer"]["step"] >= max(steps)


def test_a_moment_is_shown_only_when_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path)
    written, write = [], timeline_files.write

    def slow(*arguments: object) -> None:
        time.sleep(0.3)
        write(*arguments)  # type: ignore[arg-type]
        written.append(time.monotonic())

    monkeypatch.setattr(timeline_files, "write", slow)
    engine.start()
    try:
        engine.create(A, RING)
        engine.send(A, Play())
        until(engine, A, lambda v: v.step > 5)
        run = engine._slots[A].run
        assert run is not None
        engine.send(A, Remember())
        until(engine, A, lambda v: bool(kept(v)))
        assert written, "it was written before it was shown"
        folder = tmp_path / "runs" / f"{A}.past"
        past = timeline_files.read(folder)
        assert past is not None
        assert any(m.kind == "kept" and m.state for m in past.moments)
    finally:
        engine.stop()


def made(tmp_path: Path) -> tuple[Run, RunSlot, RunStorage]:
    run = Run(A, PRESETS["ring"].config.changed(g_width=8, d_width=8, batch_size=8))
    for kind in ("auto", "auto", "kept", "auto"):
        run.advance(2)
        run.remember(kind)
    return run, RunSlot(run.config.model_dump(), run), RunStorage(tmp_path)


def at_once(job):  # type: ignore[no-untyped-def]
    done: Future[float] = Future()
    done.set_result(job())
    return done


def test_while_it_plays_few_moments_are_written_and_at_the_end_all(tmp_path: Path) -> None:
    run, place, storage = made(tmp_path)
    run.play()
    place.save_in_time(storage, at_once)
    past = storage.read_past(A)
    assert past is not None
    assert [m.step for m in past.moments] == [6, 8], "what was kept, and the latest"
    place.save(storage)
    past = storage.read_past(A)
    assert past is not None
    assert past.marks() == run.timeline.marks()
    assert not place.unsaved(storage)


def test_what_is_kept_while_something_else_is_written_is_not_shown_before_it_is_on_disk(tmp_path: Path) -> None:
    run, place, storage = made(tmp_path)
    place.save(storage)
    run.play()
    run.advance(2)
    jobs, writing = [], Future[float]()

    def disk(job):  # type: ignore[no-untyped-def]
        jobs.append(job)
        return writing if len(jobs) == 1 else at_once(job)

    place._saved = -1e9
    place.save_in_time(storage, disk)
    assert len(jobs) == 1
    assert not place.holding
    moment = run.remember()
    place.save_in_time(storage, disk)
    place.watch(("ema", False))
    assert not place.due()
    writing.set_result(jobs[0]())
    place.save_in_time(storage, disk)
    place.save_in_time(storage, disk)
    assert place.due()
    past = storage.read_past(A)
    assert past is not None
    assert moment is not None
    assert moment.id in [m.id for m in past.moments]


def test_no_lane_of_a_race_is_shown_while_one_waits_for_the_disk(tmp_path: Path) -> None:
    engine = Engine(tmp_path)  # its worker is not started: the turns are made here
    try:
        engine.race("a-race-for-a-test", [RING, RING | {"seed": 1}])
        places = list(engine._slots.values())
        end = time.monotonic() + 30
        while any(place.run is None for place in places):
            assert time.monotonic() < end
            engine._scheduler.turn()
        versions = [place.version for place in places]
        for place in places:
            assert place.run is not None
            place.watch(("ema", False))
            place.run.notice = "Something new."
        places[0].holding = True
        engine._scheduler.turn()
        assert [place.version for place in places] == versions
        places[0].holding = False
        engine._scheduler.turn()
        assert [place.version for place in places] == [version + 1 for version in versions]
    finally:
        engine._loader.close()
        engine._scheduler._writer.shutdown()


def test_files_of_moments_are_written_once(tmp_path: Path) -> None:
    run, place, storage = made(tmp_path)
    place.save(storage)
    folder = tmp_path / f"{A}.past"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    run.advance(2)
    run.remember()
    place.save(storage)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert {name for name in after if after[name] != before.get(name)} == {
        "5.state.safetensors",
        "5.view.safetensors",
        "moments.json",
    }


def test_a_damaged_moment_takes_no_other_with_it(tmp_path: Path) -> None:
    run, place, storage = made(tmp_path)
    place.save(storage)
    (tmp_path / f"{A}.past" / "2.view.safetensors").write_bytes(b"hello")
    (tmp_path / f"{A}.past" / "4.state.safetensors").unlink()
    past = storage.read_past(A)
    assert past is not None
    assert [(m.id, m.state is not None) for m in past.moments] == [(1, True), (3, True), (4, False)]
    assert run.timeline.next == past.next


def test_what_a_killed_process_left_is_not_taken_for_a_moment(tmp_path: Path) -> None:
    run, place, storage = made(tmp_path)
    place.save(storage)
    folder = tmp_path / f"{A}.past"
    for name in ("5.view.safetensors", "5.state.safetensors", ".5.view.safetensors.abc"):
        (folder / name).write_bytes(b"of another present")
    run.advance(2)
    run.remember()
    storage.write_past(A, Snapshot.of(run.timeline))
    past = storage.read_past(A)
    assert past is not None
    assert past.find(5).state == run.timeline.find(5).state
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_run_of_an_earlier_version_comes_back_with_its_moments(tmp_path: Path) -> None:
    run, _place, _storage = made(tmp_path)
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / f"{A}.pt").write_bytes(as_before(run.to_bytes()))
    with (
        zipfile.ZipFile(io.BytesIO(run_zip.pack_timeline(run.timeline))) as new,
        zipfile.ZipFile(runs / f"{A}.past.zip", "w") as old,
    ):
        for name in new.namelist():
            content = new.read(name)
            if name == "timeline.json":
                content = json.dumps({**json.loads(content), "schema": 1}).encode()
            else:
                name, content = name.replace(".safetensors", ".pt"), as_before(content)
            old.writestr(name, content)
    engine = Engine(tmp_path).start()
    try:
        view = until(engine, A, ready, 60)
        assert view.step == run.step
        assert [(m.step, m.kind, m.whole) for m in view.moments] == [
            (m.step, m.kind, m.whole) for m in run.timeline.marks()
        ]
        assert not (runs / f"{A}.pt").exists()
    finally:
        engine.stop()


def as_before(content: bytes) -> bytes:
    """A checkpoint as the version before this one wrote it."""
    out = io.BytesIO()
    torch.save({**checkpoint.from_bytes(content), "schema": 2}, out)
    return out.getvalue()
