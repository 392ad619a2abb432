"""The Dirac-GAN: the smallest GAN whose training can be worked out by hand (Mescheder et al., 2018).

Real data are one point, 0; G makes the point theta; D(x) = c + psi x. Both parameters follow their own gradients,
v = (-d g_loss / d theta, -d d_loss / d psi). At the equilibrium (0, 0) the Jacobian of v without a penalty is
((0, s), (-s, 0)), s being the slope of the loss there: its eigenvalues are +-i s, a rotation.

c is the score at which D cannot tell: 0, but 1/2 for least squares, which pulls scores to 0 and 1. A least-squares D
without that offset has no equilibrium at psi = 0.
"""

import pytest
import torch

from playground.losses.objectives import OBJECTIVES
from playground.losses.regularizers import dragan, gradient_penalty, input_gradient, zero_centred
from playground.utils.random_streams import RandomStreams

SLOPE = {
    "non-saturating": 0.5, "minimax": 0.5, "lsgan": 0.5, "wgan": 1.0, "hinge": 1.0, "ragan": 0.5, "rpgan": 0.5,
}  # fmt: skip
ALL = pytest.mark.parametrize("key", OBJECTIVES)
BATCH = 4


def none(psi, real, fake, D):
    return 0 * psi


def r1(psi, real, fake, D):
    real = real.requires_grad_()
    return zero_centred(input_gradient(D(real), real))


def r2(psi, real, fake, D):
    fake = fake.detach().requires_grad_()
    return zero_centred(input_gradient(D(fake), fake))


def one_centred_between(psi, real, fake, D):
    return gradient_penalty(D, real, fake, RandomStreams(torch.Generator().manual_seed(0)))


def one_centred_around_real(psi, real, fake, D):
    return dragan(D, real, RandomStreams(torch.Generator().manual_seed(0)))


def losses(key, parameters, penalty, weight, offset=None):
    """(g_loss, d_loss) at `parameters` = (theta, psi)."""
    theta, psi = parameters
    c = (0.5 if key == "lsgan" else 0.0) if offset is None else offset

    def D(x):
        return c + psi * x.squeeze(1)

    real, fake = torch.zeros(BATCH, 1, dtype=torch.float64), theta.expand(BATCH, 1)
    objective = OBJECTIVES[key]
    d_loss = objective.d_loss(D(real), D(fake)) + weight * penalty(psi, real, fake, D)
    return objective.g_loss(D(real), D(fake)), d_loss


def field(key, parameters, penalty=none, weight=0.0, offset=None):
    """v at `parameters`, differentiable."""
    theta, psi = parameters.unbind()
    g_loss, d_loss = losses(key, (theta, psi), penalty, weight, offset)
    (by_theta,) = torch.autograd.grad(g_loss, theta, create_graph=True)
    (by_psi,) = torch.autograd.grad(d_loss, psi, create_graph=True)
    return -torch.stack([by_theta, by_psi])


def jacobian(function):
    """Of `function` at the equilibrium, (2, 2)."""
    return torch.autograd.functional.jacobian(function, torch.zeros(2, dtype=torch.float64))


def eigenvalues(matrix):
    return sorted(torch.linalg.eigvals(matrix).tolist(), key=lambda z: (z.real, z.imag))


def simultaneous(key, h, penalty=none, weight=0.0):
    return lambda at: at + h * field(key, at, penalty, weight)


def alternating(key, h, penalty=none, weight=0.0):
    """As the trainer does it: D first, then G against the new D."""

    def update(at):
        new = torch.stack([at[0], at[1] + h * field(key, at, penalty, weight)[1]])
        return torch.stack([at[0] + h * field(key, new, penalty, weight)[0], new[1]])

    return update


def radii(update, start, steps):
    """The distance from the equilibrium after each update."""
    at, out = torch.tensor(start, dtype=torch.float64), []
    for _ in range(steps):
        at = update(at.requires_grad_()).detach()
        out.append(at.norm().item())
    return out


