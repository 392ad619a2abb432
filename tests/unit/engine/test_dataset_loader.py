"""Reading beside the training: progress, waiting runs, cancelling, trying again, cards."""

from __future__ import annotations

import dataclasses
import gzip
import os
import re
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground import data
from playground.config.presets import PRESETS
from playground.data import DATASETS, Choice, own
from playground.engine import dataset_loader as desk_module
from playground.engine import mailbox, run_pool
from playground.engine.dataset_loader import DatasetLoader, DatasetRef
from playground.engine.engine import Engine
from playground.engine.messages import Card, Pause, Play, SetKnobs
from playground.utils.errors import UserError
from tests.unit.engine.test_engine import A, B, ready, until

RING = PRESETS["ring"].config.model_dump()
MOONS = {**RING, "dataset": "moons"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path).start()
    yield made
    made.stop()


class Slow:
    """Two moons that are read in 100 parts; `go` lets them be read to the end, `reads` counts."""

    def __init__(self) -> None:
        self.go, self.reads, self.ended = threading.Event(), 0, 0

    def read(self, source: str, progress: Callable[[int, int], None]) -> Any:
        self.reads += 1
        try:
            progress(40, 100)
            while not self.go.wait(0.01):
                progress(40, 100)
            return self.moons.read(source, progress)
        finally:
            self.ended += 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    slow.moons = DATASETS["moons"]  # type: ignore[attr-defined]
    monkeypatch.setitem(DATASETS, "moons", dataclasses.replace(DATASETS["moons"], read=slow.read))
    data._read.clear()
    yield slow
    slow.go.set()


def settled(ask: Callable[[], Card], seconds: float = 20) -> Card:
    """The first card that is not about work under way."""
    end = time.monotonic() + seconds
    while (card := ask()).status == "working" and time.monotonic() < end:
        time.sleep(0.02)
    return card


# Runs that wait


def test_a_run_waits_for_its_data_and_another_goes_on(engine: Engine, slow: Slow) -> None:
    engine.create(A, RING)
    engine.send(A, Play())
    engine.create(B, MOONS)
    view = until(engine, B, lambda v: "40 %" in v.waiting)
    assert view.status == "loading"
    assert "Two moons" in view.waiting
    step = until(engine, A, lambda v: v.step > 0).step
    until(engine, A, lambda v: v.step > step + 100)
    slow.go.set()
    view = until(engine, B, ready)
    assert (view.status, view.waiting, view.config["dataset"]) == ("paused", "", "moons")


def test_what_is_asked_meanwhile_happens_afterwards_in_its_order(engine: Engine, slow: Slow) -> None:
    engine.create(A, RING)
    until(engine, A, ready)
    engine.send(A, SetKnobs({"dataset": "moons"}))
    engine.send(A, Play())
    view = until(engine, A, lambda v: bool(v.waiting))
    assert (view.config["dataset"], view.status, view.generation) == ("ring", "paused", 0)
    samples = engine.sample(A, np.zeros((3, 2), np.float32))  # the old run still answers
    assert samples.shape == (3, 2)
    slow.go.set()
    view = until(engine, A, lambda v: v.step > 0)
    assert (view.config["dataset"], view.status, view.generation) == ("moons", "playing", 1)


@pytest.mark.parametrize("first", ["ring", "moons"])
def test_a_run_waits_for_its_second_dataset_too(engine: Engine, slow: Slow, first: str) -> None:
    """And another goes on meanwhile; nobody waits where both are the same."""
    engine.create(A, RING)
    engine.send(A, Play())
    until(engine, A, lambda v: v.step > 0)
    clouds = {"game": "cycle", "task": "between", "network": "mlp", "dataset": first, "batch_size": 8}
    engine.create(B, {**RING, **clouds, "partner": "moons" if first == "ring" else "same"})
    view = until(engine, B, lambda v: "40 %" in v.waiting)
    assert "Two moons" in view.waiting
    step = engine.view(A).step  # type: ignore[union-attr]
    until(engine, A, lambda v: v.step > step + 50)
    slow.go.set()
    engine.send(B, Play())
    view = until(engine, B, lambda v: v.step > 0)
    assert (view.waiting, view.config["game"], slow.reads) == ("", "cycle", 1)


def test_several_sets_are_waited_for_together(slow: Slow) -> None:
    loader, came = DatasetLoader(), threading.Event()
    wanted = [DatasetRef("moons"), DatasetRef("ring"), DatasetRef("moons")]
    assert not loader.ready("a-run", wanted, came.set)
    assert loader.progress(wanted)
    end = time.monotonic() + 20
    while data.at_hand("ring") is None and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.1)
    assert not came.is_set(), "one of them is still missing"
    slow.go.set()
    assert came.wait(20)
    assert loader.ready("a-run", wanted, came.set)
    assert loader.progress(wanted) == ""
    loader.close()


