"""A stack: runs of the same structure make the same bits stepped as one as each alone."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.training import checkpoint
from playground.training import stack as stacking
from playground.training.games.gan import GAN
from playground.training.stack import Stack, exact, structure

RING = PRESETS["ring"].config.changed(device="cpu")
DIGITS = {"dataset": "digits", "g_norm": "batch", "conditional": True, "g_width": 32, "d_width": 32}
KINDS: list[dict[str, Any]] = [
    {},
    {"r1": 0.0},
    {"r2": 0.1, "label_smoothing": 0.1, "penalty_every": 4},
    {"objective": "lsgan", "d_activation": "leaky-relu", "g_activation": "tanh"},
    DIGITS,
    {"g_norm": "batch", "r2": 0.1},
    {"objective": "rpgan", "d_steps": 2, "g_steps": 2, "z_distribution": "uniform"},
]
OWN: list[dict[str, Any]] = [
    {"d_lr": 5e-3, "beta1": 0.5},
    {"g_lr": 1e-4, "ema_half_life": 20.0},
    {"g_optimiser": "rmsprop", "beta2": 0.9},
    {"d_optimiser": "adamw", "weight_decay": 0.1},
    {"g_optimiser": "sgd"},
]


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def gans(config: RunConfig, n: int) -> list[GAN]:
    """Trainers of a structure, each with knobs of its own."""
    return [GAN(config.changed(seed=seed, **OWN[seed % len(OWN)]), load(config.dataset)) for seed in range(n)]


def state(trainer: GAN) -> bytes:
    """All that the next step depends on, to the bit."""
    rows = trainer.statistics.drain()[0]
    return checkpoint.to_bytes({"trainer": trainer.state(), "rows": rows})


def same(some: Sequence[GAN], others: Sequence[GAN]) -> bool:
    return all(state(one) == state(other) for one, other in zip(some, others, strict=True))


def skip_unless_exact(trainers: Sequence[GAN]) -> None:
    if not exact(trainers):
        pytest.skip("on this machine stacked products round in another way: nothing is stacked")


@pytest.mark.parametrize("knobs", KINDS, ids=str)
def test_runs_that_join_and_leave_make_the_bits_that_they_make_alone(knobs: dict[str, Any]) -> None:
    config = RING.changed(**knobs)
    alone, lanes = gans(config, 5), gans(config, 5)
    skip_unless_exact(lanes)
    rounds = [(0, 1, 2), (0, 1, 2, 3, 4), (1, 4), (3, 0, 2), (0, 1, 2, 3, 4)]
    for n, members in enumerate(rounds):
        assert len({structure(lanes[i]) for i in members}) == 1
        stack = Stack([lanes[i] for i in members])
        for _ in range(8):  # twice as often as any penalty here is due
            stack.step()
            for i in members:
                alone[i].step()
        stack.hand_out()
        assert same(alone, lanes), "while they are stacked"
        stack.unstack()
        for i in set(range(5)) - set(members):
            for _ in range(4):  # once
                lanes[i].step()
                alone[i].step()
        changes = {"d_lr": 1e-3 * (n + 1), "r1": 2 * config.r1}
        for one in (alone[n], lanes[n]):
            one.tune(one.config.changed(**changes))
        assert same(alone, lanes)
    assert max(one.step_count for one in alone) > 30


def test_it_would_be_noticed_if_a_head_rounded_in_another_way() -> None:
    """The reason for a layer of its own: products with one column are another kernel."""
    alone, lanes = gans(RING, 4), gans(RING, 4)
    skip_unless_exact(lanes)
    x, w = torch.randn(4, 256, 64), torch.randn(4, 1, 64)
    if all(torch.equal(torch.baddbmm(torch.zeros(4, 1, 1), x, w.mT)[i], x[i] @ w[i].t()) for i in range(4)):
        pytest.skip("on this machine they are the same kernel")
    stack = Stack(lanes)
    stack.D.head.forward = super(stacking._Head, stack.D.head).forward  # type: ignore[method-assign, arg-type]
    for _ in range(5):
        stack.step()
        for one in alone:
            one.step()
    assert not same(alone, lanes)


def test_what_does_not_make_the_same_bits_is_not_stacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacking, "_tried", {})
    monkeypatch.setattr(stacking, "same_weights", lambda one, other: False)
    assert not exact(gans(RING, 2))


@pytest.mark.parametrize(
    "knobs",
    [{"batch_size": 64}, {"objective": "lsgan"}, {"g_width": 32}, {"d_steps": 2}, {"r1": 0.0}, {"penalty_every": 2}],
    ids=str,
)
def test_another_structure_is_another_stack(knobs: dict[str, Any]) -> None:
    usual, other = (structure(GAN(RING.changed(**k), load("ring"))) for k in ({}, knobs))
    assert usual is not None
    assert other is not None
    assert usual != other


@pytest.mark.parametrize(
    "knobs",
    [{"batch_size": 100}, {"noise": 0.1}, {"g_norm": "group"}, {"d_norm": "spectral"}, {"lr_decay": 9}, {"pack": 2},
     {"grad_clip": 1.0}, {"dropout": 0.1}, {"gp": 1.0}, {"d_head_start": 9}, {"minibatch_std": True}, {"d_steps": 0},
     {"d_norm": "batch", "r1": 0.0},
     {"g_width": 256, "d_width": 256}, DIGITS | {"conditioning": "acgan"}, {"dataset": "digits", "network": "dcgan"}],
    ids=str,
)  # fmt: skip
def test_what_was_not_tried_trains_alone(knobs: dict[str, Any]) -> None:
    config = RING.changed(**knobs)
    assert structure(GAN(config, load(config.dataset))) is None


def test_a_penalty_that_is_due_now_and_then_is_due_at_once_in_a_stack() -> None:
    one, other = gans(RING.changed(penalty_every=4), 2)
    assert structure(one) == structure(other)
    other.step()
    assert structure(one) != structure(other)
    for _ in range(3):
        other.step()
    assert structure(one) == structure(other)
