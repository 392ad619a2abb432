"""Signals: they change nothing, and say what a training step does."""

from __future__ import annotations

import math

import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.training.probe import probe


def _run(preset: str, steps: int = 30, **changes: object) -> Run:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(steps)
    run.read()
    return run


@pytest.mark.parametrize("preset", ["ring", "digits", "blow-up", "hopping-cured"])
def test_a_look_changes_nothing_and_repeats(preset: str) -> None:
    run = _run(preset)
    before = run.to_bytes()
    first, shadow = probe(run.trainer)
    second, _shadow = probe(run.trainer, shadow)
    assert first == second or str(first) == str(second)  # NaN is not equal to itself
    assert run.to_bytes() == before


def test_the_twin_makes_the_run_s_own_next_steps() -> None:
    run = _run("digits")
    before = [p.detach().clone() for p in run.trainer.G.parameters()]
    signals, shadow = probe(run.trainer)
    run.advance(1)
    norm = torch.stack([p.grad.norm() for p in run.trainer.G.parameters()]).norm()  # type: ignore[union-attr]
    assert signals.g_gradient == pytest.approx(float(norm), rel=1e-6)
    change = [p.detach() - b for p, b in zip(run.trainer.G.parameters(), before, strict=True)]
    ratio = torch.stack([c.norm() for c in change]).norm() / torch.stack([b.norm() for b in before]).norm()
    assert signals.g_update == pytest.approx(float(ratio), rel=1e-4)
    run.advance(1)
    for mine, its in zip(run.trainer.G.state_dict().values(), shadow.G.state_dict().values(), strict=True):
        assert torch.equal(mine, its)


def test_layers_are_those_of_both_networks_and_their_norms_add_up() -> None:
    signals, _shadow = probe(_run("ring").trainer)
    names = [name for name, _norm in signals.layers]
    assert names == ["G 1", "G 2", "G 3", "G 4", "D 1", "D 2", "D 3", "D 4"]
    for net, whole in (("G", signals.g_gradient), ("D", signals.d_gradient)):
        parts = [norm for name, norm in signals.layers if name.startswith(net)]
        assert math.sqrt(sum(norm**2 for norm in parts)) == pytest.approx(whole, rel=1e-5)


def test_what_a_run_lacks_is_no_number() -> None:
    early, _shadow = probe(_run("vanishing", 5).trainer)
    assert math.isnan(early.g_gradient)  # D has its head start
    assert math.isnan(early.clipped)
    assert math.isnan(early.held_out_gap)
    critic, _shadow = probe(_run("blow-up", 5).trainer)
    assert math.isnan(critic.certainty)
    assert critic.clipped >= 0


def test_saturated_minimax_shows_a_certain_d_and_a_gradient_near_zero() -> None:
    signals, _shadow = probe(_run("vanishing", 620).trainer)
    assert signals.auc > 0.99
    assert signals.certainty < 0.01
    assert signals.g_gradient < 0.01


def test_held_out_samples_that_d_has_never_seen_widen_the_gap() -> None:
    run = _run("digits-unlabelled", 20)
    signals, _shadow = probe(run.trainer, held_out=run.trainer.normalise(run.trainer.x[:64]))
    assert abs(signals.held_out_gap) < 1
    far, _shadow = probe(run.trainer, held_out=torch.full((64, *run.samples.shape), -1.0))
    assert far.held_out_gap != signals.held_out_gap


def test_turns_are_cosines_of_the_gradients_of_two_steps_in_a_row() -> None:
    """Of G, of D, and of both as one vector in which each network has length 1."""
    run = _run("ring")
    signals, _shadow = probe(run.trainer)
    steps: list[list[torch.Tensor]] = []
    for _ in range(2):
        run.advance(1)
        nets = (run.trainer.G, run.trainer.D)
        flat = [torch.cat([p.grad.flatten() for p in net.parameters()]) for net in nets]  # type: ignore[union-attr]
        steps.append([g / g.norm() for g in flat])
    (g, d), (next_g, next_d) = steps
    assert signals.g_turn == pytest.approx(float(g @ next_g), abs=1e-5)
    assert signals.d_turn == pytest.approx(float(d @ next_d), abs=1e-5)
    both = torch.cat([g, d]) @ torch.cat([next_g, next_d]) / 2  # each vector has the length sqrt(2)
    assert signals.game_turn == pytest.approx(float(both), abs=1e-5)
    assert abs(signals.g_turn - signals.d_turn) > 1e-3


def test_the_gap_is_by_the_way_to_samples_of_g_itself() -> None:
    """(E D(train) - E D(held out)) / (E D(train) - E D(G)), by a run that makes the next step itself."""
    run = _run("ring", 60, ema_half_life=50.0)
    held_out = run.trainer.x[1000:1064] + 0.2
    signals, _shadow = probe(run.trainer, held_out=held_out)
    run.advance(1)
    t = run.trainer
    fake, train = t.G(t.fixed_z[:64], None), t.x[torch.linspace(0, len(t.x) - 1, 64).long()]
    seen, unseen, made = (float(t.D(x, None).detach().mean()) for x in (train, held_out, fake))
    assert signals.held_out_gap == pytest.approx((seen - unseen) / (seen - made), rel=1e-3)


def test_the_slopes_are_those_of_d_at_samples_of_g_itself_and_at_real_ones() -> None:
    run = _run("ring", 60, ema_half_life=50.0)
    signals, _shadow = probe(run.trainer)
    run.advance(1)
    t = run.trainer
    real = t.x[torch.linspace(0, len(t.x) - 1, 64).long()]
    for x, found in ((t.G(t.fixed_z[:64], None), signals.fake_slope), (real, signals.real_slope)):
        x = x.detach().requires_grad_()
        [slope] = torch.autograd.grad(t.D(x, None).sum(), x)
        assert found == pytest.approx(float(slope.norm(dim=1).mean()), rel=1e-4)


def test_equal_scores_tell_nothing_apart() -> None:
    trainer = _run("ring", 5, d_steps=0).trainer
    with torch.no_grad():
        for p in trainer.D.parameters():
            p.zero_()
    signals, _shadow = probe(trainer)
    assert signals.auc == 0.5
