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

from playground.config.presets import PRESETS
from playground.data import own
from playground.engine import run_slot, run_state, run_views, run_zip
from playground.engine.engine import Engine
from playground.engine.links import public
from playground.engine.messages import Play, Remember, Rewind, Step, View
from playground.engine.run import Run
from playground.engine.timeline import MOST
from playground.training import checkpoint
from playground.utils.errors import UserError
from tests.unit.engine.test_engine import RING, A, B, ready, until

VIEWS, STORIES = "views.safetensors", "stories.safetensors"
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
    return run_zip.pack(made())


@pytest.mark.parametrize(("preset", "conditional"), [("ring", False), ("ring", True), ("digits", True)])
def test_the_whole_run_comes_back(preset: str, conditional: bool) -> None:
    run = made(preset, conditional=conditional)
    content = run_zip.pack(run)
    assert content == run_zip.pack(run)
    moment, timeline = run_zip.unpack(content)
    back = Run.from_bytes("another-run-here", moment)
    back.timeline = timeline
    assert back.to_bytes() == run.to_bytes()
    assert timeline.marks() == run.timeline.marks()
    assert timeline.shown_branches(back.step) == run.timeline.shown_branches(run.step)
    for old in run.timeline.moments:
        a, b = run_views.past(run, old.id), run_views.past(back, old.id)
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
    content = run_zip.pack(made(dataset="own-points", own=key))
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "there"))
    moment, _timeline = run_zip.unpack(content)
    assert own.about(key) is not None
    Run.from_bytes("another-run-here", moment).advance(2)
    other = own.add("Another", x + 1, None, (), "drawn")
    path = own.place(other)
    assert path
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(UserError, match="damaged"):
        run_zip.unpack(changed(content, "own.npz", lambda _old: path.read_bytes()))


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
    "no checkpoint": ("checkpoint.safetensors", lambda _old: None),
    "no timeline": ("timeline.json", lambda _old: None),
    "no views": (VIEWS, lambda _old: None),
    "a program in the checkpoint": ("checkpoint.safetensors", evil),
    "a program in the views": (VIEWS, evil),
    "a program that is in no zip": (
        "checkpoint.safetensors",
        lambda _old: b"cos\nsystem\n(S'touch /tmp/pwned'\ntR.",
    ),
    "a bomb in the checkpoint": ("checkpoint.safetensors", bomb),
    "a bomb in a moment": ("moments/3.safetensors", bomb),
    "a moment that is none": ("moments/3.safetensors", lambda _old: b"PK"),
    "text": ("checkpoint.safetensors", lambda _old: b"hello"),
    "nested json": ("timeline.json", lambda _old: b"[" * 100_000),
    "another schema": ("timeline.json", table(lambda t: t.update(schema=3))),
    "no branch": ("timeline.json", table(lambda t: t.update(branches=[]))),
    "a branch of itself": ("timeline.json", table(lambda t: t["branches"][1].__setitem__(1, 1))),
    "a circle": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(1, 2))),
    "too many branches": ("timeline.json", table(lambda t: t.update(branches=t["branches"] * 9))),
    "twice the same moment": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(0, t["moments"][1][0]))),
    "an unknown kind": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(2, "<b>"))),
    "infinite": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(2, float("inf")))),
    "too few views": (VIEWS, tensors(lambda v: v["views"].pop())),
    "samples of another form": (
        VIEWS,
        tensors(lambda v: v["views"][0].update(samples=v["views"][0]["plane"][0])),
    ),
    "a plane of another form": (
        VIEWS,
        tensors(lambda v: v["views"][0].update(plane=v["views"][0]["plane"][0])),
    ),
    "no samples": (VIEWS, tensors(lambda v: v["views"][0].update(samples=None))),
    "numbers that are words": (VIEWS, tensors(lambda v: v["views"][0].update(modes="<script>"))),
    "a wrong config": (VIEWS, tensors(lambda v: v["views"][0]["config"].update(d_lr=99))),
    "no history": (STORIES, tensors(lambda v: v["stories"]["0"].update(history={}))),
    "a stride of nothing": (STORIES, tensors(lambda v: v["stories"]["0"]["history"].update(stride=0))),
    "a stride without end": (
        STORIES,
        tensors(lambda v: v["stories"]["0"]["history"].update(stride=2**70)),
    ),
    "rows that are not numbers": (
        STORIES,
        tensors(lambda v: v["stories"]["0"]["history"]["rows"].fill_(np.nan)),
    ),
    "a maze of references": (VIEWS, plain(lambda v: v["views"][0].update(device=maze()))),
    "a plane without storage": (
        "checkpoint.safetensors",
        plain(lambda v: v["trainer"].update(scores=[torch.ones(1).expand(10**9)] * 2)),
    ),
    "a step before the first": (VIEWS, tensors(lambda v: v["views"][0].update(step=-20))),
    "steps that go back": (VIEWS, tensors(lambda v: v["views"][0].update(step=99))),
    "a step beyond all": (VIEWS, tensors(lambda v: v["views"][3].update(step=10**30))),
    "a plane of no extent": (VIEWS, tensors(lambda v: v["views"][0].update(extent=0.0))),
    "an extent that is no number": (VIEWS, tensors(lambda v: v["views"][0].update(extent=float("nan")))),
    "another kind of samples": (VIEWS, tensors(lambda v: v["views"][0].update(kind="<b>"))),
    "samples that are no numbers": (
        VIEWS,
        tensors(lambda v: v["views"][0].update(samples=torch.ones(9, 2) > 0)),
    ),
    "a branch that ends before it starts": ("timeline.json", table(lambda t: t["branches"][0].__setitem__(2, 10**6))),
    "half a letter": ("timeline.json", table(lambda t: t["moments"][0].__setitem__(3, "\ud800"))),
    "a story too few": (STORIES, tensors(lambda v: v["stories"].popitem())),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_gets_a_sentence(packed: bytes, name: str) -> None:
    with pytest.raises(UserError) as caught:
        run_zip.unpack(changed(packed, *HOSTILE[name]))
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 160


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), noise=st.binary(min_size=1, max_size=40), cut=st.booleans())
def test_a_corrupt_zip_gets_a_sentence_or_comes_back(packed: bytes, at: float, noise: bytes, cut: bool) -> None:
    n = int(at * len(packed))
    content = packed[:n] if cut else packed[:n] + noise + packed[n + len(noise) :]
    sentence = "."
    try:
        moment, _timeline = run_zip.unpack(content)
        Run.from_bytes("another-run-here", moment)
    except UserError as error:
        sentence = str(error)
    assert sentence.endswith(".")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", bytes(1000), b"PK\x05\x06" + bytes(18)])
