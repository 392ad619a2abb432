"""The losses of translations against values computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
import pytest
import torch
from torch import nn

from playground.config.run_config import RunConfig
from playground.losses.objectives import OBJECTIVES
from playground.training.games.translation import distance
from tests.unit.training.translations import ALL, CYCLE, PAIRED, caught, linear_critic, make

PATCHES = 5
sp = lambda x: np.logaddexp(0, x)  # noqa: E731
mean = np.mean
D_LOSS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "non-saturating": lambda d, f: mean(sp(-d)) + mean(sp(f)),
    "minimax": lambda d, f: mean(sp(-d)) + mean(sp(f)),
    "lsgan": lambda d, f: (mean((d - 1) ** 2) + mean(f**2)) / 2,
    "wgan": lambda d, f: mean(f) - mean(d),
    "hinge": lambda d, f: mean(np.maximum(0, 1 - d)) + mean(np.maximum(0, 1 + f)),
    "ragan": lambda d, f: (mean(sp(-(d - mean(f)))) + mean(sp(f - mean(d)))) / 2,
    "rpgan": lambda d, f: mean(sp(-(d - f))),
}
G_LOSS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "non-saturating": lambda d, f: mean(sp(-f)),
    "minimax": lambda d, f: -mean(sp(f)),
    "lsgan": lambda d, f: mean((f - 1) ** 2) / 2,
    "wgan": lambda d, f: -mean(f),
    "hinge": lambda d, f: -mean(f),
    "ragan": lambda d, f: (mean(sp(d - mean(f))) + mean(sp(-(f - mean(d))))) / 2,
    "rpgan": lambda d, f: mean(sp(-(f - d))),
}


def array(x: torch.Tensor) -> np.ndarray:
    return x.detach().double().numpy()


def scores(W: np.ndarray | torch.Tensor, *x: torch.Tensor) -> np.ndarray:
    """All patches of all samples."""
    return (np.concatenate([array(part).reshape(len(part), -1) for part in x], 1) @ np.asarray(W, float).T).ravel()


def test_all_objectives_are_here() -> None:
    assert set(D_LOSS) == set(G_LOSS) == set(OBJECTIVES)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("apart", [True, False], ids=["two passes", "one pass"])
def test_the_adversarial_losses_are_means_over_all_patches(objective: str, apart: bool) -> None:
    trainer = make(PAIRED.changed(objective=objective, adversarial_weight=0.5, reconstruction_weight=0.0))
    trainer.apart = apart
    linear_critic(trainer, "D", PATCHES, 0.1)
    W = array(trainer.nets["D"].body[1].weight)
    losses = caught(trainer)
    a, b = trainer.pairs(6)
    fake = trainer.nets["G"](a)
    told, penalty = trainer.update_d("D", b, fake, a)
    adversarial, _ = trainer.update_g(a, b, fake)
    d, f = scores(W, a, b), scores(W, a, fake)
    assert len(d) == 6 * PATCHES
    assert np.std(d.reshape(6, PATCHES), axis=1).min() > 0.1, (
        "patches differ: the mean of a sample would be another loss"
    )
    assert losses == pytest.approx([D_LOSS[objective](d, f), 0.5 * G_LOSS[objective](d, f)], rel=1e-5)
    assert [told.item(), adversarial.item()] == pytest.approx([losses[0], 2 * losses[1]], rel=1e-6)
    assert penalty.item() == 0
    assert [s.shape for s in trainer.scores] == [(6,), (6,)]


@pytest.mark.parametrize("kind", ["l1", "l2"])
@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.0, 3.0), (0.5, 0.0)])
def test_the_reconstruction_is_a_mean_over_samples_and_pixels(kind: str, weights: tuple[float, float]) -> None:
    w, factor = weights
    trainer = make(PAIRED.changed(reconstruction=kind, adversarial_weight=w, reconstruction_weight=factor))
    losses = caught(trainer)
    a, b = trainer.pairs(6)
    fake = trainer.nets["G"](a)
    adversarial, reconstruction = trainer.update_g(a, b, fake)
    apart = array(fake) - array(b)
    expected = (apart**2).sum() / apart.size if kind == "l2" else np.abs(apart).sum() / apart.size
    assert reconstruction.item() == pytest.approx(expected, rel=1e-5)
    assert losses == pytest.approx([w * adversarial.item() + factor * expected], rel=1e-5)


def test_the_sum_over_pixels_with_a_lambda_of_one_over_their_number_is_the_mean() -> None:
    """L = L_D + lambda ||X - G||^2, the mean over the samples of a batch."""
    x, y = torch.randn(6, 3, 5, 7, dtype=torch.float64), torch.randn(6, 3, 5, 7, dtype=torch.float64)
    sums = [float(((x[i] - y[i]) ** 2).sum()) for i in range(6)]
    assert float(distance("l2", x, y)) == pytest.approx(np.mean(sums) / prod((3, 5, 7)), rel=1e-12)


def test_what_is_hidden_and_what_is_known_both_count() -> None:
    trainer = make(PAIRED)
    caught(trainer)
    a, b = trainer.pairs(6)
    hidden = a[:, -1:]
    assert 0 < hidden.mean() < 1
    for part in (hidden, 1 - hidden):
        _, reconstruction = trainer.update_g(a, b, b + 0.5 * part)
        assert reconstruction.item() == pytest.approx(0.25 * part.mean().item(), rel=1e-5)


class Scale(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: torch.Tensor, y: None = None) -> torch.Tensor:
        return self.factor * x


def test_the_losses_of_two_g_by_hand() -> None:
    """With G_AB(x) = 2 x and G_BA(x) = x / 4: there and back is half of each sample."""
    config = CYCLE.changed(adversarial_weight=0.5, cycle_weight=3.0, identity_weight=0.7)
    trainer = make(config)
    trainer.nets["G_AB"], trainer.nets["G_BA"] = Scale(2.0), Scale(0.25)
    W = {name: linear_critic(trainer, name, PATCHES, 0.1) for name in ("D_A", "D_B")}
    losses = caught(trainer)
    a, b = trainer.domains(6)
    found = trainer.update_g(a, b, 0.25 * b, 2 * a)
    g_ab, g_ba = mean((scores(W["D_B"], 2 * a) - 1) ** 2) / 2, mean((scores(W["D_A"], 0.25 * b) - 1) ** 2) / 2
    size_a, size_b = np.abs(array(a)).mean(), np.abs(array(b)).mean()
    cycle, identity = 0.5 * size_a + 0.5 * size_b, 1.0 * size_b + 0.75 * size_a
    assert [x.item() for x in found] == pytest.approx([g_ab, g_ba, cycle, identity], rel=1e-5)
    assert losses == pytest.approx([0.5 * (g_ab + g_ba) + 3 * cycle + 0.7 * identity], rel=1e-5)


def test_each_critic_of_two_judges_its_own_domain() -> None:
    trainer = make(CYCLE.changed(sample_pool=0))
    W = {name: linear_critic(trainer, name, PATCHES, 0.1) for name in ("D_A", "D_B")}
    losses = caught(trainer)
    torch.manual_seed(0)
    seen = []
    domains = trainer.domains
    trainer.domains = lambda n: seen.append(domains(n)) or seen[-1]
    row = trainer.play()
    [(a, b)] = seen
    fake_b, fake_a = (trainer.nets[name](x) for name, x in (("G_AB", a), ("G_BA", b)))
    expected = [D_LOSS["lsgan"](scores(W["D_A"], a), scores(W["D_A"], fake_a))]
    expected += [D_LOSS["lsgan"](scores(W["D_B"], b), scores(W["D_B"], fake_b))]
    assert losses[:2] == pytest.approx(expected, rel=1e-4)
    assert [row[0].item(), row[1].item()] == pytest.approx(expected, rel=1e-4)
    assert row[4].item() == pytest.approx(scores(W["D_B"], b).mean(), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("knob", ["r1", "r2", "gp", "dragan"])
@pytest.mark.parametrize("patches", [1, 4, 49])
@pytest.mark.parametrize("name", ["paired", "cycle", "turn", "clouds"])
def test_a_penalty_takes_the_slope_of_the_mean_over_patches(name: str, patches: int, knob: str) -> None:
    """A linear D has the slope ||E_patches w|| everywhere; that of the sum would be `patches` times as steep."""
    trainer = make(ALL[name].changed(**{knob: 0.6}, penalty_every=1))
    critic = trainer.critics[-1]
    slope = float(linear_critic(trainer, critic, patches).mean(0).norm())
    losses = caught(trainer)
    x = torch.randn(6, *trainer.made)
    a = torch.randn(6, *trainer.given) if critic == "D" else None
    loss, penalty = trainer.update_d(critic, x, torch.randn(6, *trainer.made), a)
    expected = 0.6 * slope**2 / 2 if knob in ("r1", "r2") else 0.6 * (slope - 1) ** 2
    assert penalty.item() == pytest.approx(expected, rel=1e-4)
    assert losses == pytest.approx([loss.item() + expected], rel=1e-4)


def test_a_lazy_penalty_is_due_now_and_then_and_stronger() -> None:
    trainer = make(CYCLE.changed(r1=0.6, penalty_every=3))
    slopes = {name: float(linear_critic(trainer, name, 4).mean(0).norm()) for name in ("D_A", "D_B")}
    caught(trainer)
    x = torch.randn(6, *trainer.made)
    for name in ("D_A", "D_B"):
        found = [trainer.update_d(name, x, x)[1].item() for _ in range(7)]
        due = 3 * 0.6 * slopes[name] ** 2 / 2
        assert found == pytest.approx([due, 0, 0, due, 0, 0, due], rel=1e-4), "each critic counts its own updates"


def test_label_smoothing_is_the_mean_score_of_real_patches() -> None:
    config: RunConfig = PAIRED.changed(label_smoothing=0.2)
    trainer = make(config)
    linear_critic(trainer, "D", PATCHES, 0.1)
    W = array(trainer.nets["D"].body[1].weight)
    losses = caught(trainer)
    a, b = trainer.pairs(6)
    loss, _ = trainer.update_d("D", b, b, a)
    d = scores(W, a, b)
    assert losses == pytest.approx([loss.item() + 0.2 * d.mean()], rel=1e-5)
    assert losses == pytest.approx([mean(0.8 * sp(-d) + 0.2 * sp(d)) + mean(sp(d))], rel=1e-5)