def test_two_runs_that_want_the_same_data_read_it_once(engine: Engine, slow: Slow) -> None:
    engine.create(A, MOONS)
    engine.create(B, MOONS)
    until(engine, A, lambda v: bool(v.waiting))
    until(engine, B, lambda v: bool(v.waiting))
    slow.go.set()
    until(engine, A, ready)
    until(engine, B, ready)
    assert slow.reads == 1


def test_the_engine_stops_while_something_is_read(tmp_path: Path, slow: Slow) -> None:
    engine = Engine(tmp_path).start()
    engine.create(A, MOONS)
    until(engine, A, lambda v: bool(v.waiting))
    engine.stop()
    end = time.monotonic() + 5
    while not slow.ended and time.monotonic() < end:
        time.sleep(0.02)
    assert slow.ended == 1, "the reading was given up"


def test_a_page_that_cancels_does_not_end_the_waiting_of_a_run(engine: Engine, slow: Slow) -> None:
    engine.create(A, MOONS)
    until(engine, A, lambda v: bool(v.waiting))
    assert engine.card(A, "moons", "").status == "working"
    engine.cancel(A, "moons", "")
    assert engine.card(A, "moons", "").sentence == "Cancelled."
    slow.go.set()
    assert until(engine, A, ready).config["dataset"] == "moons"


def test_a_run_is_paused_at_once_while_its_new_data_is_read(engine: Engine, slow: Slow) -> None:
    engine.create(A, RING)
    engine.send(A, Play())
    until(engine, A, lambda v: v.step > 20)
    engine.send(A, SetKnobs({"dataset": "moons"}))
    engine.send(A, Pause())
    view = until(engine, A, lambda v: v.status == "paused")
    assert view.config["dataset"] == "ring"
    step = view.step
    time.sleep(0.3)
    assert engine.view(A).step == step  # type: ignore[union-attr]
    slow.go.set()
    assert until(engine, A, lambda v: v.config["dataset"] == "moons").status == "paused"


def test_a_second_answer_of_the_loader_does_no_harm(engine: Engine, slow: Slow) -> None:
    engine.create(A, MOONS)
    until(engine, A, lambda v: bool(v.waiting))
    slow.go.set()
    until(engine, A, ready)
    engine._mailbox.put(A, mailbox.Go())
    engine.send(A, Play())
    assert until(engine, A, lambda v: v.step > 0).status == "playing"


def test_servers_that_do_not_answer_keep_nobody_from_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(desk_module, "download", lambda key, progress: go.wait(20))
    desk = DatasetLoader()
    for key in desk_module.CLASSICS:
        assert desk.card("me", DatasetRef(key), fetch=True).status == "working"
    data._read.clear()
    assert settled(lambda: desk.card("me", DatasetRef("digits")), 10).status == "ready"
    for key in desk_module.CLASSICS:
        desk.cancel("me", DatasetRef(key))
        assert desk.card("me", DatasetRef(key)).sentence == "Cancelled."
    go.set()


# Cards


def test_the_card_of_a_set_and_of_a_part_of_it() -> None:
    desk, wanted = DatasetLoader(), DatasetRef("digits")
    card = settled(lambda: desk.card("me", wanted))
    assert (card.status, card.n, card.shape) == ("ready", 1797, (1, 8, 8))
    assert (card.low, card.high) == (0, 255)
    assert card.names == tuple("0123456789")
    assert sum(card.counts) == 1797
    assert card.sheet is not None
    assert card.sheet.shape == (100, 8, 8, 1)
    part = desk.card("me", wanted, Choice("3,8", 100, "8x5"))
    assert part.names == ("3", "8")
    assert part.counts[0] + part.counts[1] // 5 == 100
    points = settled(lambda: desk.card("me", DatasetRef("spirals")))
    assert points.sheet is not None
    assert points.sheet.shape == (600, 2)
    assert np.abs(points.sheet).max() <= points.extent


def test_a_part_that_is_not_there_is_a_sentence() -> None:
    desk = DatasetLoader()
    settled(lambda: desk.card("me", DatasetRef("digits")))
    card = desk.card("me", DatasetRef("digits"), Choice(classes="77"))
    assert card.status == "failed"
    assert "classes go from 0 to 9" in card.sentence
    assert desk.card("me", DatasetRef("no-such-set")).sentence == "There is no dataset named “no-such-set”."