def test_another_file_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(UserError, match="not a run"):
        run_zip.unpack(content)


def test_half_a_zip_gets_a_sentence(packed: bytes) -> None:
    with pytest.raises(UserError, match=r"not a run|damaged"):
        run_zip.unpack(packed[: len(packed) // 2])


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
        assert (fork.step, fork.origin, fork.status) == (kept.step, (public(A), kept.step), "paused")
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
    monkeypatch.setattr(run_slot, "SAVE_EVERY", 0.2)
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
        checkpoints = tmp_path / "first" / "runs" / f"{A}.safetensors"
        for _save in range(2):  # of each the past comes after the checkpoint
            saved = checkpoints.read_bytes()
            until(engine, A, lambda _v, saved=saved: checkpoints.read_bytes() != saved)
        temporary = shutil.ignore_patterns(".*")  # they come and go meanwhile
        shutil.copytree(tmp_path / "first", tmp_path / "killed", ignore=temporary)  # what a killed process leaves
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
    back.recall(run_zip.unpack_timeline(run_zip.pack_timeline(run.timeline)))
    assert [(b.parent, b.start) for b in back.timeline.branches] == [(None, 0), (0, 10)]
    assert back.timeline.branches[0].end == 40
    back.advance(10)
    back.remember("auto")
    assert [m.step for m in back.timeline.line()] == [0, 20]
    assert [m.branch for m in back.timeline.line()] == [0, 1]
    assert run_views.past(back, back.timeline.moments[-2].id).step == 40


def test_a_past_without_the_branch_of_the_run_leads_not_to_it() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    run.remember("auto")
    run.advance(10)
    run.remember("auto")
    past = run_zip.pack_timeline(run.timeline)
    run.reset()
    run.advance(20)
    back = Run.from_bytes(A, run.to_bytes())
    back.recall(run_zip.unpack_timeline(past))
    assert [(b.parent, b.start) for b in back.timeline.branches] == [(None, 0), (None, 20)]
    assert back.timeline.line() == []


def test_a_past_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    first = Engine(tmp_path).start()
    first.create(A, RING)
    first.send(A, Step())
    until(first, A, lambda v: v.step == 1)
    first.stop()
    (tmp_path / "runs" / f"{A}.past" / "moments.json").write_bytes(b"hello")
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
    moment, past = run_zip.unpack(run_zip.pack(run))
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

    moment, past = run_zip.unpack(changed(packed, "moments/6.safetensors", tensors(change)))
    run = Run.from_bytes(B, moment)
    run.recall(past)
    before = run.to_bytes()
    for work in (lambda: run.rewind(6), lambda: run_state.fork(run, "a-fork-of-run-a-0", 6, {})):
        with pytest.raises(UserError):
            work()
    assert run.to_bytes() == before


def test_a_moment_that_shows_infinite_points_comes_back() -> None:
    run = Run(A, PRESETS["ring"].config.changed(**SMALL))
    moment = run.remember()
    assert moment is not None
    assert moment.view.scores is not None
    moment.view.scores[0] = np.inf  # weights may be finite and what they make not
    _moment, past = run_zip.unpack(run_zip.pack(run))
    assert past.moments[0].view.scores is not None
    assert np.isinf(past.moments[0].view.scores[0])
