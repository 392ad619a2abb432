"""Runs of several visitors in one engine are stepped as one where that changes no bit of any."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine import scheduler as scheduling
from playground.engine.engine import Engine
from playground.engine.messages import Pause, Play, SetKnobs
from playground.engine.run import Run
from playground.engine.run_slot import RunSlot
from playground.engine.stacks import Stacks
from playground.training import checkpoint
from playground.training.games.gan import GAN
from playground.training.stack import LEAST, MOST, Stack, exact

RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32)
IDS = [f"run-of-visitor-{n:04}" for n in range(6)]


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def state(run: Run) -> bytes:
    run.read()
    return checkpoint.to_bytes({"trainer": run.trainer.state(), "history": run.history.count})


def skip_unless_exact(n: int) -> None:
    if not exact(cast(list[GAN], [Run(f"{IDS[0]}-{i}", RING.changed(seed=i)).trainer for i in range(n)])):
        pytest.skip("on this machine stacked products round in another way: nothing is stacked")


def after(steps: int) -> Callable[[], bool]:
    """What ends a training after so many steps."""
    left = iter([False] * steps)
    return lambda: next(left, True)


def slot(run: Run) -> RunSlot:
    return RunSlot(run.config.model_dump(), run=run)


def test_runs_join_leave_and_change_knobs_and_each_is_to_the_bit_what_it_is_alone() -> None:
    for n in range(LEAST, 7):
        skip_unless_exact(n)
    runs, alone = ([Run(name, RING.changed(seed=n)) for n, name in enumerate(IDS)] for _ in range(2))
    for run in (*runs, *alone):
        run.play()
    stacks, rng, together = Stacks(), random.Random(0), 0
    for _ in range(25):
        playing = [n for n in range(6) if rng.random() < 0.85]
        for group in stacks.together([slot(runs[n]) for n in playing]):
            members, steps = [one.run for one in group if one.run is not None], rng.randint(1, 20)
            if stacks.train(members, 60.0, after(steps)):
                together += steps
            else:
                assert len(members) < LEAST
                for run in members:
                    run.advance(steps)
            for run in members:
                alone[IDS.index(run.id)].advance(steps)
        n = rng.randrange(6)
        values = rng.choice([{"d_lr": 1e-3}, {"g_lr": 5e-3}, {"r1": 0.3}, {"batch_size": 64}, {"beta1": 0.5}, {}])
        stacks.separate(runs[n])
        for run in (runs[n], alone[n]):
            run.set_knobs(values)
        assert [state(run) for run in runs] == [state(run) for run in alone]
    assert together > 100
    assert min(run.step for run in runs) > 100


def test_groups_are_of_one_structure_and_not_too_large() -> None:
    config = RING.changed(g_width=4, d_width=4, g_depth=1, d_depth=1)
    alike = [slot(Run(f"{IDS[0]}-{n}", config.changed(seed=n))) for n in range(MOST + 1)]
    wide, images = (slot(Run(IDS[i], c)) for i, c in enumerate((RING, PRESETS["digits"].config)))
    groups = Stacks().together([wide, *alike, images, slot(Run(IDS[2], RING.changed(seed=5)))])
    assert [len(group) for group in groups] == [2, MOST, 1, 1]


def test_a_run_that_breaks_goes_back_and_the_others_go_on() -> None:
    skip_unless_exact(4)
    runs, alone = ([Run(name, RING.changed(seed=n)) for n, name in enumerate(IDS[:4])] for _ in range(2))
    for run in runs:
        run.play()
    with torch.no_grad():
        runs[1].trainer.parameters["G"][0][0, 0] = float("nan")
    assert Stacks().train(runs, 60.0, after(30))
    assert [run.status for run in runs] == ["playing", "paused", "playing", "playing"]
    assert "infinite or undefined" in runs[1].notice
    assert runs[1].step == 0
    for n in (0, 2, 3):
        alone[n].advance(30)
        assert state(runs[n]) == state(alone[n])


def engine_with(tmp_path: Path, n: int) -> tuple[Engine, list[Run]]:
    """An engine whose worker is not started: the test takes its turns."""
    engine = Engine(tmp_path)
    for seed, name in enumerate(IDS[:n]):
        engine.create(name, RING.changed(seed=seed).model_dump())
    slots = [cast(Any, engine._scheduler.slots[name]) for name in IDS[:n]]
    while any(slot.run is None for slot in slots):
        engine._scheduler.turn()
    return engine, [slot.run for slot in slots]


def test_the_engine_steps_them_as_one_through_all_that_visitors_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_exact(5)
    skip_unless_exact(4)
    monkeypatch.setattr(scheduling.turns, "SLICE", 0.01)
    stacked: list[int] = []
    original = Stack.step
    monkeypatch.setattr(Stack, "step", lambda stack: (stacked.append(len(stack.lanes)), original(stack))[1])
    engine, runs = engine_with(tmp_path, 5)
    changed: dict[str, int] = {}

    def train(steps: int) -> None:
        goal = max(run.step for run in runs) + steps
        while max(run.step for run in runs) < goal:
            engine._scheduler.turn()

    for run in runs:
        engine.send(run.id, Play())
    train(40)
    for run, values in ((runs[0], {"d_lr": 5e-4}), (runs[2], {"g_lr": 1e-2})):
        engine.send(run.id, SetKnobs(values))
        train(40)
        [event] = [event for event in run.events if event.kind == "knob"]
        changed[run.id] = event.step
    engine.send(runs[1].id, Pause())
    train(40)
    assert runs[1].status == "paused"
    engine.send(runs[1].id, Play())
    train(80)
    assert {4, 5} <= set(stacked)
    for seed, run in enumerate(runs):
        alone = Run(run.id, RING.changed(seed=seed))
        if run.id in changed:
            alone.advance(changed[run.id])
            alone.set_knobs({0: {"d_lr": 5e-4}, 2: {"g_lr": 1e-2}}[seed])
        alone.advance(run.step - alone.step)
        assert state(alone) == state(run)
    assert min(run.step for run in runs) > 100


def test_an_error_in_a_step_pauses_them_and_nothing_is_stacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_exact(4)
    engine, runs = engine_with(tmp_path, 4)

    def fail(_stack: Stack) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Stack, "step", fail)
    for run in runs:
        engine.send(run.id, Play())
    engine._scheduler.turn()
    assert [run.status for run in runs] == ["paused"] * 4
    assert all("RuntimeError" in run.notice for run in runs)
    for run in runs:
        engine.send(run.id, Play())
    engine._scheduler.turn()
    assert min(run.step for run in runs) > 0
