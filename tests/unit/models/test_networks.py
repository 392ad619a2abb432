"""Every family on every shape, spectral normalisation, and where initialisation gets its numbers from."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from playground.config.presets import PRESETS
from playground.config.run_config import ACTIVATIONS, CONDITIONINGS, INITS, NORMS, RunConfig
from playground.data import load
from playground.losses.regularizers import pack
from playground.models import NETWORKS, build, residual
from playground.models.blocks import (
    ONE_HOT_GAIN,
    Dropout,
    MinibatchStd,
    SpectralNorm,
    Spread,
    Zeroed,
    activation,
    initialise,
    minibatch_std,
    normalise_spectrally,
    spectral_norms,
    std_among,
)
from playground.models.dcgan import stages
from playground.training.games.gan import GAN
from playground.utils.errors import UserError

GENERATING = [key for key, family in NETWORKS.items() if family.generator is not None]  # the others translate

CLASSES = 4
CONVOLUTIONS = [key for key in GENERATING if NETWORKS[key].modalities]
BATCH_NORMS = nn.BatchNorm1d | nn.BatchNorm2d
MATRICES = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def config(family, shape, **knobs):
    dataset = "ring" if len(shape) == 1 else "digits"
    small = {"z_dim": 5, "g_width": 8, "d_width": 8, "r1": 0.0}
    return RunConfig(**{"network": family, "dataset": dataset, **small, **knobs})


def smallest(family):
    """A shape that the family can make."""
    return (1, 28, 28) if family == "resnet" else (1, 8, 8)


def norms(family):
    return [name for name in NORMS if NETWORKS[family].norms or name in ("none", "spectral")]


def check_shapes(c, shape):
    G, D = build(c, shape, CLASSES, rng())
    n = 2 * c.pack
    z = torch.randn(n, c.z_dim, generator=rng(1))
    y = torch.arange(n) % CLASSES if c.conditional else None
    x = G(z, y)
    assert x.shape == (n, *shape)
    logits, guess, _codes = D.heads(pack(x, c.pack), y)
    assert logits.shape == (2,)
    assert D(pack(x, c.pack), y).shape == (2,)
    loss = logits.sum()
    if c.conditional and c.conditioning == "acgan":
        assert guess.shape == (n, CLASSES)
        loss = loss + guess.square().sum()
    else:
        assert guess is None
    loss.backward()
    for p in (*G.parameters(), *D.parameters()):
        assert p.grad is not None
        assert p.grad.isfinite().all()
    return G, D, x


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 16, 28, 32, 64])
@pytest.mark.parametrize("family", GENERATING)
def test_images(family, side, channels, conditional):
    shape = (channels, side, side)
    c = config(family, shape, conditional=conditional, g_width=4, d_width=4)
    if family == "resnet" and side < 28:
        with pytest.raises(UserError, match=f"even side of 28 to 64 pixels; these are {side}×{side}"):
            build(c, shape, CLASSES, rng())
        return
    _, _, x = check_shapes(c, shape)
    if NETWORKS[family].tanh:
        assert x.abs().max() <= 1


@pytest.mark.parametrize("conditional", [False, True])
def test_points(conditional):
    check_shapes(config("mlp", (2,), conditional=conditional), (2,))


@pytest.mark.parametrize("depth", [1, 2, 6])
@pytest.mark.parametrize(("family", "shape"), [("mlp", (2,)), ("dcgan", (1, 8, 8)), ("dcgan", (1, 28, 28))])
def test_depths(family, shape, depth):
    check_shapes(config(family, shape, g_depth=depth, d_depth=depth), shape)


@pytest.mark.parametrize(("family", "norm"), [(family, norm) for family in GENERATING for norm in norms(family)])
def test_every_norm_with_every_init_conditioning_pack_and_minibatch_std(family, norm):
    shape = smallest(family)
    tiny = {"g_width": 3, "d_width": 3, "g_depth": 1, "d_depth": 2, "z_dim": 2}
    labels = [{"conditional": True, "conditioning": how} for how in CONDITIONINGS] + [{}, {"pack": 2}]
    for init, std, label in product(INITS, (False, True), labels):
        c = config(
            family, shape, g_norm=norm, d_norm=norm, g_init=init, d_init=init, minibatch_std=std, **tiny, **label
        )
        check_shapes(c, shape)


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_on_points(norm):
    for std, label in product((False, True), [{"conditional": True, "conditioning": h} for h in CONDITIONINGS]):
        check_shapes(config("mlp", (2,), g_norm=norm, d_norm=norm, minibatch_std=std, **label), (2,))
    for m in (1, 2, 3, 4):
        check_shapes(config("mlp", (2,), g_norm=norm, d_norm=norm, pack=m, batch_size=12), (2,))


@pytest.mark.parametrize("family", GENERATING)
def test_every_activation(family):
    for name in ACTIVATIONS:
        check_shapes(config(family, smallest(family), g_activation=name, d_activation=name), smallest(family))


def test_each_network_has_its_own_norm():
    G, D, _ = check_shapes(config("mlp", (2,), g_norm="batch", d_norm="layer"), (2,))
    assert any(isinstance(m, BATCH_NORMS) for m in G.modules())
    assert not any(isinstance(m, BATCH_NORMS) for m in D.modules())
    assert any(isinstance(m, nn.LayerNorm) for m in D.modules())


@pytest.mark.parametrize(("channels", "groups"), [(64, 8), (32, 8), (16, 4), (12, 2), (8, 2), (4, 1), (7, 1)])
def test_group_norm_divides_the_units_and_leaves_at_least_four_in_a_group(channels, groups):
    G, _ = build(config("mlp", (2,), g_norm="group", g_width=channels), (2,), 0, rng())
    assert {m.num_groups for m in G.modules() if isinstance(m, nn.GroupNorm)} == {groups}


@pytest.mark.parametrize("side", [28, 32, 64])
def test_the_residual_networks_start_as_their_skips_and_have_no_tanh(side):
    shape = (1, side, side)
    G, D = build(config("resnet", shape, g_depth=6, d_depth=6, g_width=1, d_width=1), shape, 0, rng())
    for net in (G, D):
        blocks = [m for m in net.modules() if isinstance(m, residual.Block)]
        assert len(blocks) == stages(side, 6) + 1
        for block in blocks:
            x = torch.randn(2, block.branch[1].in_channels, 7, 7, generator=rng(1))
            assert torch.equal(block(x), x)
            with torch.no_grad():
                block.branch[-1].weight.add_(0.1)
            assert not torch.allclose(block(x), x)
    with torch.no_grad():
        G.body[-1].bias.fill_(30.0)
    assert G(torch.zeros(1, 5)).max() > 2


def test_resampling_keeps_the_brightness():
    x = torch.ones(1, 2, 8, 8)
    down, up = residual.Down(2, 2)(x), residual.Up(2, 2)(x)
    assert down.shape == (1, 2, 4, 4)
    assert up.shape == (1, 2, 16, 16)
    assert torch.equal(down[..., 1:, 1:], torch.ones(1, 2, 3, 3))  # zeros come in at the edge
    assert torch.equal(up[..., :-1, :-1], torch.ones(1, 2, 15, 15))


@pytest.mark.parametrize("norm", [name for name in NORMS if name != "batch"])
@pytest.mark.parametrize("family", GENERATING)
def test_d_judges_each_sample_by_itself(family, norm):
    """A per-sample gradient penalty is wrong if D mixes the samples of a batch."""
    if norm not in norms(family):
        return
    shape = smallest(family)
    _, D = build(config(family, shape, d_norm=norm, d_depth=2), shape, 0, rng())
    D.eval()
    x = torch.randn(6, *shape, generator=rng(1))
    assert torch.allclose(D(x)[:2], D(torch.cat([x[:2], 9 * x[2:]]))[:2], atol=1e-5)


@pytest.mark.parametrize("family", CONVOLUTIONS)
@pytest.mark.parametrize(
    "shape", [(1, 7, 7), (1, 27, 27), (3, 9, 9), (1, 28, 32), (1, 4, 4), (1, 66, 66), (1, 128, 128)]
)
def test_convolutions_refuse_what_they_cannot_make(family, shape):
    with pytest.raises(UserError, match=f"{shape[1]}×{shape[2]}"):
        build(config(family, shape), shape, 0, rng())


def test_the_tutorial_dcgan_refuses_a_side_that_four_does_not_divide():
    with pytest.raises(UserError, match="30×30"):
        build(config("dcgan-5x5", (1, 30, 30)), (1, 30, 30), 0, rng())
    build(config("dcgan", (1, 30, 30)), (1, 30, 30), 0, rng())


@pytest.mark.parametrize("family", CONVOLUTIONS)
def test_convolutions_refuse_points(family):
    with pytest.raises(UserError, match="Choose the MLP"):
        build(RunConfig(network=family, dataset="digits"), (2,), 0, rng())


def test_labels_must_be_there_to_be_used():
    with pytest.raises(UserError, match="has no labels"):
        build(config("mlp", (1, 8, 8), conditional=True), (1, 8, 8), 0, rng())


def test_networks_too_large_for_the_memory_are_refused_before_they_are_made():
    shape = (3, 64, 64)
    with pytest.raises(UserError, match=r"would have [\d,]+ weights, more than 50,000,000"):
        build(config("dcgan", shape, g_width=1024, d_width=1024, g_depth=6, d_depth=6), shape, 0, rng())
    with pytest.raises(UserError, match="Choose less width or depth"):
        build(config("mlp", shape, g_width=1024), (3, 4000, 4000), 0, rng())


@pytest.mark.parametrize(
    ("side", "depth", "expected"), [(8, 6, 1), (28, 2, 2), (28, 6, 2), (32, 2, 2), (64, 6, 4), (30, 6, 1)]
)
def test_halvings(side, depth, expected):
    assert stages(side, depth) == expected


def test_the_tutorial_generator_starts_from_7x7x256():
    c = PRESETS["dcgan-28"].config
    G, D = build(c, (1, 28, 28), 0, rng())
    shapes = []
    for layer in G.body:
        if isinstance(layer, nn.Unflatten | nn.ConvTranspose2d):
            layer.register_forward_hook(lambda *call: shapes.append(tuple(call[2].shape[1:])))
    G(torch.zeros(2, 100))
    assert shapes == [(256, 7, 7), (128, 7, 7), (64, 14, 14), (1, 28, 28)]
    assert {
        m.kernel_size for net in (G, D) for m in net.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)
    } == {(5, 5)}
    assert [m.stride for m in G.modules() if isinstance(m, nn.ConvTranspose2d)] == [(1, 1), (2, 2), (2, 2)]


def test_the_tutorial_mlp_is_100_256_784():
    G, D = build(PRESETS["mlp-28"].config, (1, 28, 28), 0, rng())
    sizes = [(m.in_features, m.out_features) for net in (G, D) for m in net.modules() if isinstance(m, nn.Linear)]
    assert sorted(sizes) == [(100, 256), (256, 1), (256, 784), (784, 256)]
    assert any(isinstance(m, Dropout) for m in D.modules())


# Initialisation


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("family", GENERATING)
def test_initialisation_comes_from_the_given_generator_only(family, init):
    shape = smallest(family)
    c = config(family, shape, g_norm=norms(family)[1], d_norm="spectral", g_init=init, d_init=init, conditional=True)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = build(c, shape, CLASSES, rng(5))
    after = torch.get_rng_state()
    torch.manual_seed(2)
    two = build(c, shape, CLASSES, rng(5))
    other = build(c, shape, CLASSES, rng(6))
    for a, b, o in zip(one, two, other, strict=True):
        weights, different = a.state_dict(), o.state_dict()
        assert all(torch.equal(weights[k], v) for k, v in b.state_dict().items())
        assert not all(torch.equal(weights[k], v) for k, v in different.items())
    assert torch.equal(before, after)


LAYERS = [(lambda: nn.Linear(50, 4000), 50), (lambda: nn.Conv2d(3, 3000, 5), 75)]


@pytest.mark.parametrize(("make", "fan_in"), LAYERS, ids=["linear", "conv"])
def test_initialisation_is_that_of_pytorch(make, fan_in):
    layer = make()
    initialise(layer, "pytorch", rng())
    bound = fan_in**-0.5
    for values in (layer.weight, layer.bias):
        assert values.abs().max().item() == pytest.approx(bound, rel=0.01)
        assert values.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)


@pytest.mark.parametrize(("make", "fan_in"), LAYERS, ids=["linear", "conv"])
@pytest.mark.parametrize("how", ["he", "normal"])
def test_normal_initialisations(how, make, fan_in):
    layer = make()
    initialise(layer, how, rng())
    std = {"he": (2 / fan_in) ** 0.5, "normal": 0.02}[how]
    assert layer.weight.mean().item() == pytest.approx(0, abs=0.01 * std)
    assert layer.weight.std().item() == pytest.approx(std, rel=0.01)
    assert layer.weight.abs().max() > 3.5 * std  # no bound
    assert not layer.bias.any()


@pytest.mark.parametrize(
    "layer", [nn.Linear(20, 7), nn.Linear(7, 20), nn.Conv2d(3, 8, 5)], ids=["wide", "tall", "conv"]
)
def test_orthogonal_initialisation(layer):
    initialise(layer, "orthogonal", rng())
    singular = torch.linalg.svdvals(layer.weight.detach().flatten(1))
    torch.testing.assert_close(singular, torch.ones_like(singular))
    assert not layer.bias.any()


@pytest.mark.parametrize("how", INITS)
def test_every_initialisation_keeps_the_zeros_of_residual_branches_and_embeddings(how):
    net = nn.Sequential(Zeroed(3, 3, 3, bias=False), nn.Embedding(4, 3), nn.BatchNorm1d(1000))
    nn.init.normal_(net[1].weight)
    initialise(net, how, rng())
    assert not net[0].weight.any()
    assert not net[1].weight.any()
    assert net[2].weight.std().item() == pytest.approx(0.02 if how == "normal" else 0, rel=0.1)
    assert net[2].weight.mean().item() == pytest.approx(1, abs=0.002)


# Labels


def test_a_conditional_d_starts_unconditional():
    _, D = build(config("mlp", (2,), conditional=True), (2,), CLASSES, rng())
    x = torch.randn(5, 2)
    assert torch.equal(D(x, torch.zeros(5, dtype=torch.long)), D(x, torch.full((5,), 3)))


def test_a_d_that_concatenates_hears_the_label():
    for shape in ((2,), (1, 8, 8)):
        c = config("mlp" if len(shape) == 1 else "dcgan", shape, conditional=True, conditioning="concat")
        _, D = build(c, shape, CLASSES, rng())
        x = torch.randn(5, *shape, generator=rng(1))
        assert (D(x, torch.zeros(5, dtype=torch.long)) != D(x, torch.full((5,), 3))).all()


def test_an_auxiliary_classifier_does_not_hear_the_label():
    _, D = build(config("mlp", (2,), conditional=True, conditioning="acgan"), (2,), CLASSES, rng())
    x = torch.randn(5, 2, generator=rng(1))
    a, b = (D.heads(x, torch.full((5,), k)) for k in (0, 3))
    assert torch.equal(a[0], b[0])
    assert torch.equal(a[1], b[1])


def test_g_hears_its_label():
    G, _ = build(config("mlp", (2,), conditional=True), (2,), CLASSES, rng())
    z = torch.randn(5, 5)
    assert not torch.allclose(G(z, torch.zeros(5, dtype=torch.long)), G(z, torch.full((5,), 3)))
    assert G.codes[2].tolist() == [0, 0, ONE_HOT_GAIN, 0]


# Spectral normalisation


def largest_singular_value(layer):
    return torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2).item()


@pytest.mark.parametrize("gain", [0.5, 2.0])
@pytest.mark.parametrize(
    "layer", [nn.Linear(30, 20), nn.Conv2d(3, 16, 4), nn.ConvTranspose2d(8, 4, 4)], ids=["linear", "conv", "transposed"]
)
def test_the_spectral_norm_is_the_gain(layer, gain):
    initialise(layer, "pytorch", rng())
    before = layer.weight.detach().clone()
    normalise_spectrally(layer, gain, rng(1))
    assert largest_singular_value(layer) == pytest.approx(gain, rel=0.05)
    for _ in range(50):
        layer.weight  # noqa: B018
    assert largest_singular_value(layer) == pytest.approx(gain, rel=1e-3)
    ratio = layer.weight.detach() / before
    torch.testing.assert_close(ratio, ratio.flatten()[0].expand_as(ratio))  # only scaled


@pytest.mark.parametrize(
    "knobs", [{"dataset": "ring"}, {"dataset": "digits", "network": "dcgan", "g_depth": 1}], ids=str
)
def test_the_spectral_norm_stays_the_gain_in_training(knobs):
    small = {"g_width": 8, "d_width": 8, "batch_size": 8, "g_lr": 5e-4, "d_lr": 5e-4}
    c = RunConfig(**small, **knobs, g_norm="spectral", d_norm="spectral", sn_gain=1.5)
    trainer = GAN(c, load(c.dataset))
    before = [w.clone() for net in (trainer.G, trainer.D) for _, w in spectral_norms(net)]
    for _ in range(60):
        trainer.step()
    trainer.G.eval()
    trainer.D.eval()
    layers = [m for net in (trainer.G, trainer.D) for m in net.modules() if isinstance(m, MATRICES)]
    assert len(layers) == len(before)
    for layer in layers:
        assert largest_singular_value(layer) == pytest.approx(1.5, rel=0.1)
    after = [w for net in (trainer.G, trainer.D) for _, w in spectral_norms(net)]
    assert not any(torch.allclose(a, b) for a, b in zip(before, after, strict=True))


def test_the_averaged_weights_have_a_spectral_norm_of_their_own():
    """Averaged singular vectors are no unit vectors, and not those of the averaged weights."""
    c = RunConfig(g_norm="spectral", sn_gain=1.5, g_width=16, d_width=16, g_lr=0.01, ema_half_life=30.0)
    trainer = GAN(c, load("ring"))
    trainer.step_count = 1000  # the warm-up is over
    for _ in range(60):
        trainer.step()
    for layer, (norm, _) in zip(
        [m for m in trainer.G_ema.modules() if isinstance(m, nn.Linear)], spectral_norms(trainer.G_ema), strict=True
    ):
        assert norm.u.norm().item() == pytest.approx(1)
        assert largest_singular_value(layer) == pytest.approx(1.5, rel=0.03)


def test_power_iteration_goes_on_in_training_only():
    layer = nn.Linear(30, 20)
    normalise_spectrally(layer, 1.0, rng())
    [(norm, _)] = spectral_norms(layer)
    u, v = norm.u.clone(), norm.v.clone()
    layer.eval()
    layer(torch.ones(2, 30))
    assert torch.equal(norm.u, u)
    assert torch.equal(norm.v, v)
    layer.train()
    layer(torch.ones(2, 30))
    assert not torch.equal(norm.u, u)
    assert not torch.equal(norm.v, v)
    assert {"parametrizations.weight.0.u", "parametrizations.weight.0.v"} <= set(layer.state_dict())


def test_an_embedding_is_only_scaled_down():
    table = nn.Embedding(4, 6)
    nn.init.zeros_(table.weight)
    normalise_spectrally(table, 2.0, rng())
    assert torch.equal(table(torch.arange(4)), torch.zeros(4, 6))
    [(norm, original)] = spectral_norms(table)
    with torch.no_grad():
        original.copy_(nn.init.orthogonal_(torch.empty(4, 6), generator=rng(1)))
    for _ in range(5):
        table(torch.arange(4))
    assert torch.equal(table.weight, original)  # 1 is below 2
    with torch.no_grad():
        original.mul_(30)
    assert largest_singular_value(table) == pytest.approx(2.0, rel=1e-3)
    table.weight.sum().backward()
    assert original.grad.isfinite().all()
    assert norm.u.norm().item() == pytest.approx(1)


def test_two_forward_passes_before_one_backward_pass():
    x, y = torch.randn(2, 3, 30, generator=rng(1))
    gradients = []
    for apart in (False, True):
        layer = nn.Linear(30, 20)
        initialise(layer, "pytorch", rng())
        normalise_spectrally(layer, 1.0, rng())
        [(_, original)] = spectral_norms(layer)
        if apart:
            first = torch.autograd.grad(layer(x).square().sum(), original)[0]
            gradients.append(first + torch.autograd.grad(layer(y).square().sum(), original)[0])
        else:
            loss = layer(x).square().sum() + layer(y).square().sum()
            gradients.append(torch.autograd.grad(loss, original)[0])
    torch.testing.assert_close(*gradients)


def test_the_gradient_passes_through_the_spectral_norm():
    weight = torch.randn(4, 3, generator=rng(), dtype=torch.float64).requires_grad_()
    norm = SpectralNorm(weight, torch.randn(4, generator=rng(1), dtype=torch.float64), 1.0).eval()
    (gradient,) = torch.autograd.grad(norm(weight).square().sum(), weight)
    assert (gradient * weight).sum().item() == pytest.approx(0, abs=1e-12)  # the scale of W does not matter
    assert gradient.norm() > 0.1


def test_only_matrices_are_normalised():
    shape = (1, 28, 28)
    c = config("resnet", shape, d_norm="spectral", conditional=True)
    _, D = build(c, shape, CLASSES, rng())
    for layer in D.modules():
        assert parametrize.is_parametrized(layer) == isinstance(layer, MATRICES | nn.Embedding)
    bounded = {norm.bound for norm, w in spectral_norms(D) if not w.any()}
    assert bounded == {True}
    assert {norm.bound for norm, w in spectral_norms(D) if w.any()} == {False}


# Blocks


def test_dropout_scales_and_uses_its_own_generator():
    layer = Dropout()
    layer.on, layer.generator = True, rng()
    layer.rate.fill_(0.25)
    before = torch.get_rng_state()
    x = layer(torch.ones(200, 200))
    assert torch.equal(torch.get_rng_state(), before)
    assert x.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (x == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(layer.eval()(torch.ones(3)), torch.ones(3))
    assert "rate" not in layer.state_dict()


def test_leaky_relu_has_a_slope_of_a_fifth():
    assert activation("leaky-relu")(torch.tensor(-1.0)).item() == pytest.approx(-0.2)


def test_minibatch_std_by_hand():
    x = torch.randn(8, 3, generator=rng(), dtype=torch.float64)
    out = minibatch_std(x, 4)
    assert out.shape == (8, 1)
    for first in (0, 4):
        std = x[first : first + 4].std(0, correction=0).mean().item()
        assert out[first : first + 4].flatten().tolist() == pytest.approx([std] * 4)


def test_minibatch_std_of_a_collapsed_batch_is_zero_with_a_finite_gradient():
    x = torch.ones(8, 3, requires_grad=True)
    out = minibatch_std(x, 4)
    assert out.max() < 1e-3
    out.sum().backward()
    assert x.grad.isfinite().all()


def test_the_std_among_others_is_that_of_the_group():
    group = torch.randn(7, 3, 2, 2, generator=rng(), dtype=torch.float64)
    x, rest = group[:1], group[1:]
    others = Spread(rest.mean(0, keepdim=True), rest.var(0, correction=0, keepdim=True), len(rest))
    expected = group.std(0, correction=0).mean()
    assert std_among(x, others).item() == pytest.approx(expected.item())
    assert minibatch_std(group, 7)[0].item() == pytest.approx(expected.item())


@pytest.mark.parametrize("family", GENERATING)
def test_the_minibatch_std_stands_before_the_last_hidden_layer(family):
    """One constant map over features, space and a group, as in table 2 of Karras et al. (2018)."""
    shape = smallest(family)
    c = config(family, shape, minibatch_std=True, d_depth=2)
    _, D = build(c, shape, 0, rng())
    layers = list(D.features)
    [at] = [i for i, layer in enumerate(layers) if isinstance(layer, MinibatchStd)]
    weighty = [i for i, layer in enumerate(layers) if any(p.dim() > 1 for p in layer.parameters())]
    assert [i for i in weighty if i > at] == weighty[-1:]
    x = torch.randn(8, *shape, generator=rng(1))
    h = D.features[:at](x)
    seen = D.features[: at + 1](x)
    assert torch.equal(seen[:, :-1], h)
    for first in (0, 4):
        std = h[first : first + 4].double().std(0, correction=0).mean().item()
        assert seen[first : first + 4, -1].unique().tolist() == pytest.approx([std], rel=1e-4)


@pytest.mark.parametrize(("n", "group"), [(1, 1), (6, 6), (8, 4)])
def test_d_sees_the_minibatch_std_whatever_the_batch(n, group):
    _, D = build(config("mlp", (2,), minibatch_std=True, d_depth=1), (2,), 0, rng())
    std, last, *_ = D.features
    assert isinstance(std, MinibatchStd)
    with torch.no_grad():  # D gives what it sees of the spread, which is positive
        for layer in (last, D.head):
            layer.weight.zero_()
            layer.bias.zero_()
            layer.weight[0, -1 if layer is last else 0] = 1.0
    x = torch.randn(n, 2, generator=rng(1))
    torch.testing.assert_close(D(x), minibatch_std(x, group).squeeze(1))
