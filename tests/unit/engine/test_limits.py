"""What one run and all runs of an engine may take of the machine's memory."""

import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from playground import models
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.engine import limits, run_pool
from playground.engine.engine import Engine
from playground.engine.messages import Reset, SetKnobs
from playground.engine.run import Run
from playground.training import games
from playground.utils import shares
from playground.utils.errors import UserError

RING = PRESETS["ring"].config.changed(device="cpu")
A, B = ("run-" + letter * 16 for letter in "ab")


@pytest.mark.parametrize(
    "config",
    [
        RING,
        RING.changed(pack=2),
        PRESETS["digits"].config,
        PRESETS["digits"].config.changed(conditional=True, conditioning="concat"),
        PRESETS["digits"].config.changed(minibatch_std=True),
    ],
    ids=["points", "pack", "images", "labels", "minibatch std"],
)
def test_the_size_of_networks_is_that_of_those_which_are_built(config: RunConfig) -> None:
    config = config.changed(device="cpu")
    samples = load(config.dataset)
    size = models.size(config, samples.shape, samples.classes)
    trainer = games.start(config, samples)
    assert size.weights == sum(p.numel() for net in trainer.nets.values() for p in net.parameters())
    twice = models.size(config.changed(batch_size=2 * config.batch_size), samples.shape, samples.classes)
    assert twice.activations == pytest.approx(2 * size.activations, rel=0.01)
    assert twice.weights == size.weights


@pytest.mark.parametrize(
    ("text", "found"),
    [("800M", 800 * 2**20), ("16g", 16 * 2**30), ("2GB", 2 * 2**30), (" 3 GiB", 3 * 2**30), ("123456789", 123456789)],
)
def test_the_memory_of_all_runs_can_be_set(text: str, found: int) -> None:
    assert limits.memory({"PLAYGROUND_MEMORY": text}) == found
    assert limits.engine_memory({"PLAYGROUND_MEMORY": text, "PLAYGROUND_ENGINES": "4"}) == found // 4


@pytest.mark.parametrize("text", ["", "much", "-1G", "0", "1.5T"])
def test_otherwise_it_is_half_of_the_machine(text: str, caplog: pytest.LogCaptureFixture) -> None:
    shares.amount.cache_clear()
    for _ in range(3):
        assert limits.memory({"PLAYGROUND_MEMORY": text}) == limits.machine_memory() // 2
    assert len(caplog.records) == bool(text), "said once"


def test_every_preset_is_admitted_on_a_small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MEMORY", "2G")
    for preset in PRESETS.values():
        config = preset.config
        if config.dataset in ("idx", "mnist", "fashion", "cifar10", "folder", "own"):
            continue  # not on every machine
        try:
            samples = load(config.dataset, config.source, config.choice)
        except UserError:
            continue
        assert limits.admitted(config, samples).bytes < 2**30


def test_a_run_that_needs_too_much_says_what_to_do_and_goes_on_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(A, RING)
    monkeypatch.setattr(limits, "run_memory", lambda: run.size.bytes + 1)
    for values in ({"g_width": 512, "d_width": 512}, {"batch_size": 1024}):
        with pytest.raises(UserError, match="smaller batch"):
            run.set_knobs(values)
        assert run.config == RING
        run.advance(1)


def test_a_way_back_that_fails_leaves_the_size_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(A, RING)
    run.remember_in_time()
    run.advance(1)
    run.set_knobs({"g_width": 16, "d_width": 16})
    size = run.size

    def fail(*_arguments: Any) -> None:
        raise UserError("It cannot be made.")

    monkeypatch.setattr(games, "start", fail)
    with pytest.raises(UserError, match="cannot be made"):
        run.rewind(run.timeline.moments[0].id)
    assert run.size == size


def test_runs_that_nobody_watches_make_room_and_then_none_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least watched goes to disk; while all are watched, another one is refused and nothing is lost."""
    engine = Engine(tmp_path)
    engine.create(A, RING.model_dump())
    slot = cast(Any, engine._scheduler.slots[A])
    while slot.run is None:
        engine._scheduler.turn()
    monkeypatch.setenv("PLAYGROUND_MEMORY", str(slot.run.memory - 1))
    engine.create(B, RING.model_dump())
    other = engine._scheduler.slots[B]
    while not other.views:
        engine._scheduler.turn()
    assert "no memory left" in next(iter(other.views.values())).notice
    assert A in engine._scheduler.slots
    slot.last_seen = time.monotonic() - run_pool.EVICT_WATCHED - 1
    slot.run.remember("kept")
    engine._scheduler.pool._weighed = 0.0
    engine._scheduler.turn()
    assert A not in engine._scheduler.slots
    assert engine.exists(A)
    engine.send(B, SetKnobs({"seed": 5}))
    while other.run is None:
        engine._scheduler.turn()


def test_copies_take_memory_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path).start()
    try:
        engine.create(A, RING.model_dump())
        engine.race("race-of-this-test", [RING.changed(seed=seed).model_dump() for seed in (1, 2)])
        engine.sample(A, np.zeros((1, RING.z_dim), np.float32))
        engine.sample("race-of-this-test-2", np.zeros((1, RING.z_dim), np.float32))
        monkeypatch.setenv("PLAYGROUND_MEMORY", "1000")
        for run, new in ((A, B), ("race-of-this-test", "another-race-of-this")):
            with pytest.raises(UserError, match="no memory left"):
                engine.fork(run, None, {}, new)
            assert not engine.exists(new)
            assert engine.race_view(new) is None
    finally:
        engine.stop()


def test_a_run_that_ends_its_engine_is_not_tried_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice it is brought back; then it waits until somebody changes it."""

    class Ended(BaseException):
        pass

    def end(*_arguments: Any) -> None:
        raise Ended

    def bring() -> tuple[Engine, Any]:
        engine = Engine(tmp_path)
        engine.create(A, RING.model_dump())
        return engine, cast(Any, engine._scheduler.slots[A])

    with monkeypatch.context() as patch:
        patch.setattr("playground.engine.run.Run.__init__", end)
        for _ in range(2):
            engine, _slot = bring()
            with pytest.raises(Ended):
                engine._scheduler.turn()
            engine._storage.let_all_go()  # as the end of a process does
        engine, slot = bring()
        engine._scheduler.turn()
        assert "ended its engine" in next(iter(slot.views.values())).notice
    engine.send(A, Reset())
    while slot.run is None:
        engine._scheduler.turn()
    engine._storage.let_all_go()
    for _ in range(4):  # it is well again
        engine, slot = bring()
        while slot.run is None:
            engine._scheduler.turn()
        engine._storage.let_all_go()
