"""InfoGAN: codes in z, a head of D that reads them, a term in both losses; and nothing of it without codes."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.losses.regularizers import code_loss
from playground.training import checkpoint, replicas, stack
from playground.training.games.gan import GAN
from playground.training.latents import draw_z
from playground.training.recorder import Recorder
from playground.training.structure import networks
from playground.utils import priors
from playground.utils.errors import UserError
from playground.utils.priors import Codes
from playground.utils.random_streams import RandomStreams

RING = PRESETS["ring"].config.changed(info_categories=3, info_codes=2, z_dim=8, g_width=16, d_width=16, batch_size=32)
DIGITS = PRESETS["digits-unlabelled"].config.changed(
    info_categories=3, info_codes=1, z_dim=8, g_width=8, d_width=8, batch_size=12
)
KINDS = {
    "ring": RING,
    "digits": DIGITS,
    "two passes": DIGITS.changed(network="dcgan", minibatch_std=True),
    "classes": DIGITS.changed(conditional=True, conditioning="acgan"),
    "unrolled": RING.changed(unroll=2),
    "spectral": RING.changed(d_norm="spectral", r1=0.0),
}


def make(config: RunConfig) -> GAN:
    return GAN(config, load(config.dataset))


def weights(trainer: GAN) -> list[torch.Tensor]:
    return [value for net in trainer.modules().values() for value in net.state_dict().values()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# The latents


def test_both_ways_to_draw_z_begin_with_the_codes() -> None:
    n, codes = 6000, Codes(3, 2)
    drawn = draw_z(RING, n, RandomStreams(torch.Generator().manual_seed(0))).numpy()
    for z in (drawn, priors.sample("normal", n, 8, 0, codes)):
        assert z.shape == (n, 8)
        assert z.dtype == np.float32
        assert set(np.unique(z[:, :3])) == {0, 1}
        assert (z[:, :3].sum(1) == 1).all()
        np.testing.assert_allclose(z[:, :3].mean(0), 1 / 3, atol=0.03)
        assert np.abs(z[:, 3:5]).max() < 1
        np.testing.assert_allclose(z[:, 3:5].std(0), 3**-0.5, atol=0.02)
        np.testing.assert_allclose(z[:, 5:].std(0), 1, atol=0.05)
        assert abs(np.corrcoef(z.T) - np.eye(8))[2:, 3:].max() < 0.06


def test_truncation_leaves_the_codes_as_they_are() -> None:
    z = priors.sample("normal", 50, 8, 4, Codes(3, 2))
    for way, value in (("scale", 0.5), ("truncate", 1.0)):
        less = priors.truncated("normal", way, value, 50, 8, 4, Codes(3, 2))
        np.testing.assert_array_equal(less[:, :5], z[:, :5])
        assert np.abs(less[:, 5:]).mean() < np.abs(z[:, 5:]).mean()


def test_samples_on_show_have_the_categories_in_turn() -> None:
    trainer = make(RING)
    assert trainer.fixed_z[:7, :3].argmax(1).tolist() == [0, 1, 2, 0, 1, 2, 0]


# The term


def test_the_loss_is_the_one_worked_out_by_hand() -> None:
    guess = torch.tensor([[0.0, 0.0, 0.5, -1.0], [log(3), 0.0, 0.0, 1.0]])
    code = torch.tensor([[1.0, 0.0, -0.5, 0.0], [1.0, 0.0, 1.0, 1.0]])
    entropy = (log(2) - log(3 / 4)) / 2
    errors = ((1.0 + 1.0) / 2 + (1.0 + 0.0) / 2) / 2
    assert code_loss(guess, code, 2).item() == pytest.approx(entropy + errors)
    assert code_loss(guess[:, :2], code[:, :2], 2).item() == pytest.approx(entropy)
    assert code_loss(guess[:, 2:], code[:, 2:], 0).item() == pytest.approx(errors)


@pytest.mark.parametrize("name", KINDS)
def test_weights_of_q_learn_and_lambda_is_what_moves_them(name: str) -> None:
    moved = {}
    for weight in (0.0, 1.0):
        trainer = make(KINDS[name].changed(info_weight=weight))
        assert trainer.D.Q is not None
        before = trainer.D.Q.bias.detach().clone()
        trainer.step()
        moved[weight] = not torch.equal(before, trainer.D.Q.bias)
    assert moved == {0.0: False, 1.0: True}


@pytest.mark.parametrize("name", KINDS)
def test_the_gradient_reaches_g_and_leaves_d_alone_in_its_update(name: str) -> None:
    gradients = []
    for weight in (0.0, 1.0):
        trainer = make(KINDS[name].changed(info_weight=weight))
        *_, fake, y, code = trainer.update_d(keep_graph=True)
        D = [p.detach().clone() for p in trainer.D.parameters()]
        trainer.update_g(fake, y, code)
        assert same(D, list(trainer.D.parameters())) or name == "spectral"
        gradients.append([p.grad.clone() for p in trainer.G.parameters() if p.grad is not None])
    assert not same(*gradients)


def test_g_gets_the_gradient_of_the_term_of_its_own_batch() -> None:
    """That of a hand-written loss, with the codes that made the batch."""
    trainer = make(RING.changed(objective="non-saturating", info_weight=0.7))
    state = trainer.draws.generators[0].get_state()
    trainer.update_g()
    found = [p.grad.clone() for p in trainer.G.parameters() if p.grad is not None]
    other = make(RING)
    other.draws.generators[0].set_state(state)
    z = draw_z(RING, RING.batch_size, other.draws)
    phi = other.D.features(other.G(z))
    assert other.D.Q is not None
    read = other.D.Q(phi)
    term = -(read[:, :3].log_softmax(1) * z[:, :3]).sum(1).mean() + (read[:, 3:] - z[:, 3:5]).square().sum(1).mean() / 2
    loss = softplus(-other.D.head(phi)).mean() + 0.7 * term
    for mine, theirs in zip(found, torch.autograd.grad(loss, list(other.G.parameters())), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_real_samples_and_other_codes_do_not_enter() -> None:
    trainer = make(RING)
    real, fake = torch.randn(32, 2), torch.randn(32, 2)
    code = draw_z(RING, 32, RandomStreams(torch.Generator().manual_seed(0)))[:, :5]
    losses = [
        trainer.judge(x, fake.clone(), None, (), given)[2]
        for x, given in ((real.clone(), code), (2 * real, code), (real.clone(), code.roll(1, 0)))
    ]
    a, b, c = (float(loss.detach()) for loss in losses if loss is not None)
    assert a == pytest.approx(b)
    assert a != pytest.approx(c)


def test_clipping_leaves_q_its_weights() -> None:
    trainer = make(RING.changed(objective="wgan", clip=0.01, r1=0.0))
    trainer.step()
    assert trainer.D.Q is not None
    assert trainer.D.head.weight.abs().max() <= 0.01
    assert trainer.D.Q.weight.abs().max() > 0.01


def test_q_learns_to_read_the_codes() -> None:
    trainer = make(RING.changed(info_codes=1, g_width=32, d_width=32))
    for _ in range(300):
        trainer.step()
    z = trainer.fixed_z[:500]
    read = trainer.D.heads(trainer.sample(z, None)).codes
    assert read is not None
    assert (read[:, :3].argmax(1) == z[:, :3].argmax(1)).float().mean() > 0.9


# The run


@pytest.mark.parametrize("name", KINDS)
def test_a_run_goes_on_from_its_checkpoint_to_the_bit(name: str) -> None:
    one, other = make(KINDS[name]), make(KINDS[name])
    for _ in range(4):
        one.step()
    one.statistics.drain()
    other.load_state(checkpoint.from_bytes(checkpoint.to_bytes(one.state())))
    for _ in range(4):
        one.step()
        other.step()
    assert same(weights(one), weights(other))


def test_lanes_and_stacks_take_turns() -> None:
    ring = PRESETS["ring"].config
    assert replicas.stackable(ring)
    assert stack.structure(make(ring)) is not None
    for codes in ({"info_categories": 3}, {"info_codes": 1}):
        coded = ring.changed(z_dim=6, **codes)
        assert not replicas.stackable(coded)
        assert stack.structure(make(coded)) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"info_categories": 3, "z_dim": 3}, "G needs others"),
        ({"info_categories": 1, "z_dim": 8}, "says nothing"),
        ({"info_codes": 2, "z_dim": 8, "pack": 2}, "packing"),
        ({"info_codes": 2, "z_dim": 8, "game": "cycle", "network": "mlp", "task": "turn"}, "Q reads"),
    ],
)
def test_what_does_not_go_together_is_mended_and_said(changes: dict[str, Any], sentence: str) -> None:
    mended, said = RunConfig.read(changes)
    assert any(sentence in one for one in said)
    assert RunConfig(**mended.model_dump()) == mended
    with pytest.raises(UserError):
        RunConfig().changed(**changes)


def test_the_step_in_slow_motion_and_the_networks_show_q() -> None:
    trainer = make(RING)
    recorder = Recorder(trainer)
    with recorder.watching():
        trainer.step()
    shown = [phase for phase in recorder.phases if phase.key == "recover"]
    assert [phase.net for phase in shown] == ["D", "G"]
    for phase in shown:
        assert [tensor.shape for tensor in phase.tensors] == [(32, 5), (32, 5)]
        assert phase.numbers["weight"] == 1
        assert phase.numbers["loss"] > 0
    _G, D = networks(trainer)
    [layer] = [layer for layer in D.layers if layer.kind == "codes"]
    assert layer.outputs == (5,)


# Without codes


class Plain(GAN):
    """A step as the paper has it, for one pass of D with R1 and a projection: what a run without codes must make."""

    def play(self) -> tuple[torch.Tensor, ...]:
        c, n = self.config, self.config.batch_size
        x, y = self.batch(n)
        fake = self.nets["G"](self.draws.normal(n, c.z_dim), y)
        due = self.d_updates % c.penalty_every == 0
        both = torch.cat([x, fake.detach()]).requires_grad_(due)
        logits = self.nets["D"](both, None if y is None else torch.cat([y, y]))
        d, f = logits.chunk(2)
        loss, penalty = softplus(-d).mean() + softplus(f).mean(), torch.zeros(())
        if due:
            (slope,) = torch.autograd.grad(logits.sum(), both, create_graph=True)
            penalty = penalty + c.penalty_every * self.live.r1 * slope[:n].flatten(1).square().sum(1).mean() / 2
        self.update("D", loss + penalty)
        self.d_updates += 1
        f = self.nets["D"](fake, y)
        g_loss = softplus(-f).mean()
        self.update("G", g_loss)
        return loss.detach(), g_loss.detach(), d.detach().mean(), f.detach().mean(), penalty.detach()


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_a_run_without_codes_makes_the_steps_of_a_plain_gan_to_the_bit(preset: str) -> None:
    config = PRESETS[preset].config.changed(device="cpu")
    one, other = make(config), Plain(config, load(config.dataset))
    assert one.D.Q is None
    assert not any(name.startswith("Q") for name in one.D.state_dict())
    for _ in range(50):
        one.step()
        other.step()
    assert same(weights(one), weights(other))
    assert torch.equal(one.fixed_z, other.fixed_z)