def test_progress_is_seen_and_only_the_last_who_waits_cancels(slow: Slow) -> None:
    desk, wanted = DatasetLoader(), DatasetRef("moons")
    desk.card("me", wanted)
    desk.card("you", wanted)
    end = time.monotonic() + 5
    while (card := desk.card("me", wanted)).total != 100 and time.monotonic() < end:
        time.sleep(0.01)
    assert (card.status, card.done, card.total, card.bytes) == ("working", 40, 100, False)
    desk.cancel("me", wanted)
    time.sleep(0.2)
    assert desk.card("me", wanted).sentence == "Cancelled."
    assert desk.card("you", wanted).status == "working"
    assert slow.ended == 0
    desk.cancel("you", wanted)
    end = time.monotonic() + 5
    while not slow.ended and time.monotonic() < end:
        time.sleep(0.01)
    assert slow.ended == 1
    card = desk.card("me", wanted)  # at once, and it stays so
    assert (card.status, card.sentence) == ("failed", "Cancelled.")
    assert slow.reads == 1
    slow.go.set()
    assert settled(lambda: desk.card("me", wanted, fetch=True)).status == "ready"


def test_what_failed_is_tried_again_when_its_files_change(tmp_path: Path) -> None:
    desk, wanted = DatasetLoader(), DatasetRef("idx", str(tmp_path))
    assert settled(lambda: desk.card("me", wanted)).sentence.startswith(f"{tmp_path} holds no IDX images")
    images = np.arange(5 * 64, dtype=np.uint8).reshape(5, 8, 8)
    file = gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", *images.shape) + images.tobytes())
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(file)
    card = settled(lambda: desk.card("me", wanted))
    assert (card.status, card.n, card.names, card.counts) == ("ready", 5, (), ())


def test_a_classic_is_missing_then_downloaded_then_there(monkeypatch: pytest.MonkeyPatch) -> None:
    there, go = threading.Event(), threading.Event()

    def read(source: str, progress: Callable[[int, int], None]) -> Any:
        if not there.is_set():
            raise UserError("MNIST is not on this machine yet.")
        return DATASETS["digits"].read("", progress)

    def download(key: str, progress: Callable[[int, int], None]) -> None:
        progress(3_000_000, 10_000_000)
        assert go.wait(10)
        there.set()

    monkeypatch.setitem(DATASETS, "mnist", dataclasses.replace(DATASETS["mnist"], read=read))
    monkeypatch.setattr(desk_module, "download", download)
    monkeypatch.setattr(desk_module, "present", lambda key: there.is_set())
    desk, wanted = DatasetLoader(), DatasetRef("mnist")
    card = settled(lambda: desk.card("me", wanted))
    assert (card.status, card.sentence) == ("missing", "MNIST is not on this machine yet.")
    desk.card("me", wanted, fetch=True)
    end = time.monotonic() + 5
    while (card := desk.card("me", wanted)).done == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert (card.status, card.done, card.total, card.bytes) == ("working", 3_000_000, 10_000_000, True)
    assert card.sentence == "Downloading MNIST …"
    go.set()
    assert settled(lambda: desk.card("me", wanted)).n == 1797


def test_an_unexpected_error_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(source: str, progress: Callable[[int, int], None]) -> Any:
        raise MemoryError

    monkeypatch.setitem(DATASETS, "line", dataclasses.replace(DATASETS["line"], read=read))
    data._read.clear()
    desk = DatasetLoader()
    card = settled(lambda: desk.card("me", DatasetRef("line")))
    assert card.status == "failed"
    words = r"This data cannot be read \(MemoryError\). The server's log has it as [0-9a-f]{6}."
    assert re.fullmatch(words, card.sentence)


def test_the_sets_that_were_used_last_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    data._read.clear()
    monkeypatch.setattr(data, "KEEP", 2)
    for key in ("digits", "ring", "digits", "moons"):
        data.load(key)
    assert [data.at_hand(key) is not None for key in ("digits", "ring", "moons")] == [True, False, True]
    monkeypatch.setattr(data, "KEEP_BYTES", 1)
    data.load("line")
    assert list(data._read) == [("line", "", ())]  # one stays, whatever its size


# Sets of one's own


def test_a_watched_run_keeps_its_set_and_others_are_forgotten(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(run_pool, "SWEEP_EVERY", 0.1)
    points = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    used, unused = own.add("used", points, None, (), ""), own.add("unused", points, None, (), "")
    engine.create(A, {**RING, "dataset": "own-points", "own": used})
    until(engine, A, ready)
    past = time.time() - own.LEASE - 10
    for key in (used, unused):
        os.utime(own.folder(saved=False) / f"{key}.npz", (past, past))
    end = time.monotonic() + 5
    while own.place(unused) and time.monotonic() < end:
        time.sleep(0.05)
    assert own.place(unused) is None
    assert own.place(used) is not None
