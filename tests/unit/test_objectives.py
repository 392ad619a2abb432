"""Each loss against values computed by hand, and against the mistakes that popular code makes."""

from math import exp, log, log1p

import pytest
import torch

from playground.objectives import LN2, OBJECTIVES

ALL = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)


def softplus(x):
    return max(x, 0) + log1p(exp(-abs(x)))


def logits(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


D, F = (2.0, -1.0, 0.5), (0.3, -4.0, 1.5)

BY_HAND = {
    "non-saturating": (
        sum(softplus(-d) for d in D) / 3 + sum(softplus(f) for f in F) / 3,
        sum(softplus(-f) for f in F) / 3,
    ),
    "minimax": (
        sum(softplus(-d) for d in D) / 3 + sum(softplus(f) for f in F) / 3,
        sum(log(1 - 1 / (1 + exp(-f))) for f in F) / 3,
    ),
    "lsgan": (
        (1 + 4 + 0.25) / 6 + (0.09 + 16 + 2.25) / 6,
        (0.49 + 25 + 0.25) / 6,
    ),
    "wgan-gp": (-2.2 / 3 - 1.5 / 3, 2.2 / 3),
    "rpgan": (
        (softplus(-1.7) + softplus(-3.0) + softplus(1.0)) / 3,
        (softplus(1.7) + softplus(3.0) + softplus(-1.0)) / 3,
    ),
}


@ALL
def test_values_by_hand(objective):
    d_loss, g_loss = BY_HAND[objective.key]
    assert objective.d_loss(logits(*D), logits(*F)).item() == pytest.approx(d_loss, abs=1e-12)
    assert objective.g_loss(logits(*D), logits(*F)).item() == pytest.approx(g_loss, abs=1e-12)


@ALL
def test_a_loss_does_not_depend_on_the_batch_size(objective):
    for loss in (objective.d_loss, objective.g_loss):
        once = loss(logits(*D), logits(*F))
        twice = loss(logits(*D, *D), logits(*F, *F))
        assert once.shape == ()
        assert twice.item() == pytest.approx(once.item(), abs=1e-12)


@ALL
def test_equilibrium(objective):
    if objective.equilibrium is None:
        assert objective.key == "wgan-gp"  # its losses at equilibrium depend on D's arbitrary offset
        return
    level = 0.5 if objective.key == "lsgan" else 0.0
    same = logits(*[level] * 5)
    d_loss, g_loss = objective.equilibrium
    assert objective.d_loss(same, same).item() == pytest.approx(d_loss)
    assert objective.g_loss(same, same).item() == pytest.approx(g_loss)


def test_equilibrium_of_the_logistic_losses():
    assert OBJECTIVES["non-saturating"].equilibrium == pytest.approx((2 * LN2, LN2))
    assert OBJECTIVES["rpgan"].equilibrium == pytest.approx((LN2, LN2))


@ALL
def test_d_is_pulled_towards_high_on_real_and_low_on_generated(objective):
    d, f = logits(0.1, -0.2, 0.3), logits(0.2, 0.4, 0.1)
    objective.d_loss(d, f).backward()
    assert (d.grad < 0).all()
    assert (f.grad > 0).all()


@ALL
def test_g_pulls_generated_scores_up(objective):
    f = logits(0.2, 0.4, 0.1)
    objective.g_loss(logits(*D), f).backward()
    assert (f.grad < 0).all()


def g_gradient(key, f, dtype=torch.float32):
    f = torch.tensor([f], dtype=dtype, requires_grad=True)
    OBJECTIVES[key].g_loss(torch.zeros(1, dtype=dtype), f).backward()
    return f.grad.item()


@pytest.mark.parametrize("logit", [-20.0, -40.0, -80.0])
def test_minimax_saturates_where_non_saturating_does_not(logit):
    assert g_gradient("non-saturating", logit) == pytest.approx(-1, abs=1e-6)
    assert g_gradient("rpgan", logit) == pytest.approx(-1, abs=1e-6)
    assert abs(g_gradient("minimax", logit)) < 1e-8
    assert abs(g_gradient("minimax", -2.0)) > 0.1


@ALL
def test_extreme_logits_stay_finite(objective):
    big = torch.tensor([1e4, -1e4], requires_grad=True)
    other = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = objective.d_loss(big, other) + objective.g_loss(big, other)
    loss.backward()
    assert loss.isfinite()
    assert big.grad.isfinite().all()
    assert other.grad.isfinite().all()


@ALL
def test_only_relativistic_g_losses_see_the_real_batch(objective):
    f = logits(*F)
    gradients = []
    for real in ((2.0, -1.0, 0.5), (-3.0, 4.0, 0.0)):
        (gradient,) = torch.autograd.grad(objective.g_loss(logits(*real), f), f)
        gradients.append(gradient)
    assert torch.equal(*gradients) != objective.needs_real


def test_records_say_what_a_page_needs():
    for objective in OBJECTIVES.values():
        assert all((objective.label, objective.d_formula, objective.g_formula, objective.paper, objective.why))
    assert {o.key for o in OBJECTIVES.values() if o.probability} == {"non-saturating", "minimax"}
    assert {o.key for o in OBJECTIVES.values() if o.needs_penalty} == {"wgan-gp"}
