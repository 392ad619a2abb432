"""Penalties against closed forms, and what is done to D's weights, gradients and input."""

import pytest
import torch

from playground.losses.objectives import sp
from playground.losses.regularizers import (
    annealed,
    clip_,
    clip_gradients_,
    dragan,
    gradient_penalty,
    input_gradient,
    interpolate,
    label_smoothing,
    one_centred,
    pack,
    zero_centred,
)
from playground.utils.random_streams import RandomStreams

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
    return RandomStreams(torch.Generator().manual_seed(3))


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
@pytest.mark.parametrize("slope", [1.0, 3.0])
def test_dragan_penalty(shape, n, slope):
    penalty = dragan(linear(shape, slope), draw(n, shape), rng())
    assert penalty.shape == ()
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-10)


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


def test_dragan_looks_around_real_samples_at_half_their_spread():
    x = 7 * draw(400, (3, 30, 30)).float() + 2
    seen = []

    def D(noisy):
        seen.append(noisy.detach())
        return noisy.flatten(1).sum(1)

    dragan(D, x, rng())
    share = ((seen[0] - x) / (0.5 * x.std())).flatten(1)  # alpha U(0, 1)
    assert share.min() > -1e-5
    alpha = share.max(1).values  # of 2700 numbers below alpha
    assert (share.mean(1) / alpha).mean().item() == pytest.approx(0.5, abs=0.01)
    assert alpha.max().item() == pytest.approx(1, abs=0.02)
    assert alpha.mean().item() == pytest.approx(0.5, abs=0.05)
    assert alpha.std().item() == pytest.approx(12**-0.5, abs=0.03)


@pytest.mark.parametrize("s", [0.0, 0.1, 0.5])
def test_label_smoothing_is_the_cross_entropy_with_a_target_below_one(s):
    d = draw(50, ()) * 5
    smoothed = sp(-d).mean() + s * label_smoothing(d)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(d, torch.full_like(d, 1 - s))
    torch.testing.assert_close(smoothed, expected)


def test_clip():
    weights = [torch.tensor([-3.0, 0.01, 0.2]), torch.tensor([[5.0]])]
    clip_(weights, 0.1)
    assert [w.flatten().tolist() for w in weights] == [pytest.approx([-0.1, 0.01, 0.1]), pytest.approx([0.1])]


@pytest.mark.parametrize(("limit", "scale"), [(1.0, 0.2), (10.0, 1.0)])
def test_gradients_are_clipped_together(limit, scale):
    weights = [torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)]
    for w, gradient in zip(weights, (3.0, 4.0), strict=True):
        w.grad = torch.tensor([gradient])
    clip_gradients_(weights, limit)
    assert [w.grad.item() for w in weights] == pytest.approx([3 * scale, 4 * scale])


@pytest.mark.parametrize(
    ("step", "steps", "expected"), [(0, 10, 2.0), (5, 10, 1.0), (10, 10, 0.0), (99, 10, 0.0), (0, 0, 2.0), (99, 0, 2.0)]
)
def test_annealed(step, steps, expected):
    assert annealed(2.0, step, steps) == expected


def test_packing_puts_neighbours_together():
    points = torch.arange(12.0).view(6, 2)
    assert pack(points, 3).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert pack(points, 1) is points
    images = torch.randn(4, 3, 5, 5)
    packed = pack(images, 2)
    assert packed.shape == (2, 6, 5, 5)
    assert torch.equal(packed[1], torch.cat([images[2], images[3]]))
