"""Each loss against values computed by hand; test_mistakes.py has what popular code does wrong."""

from math import exp, log, log1p

import pytest
import torch

from playground.config.run_config import RunConfig
from playground.losses.objectives import LN2, OBJECTIVES

ALL = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)


def softplus(x):
    return max(x, 0) + log1p(exp(-abs(x)))


def mean(values):
    return sum(values) / len(values)


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
    "wgan": (-2.2 / 3 - 1.5 / 3, 2.2 / 3),
    "hinge": ((0 + 2 + 0.5) / 3 + (1.3 + 0 + 2.5) / 3, 2.2 / 3),
    "ragan": (
        (sum(softplus(-(d - mean(F))) for d in D) / 3 + sum(softplus(f - mean(D)) for f in F) / 3) / 2,
        (sum(softplus(d - mean(F)) for d in D) / 3 + sum(softplus(-(f - mean(D))) for f in F) / 3) / 2,
    ),
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
def test_equilibrium(objective):
    if objective.equilibrium is None:
        assert objective.key == "wgan"  # its losses at equilibrium depend on D's arbitrary offset
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
def test_extreme_logits_stay_finite(objective):
    big = torch.tensor([1e4, -1e4], requires_grad=True)
    other = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = objective.d_loss(big, other) + objective.g_loss(big, other)
    loss.backward()
    assert loss.isfinite()
    assert big.grad.isfinite().all()
    assert other.grad.isfinite().all()


def test_records_say_what_a_page_needs():
    for objective in OBJECTIVES.values():
        assert all((objective.label, objective.d_formula, objective.g_formula, objective.paper, objective.why))
    assert {o.key for o in OBJECTIVES.values() if o.probability} == {"non-saturating", "minimax"}
    assert {o.key for o in OBJECTIVES.values() if o.centred} == {"non-saturating", "minimax", "hinge"}
    assert {o.key for o in OBJECTIVES.values() if o.needs_real} == {"ragan", "rpgan"}


ADDED = ("r1", "r2", "gp", "dragan", "clip")
PAPERS = {  # d_optimiser, d_lr, beta1, beta2, d_steps, and what is added to the losses or done to D
    "non-saturating": ("adam", 2e-4, 0.5, 0.999, 1, {}),
    "minimax": ("sgd", 0.1, 0.5, None, 1, {}),
    "lsgan": ("adam", 2e-4, 0.5, 0.999, 1, {}),
    "wgan": ("rmsprop", 5e-5, None, 0.99, 5, {"clip": 0.01}),
    "hinge": ("adam", 2e-4, 0.0, 0.9, 5, {"d_norm": "spectral", "sn_gain": 1.0}),
    "ragan": ("adam", 2e-4, 0.5, 0.999, 1, {"d_norm": "spectral", "sn_gain": 1.0}),
    "rpgan": ("adam", 2e-4, 0.0, 0.9, 1, {"r1": 0.05, "r2": 0.05, "penalty_every": 1}),
}


@pytest.mark.parametrize("key", OBJECTIVES)
def test_the_settings_are_those_of_the_paper_and_nothing_else_is_added(key):
    optimizer, rate, beta1, beta2, updates, special = PAPERS[key]
    objective = OBJECTIVES[key]
    settings = dict(objective.settings)
    for net in "dg":
        assert (settings[f"{net}_optimiser"], settings[f"{net}_lr"]) == (optimizer, rate)
    assert (settings.get("beta1"), settings.get("beta2"), settings["d_steps"]) == (beta1, beta2, updates)
    assert {name: settings[name] for name in special} == special
    assert all(settings[name] == 0 for name in ADDED if name not in special)
    assert len(objective.settings_from) > 20
    assert RunConfig(**{"objective": key, **settings}).objective == key
