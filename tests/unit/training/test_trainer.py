"""The rules of the trainer, each of which breaks if somebody forgets it; test_mistakes.py has more of them."""

from dataclasses import replace
from itertools import combinations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.data import Samples, load
from playground.losses.objectives import OBJECTIVES
from playground.training.games.gan import GAN
from playground.training.statistics import COLUMNS, EVERY
from playground.utils.errors import UserError

DIGITS = PRESETS["digits"].config
RING = PRESETS["ring"].config
DCGAN = DIGITS.changed(network="dcgan", g_width=8, d_width=8)


def make(config: RunConfig) -> GAN:
    return GAN(config, load(config.dataset))


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


def reads(config: RunConfig) -> list[str]:
    trainer = make(config)
    trainer.step()  # the optimisers create their state in the first step
    with Transfers() as transfers:
        trainer.step()
    return transfers.found


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("config", [RING, DCGAN.changed(dropout=0.2, r2=0.1)], ids=["ring", "dcgan"])
def test_a_step_reads_nothing_from_the_device(config: RunConfig, objective: str) -> None:
    assert reads(config.changed(objective=objective)) == []


def test_reading_from_the_device_would_be_found() -> None:
    with Transfers() as transfers:
        make(RING).G.body[0].weight.sum().item()
    assert transfers.found


SMALL = DIGITS.changed(g_width=8, d_width=8, batch_size=12)
EVERY_KNOB = [
    SMALL.changed(d_optimiser="sgd", g_optimiser="sgd", beta1=0.9, d_lr=1e-3, g_lr=1e-3),
    SMALL.changed(d_optimiser="adamw", g_optimiser="adamw", weight_decay=0.1, beta2=0.9, r2=0.1, penalty_every=2),
    SMALL.changed(objective="wgan", r1=0.0, clip=0.1, d_steps=3, g_steps=2, grad_clip=0.5, lr_decay=4),
    SMALL.changed(gp=1.0, dragan=1.0, label_smoothing=0.1, dropout=0.1, noise=0.1, noise_steps=4, ema_half_life=9.0),
    SMALL.changed(conditional=False, augment="color+translation+cutout", augment_p=0.5, ada_target=0.6, pack=2),
    SMALL.changed(conditioning="concat", g_norm="spectral", d_norm="spectral", sn_gain=1.0, minibatch_std=True, r1=0.0),
    SMALL.changed(conditioning="acgan", d_head_start=1, unroll=2, g_activation="silu", d_activation="tanh"),
    SMALL.changed(g_init="orthogonal", d_init="he", g_depth=1, d_depth=1, z_distribution="uniform", z_dim=3),
    SMALL.changed(d_norm="batch", r1=0.0, unroll=1, objective="ragan"),
    RING.changed(network="mlp", g_width=8, d_width=8, unroll=2, d_optimiser="sgd"),
    DCGAN.changed(d_norm="spectral", conditional=False, pack=2, minibatch_std=True),
    SMALL.changed(classes="3,8", size=100, repeat="8x5"),
    SMALL.changed(info_categories=3, info_codes=2, info_weight=0.5, unroll=1, d_steps=2),
]


def test_the_list_has_every_knob() -> None:
    elsewhere = {"folder", "own", "seed", "device", "game"}
    elsewhere |= {"d_patches", "task", "partner", "partner_classes", "sample_pool"}  # see test_translation_runs.py
    elsewhere |= {knob.name for knob in KNOBS.values() if knob.group == "Translation"}
    assert set().union(*(c.differences(RunConfig()) for c in EVERY_KNOB)) == set(KNOBS) - elsewhere


@pytest.mark.parametrize("config", EVERY_KNOB, ids=lambda c: "+".join(sorted(c.differences(SMALL))))
def test_no_knob_reads_from_the_device(config: RunConfig) -> None:
    assert reads(config) == []


def test_rmsprop_reads_its_rate_on_a_cpu_only() -> None:
    """There it costs nothing; on a GPU PyTorch's own code leaves it on the device."""
    assert reads(SMALL.changed(d_optimiser="rmsprop", beta2=0.9)) == ["aten::_local_scalar_dense"]


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
    assert rows.shape == (1, len(COLUMNS))
    if penalty["r1"]:
        assert rows[0, COLUMNS.index("penalty")] > 0


def test_updates_of_one_network_leave_the_other_alone() -> None:
    for knobs, frozen in (({"d_steps": 0}, "D"), ({"g_steps": 0}, "G")):
        trainer = make(RING.changed(**knobs))
        before = parameters(getattr(trainer, frozen))
        for _ in range(3):
            trainer.step()
        assert same(before, parameters(getattr(trainer, frozen)))
        assert trainer.statistics.drain()[1]


