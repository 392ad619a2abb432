"""A run as a zip, there and back; and what else may come in its place."""

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground import checkpoint
from playground.data import own
from playground.engine import bundle, place
from playground.engine.engine import Engine
from playground.engine.messages import Play, Remember, Rewind, Step, View
from playground.engine.run import Run
from playground.engine.timeline import MOST
from playground.errors import UserError
from playground.presets import PRESETS
from tests.unit.test_engine import RING, A, B, ready, until

SMALL = {"g_width": 8, "d_width": 8, "batch_size": 8}


def made(preset: str = "ring", **knobs: Any) -> Run:
    run = Run("a-run-for-a-test", PRESETS[preset].config.changed(**SMALL, **knobs))
    for _ in range(3):
        run.remember("auto")
        run.advance(6)
    run.rewind(run.timeline.moments[1].id)
    run.advance(3)
    run.set_knobs({"z_dim": 3})
    run.advance(2)
    run.remember("kept", "Before <b>lunch</b>")
    return run


@pytest.fixture(scope="module")
def packed() -> bytes:
    return bundle.pack(made())


@pytest.mark.parametrize(("preset", "conditional"), [("ring", False), ("ring", True), ("digits", True)])
def test_the_whole_run_comes_back(preset: str, conditional: bool) -> None:
    run = made(preset, conditional=conditional)
    content = bundle.pack(run)
    assert content == bundle.pack(run)
    moment, timeline = bundle.unpack(content)
    back = Run.from_bytes("another-run-here", moment)
    back.timeline = timeline
    assert back.to_bytes() == run.to_bytes()
    assert timeline.marks() == run.timeline.marks()
    assert timeline.shown_branches(back.step) == run.timeline.shown_branches(run.step)
    for old in run.timeline.moments:
        a, b = run.past(old.id), back.past(old.id)
        assert a.samples is not None
        assert b.samples is not None
        assert np.array_equal(a.samples, b.samples)
        assert a.events == b.events
        assert all(np.array_equal(a.history[key], b.history[key]) for key in a.history)
    for one in (run, back):
        one.rewind(run.timeline.moments[1].id)
        one.advance(4)
    assert back.to_bytes() == run.to_bytes()


def test_people_can_read_it(packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert json.loads(archive.read("config.json"))["z_dim"] == 3
        assert archive.read("history.csv").startswith(b"step,d_loss,g_loss")
        assert isinstance(json.loads(archive.read("events.json")), list)


def test_a_set_of_ones_own_travels_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "here"))
    x = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    key = own.add("A heart", x, None, (), "drawn")
    content = bundle.pack(made(dataset="own-points", own=key))
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "there"))
    moment, _timeline = bundle.unpack(content)
    assert own.about(key) is not None
    Run.from_bytes("another-run-here", moment).advance(2)
    other = own.add("Another", x + 1, None, (), "drawn")
    path = own.place(other)
    assert path
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(UserError, match="damaged"):
        bundle.unpack(changed(content, "own.npz", lambda _old: path.read_bytes()))


