"""Directions in z: planted axes are found again, and the closed form is what NumPy says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from playground.config.run_config import RunConfig
from playground.data import load
from playground.latent import directions, studies
from playground.latent.questions import Components, Factors, Means
from playground.metrics import features
from playground.models import build
from playground.models.blocks import Generator
from playground.training.games.gan import GAN
from playground.training.model import Model
from playground.utils.errors import UserError

DIGITS = load("digits", "", RunConfig(dataset="digits").choice)


def _model(**changes: Any) -> Model:
    config = RunConfig(dataset="digits", z_dim=12, g_width=48, network="mlp", **changes)
    trainer = GAN(config, DIGITS)
    trainer.G_ema.eval()
    return Model(trainer)


def _plant(model: Model, axis: np.ndarray, times: float = 8.0) -> None:
    """Let z along the unit vector `axis` (z_dim,) change what enters G `times` as much."""
    first = model.G.body[0]
    a = torch.from_numpy(axis).float()
    with torch.no_grad():
        W = first.weight[:, : len(a)]
        first.weight[:, : len(a)] = W + (times - 1) * (W @ a)[:, None] * a


def _unit(z_dim: int, seed: int = 3) -> np.ndarray:
    axis = np.random.default_rng(seed).normal(size=z_dim)
    return axis / np.linalg.norm(axis)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("conditional", [False, True])
def test_components_find_a_planted_axis(distribution: str, conditional: bool) -> None:
    model = _model(z_distribution=distribution, conditional=conditional)
    axis = _unit(12)
    _plant(model, axis)
    found = studies.answer_now(model, Components(3 if conditional else None))
    assert abs(found.vectors[0] @ axis) > 0.99
    assert found.shares[0] > 0.5


@pytest.mark.parametrize("network", ["dcgan", "mlp"])
def test_components_are_sorted_unit_vectors_and_their_shares_sum_up(network: str) -> None:
    model = Model(GAN(RunConfig(dataset="digits", z_dim=12, g_width=24, g_norm="batch", network=network), DIGITS))
    before = {name: value.clone() for name, value in model.G.state_dict().items()}
    found = studies.answer_now(model, Components(n=2000, count=20))
    assert found.vectors.shape == (12, 12)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert (np.diff(found.shares) <= 0).all()
    assert 0.5 < found.shares.sum() <= 1.0001
    again = studies.answer_now(model, Components(n=2000, count=20))
    np.testing.assert_array_equal(again.vectors, found.vectors)
    assert all(torch.equal(before[name], value) for name, value in model.G.state_dict().items())


def test_components_are_what_least_squares_makes_of_principal_components() -> None:
    model, n = _model(), 600
    found = studies.answer_now(model, Components(n=n, count=4))
    rng = torch.Generator().manual_seed(0)
    torch.randn(1, 12, generator=rng)
    torch.randperm(48, generator=rng)
    rows = [256, 256, 88]
    z = torch.cat([torch.randn(k, 12, generator=rng) for k in rows]).numpy().astype(np.float64)
    phi = directions.features(model.G, torch.from_numpy(z).float(), None).numpy().astype(np.float64)
    centred = phi - phi.mean(0)
    _, s, axes = np.linalg.svd(centred, full_matrices=False)
    x = centred @ axes[:4].T
    x /= x.std(0)
    solved, *_ = np.linalg.lstsq(np.c_[x, np.ones(n)], z, rcond=None)
    u = solved[:4] / np.linalg.norm(solved[:4], axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs((u * found.vectors).sum(1)), 1, atol=1e-5)
    np.testing.assert_allclose(found.shares, (s**2 / (s**2).sum())[:4], atol=1e-5)


def test_a_component_that_does_not_follow_z_along_a_line_gives_no_direction() -> None:
    model = _model()
    first, last = nn.Linear(12, 2, bias=False), nn.Linear(2, 64)
    with torch.no_grad():
        first.weight.zero_()
        first.weight[0, 0], first.weight[1, 1] = 4.0, 1.0

    class Even(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.stack([x[:, 0].abs(), x[:, 1]], 1)  # says how far z_0 is from 0, not on which side

    model.trainer.G_ema.body = nn.Sequential(first, Even(), last)
    found = studies.answer_now(model, Components(n=4000))
    assert len(found.vectors) == 1
    assert found.vectors[0, 1] > 0.99
    with torch.no_grad():
        first.weight[1, 1] = 0.0
    with pytest.raises(UserError, match="along a line"):
        studies.answer_now(model, Components(n=4000))
    with torch.no_grad():
        first.weight.zero_()
    with pytest.raises(UserError, match="same for every z"):
        studies.answer_now(model, Components(n=500))


def _checked(model: Model, A: np.ndarray) -> None:
    """SeFa of the model is what NumPy says of A (out, z_dim)."""
    found = studies.answer_now(model, Factors(count=5))
    values, vectors = np.linalg.eigh(A.T @ A)
    np.testing.assert_allclose(np.abs((found.vectors * vectors.T[::-1][:5]).sum(1)), 1, atol=1e-4)
    np.testing.assert_allclose(found.shares, (values[::-1] / values.sum())[:5], rtol=1e-4)
    assert (np.diff(found.shares) <= 0).all()


@pytest.mark.parametrize("conditional", [False, True])
def test_factors_are_the_eigenvectors_of_the_first_weight(conditional: bool) -> None:
    model = _model(conditional=conditional)
    _plant(model, _unit(12))
    A = model.G.body[0].weight.detach().numpy().astype(np.float64)[:, :12]
    _checked(model, A)
    np.testing.assert_allclose(studies.answer_now(model, Factors(count=20)).shares.sum(), 1, atol=1e-5)
    assert abs(studies.answer_now(model, Factors()).vectors[0] @ _unit(12)) > 0.99


@pytest.mark.parametrize("norm", ["batch", "group", "layer", "spectral"])
@pytest.mark.parametrize("network", ["mlp", "dcgan"])
def test_factors_take_the_weight_as_it_is_used(network: str, norm: str) -> None:
    config = RunConfig(dataset="digits", z_dim=6, g_width=16, g_norm=norm, network=network, sn_gain=1.5)
    model = Model(GAN(config, DIGITS))
    model.G.eval()
    rng = torch.Generator().manual_seed(1)
    layer = next((layer for layer in directions.stem(model.G) if isinstance(layer, directions._NORMS)), None)
    if layer is not None:
        with torch.no_grad():
            layer.weight.copy_(torch.rand(layer.weight.shape, generator=rng) + 0.5)
    if norm != "batch":
        W = model.G.body[0].weight.detach().numpy().astype(np.float64)
        if norm == "spectral":
            assert np.linalg.norm(W, 2) == pytest.approx(1.5, rel=0.05)
        else:
            W = W * np.repeat(layer.weight.detach().numpy(), len(W) // len(layer.weight))[:, None]
        return _checked(model, W)
    layer.running_var.copy_(torch.rand(layer.running_var.shape, generator=rng) + 0.1)
    # In eval mode batch normalisation is linear: A is the derivative of what it gives.
    before = nn.Sequential(*list(directions.stem(model.G))[:-1])
    A = torch.autograd.functional.jacobian(lambda z: before(z[None]).flatten(), torch.zeros(6))
    return _checked(model, A.numpy().astype(np.float64))


def test_a_first_layer_that_is_a_convolution_is_a_matrix_too() -> None:
    up = nn.ConvTranspose2d(5, 3, 2, bias=False)
    G = Generator(nn.Sequential(up, nn.ReLU()), (3, 2, 2), 0)
    A = directions.entrance(G, 5)
    z = torch.randn(5, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose((A @ z.double()).numpy(), up(z.view(1, 5, 1, 1)).detach().numpy().ravel(), atol=1e-6)


@pytest.mark.parametrize("network", ["mlp", "dcgan", "dcgan-5x5", "resnet"])
def test_every_family_has_features_that_are_not_linear_in_z(network: str) -> None:
    config = RunConfig(dataset="typeset-digits", z_dim=4, g_width=4, d_width=4, network=network, conditional=True)
    G, _ = build(config, (1, 28, 28), 10, torch.Generator().manual_seed(0))
    z = torch.tensor([[0.0, 0, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0]])
    if network == "resnet":  # whose blocks start as the identity
        with torch.no_grad():
            directions.stem(G)[-1].branch[-1].weight.fill_(0.3)
    zero, one, two = directions.features(G, z, torch.tensor([5, 5, 5]))
    assert not torch.allclose(two - one, one - zero, atol=1e-4)


def test_weights_that_are_not_numbers_give_a_sentence() -> None:
    model = _model()
    with torch.no_grad():
        model.G.body[0].weight.fill_(float("nan"))
    for question in (Components(n=300), Factors()):
        with pytest.raises(UserError, match="no directions"):
            studies.answer_now(model, question)


def test_means_of_classes_are_those_of_the_samples_that_a_classifier_is_sure_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G shows z_0 in its first pixel, and the classifier goes by that: unsure near 0."""
    model = _model()
    last = nn.Linear(12, 64)
    with torch.no_grad():
        last.weight.zero_()
        last.bias.zero_()
        last.weight[0, 0] = 1.0
    model.trainer.G_ema.body = nn.Sequential(last)

    class ByFirstPixel(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            z0 = x[:, 0, 0, 0].atanh()
            out = torch.full((len(x), 10), -20.0)
            out[:, 3], out[:, 8] = 5 * z0, -5 * z0
            return out

    def known(_: Any) -> Any:
        yield 0, 1
        return features.Features("classifier", 1.0, "", ByFirstPixel(), nn.Identity())

    monkeypatch.setattr(features, "of", known)
    found = studies.answer_now(model, Means(3000))
    assert set(np.flatnonzero(found.counts)) == {3, 8}
    assert found.counts.sum() < 2700  # the unsure ones do not count
    assert np.isnan(found.z[0]).all()
    apart = found.z[3] - found.z[8]
    assert apart[0] / np.linalg.norm(apart) > 0.98
    assert found.z[3, 0] > 0.8
    assert found.names[3] == "3"


def test_classes_need_labelled_images() -> None:
    model = Model(GAN(RunConfig(dataset="ring"), load("ring", "", RunConfig(dataset="ring").choice)))
    with pytest.raises(UserError, match="no labels"):
        studies.answer_now(model, Means(10))