@pytest.mark.parametrize("g_steps", [0, 1, 2])
@pytest.mark.parametrize(
    "knobs",
    [
        {"d_norm": "batch", "objective": "rpgan"},
        {"d_norm": "spectral", "objective": "rpgan"},
        {"d_norm": "spectral", "unroll": 1, "conditional": False, "augment": "none"},
        {"d_norm": "spectral", "augment": "cutout", "ada_target": 0.6, "noise": 0.1, "dropout": 0.2, "clip": 0.01},
    ],
    ids=["batch", "spectral", "unrolled", "adaptive"],
)
def test_a_frozen_d_stays_as_it_is(knobs: dict[str, object], g_steps: int) -> None:
    """All of it, with what normalisation remembers of batches."""
    config = DIGITS.changed(g_width=8, d_width=8, d_depth=2, batch_size=16, r1=0.0, **knobs)
    trainer = make(config.changed(d_steps=0, g_steps=g_steps))
    before = {name: value.clone() for name, value in trainer.D.state_dict().items()}
    assert any(name.endswith(("running_mean", ".u")) for name in before)
    for _ in range(2):
        trainer.step()
    now = trainer.D.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in before.items())
    assert trainer.statistics.drain()[1]


def test_both_frozen_is_a_step_that_changes_nothing() -> None:
    trainer = make(RING.changed(d_steps=0, g_steps=0))
    before = parameters(trainer.G) + parameters(trainer.D)
    trainer.step()
    assert same(before, parameters(trainer.G) + parameters(trainer.D))


def test_one_pass_and_two_passes_of_d_are_the_same_update() -> None:
    a, b = make(DCGAN.changed(r2=0.1, penalty_every=1)), make(DCGAN.changed(r2=0.1, penalty_every=1))
    assert a.two_passes
    b.two_passes = False
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
    assert not trainer.optimizers["D"].state
    assert trainer.optimizers["G"].state


def test_the_average_warms_up() -> None:
    trainer = make(RING.changed(ema_half_life=50.0))
    trainer.step_count = 10
    before = parameters(trainer.G_ema)
    trainer.step()  # the half-life is a tenth of the steps made: 1
    for ema, old, new in zip(trainer.G_ema.parameters(), before, trainer.G.parameters(), strict=True):
        torch.testing.assert_close(ema, (old + new) / 2)


def test_a_device_that_is_not_there_is_said() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(UserError, match="cuda"):
        make(RING.changed(device="cuda"))


def test_labels_are_needed_for_a_conditional_run() -> None:
    config = PRESETS["mlp-28"].config.changed(conditional=True)
    with pytest.raises(UserError, match="labels"):
        GAN(config, Samples(torch.zeros(8, 1, 28, 28, dtype=torch.uint8)))


def test_dropout_switches_units_off_at_its_rate() -> None:
    trainer = make(RING.changed(dropout=0.4))
    layer = trainer.dropouts[0]
    out = layer(torch.ones(100, 1000))
    assert (out == 0).float().mean() == pytest.approx(0.4, abs=0.02)
    assert out.mean() == pytest.approx(1.0, abs=0.02)
    trainer.D.eval()
    assert torch.equal(layer(out), out)


# Learning rates, noise, clipping, head start


@pytest.mark.parametrize(("step", "share"), [(0, 1.0), (9, 1.0), (10, 1.0), (15, 0.5), (18, 0.2), (20, 0.0), (25, 0.0)])
def test_learning_rates_are_constant_for_half_and_then_fall_evenly(step: int, share: float) -> None:
    trainer = make(RING.changed(lr_decay=20, d_lr=4e-3, g_lr=1e-3))
    trainer.step_count = step
    trainer.step()
    rates = [optimiser.param_groups[0]["lr"].item() for optimiser in (trainer.optimizers["D"], trainer.optimizers["G"])]
    assert rates == pytest.approx([4e-3 * share, 1e-3 * share])
    trainer.tune(trainer.config.changed(lr_decay=0))
    assert trainer.optimizers["D"].param_groups[0]["lr"].item() == pytest.approx(4e-3)


def test_a_rate_that_has_ended_changes_nothing() -> None:
    trainer = make(RING.changed(lr_decay=3))
    for _ in range(3):
        trainer.step()
    before = parameters(trainer.G) + parameters(trainer.D)
    trainer.step()
    assert same(before, parameters(trainer.G) + parameters(trainer.D))


@pytest.mark.parametrize(("step", "sigma"), [(0, 2.0), (5, 1.0), (10, 0.0), (12, 0.0)])
def test_noise_falls_to_zero(step: int, sigma: float) -> None:
    trainer = make(RING.changed(noise=2.0, noise_steps=10))
    trainer.step_count = step
    trainer.step()
    change = trainer.preprocess(torch.zeros(5000, 2), "generated")
    assert change.std().item() == pytest.approx(sigma, rel=0.03)
    assert change.mean().item() == pytest.approx(0, abs=0.1)


