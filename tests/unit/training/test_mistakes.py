"""The mistakes of popular GAN code, each made impossible to make here unnoticed.

The numbers are those of our survey of public repositories. Most tests go through the trainer, with a D whose slope is
known. Not here, because there is nothing to get wrong:

17  there is no pulling-away term and no mutual-information penalty
24  there is no latent optimisation
29  there is no mixed precision
"""

import random
from math import log, prod

import numpy as np
import pytest
import torch
from torch import nn

from playground.config.presets import PRESETS
from playground.config.rules import PENALTIES
from playground.config.run_config import NORMS, RunConfig
from playground.data import DATASETS, Samples, load
from playground.data.modality import POINTS
from playground.losses.objectives import OBJECTIVES
from playground.models import NETWORKS, build
from playground.models.blocks import Discriminator
from playground.training.games.gan import GAN
from playground.utils.errors import UserError

GENERATING = [key for key, family in NETWORKS.items() if family.generator is not None]  # the others translate
RING = PRESETS["ring"].config.changed(r1=0.0)
DIGITS = PRESETS["digits"].config.changed(r1=0.0, g_width=8, d_width=8, penalty_every=1)
PLAIN = DIGITS.changed(conditional=False)
DCGAN = PLAIN.changed(network="dcgan", g_depth=1, d_depth=1)
ALL = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
BATCHES = [(2, 1), (64, 1), (8, 2), (24, 4)]  # samples, and how many D sees at once


def make(config: RunConfig) -> GAN:
    return GAN(config, load(config.dataset))


def linear_d(trainer: GAN, slope: float) -> torch.Tensor:
    """Put D(x) = <w, x>, ||w|| = slope, in the place of the trainer's D; gives w as (1, inputs)."""
    k = trainer.config.pack * prod(trainer.x.shape[1:])
    trainer.nets["D"] = Discriminator(nn.Sequential(nn.Flatten()), k)
    w = torch.randn(1, k, generator=torch.Generator().manual_seed(0))
    w *= slope / w.norm()
    with torch.no_grad():
        trainer.D.head.weight.copy_(w)
        trainer.D.head.bias.zero_()
    trainer.parameters["D"] = list(trainer.D.parameters())
    trainer.optimizers["D"] = trainer.new_optimizer("D")
    return w


def penalty(config: RunConfig, slope: float) -> float:
    """What the trainer adds to D's loss if D is linear."""
    trainer = make(config)
    linear_d(trainer, slope)
    return trainer.update_d(keep_graph=False)[1].item()


def constant_d(trainer: GAN, score: float) -> None:
    for p in trainer.D.parameters():
        nn.init.zeros_(p)
    nn.init.constant_(trainer.D.head.bias, score)


