"""The rules of the trainer, each of which breaks if somebody forgets it."""

import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from playground.config import RunConfig
from playground.data import Samples, load
from playground.errors import UserError
from playground.objectives import OBJECTIVES
from playground.presets import PRESETS
from playground.statistics import EVERY, NAMES
from playground.trainer import Trainer

DIGITS = PRESETS["digits"].config
RING = PRESETS["ring"].config
DCGAN = DIGITS.changed(network="dcgan", g_width=8, d_width=8)


def make(config: RunConfig) -> Trainer:
    return Trainer(config, load(config.dataset))


def parameters(net: torch.nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in net.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


class Transfers(TorchDispatchMode):
    """Counts what makes the host wait for the device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func.name() in ("aten::_local_scalar_dense", "aten::nonzero", "aten::equal"):
            self.found.append(func.name())
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("config", [RING, DCGAN.changed(dropout=0.2, r2=0.1)], ids=["ring", "dcgan"])
def test_a_step_reads_nothing_from_the_device(config: RunConfig, objective: str) -> None:
    trainer = make(config.changed(objective=objective))
    trainer.step()  # the optimisers create their state in the first step
    with Transfers() as transfers:
        trainer.step()
    assert transfers.found == []
    with Transfers() as transfers:  # the check itself can fail
        trainer.G.body[0].weight.sum().item()
    assert transfers.found


@pytest.mark.parametrize("config", [RING, DIGITS.changed(dropout=0.3, objective="wgan-gp")], ids=["ring", "digits"])
def test_the_same_seed_gives_the_same_run_and_the_global_generator_is_left_alone(config: RunConfig) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    a, b = make(config), make(config)
    for _ in range(5):
        a.step()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    for _ in range(5):
        b.step()
    assert same(parameters(a.G), parameters(b.G))
    assert same(parameters(a.D), parameters(b.D))
    other = make(config.changed(seed=1))
    assert not same(parameters(make(config).G), parameters(other.G))
    assert not torch.equal(a.fixed_z, other.fixed_z)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", ["mlp", "dcgan"])
def test_d_learns_to_tell_separable_data_apart(objective: str, network: str) -> None:
    x = torch.zeros(64, 1, 8, 8, dtype=torch.uint8)
    config = DIGITS.changed(
        objective=objective, network=network, conditional=False, g_steps=0, d_width=16, g_width=16, g_lr=0.0, r1=0.0
    )
    trainer = Trainer(config, Samples(x))
    for _ in range(40):
        trainer.step()
    d, f = trainer.scores
    assert d.mean() > f.mean() + 0.5, "D must score real samples higher"


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("config", [RING, DIGITS, DCGAN], ids=["ring", "digits", "dcgan"])
@pytest.mark.parametrize("penalty", [{"r1": 0.0, "r2": 0.0}, {"r1": 0.1, "r2": 0.1}], ids=["none", "r1+r2"])
def test_every_objective_moves_both_networks(objective: str, config: RunConfig, penalty: dict[str, float]) -> None:
    trainer = make(config.changed(objective=objective, penalty_every=1, **penalty))
    G, D = parameters(trainer.G), parameters(trainer.D)
    for _ in range(EVERY):
        trainer.step()
    assert not same(G, parameters(trainer.G))
    assert not same(D, parameters(trainer.D))
    rows, finite = trainer.statistics.drain()
    assert finite
    assert rows.shape == (1, len(NAMES))
    if penalty["r1"] or objective == "wgan-gp":
        assert rows[0, NAMES.index("penalty")] > 0


def test_updates_of_one_network_leave_the_other_alone() -> None:
    for knobs, frozen in (({"d_steps": 0}, "D"), ({"g_steps": 0}, "G")):
        trainer = make(RING.changed(**knobs))
        before = parameters(getattr(trainer, frozen))
        for _ in range(3):
            trainer.step()
        assert same(before, parameters(getattr(trainer, frozen)))
        assert all(p.grad is None for p in getattr(trainer, frozen).parameters())
        assert trainer.statistics.drain()[1]


def test_both_frozen_is_a_step_that_changes_nothing() -> None:
    trainer = make(RING.changed(d_steps=0, g_steps=0))
    before = parameters(trainer.G) + parameters(trainer.D)
    trainer.step()
    assert same(before, parameters(trainer.G) + parameters(trainer.D))


def test_one_pass_and_two_passes_of_d_are_the_same_update() -> None:
    a, b = make(DCGAN.changed(r2=0.1, penalty_every=1)), make(DCGAN.changed(r2=0.1, penalty_every=1))
    assert a._two_passes
    b._two_passes = False
    a.step()
    b.step()
    for x, y in zip(parameters(a.D), parameters(b.D), strict=True):
        torch.testing.assert_close(x, y, atol=1e-5, rtol=1e-3)


def test_a_live_knob_keeps_the_weights_and_acts_on_the_next_step() -> None:
    trainer = make(RING)
    for _ in range(3):
        trainer.step()
    before = parameters(trainer.G) + parameters(trainer.D)
    trainer.tune(RING.changed(g_lr=0.0, d_lr=0.0))
    assert same(before, parameters(trainer.G) + parameters(trainer.D))
    trainer.step()
    assert same(before, parameters(trainer.G) + parameters(trainer.D))
    trainer.tune(RING.changed(g_lr=1e-3, d_lr=0.0, batch_size=32, beta1=0.5))
    trainer.step()
    assert trainer.scores[0].shape == (32,)
    assert not same(before[: len(parameters(trainer.G))], parameters(trainer.G))


def test_another_objective_restarts_only_ds_optimiser() -> None:
    trainer = make(RING)
    trainer.step()
    trainer.tune(RING.changed(objective="lsgan"))
    assert not trainer._opt_d.state
    assert trainer._opt_g.state


def test_lazy_penalty_has_the_gain_of_what_it_leaves_out() -> None:
    every, lazy = make(RING.changed(d_lr=0.0, g_lr=0.0)), make(RING.changed(d_lr=0.0, g_lr=0.0, penalty_every=5))
    for trainer in (every, lazy):
        for _ in range(100):
            trainer.step()
    column = NAMES.index("penalty")
    full, sparse = (float(t.statistics.drain()[0][:, column].mean()) for t in (every, lazy))
    assert sparse == pytest.approx(full, rel=0.2)


def test_the_average_follows_the_weights_and_batch_norm() -> None:
    off = make(DIGITS.changed(ema_half_life=0.0))
    for _ in range(3):
        off.step()
    assert same(parameters(off.G), parameters(off.G_ema))
    assert torch.equal(off.G.body[1].running_mean, off.G_ema.body[1].running_mean)

    on = make(DIGITS.changed(ema_half_life=50.0))
    for _ in range(600):
        on.step()
    before, raw = parameters(on.G_ema)[0], None
    on.step()
    raw = parameters(on.G)[0]
    expected = before + (1 - 0.5 ** (1 / 50)) * (raw - before)
    torch.testing.assert_close(parameters(on.G_ema)[0], expected)


def test_the_range_of_g_is_the_range_of_the_data() -> None:
    trainer = make(DIGITS)
    real = trainer.normalise(trainer.x)
    assert real.min() == -1
    assert real.max() == 1
    fake = trainer.sample(trainer.fixed_z, trainer.fixed_y)
    assert fake.min() >= -1
    assert fake.max() <= 1


def test_a_device_that_is_not_there_is_said() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(UserError, match="cuda"):
        make(RING.changed(device="cuda"))


def test_labels_are_needed_for_a_conditional_run() -> None:
    config = PRESETS["mlp-28"].config.changed(conditional=True)
    with pytest.raises(UserError, match="labels"):
        Trainer(config, Samples(torch.zeros(8, 1, 28, 28, dtype=torch.uint8)))


def test_dropout_switches_units_off_at_its_rate() -> None:
    trainer = make(RING.changed(dropout=0.4))
    layer = trainer._dropouts[0]
    out = layer(torch.ones(100, 1000))
    assert (out == 0).float().mean() == pytest.approx(0.4, abs=0.02)
    assert out.mean() == pytest.approx(1.0, abs=0.02)
    trainer.D.eval()
    assert torch.equal(layer(out), out)


def test_d_at_chance_has_the_equilibrium_losses() -> None:
    trainer = make(RING)
    for p in trainer.D.parameters():
        torch.nn.init.zeros_(p)
    trainer.tune(RING.changed(d_lr=0.0, g_lr=0.0))
    for _ in range(EVERY):
        trainer.step()
    row = trainer.statistics.drain()[0][0]
    assert row[0] == pytest.approx(2 * math.log(2))
    assert row[1] == pytest.approx(math.log(2))