@ALL
def test_without_a_penalty_the_flow_is_a_rotation(key):
    matrix = jacobian(lambda at: field(key, at))
    s = SLOPE[key]
    torch.testing.assert_close(matrix, torch.tensor([[0, s], [-s, 0]], dtype=torch.float64))
    assert eigenvalues(matrix) == pytest.approx([-1j * s, 1j * s])


def test_least_squares_without_its_offset_does_not_even_rotate():
    matrix = jacobian(lambda at: field("lsgan", at, offset=0.0))
    torch.testing.assert_close(matrix, torch.tensor([[0.0, 1], [0, 0]], dtype=torch.float64))


@ALL
def test_what_the_flow_does_to_the_radius(key):
    """d/dt r^2 / 2 = theta theta' + psi psi', t = theta psi: at most of fourth order in r, nothing that damps."""
    for at in ([0.3, 0.4], [-0.2, 0.9], [0.7, -0.7]):
        parameters = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        t = parameters.prod()
        expected = {
            "minimax": 0 * t,
            "wgan": 0 * t,
            "hinge": 0 * t,
            "lsgan": -2 * t.square(),
            "non-saturating": -t * (t / 2).tanh(),
            "ragan": -t * (t / 2).tanh(),
            "rpgan": -t * (t / 2).tanh(),
        }[key]
        torch.testing.assert_close((parameters * field(key, parameters)).sum(), expected)


@ALL
def test_steps_without_a_penalty_do_not_converge(key):
    h, s = 0.2, SLOPE[key]
    both = [abs(z) for z in eigenvalues(jacobian(simultaneous(key, h)))]
    assert both == pytest.approx([(1 + (h * s) ** 2) ** 0.5] * 2)  # outwards
    in_turn = [abs(z) for z in eigenvalues(jacobian(alternating(key, h)))]
    assert in_turn == pytest.approx([1, 1])  # around and around
    outwards = radii(simultaneous(key, h), (0.02, 0.02), 100)
    assert outwards[-1] > 1.5 * outwards[0]
    around = radii(alternating(key, h), (0.02, 0.02), 100)
    assert min(around) > 0.85 * around[0]


@ALL
@pytest.mark.parametrize("penalty", [r1, r2])
@pytest.mark.parametrize("gamma", [0.1, 1.0, 3.0])
def test_a_zero_centred_penalty_damps(key, penalty, gamma):
    s = SLOPE[key]
    root = complex(gamma**2 / 4 - s**2) ** 0.5
    expected = sorted([-gamma / 2 - root, -gamma / 2 + root], key=lambda z: (z.real, z.imag))
    found = eigenvalues(jacobian(lambda at: field(key, at, penalty, gamma)))
    assert found == pytest.approx(expected, abs=1e-7)
    assert max(z.real for z in found) < 0


@ALL
def test_damping_is_critical_at_twice_the_slope(key):
    s = SLOPE[key]

    def slowest(gamma):
        return max(z.real for z in eigenvalues(jacobian(lambda at: field(key, at, r1, gamma))))

    assert slowest(2 * s) == pytest.approx(-s, abs=1e-6)
    assert slowest(2 * s) < min(slowest(1.9 * s), slowest(2.1 * s)) - 0.01


@ALL
@pytest.mark.parametrize("steps", [simultaneous, alternating])
def test_with_r1_training_converges(key, steps):
    assert radii(steps(key, 0.3, r1, 1.0), (0.5, 0.5), 80)[-1] < 1e-3


@ALL
@pytest.mark.parametrize("penalty", [one_centred_between, one_centred_around_real])
@pytest.mark.parametrize("steps", [simultaneous, alternating])
def test_with_a_one_centred_penalty_it_does_not(key, penalty, steps):
    assert max(radii(steps(key, 0.2, penalty, 1.0), (0.5, 0.5), 120)[-60:]) > 0.3