def changed(content: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The zip with one member changed, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            value = change(old.read(member)) if member == name else old.read(member)
            if value is not None:
                new.writestr(member, value)
    return out.getvalue()


def table(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def work(old: bytes) -> bytes:
        values = json.loads(old)
        change(values)
        return json.dumps(values).encode()

    return work


def tensors(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def work(old: bytes) -> bytes:
        values = checkpoint.from_bytes(old)
        change(values)
        return checkpoint.to_bytes(values)

    return work


def plain(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Like `tensors`, saved as PyTorch does it."""

    def work(old: bytes) -> bytes:
        values, out = checkpoint.from_bytes(old), io.BytesIO()
        change(values)
        torch.save(values, out)
        return out.getvalue()

    return work


def maze() -> list[Any]:
    value: list[Any] = ["to be read twice as often each time"]
    for _ in range(40):
        value = [value, value]
    return value


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('unpickled')",))


def evil(_old: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil(), 2))
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    return out.getvalue()


def bomb(_old: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            archive.writestr(f"archive/{n}", bytes(100_000_000))
    return out.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[bytes], bytes | None]]] = {
    "no checkpoint": ("checkpoint.pt", lambda _old: None),
    "no timeline": ("timeline.json", lambda _old: None),
    "no views": ("views.pt", lambda _old: None),
    "a program in the checkpoint": ("checkpoint.pt", evil),
    "a program in the views": ("views.pt", evil),
    "a bomb in the checkpoint": ("checkpoint.pt", bomb),
    "a bomb in a moment": ("moments/3.pt", bomb),
    "a moment that is none": ("moments/3.pt", lambda _old: b"PK"),
    "text": ("checkpoint.pt", lambda _old: b"hello"),
    "nested json": ("timeline.json", lambda _old: b"[" * 100_000),
    "another schema": ("timeline.json", table(lambda t: t.update(schema=2))),
    "no branch": ("timeline.json", table(lambda t: t.update(branches=[]))),
    "a branch of itself": ("timeline.json", table(lambda t: t["branches"][1].__setitem__(1, 1))),
    "a circle": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(1, 2))),
    "too many branches": ("timeline.json", table(lambda t: t.update(branches=t["branches"] * 9))),
    "twice the same moment": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(0, t["moments"][1][0]))),
    "an unknown kind": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(2, "<b>"))),
    "infinite": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(2, float("inf")))),
    "too few views": ("views.pt", tensors(lambda v: v["views"].pop())),
    "samples of another form": ("views.pt", tensors(lambda v: v["views"][0].update(samples=v["views"][0]["plane"][0]))),
    "a plane of another form": ("views.pt", tensors(lambda v: v["views"][0].update(plane=v["views"][0]["plane"][0]))),
    "no samples": ("views.pt", tensors(lambda v: v["views"][0].update(samples=None))),
    "numbers that are words": ("views.pt", tensors(lambda v: v["views"][0].update(modes="<script>"))),
    "a wrong config": ("views.pt", tensors(lambda v: v["views"][0]["config"].update(d_lr=99))),
    "no history": ("stories.pt", tensors(lambda v: v["stories"]["0"].update(history={}))),
    "a stride of nothing": ("stories.pt", tensors(lambda v: v["stories"]["0"]["history"].update(stride=0))),
    "a stride without end": ("stories.pt", tensors(lambda v: v["stories"]["0"]["history"].update(stride=2**70))),
    "rows that are not numbers": ("stories.pt", tensors(lambda v: v["stories"]["0"]["history"]["rows"].fill_(np.nan))),
    "a maze of references": ("views.pt", plain(lambda v: v["views"][0].update(device=maze()))),
    "a plane without storage": (
        "checkpoint.pt",
        plain(lambda v: v["trainer"].update(scores=[torch.ones(1).expand(10**9)] * 2)),
    ),
    "a step before the first": ("views.pt", tensors(lambda v: v["views"][0].update(step=-20))),
    "steps that go back": ("views.pt", tensors(lambda v: v["views"][0].update(step=99))),
    "a step beyond all": ("views.pt", tensors(lambda v: v["views"][3].update(step=10**30))),
    "a plane of no extent": ("views.pt", tensors(lambda v: v["views"][0].update(extent=0.0))),
    "an extent that is no number": ("views.pt", tensors(lambda v: v["views"][0].update(extent=float("nan")))),
    "another kind of samples": ("views.pt", tensors(lambda v: v["views"][0].update(kind="<b>"))),
    "samples that are no numbers": ("views.pt", tensors(lambda v: v["views"][0].update(samples=torch.ones(9, 2) > 0))),
    "a branch that ends before it starts": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(2, 10**6))),
    "half a letter": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(3, "\ud800"))),
    "a story too few": ("stories.pt", tensors(lambda v: v["stories"].popitem())),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_gets_a_sentence(packed: bytes, name: str) -> None:
    with pytest.raises(UserError) as caught:
        bundle.unpack(changed(packed, *HOSTILE[name]))
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 160


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), noise=st.binary(min_size=1, max_size=40), cut=st.booleans())
def test_a_corrupt_zip_gets_a_sentence_or_comes_back(packed: bytes, at: float, noise: bytes, cut: bool) -> None:
    n = int(at * len(packed))
    content = packed[:n] if cut else packed[:n] + noise + packed[n + len(noise) :]
    sentence = "."
    try:
        moment, _timeline = bundle.unpack(content)
        Run.from_bytes("another-run-here", moment)
    except UserError as error:
        sentence = str(error)
    assert sentence.endswith(".")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", bytes(1000), b"PK\x05\x06" + bytes(18)])
def test_another_file_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(UserError, match="not a run"):
        bundle.unpack(content)


# Through the engine


def test_the_engine_packs_opens_forks_and_goes_back(tmp_path: Path) -> None:
    engine = Engine(tmp_path).start()
    try:
        engine.create(A, RING)
        engine.send(A, Play())
        until(engine, A, lambda v: v.step > 20)
        engine.send(A, Remember())
        view = until(engine, A, lambda v: any(m.kind == "kept" for m in v.moments))
        [kept] = [m for m in view.moments if m.kind == "kept"]
        assert engine.past(A, kept.id).step == kept.step
        assert engine.film(A)[-1].step >= kept.step
        content = engine.pack(A)
        engine.fork(A, kept.id, {"r1": 2.0}, "a-fork-of-run-a-0")
        fork = until(engine, "a-fork-of-run-a-0", ready)
        assert (fork.step, fork.origin, fork.status) == (kept.step, (A, kept.step), "paused")
        engine.send(A, Rewind(kept.id))
        back = until(engine, A, lambda v: len(v.branches) == 2)
        assert back.status == "playing"
        engine.send(A, Rewind(kept.id, {"r1": 3.0}))
        assert until(engine, A, lambda v: len(v.branches) == 3).config["r1"] == 3.0
        engine.send(A, Rewind(999, {"r1": 4.0}))
        refused = until(engine, A, lambda v: bool(v.notice))
        assert "no longer kept" in refused.notice
        assert refused.config["r1"] == 3.0
        engine.open(B, content)
        opened = until(engine, B, ready)
        assert opened.status == "paused"
        assert "Opened" in opened.events[-1].text
        assert kept in opened.moments
        with pytest.raises(UserError, match="not a run"):
            engine.open("yet-another-run-1", b"hello")
        assert not engine.exists("yet-another-run-1")
        engine.send(B, Step())
        until(engine, B, lambda v: v.step == opened.step + 1)
    finally:
        engine.stop()


def test_the_past_outlives_the_engine(tmp_path: Path) -> None:
    first = Engine(tmp_path).start()
    first.create(A, RING)
    for command in (Step(), Remember(), Step(), Remember()):
        first.send(A, command)
    before = until(first, A, lambda v: v.step == 2 and sum(m.kind == "kept" for m in v.moments) == 2)
    first.stop()
    second = Engine(tmp_path).start()
    after: View = until(second, A, ready)
    assert after.moments == before.moments
    second.send(A, Rewind(after.moments[1].id))
    assert until(second, A, lambda v: v.step == 1).branches[-1].parent == 0
    second.stop()


def test_a_rewind_while_it_plays_is_on_disk_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "SAVE_EVERY", 0.2)
    engine = Engine(tmp_path / "first").start()
    try:
        engine.create(A, RING)
        engine.send(A, Play())
        until(engine, A, lambda v: v.step > 20)
        engine.send(A, Remember())
        view = until(engine, A, lambda v: any(m.kind == "kept" for m in v.moments) and v.step > 100)
        [kept] = [m for m in view.moments if m.kind == "kept"]
        engine.send(A, Rewind(kept.id))
        view = until(engine, A, lambda v: len(v.branches) == 2)
        checkpoints = tmp_path / "first" / "runs" / f"{A}.pt"
        for _save in range(2):  # of each the past comes after the checkpoint
            saved = checkpoints.read_bytes()
            until(engine, A, lambda _v, saved=saved: checkpoints.read_bytes() != saved)
        shutil.copytree(tmp_path / "first", tmp_path / "killed")  # what a process that was killed leaves
    finally:
        engine.stop()
    second = Engine(tmp_path / "killed").start()
    try:
        after = until(second, A, ready)
        assert [branch.parent for branch in after.branches] == [None, 0]
        assert kept in after.moments
    finally:
        second.stop()


def test_a_past_that_is_older_than_the_run_stays_as_a_branch() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    run.remember("auto")
    run.advance(10)
    content = run.to_bytes()
    for _ in range(3):
        run.advance(10)
        run.remember("auto")
    back = Run.from_bytes(A, content)
    back.recall(bundle.unpack_timeline(bundle.pack_timeline(run.timeline)))
    assert [(b.parent, b.start) for b in back.timeline.branches] == [(None, 0), (0, 10)]
    assert back.timeline.branches[0].end == 40
    back.advance(10)
    back.remember("auto")
    assert [m.step for m in back.timeline.line()] == [0, 20]
    assert [m.branch for m in back.timeline.line()] == [0, 1]
    assert back.past(back.timeline.moments[-2].id).step == 40


def test_a_past_without_the_branch_of_the_run_leads_not_to_it() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    run.remember("auto")
    run.advance(10)
    run.remember("auto")
    past = bundle.pack_timeline(run.timeline)
    run.reset()
    run.advance(20)
    back = Run.from_bytes(A, run.to_bytes())
    back.recall(bundle.unpack_timeline(past))
    assert [(b.parent, b.start) for b in back.timeline.branches] == [(None, 0), (None, 20)]
    assert back.timeline.line() == []


def test_a_past_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    first = Engine(tmp_path).start()
    first.create(A, RING)
    first.send(A, Step())
    until(first, A, lambda v: v.step == 1)
    first.stop()
    (tmp_path / "runs" / f"{A}.past.zip").write_bytes(b"hello")
    second = Engine(tmp_path).start()
    try:
        assert any("moments could not be read" in event.text for event in until(second, A, ready).events)
    finally:
        second.stop()


def test_a_run_with_all_the_moments_that_may_be_kept_comes_back() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    for _ in range(MOST + 5):
        run.advance(1)
        run.remember("auto")
    moment, past = bundle.unpack(bundle.pack(run))
    assert len(past.moments) == MOST
    assert Run.from_bytes(B, moment).step == run.step


@pytest.mark.parametrize("flaw", ["no trainer", "a wrong config", "weights that are no numbers"])
def test_a_moment_that_is_damaged_gets_a_sentence(packed: bytes, flaw: str) -> None:
    def change(values: dict[str, Any]) -> None:
        if flaw == "no trainer":
            del values["trainer"]
        elif flaw == "a wrong config":
            values["trainer"]["config"]["d_lr"] = 9.0
        else:
            values["trainer"]["G"]["body.0.weight"].fill_(np.nan)

    moment, past = bundle.unpack(changed(packed, "moments/6.pt", tensors(change)))
    run = Run.from_bytes(B, moment)
    run.recall(past)
    before = run.to_bytes()
    for work in (lambda: run.rewind(6), lambda: run.fork("a-fork-of-run-a-0", 6, {})):
        with pytest.raises(UserError):
            work()
    assert run.to_bytes() == before


def test_a_moment_that_shows_infinite_points_comes_back() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    moment = run.remember()
    assert moment is not None
    assert moment.view.scores is not None
    moment.view.scores[0] = np.inf  # weights may be finite and what they make not
    _moment, past = bundle.unpack(bundle.pack(run))
    assert past.moments[0].view.scores is not None
    assert np.isinf(past.moments[0].view.scores[0])
