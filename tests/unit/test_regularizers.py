"""Gradient penalties against closed forms."""

import pytest
import torch

from playground.regularizers import gradient_penalty, input_gradient, interpolate, one_centred, zero_centred

SHAPES = [(2,), (1, 8, 8), (3, 5, 4)]
SHAPE = pytest.mark.parametrize("shape", SHAPES, ids=str)
BATCH = pytest.mark.parametrize("n", [1, 2, 7, 64])


def linear(shape, norm):
    """D(x) = <w, x> with ||w|| = norm."""
    w = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    w *= norm / w.norm()
    return lambda x: (x * w).flatten(1).sum(1)


def draw(n, shape, seed=0):
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rng():
    return torch.Generator().manual_seed(3)


@SHAPE
@BATCH
def test_one_centred_penalty_is_zero_for_a_slope_of_one(shape, n):
    penalty = gradient_penalty(linear(shape, 1.0), draw(n, shape), draw(n, shape, 1), rng())
    assert penalty.shape == ()
    assert penalty.item() == pytest.approx(0, abs=1e-10)


@SHAPE
@BATCH
@pytest.mark.parametrize("slope", [0.5, 3.0])
def test_one_centred_penalty_of_another_slope(shape, n, slope):
    penalty = gradient_penalty(linear(shape, slope), draw(n, shape), draw(n, shape, 1), rng())
    assert penalty.item() == pytest.approx((slope - 1) ** 2)


@SHAPE
@BATCH
def test_zero_centred_penalty_is_half_the_squared_slope(shape, n):
    x = draw(n, shape).requires_grad_()
    penalty = zero_centred(input_gradient(linear(shape, 3.0)(x), x))
    assert penalty.item() == pytest.approx(9 / 2)


def test_penalties_average_over_samples_whose_slopes_differ():
    x = torch.tensor([[1.0, 0.0], [0.0, 3.0]], requires_grad=True)
    gradient = input_gradient(x.square().sum(1) / 2, x)  # the gradient is x itself: norms 1 and 3
    assert zero_centred(gradient).item() == pytest.approx((1 + 9) / 2 / 2)
    assert one_centred(gradient).item() == pytest.approx((0 + 4) / 2)


@pytest.mark.parametrize("penalty", [zero_centred, one_centred])
def test_a_constant_d_gives_finite_gradients(penalty):
    weight = torch.zeros(2, requires_grad=True)
    x = torch.randn(5, 2, requires_grad=True)
    value = penalty(input_gradient(x @ weight, x))
    (gradient,) = torch.autograd.grad(value, weight)
    assert value.isfinite()
    assert gradient.isfinite().all()


def test_a_penalty_teaches_d():
    weight = torch.tensor([2.0, 0.0], requires_grad=True)
    x = torch.randn(5, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(zero_centred(input_gradient(x @ weight, x)), weight)
    assert gradient.tolist() == pytest.approx([2.0, 0.0])  # d/dw of ||w||^2 / 2


@SHAPE
def test_eps_is_one_number_a_sample(shape):
    n = 400
    x = interpolate(torch.ones(n, *shape), torch.zeros(n, *shape), rng()).detach().flatten(1)
    assert (x == x[:, :1]).all()  # the same for every pixel of a sample
    assert x[:, 0].unique().numel() > n - 10  # another one for each sample
    assert x.min() >= 0
    assert x.max() <= 1
    assert x[:, 0].mean().item() == pytest.approx(0.5, abs=0.06)
    assert x[:, 0].std().item() == pytest.approx(12**-0.5, abs=0.03)


def test_interpolates_are_leaves_and_come_from_the_given_generator():
    real, fake = draw(4, (2,)), draw(4, (2,), 1)
    before = torch.get_rng_state()
    a, b = (interpolate(real, fake, rng()) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(a, b)
    assert a.is_leaf
    assert a.requires_grad