def test_noise_is_added_to_real_and_generated_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make(RING.changed(noise=5.0, d_steps=2))
    stds = []
    judge = trainer.D.heads

    def note(x: torch.Tensor, y: torch.Tensor | None = None):  # type: ignore[no-untyped-def]
        stds.extend(half.std().item() for half in (x.chunk(2) if len(x) == 2 * RING.batch_size else (x,)))
        return judge(x, y)

    monkeypatch.setattr(trainer.D, "heads", note)
    trainer.step()
    assert stds == pytest.approx([5.0] * 5, rel=0.15)  # twice real and generated, then generated


@pytest.mark.parametrize("limit", [1e-3, 1e-6])
def test_gradients_of_both_networks_are_clipped(limit: float) -> None:
    trainer = make(RING.changed(grad_clip=limit))
    trainer.step()
    for net in (trainer.D, trainer.G):
        norm = torch.cat([p.grad.flatten() for p in net.parameters()]).norm()
        assert norm.item() == pytest.approx(limit, rel=1e-2)


def test_d_has_a_head_start() -> None:
    trainer = make(RING.changed(d_head_start=3, ema_half_life=0.0))
    G = parameters(trainer.G)
    for _ in range(3):
        D = parameters(trainer.D)
        trainer.step()
        assert same(G, parameters(trainer.G))
        assert not same(D, parameters(trainer.D))
    trainer.step()
    assert not same(G, parameters(trainer.G))
    for _ in range(EVERY - 4):
        trainer.step()
    rows, finite = trainer.statistics.drain()
    assert finite
    assert len(rows) == 1


def test_packed_d_judges_fewer_and_the_plane_is_still_one_score_a_point() -> None:
    trainer = make(RING.changed(pack=4))
    trainer.step()
    assert [len(scores) for scores in trainer.scores] == [RING.batch_size // 4] * 2
    assert trainer.D.features[0].in_features == 8
    points = torch.randn(10, 2)
    before = trainer.draws.generators[0].get_state()
    assert trainer.plane(points).shape == (10,)
    assert torch.equal(trainer.plane(points), trainer.plane(points))
    assert torch.equal(trainer.draws.generators[0].get_state(), before)


def test_label_smoothing_lowers_the_target_of_real_samples() -> None:
    """By s E d, whose derivative by the last layer is s times the features of real samples."""
    gradients = []
    for s in (0.0, 0.4):
        trainer = GAN(RING.changed(label_smoothing=s, r1=0.0, d_lr=0.0), Samples(torch.ones(9, 2)))
        trainer.update_d(False)
        gradients.append(trainer.D.head.weight.grad)
    torch.testing.assert_close(gradients[1] - gradients[0], 0.4 * trainer.D.features(torch.ones(1, 2)))


@pytest.mark.parametrize(
    "config", [DIGITS, RING.changed(d_norm="spectral", dropout=0.3), RING.changed(minibatch_std=True, pack=2)]
)
def test_a_frozen_twin_looks_the_same_and_stays(config: RunConfig) -> None:
    trainer = make(config)
    for _step in range(3):
        trainer.step()
    z = torch.randn(16, config.z_dim)
    y = torch.arange(16) % trainer.classes if trainer.classes else None
    x = trainer.normalise(trainer.x[:16])

    def seen(some: GAN) -> list[torch.Tensor]:
        return [some.sample(z, y), some.sample(z, y, raw=True), some.logits(x, y), some.input_gradient(x, y)]

    then, shadow = seen(trainer), trainer.frozen()
    assert same(seen(shadow), then)
    for _step in range(3):
        trainer.step()
    assert not any(torch.equal(a, b) for a, b in zip(seen(trainer), then, strict=True))
    assert same(seen(shadow), then)
    assert shadow.step_count == 3


def test_unrolled_g_learns_through_what_the_later_d_says_of_real_samples() -> None:
    """The later D depends on G, so its score of a real sample has a gradient by G's weights (Metz et al., 2017)."""
    gradients = {}
    for unroll in (0, 1):
        trainer = make(RING.changed(objective="rpgan", unroll=unroll))
        trainer.objective = replace(trainer.objective, g_loss=lambda d, f: d.mean(-1) + 0 * f.mean(-1))
        trainer.step()
        gradients[unroll] = torch.cat([p.grad.flatten() for p in trainer.G.parameters()])
    assert float(gradients[0].norm()) == 0
    assert float(gradients[1].norm()) > 0


def test_adaptive_augmentation_follows_the_scores_of_real_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    monkeypatch.setattr("playground.training.games.gan.adapt_", lambda p, d, target, images: seen.append(d.clone()))
    trainer = make(DIGITS.changed(augment="color", ada_target=0.6))
    trainer.step()
    [given] = seen
    real, generated = trainer.scores
    assert torch.equal(given, real)
    assert not torch.equal(given, generated)


def test_every_update_of_g_asks_for_classes_of_its_own() -> None:
    trainer, asked = make(DIGITS.changed(g_steps=3)), []
    trainer.G.register_forward_hook(lambda G, given, out: asked.append(given[1].clone()))
    trainer.step()
    assert len(asked) == 3
    assert not any(torch.equal(a, b) for a, b in combinations(asked, 2))
