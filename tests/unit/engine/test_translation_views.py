"""What a View says of a translation: real points of B, the square that shows them, and the inputs of a moment."""

from __future__ import annotations

import numpy as np
import pytest

from playground.config.run_config import RunConfig
from playground.engine.run import Run
from playground.engine.run_views import past
from playground.engine.snapshot import snapshot
from playground.training.games.paired import PLANES, Paired


def run_of(**knobs: object) -> Run:
    config, findings = RunConfig.read({"dataset": "moons", "batch_size": 16, **knobs})
    assert not findings
    return Run("run", config)


def test_real_points_are_those_of_b_and_the_square_shows_both() -> None:
    view = snapshot(run_of(game="cycle", task="between", partner="ring"), 1, "ema")
    assert view.real is not None
    radius = np.hypot(*view.real.T)
    assert np.abs(radius - 1).max() < 0.3, "the ring's, not those of the moons"
    moons, ring = (snapshot(run_of(dataset=name), 1, "ema").extent for name in ("moons", "ring"))
    assert view.extent == max(moons, ring)


def test_turned_points_are_the_real_ones_of_a_pair() -> None:
    run = run_of(game="paired", task="turn", task_amount=1.0)
    view = snapshot(run, 1, "ema")
    assert view.real is not None
    assert view.translation is not None
    assert view.translation.truth is not None
    assert np.allclose(view.translation.truth, -view.translation.inputs, atol=1e-5)
    assert view.real.mean(0) == pytest.approx(view.translation.truth.mean(0), abs=0.15)


def test_d_of_pairs_has_a_plane_that_is_a_mean_over_inputs() -> None:
    run = run_of(game="paired", task="turn")
    trainer = run.trainer
    assert isinstance(trainer, Paired)
    x = trainer.fixed_z[:3] * 0.5
    by_hand = sum(trainer.logits(x, a.expand(3, -1), None) for a in trainer.fixed_z[:PLANES]) / PLANES
    assert np.allclose(trainer.plane(x).numpy(), by_hand.numpy(), atol=1e-5)


def test_a_moment_keeps_its_inputs_also_where_the_run_has_another_task_now() -> None:
    run = run_of(game="cycle", task="between", partner="ring")
    run.remember()
    moment = run.timeline.moments[-1].id
    now, then = snapshot(run, 1, "ema"), past(run, moment)
    assert now.translation is not None
    assert then.translation is not None
    assert np.array_equal(then.translation.inputs, now.translation.inputs)
    assert then.real is not None
    assert now.real is not None
    assert np.array_equal(then.real, now.real)
    run.set_knobs({"task": "turn"})
    assert run.config.task == "turn"
    kept = past(run, moment)
    assert kept.translation is not None
    assert np.array_equal(kept.translation.inputs, then.translation.inputs)
    assert kept.real is not None
    assert np.array_equal(kept.real, then.real), "B as it was"