@pytest.mark.parametrize("knob", ["gp", "dragan"])
@pytest.mark.parametrize(("n", "pack"), BATCHES)
def test_01_the_norm_of_a_gradient_over_the_whole_batch(knob: str, n: int, pack: int) -> None:
    config = RING.changed(batch_size=n, pack=pack, **{knob: 10.0})
    assert penalty(config, 1.0) == pytest.approx(0, abs=1e-8)
    assert penalty(config, 3.0) == pytest.approx(10 * (3 - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("knob", ["gp", "dragan"])
@pytest.mark.parametrize(("n", "pack"), BATCHES)
def test_02_the_norm_of_a_gradient_over_the_channels_of_each_pixel(knob: str, n: int, pack: int) -> None:
    config = PLAIN.changed(batch_size=n, pack=pack, **{knob: 10.0})
    assert penalty(config, 1.0) == pytest.approx(0, abs=1e-8)
    assert penalty(config, 3.0) == pytest.approx(10 * (3 - 1) ** 2, rel=1e-5)


def test_03_one_interpolation_for_the_whole_batch() -> None:
    trainer = GAN(RING.changed(gp=1.0, batch_size=512), Samples(torch.ones(9, 2)))
    for p in trainer.G.parameters():
        nn.init.zeros_(p)
    seen: list[torch.Tensor] = []
    trainer.D.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    trainer.update_d(keep_graph=False)
    [eps] = seen  # real samples are 1, generated ones 0
    assert torch.equal(eps[:, 0], eps[:, 1])
    assert eps.std().item() == pytest.approx(12**-0.5, abs=0.02)


@ALL
@pytest.mark.parametrize("network", ["mlp", "dcgan"])
@pytest.mark.parametrize("penalties", [{}, {"gp": 0.1, "dragan": 0.1}], ids=["plain", "penalised"])
def test_04_a_d_that_does_not_learn_to_discriminate(objective, network, penalties) -> None:
    x = torch.zeros(64, 1, 8, 8, dtype=torch.uint8)
    config = PLAIN.changed(objective=objective.key, network=network, g_steps=0, d_width=16, g_width=16, **penalties)
    trainer = GAN(config, Samples(x))
    first, *_ = trainer.update_d(keep_graph=False)
    for _ in range(40):
        last, *_ = trainer.update_d(keep_graph=False)
    d, f = trainer.scores
    assert last < first
    assert d.mean() > f.mean() + 0.5


@ALL
def test_05_a_relativistic_g_that_does_not_look_at_real_samples(objective) -> None:
    gradients = []
    for scale in (1.0, -3.0):
        config = RING.changed(objective=objective.key, d_steps=0)
        trainer = GAN(config, Samples(scale * load("ring").x))
        trainer.step()
        gradients.append(trainer.G.body[0].weight.grad)
    assert torch.equal(*gradients) != objective.needs_real


@pytest.mark.parametrize("name", PENALTIES)
def test_06_batch_norm_in_a_d_with_a_gradient_penalty(name: str) -> None:
    with pytest.raises(UserError, match="Batch normalisation in D mixes the samples"):
        RING.changed(d_norm="batch", **{name: 0.1})
    RING.changed(d_norm="batch", **{name: 0.0})


@pytest.mark.parametrize("family", GENERATING)
def test_07_a_momentum_given_as_epsilon(family: str) -> None:
    for norm in NORMS if NETWORKS[family].norms else ():
        config = PLAIN.changed(network=family, g_norm=norm, d_norm=norm, d_depth=2)
        for net in build(config, (1, 16, 16), 0, torch.Generator()):
            layers = [m for m in net.modules() if hasattr(m, "eps")]
            assert bool(layers) == (norm not in ("none", "spectral"))
            assert {m.eps for m in layers} <= {1e-5}
            assert {m.momentum for m in layers if hasattr(m, "momentum")} <= {0.1}


def pull_on_g(key: str, score: float) -> float:
    """How G's loss changes with a generated sample at D(x) = x_0 = `score`, real ones being near 0."""
    trainer = make(RING.changed(objective=key))
    linear_d(trainer, 1.0)
    nn.init.zeros_(trainer.G.body[-1].weight)
    with torch.no_grad():
        trainer.D.head.weight.copy_(torch.tensor([[1.0, 0.0]]))
        trainer.G.body[-1].bias.copy_(torch.tensor([score, 0.0]))
    trainer.update_g(trainer.generate(trainer.config.batch_size, None), None)
    return float(trainer.G.body[-1].bias.grad[0])


@pytest.mark.parametrize("score", [-20.0, -40.0, -80.0])
@pytest.mark.parametrize("key", [key for key in OBJECTIVES if key not in ("minimax", "lsgan")])
def test_08_a_logarithm_of_a_sigmoid_that_has_no_gradient_where_g_needs_it(key: str, score: float) -> None:
    assert pull_on_g(key, score) == pytest.approx(-1, abs=1e-5)


def test_09_a_minimax_that_is_really_non_saturating() -> None:
    assert pull_on_g("minimax", -20.0) == pytest.approx(0, abs=1e-8)
    assert pull_on_g("non-saturating", -20.0) == pytest.approx(-1, abs=1e-6)
    assert pull_on_g("minimax", -2.0) == pytest.approx(-1 / (1 + np.exp(2)), rel=1e-5)


def test_10_a_softmax_before_the_cross_entropy() -> None:
    """D's classifier learns from real and from generated samples alike."""
    trainer = make(DIGITS.changed(conditioning="acgan", batch_size=4))
    nn.init.zeros_(trainer.D.classify.weight)
    with torch.no_grad():
        trainer.D.classify.bias.copy_(100 * (torch.arange(10) == 7))
    x = torch.zeros(4, 1, 8, 8)
    for label, expected in ((7, 0), (3, 100 + 100)):
        *_, loss, _ = trainer.judge(x, x, torch.full((4,), label))
        assert loss.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "knobs",
    [*({"objective": key} for key in OBJECTIVES), {"gp": 1.0, "dragan": 1.0, "r1": 1.0, "r2": 1.0}, {"unroll": 2}],
    ids=str,
)
def test_11_gradients_in_the_network_whose_turn_it_is_not(knobs) -> None:
    trainer = make(RING.changed(**knobs))
    _, _, fake, y, _ = trainer.update_d(keep_graph=True)
    assert all(p.grad is None for p in trainer.G.parameters())
    gradients = [p.grad.clone() for p in trainer.D.parameters()]
    trainer.update_g(fake, y)
    assert all(p.grad is not None for p in trainer.G.parameters())
    assert all(torch.equal(p.grad, g) for p, g in zip(trainer.D.parameters(), gradients, strict=True))


@pytest.mark.parametrize("norm", ["batch", "layer", "group", "spectral"])
def test_12_weights_clipped_before_the_update_or_in_norm_layers(norm: str) -> None:
    c = 0.001
    trainer = make(RING.changed(objective="wgan", clip=c, d_norm=norm, d_lr=0.01, d_width=8))
    trainer.step()
    layers = [m for m in trainer.D.modules() if hasattr(m, "eps")]
    scales = [p for m in layers for p in m.parameters()]
    weights = [p for p in trainer.D.parameters() if not any(p is q for q in scales)]
    assert max(p.abs().max().item() for p in weights) == pytest.approx(c)
    assert all(m.weight.min() > 0.9 for m in layers)
    assert bool(layers) == (norm != "spectral")


@ALL
def test_13_a_loss_that_depends_on_the_batch_size(objective) -> None:
    d, f = torch.tensor([[2.0, -1.0, 0.5], [0.3, -4.0, 1.5]], dtype=torch.float64)
    for loss in (objective.d_loss, objective.g_loss):
        once, twice = loss(d, f), loss(torch.cat([d, d]), torch.cat([f, f]))
        assert once.shape == ()
        assert twice.item() == pytest.approx(once.item(), abs=1e-12)


def test_14_least_squares_of_a_sigmoid() -> None:
    trainer = make(RING.changed(objective="lsgan"))
    constant_d(trainer, 3.0)
    loss, *_ = trainer.update_d(keep_graph=False)
    assert loss.item() == pytest.approx(((3 - 1) ** 2 + 3**2) / 2)
    assert trainer.scores[0].unique().item() == pytest.approx(3)


@pytest.mark.parametrize("knob", PENALTIES)
@pytest.mark.parametrize("config", [RING, DCGAN], ids=["ring", "dcgan"])
def test_15_the_norm_of_a_gradient_of_zero(config: RunConfig, knob: str) -> None:
    trainer = make(config.changed(**{knob: 10.0}))
    constant_d(trainer, 0.0)
    trainer.update_d(keep_graph=False)
    assert all(p.grad.isfinite().all() for p in trainer.D.parameters())
    assert trainer.finite()


@pytest.mark.parametrize("knob", ["r1", "r2"])
@pytest.mark.parametrize(("n", "pack"), BATCHES)
@pytest.mark.parametrize("config", [RING, PLAIN, DCGAN], ids=["ring", "digits", "two-passes"])
def test_16_a_factor_in_r1(config: RunConfig, n: int, pack: int, knob: str) -> None:
    config = config.changed(batch_size=n, pack=pack, **{knob: 0.6})
    assert penalty(config, 3.0) == pytest.approx(0.6 / 2 * 3**2, rel=1e-5)


@pytest.mark.parametrize("config", [RING, DIGITS, DCGAN], ids=["ring", "digits", "dcgan"])
def test_18_a_grid_that_is_drawn_in_training_mode(config: RunConfig) -> None:
    trainer = make(config.changed(g_norm="batch", d_norm="batch", dropout=0.5, conditioning="concat"))
    for _ in range(3):
        trainer.step()
    before = [{k: v.clone() for k, v in net.state_dict().items()} for net in (trainer.G, trainer.D, trainer.G_ema)]
    rng = trainer.draws.generators[0].get_state()
    for raw in (False, True):
        grid = trainer.sample(trainer.fixed_z, trainer.fixed_y, raw)
        assert torch.equal(grid, trainer.sample(trainer.fixed_z, trainer.fixed_y, raw))
        labels = None if trainer.fixed_y is None else trainer.fixed_y[:1]
        alone = trainer.sample(trainer.fixed_z[:1], labels, raw)
        torch.testing.assert_close(alone, grid[:1])  # whatever else is in the batch
    if trainer.modality is POINTS:
        assert torch.equal(trainer.plane(trainer.x[:9]), trainer.plane(trainer.x[:9]))
    assert torch.equal(trainer.draws.generators[0].get_state(), rng)
    for net, weights in zip((trainer.G, trainer.D, trainer.G_ema), before, strict=True):
        assert all(torch.equal(v, weights[k]) for k, v in net.state_dict().items())


@pytest.mark.parametrize("half_life", [0.0, 2.0])
def test_19_an_average_that_forgets_the_statistics_of_batch_norm(half_life: float) -> None:
    trainer = make(DIGITS.changed(g_norm="batch", ema_half_life=half_life))
    trainer.step_count = 1000  # the warm-up is over
    expected = {k: v.clone() for k, v in trainer.G_ema.state_dict().items() if v.is_floating_point()}
    assert any("running_mean" in name for name in expected)
    for _ in range(5):
        trainer.step()
        raw = trainer.G.state_dict()
        weight = 1 - 0.5 ** (1 / half_life) if half_life else 1.0
        expected = {k: v + weight * (raw[k] - v) for k, v in expected.items()}
    for name, value in expected.items():
        torch.testing.assert_close(trainer.G_ema.state_dict()[name], value)


@pytest.mark.parametrize("knobs", [{"d_norm": "batch"}, {"minibatch_std": True}], ids=str)
@pytest.mark.parametrize("config", [RING, DCGAN], ids=["ring", "dcgan"])
def test_20_real_and_generated_samples_in_one_batch_of_statistics(config: RunConfig, knobs) -> None:
    trainer = make(config.changed(d_depth=2, batch_size=16, **knobs))
    real, _ = trainer.batch(16)
    d, f, *_ = trainer.judge(real, torch.zeros_like(real) + 0.1, None)
    torch.testing.assert_close(d, trainer.D(real))
    torch.testing.assert_close(f, trainer.D(torch.zeros_like(real) + 0.1))


@ALL
def test_21_scores_that_are_low_on_real_samples(objective) -> None:
    d = torch.tensor([0.1, -0.2, 0.3], requires_grad=True)
    f = torch.tensor([0.2, 0.4, 0.1], requires_grad=True)
    d_real, d_fake = torch.autograd.grad(objective.d_loss(d, f), (d, f))
    (g_fake,) = torch.autograd.grad(objective.g_loss(d, f), f)
    assert (d_real < 0).all()
    assert (d_fake > 0).all()
    assert (g_fake < 0).all()


@ALL
def test_22_a_sigmoid_of_what_is_no_probability(objective) -> None:
    """Where 3 of 4 samples are real, the best score of a D whose sigmoid is a probability is log 3."""
    d, f = (torch.tensor([log(3)], dtype=torch.float64, requires_grad=True) for _ in range(2))
    by_d, by_f = torch.autograd.grad(objective.d_loss(d, f), (d, f))
    best = 0.75 * by_d + 0.25 * by_f
    assert (abs(best.item()) < 1e-12) == objective.probability


@ALL
def test_23_a_half_in_one_loss_only(objective) -> None:
    trainer = make(RING.changed(objective=objective.key, d_lr=0.0, g_lr=0.0))
    constant_d(trainer, 0.5 if objective.key == "lsgan" else 0.0)
    for _ in range(10):
        trainer.step()
    row = trainer.statistics.drain()[0][0]
    expected = objective.equilibrium or (0.0, 0.0)  # of a Wasserstein D that says 0
    assert row[:2].tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("knob", "factor"), [("r1", 0.7), ("r2", 0.7), ("gp", 0.7 * 2 * 2 / 3), ("dragan", 0.7 * 2 * 2 / 3)]
)
@pytest.mark.parametrize("config", [RING, PLAIN, DCGAN], ids=["ring", "digits", "two-passes"])
def test_25_a_penalty_without_a_gradient(config: RunConfig, knob: str, factor: float) -> None:
    """With ||w|| = 3: d/dw of 1/2 ||w||^2 is w, d/dw of (||w|| - 1)^2 is 2 (3 - 1) w / 3."""
    gradients = []
    for weight in (0.0, 0.7):
        trainer = make(config.changed(**{knob: weight}))
        w = linear_d(trainer, 3.0)
        trainer.update_d(keep_graph=False)
        gradients.append(trainer.D.head.weight.grad)
    torch.testing.assert_close(gradients[1] - gradients[0], factor * w, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("every", [1, 2, 8])
def test_26_a_lazy_penalty_without_the_gain_of_what_it_leaves_out(every: int) -> None:
    """It is part of an ordinary update, so that, unlike in an update of its own, no rate or beta has to change."""
    trainer = make(RING.changed(r1=0.1, r2=0.3, penalty_every=every, d_lr=0.0))
    linear_d(trainer, 2.0)
    values = [trainer.update_d(keep_graph=False)[1].item() for _ in range(2 * every)]
    full = (0.1 + 0.3) / 2 * 2**2
    assert values == pytest.approx([every * full, *[0.0] * (every - 1)] * 2)


def test_27_a_ring_that_ends_where_it_began() -> None:
    angles = [round(np.degrees(np.arctan2(y, x)) % 360) for x, y in DATASETS["ring"].centres]
    assert sorted(angles) == [0, 45, 90, 135, 180, 225, 270, 315]


@pytest.mark.parametrize("network", [key for key in GENERATING if NETWORKS[key].tanh])
def test_28_data_in_another_range_than_g(network: str) -> None:
    trainer = make(DIGITS.changed(network=network))
    real = trainer.batch(2000)[0]
    assert (real.min(), real.max()) == (-1, 1)
    with torch.no_grad():
        trainer.G.body[-1].bias.fill_(50.0)
    assert trainer.sample(trainer.fixed_z, trainer.fixed_y, raw=True).max() == 1
    with torch.no_grad():
        trainer.G.body[-1].bias.fill_(-50.0)
    assert trainer.sample(trainer.fixed_z, trainer.fixed_y, raw=True).min() == -1


@pytest.mark.parametrize(
    "config",
    [
        RING.changed(gp=1.0, noise=0.1, dropout=0.1, z_distribution="uniform"),
        PLAIN.changed(dragan=1.0, augment="color+translation+cutout", augment_p=0.5, dropout=0.3),
        DCGAN.changed(g_init="orthogonal", d_init="he", d_norm="spectral", unroll=1),
    ],
    ids=["ring", "digits", "dcgan"],
)
def test_30_random_numbers_of_somebody_else(config: RunConfig) -> None:
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
        runs.append(make(config))
        for _ in range(3):
            runs[-1].step()
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.random.get_state()[1].tolist() == before[1]
        assert random.getstate() == before[2]
    for net in ("G", "D"):
        a, b = (getattr(run, net).state_dict() for run in runs)
        assert all(torch.equal(v, b[k]) for k, v in a.items())
    other = make(config.changed(seed=1))
    assert not torch.equal(next(other.G.parameters()), next(make(config).G.parameters()))
    assert not torch.equal(other.fixed_z, runs[0].fixed_z)
