"""Signals: they change nothing, and say what a training step does."""

from __future__ import annotations

import math

import pytest
import torch

from playground.engine.run import Run
from playground.presets import PRESETS
from playground.signals import look


def _run(preset: str, steps: int = 30, **changes: object) -> Run:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(steps)
    run.read()
    return run


@pytest.mark.parametrize("preset", ["ring", "digits", "blow-up", "hopping-cured"])
def test_a_look_changes_nothing_and_repeats(preset: str) -> None:
    run = _run(preset)
    before = run.to_bytes()
    first, twin = look(run.trainer)
    second, _twin = look(run.trainer, twin)
    assert first == second or str(first) == str(second)  # NaN is not equal to itself
    assert run.to_bytes() == before


def test_the_twin_makes_the_run_s_own_next_steps() -> None:
    run = _run("digits")
    before = [p.detach().clone() for p in run.trainer.G.parameters()]
    signals, twin = look(run.trainer)
    run.advance(1)
    norm = torch.stack([p.grad.norm() for p in run.trainer.G.parameters()]).norm()  # type: ignore[union-attr]
    assert signals.g_gradient == pytest.approx(float(norm), rel=1e-6)
    change = [p.detach() - b for p, b in zip(run.trainer.G.parameters(), before, strict=True)]
    ratio = torch.stack([c.norm() for c in change]).norm() / torch.stack([b.norm() for b in before]).norm()
    assert signals.g_update == pytest.approx(float(ratio), rel=1e-4)
    run.advance(1)
    for mine, its in zip(run.trainer.G.state_dict().values(), twin.G.state_dict().values(), strict=True):
        assert torch.equal(mine, its)


def test_layers_are_those_of_both_networks_and_their_norms_add_up() -> None:
    signals, _twin = look(_run("ring").trainer)
    names = [name for name, _norm in signals.layers]
    assert names == ["G 1", "G 2", "G 3", "G 4", "D 1", "D 2", "D 3", "D 4"]
    for net, whole in (("G", signals.g_gradient), ("D", signals.d_gradient)):
        parts = [norm for name, norm in signals.layers if name.startswith(net)]
        assert math.sqrt(sum(norm**2 for norm in parts)) == pytest.approx(whole, rel=1e-5)


def test_what_a_run_lacks_is_no_number() -> None:
    early, _twin = look(_run("vanishing", 5).trainer)
    assert math.isnan(early.g_gradient)  # D has its head start
    assert math.isnan(early.clipped)
    assert math.isnan(early.held_out_gap)
    critic, _twin = look(_run("blow-up", 5).trainer)
    assert math.isnan(critic.certainty)
    assert critic.clipped >= 0


def test_saturated_minimax_shows_a_certain_d_and_a_gradient_near_zero() -> None:
    signals, _twin = look(_run("vanishing", 620).trainer)
    assert signals.auc > 0.99
    assert signals.certainty < 0.01
    assert signals.g_gradient < 0.01


def test_held_out_samples_that_d_has_never_seen_widen_the_gap() -> None:
    run = _run("digits-unlabelled", 20)
    signals, _twin = look(run.trainer, held_out=run.trainer.normalise(run.trainer.x[:64]))
    assert abs(signals.held_out_gap) < 1
    far, _twin = look(run.trainer, held_out=torch.full((64, *run.samples.shape), -1.0))
    assert far.held_out_gap != signals.held_out_gap
