"""Every family on every shape, and where initialisation gets its numbers from."""

import pytest
import torch
from torch import nn

from playground.config import ACTIVATIONS, D_NORMS, G_NORMS, RunConfig
from playground.errors import UserError
from playground.networks import NETWORKS, build
from playground.networks.blocks import Dropout, activation, initialise
from playground.networks.dcgan import stages
from playground.presets import PRESETS

CLASSES = 4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def config(family, shape, **knobs):
    dataset = "ring" if len(shape) == 1 else "digits"
    return RunConfig(**{"network": family, "dataset": dataset, "z_dim": 5, "g_width": 8, "d_width": 8, **knobs})


def check_shapes(c, shape):
    G, D = build(c, shape, CLASSES, rng())
    n = 3
    z, y = torch.randn(n, c.z_dim), torch.arange(n) if c.conditional else None
    x = G(z, y)
    assert x.shape == (n, *shape)
    assert D(x, y).shape == (n,)
    D(x, y).sum().backward()
    assert all(p.grad is not None for p in G.parameters())
    assert all(p.grad is not None for p in D.parameters())
    return G, D, x


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 16, 28, 32, 64])
@pytest.mark.parametrize("family", NETWORKS)
def test_images(family, side, channels, conditional):
    shape = (channels, side, side)
    _, _, x = check_shapes(config(family, shape, conditional=conditional), shape)
    assert x.abs().max() <= 1


@pytest.mark.parametrize("conditional", [False, True])
def test_points(conditional):
    check_shapes(config("mlp", (2,), conditional=conditional), (2,))


@pytest.mark.parametrize("depth", [1, 2, 6])
@pytest.mark.parametrize(("family", "shape"), [("mlp", (2,)), ("dcgan", (1, 8, 8)), ("dcgan", (1, 28, 28))])
def test_depths(family, shape, depth):
    check_shapes(config(family, shape, g_depth=depth, d_depth=depth), shape)


@pytest.mark.parametrize("family", NETWORKS)
def test_every_norm_and_activation(family):
    shape = (1, 8, 8)
    for g_norm in G_NORMS:
        check_shapes(config(family, shape, g_norm=g_norm), shape)
    for d_norm in D_NORMS:
        check_shapes(config(family, shape, d_norm=d_norm), shape)
    for name in ACTIVATIONS:
        check_shapes(config(family, shape, g_activation=name, d_activation=name), shape)
    G, D, _ = check_shapes(config(family, shape, g_norm="batch", d_norm="layer"), shape)
    assert any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in G.modules())
    assert not any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in D.modules())


@pytest.mark.parametrize("family", NETWORKS)
@pytest.mark.parametrize("d_norm", D_NORMS)
def test_d_judges_each_sample_by_itself(family, d_norm):
    """A per-sample gradient penalty is wrong if D mixes the samples of a batch."""
    shape = (1, 8, 8)
    _, D = build(config(family, shape, d_norm=d_norm, d_depth=2), shape, 0, rng())
    x = torch.randn(6, *shape, generator=rng(1))
    assert torch.allclose(D(x)[:2], D(torch.cat([x[:2], 9 * x[2:]]))[:2], atol=1e-5)


@pytest.mark.parametrize("family", ["dcgan", "dcgan-5x5"])
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


@pytest.mark.parametrize("family", ["dcgan", "dcgan-5x5"])
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


@pytest.mark.parametrize("family", NETWORKS)
def test_initialisation_comes_from_the_given_generator_only(family):
    shape = (1, 8, 8)
    c = config(family, shape, g_norm="batch", conditional=True)
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


def test_initialisation_is_that_of_pytorch():
    for layer, fan_in in ((nn.Linear(50, 4000), 50), (nn.Conv2d(3, 3000, 5), 75)):
        initialise(layer, rng())
        bound = fan_in**-0.5
        for values in (layer.weight, layer.bias):
            assert values.abs().max().item() == pytest.approx(bound, rel=0.01)
            assert values.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_a_conditional_d_starts_unconditional():
    _, D = build(config("mlp", (2,), conditional=True), (2,), CLASSES, rng())
    x = torch.randn(5, 2)
    assert torch.equal(D(x, torch.zeros(5, dtype=torch.long)), D(x, torch.full((5,), 3)))


def test_g_hears_its_label():
    G, _ = build(config("mlp", (2,), conditional=True), (2,), CLASSES, rng())
    z = torch.randn(5, 5)
    assert not torch.allclose(G(z, torch.zeros(5, dtype=torch.long)), G(z, torch.full((5,), 3)))


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
