"""Replicas are the runs that they stand for."""

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.losses.objectives import OBJECTIVES
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, stackable

# SGD: Adam turns the rounding error of a gradient that is zero into a step
RING = PRESETS["ring"].config.changed(
    g_optimiser="sgd", d_optimiser="sgd", g_lr=1e-3, d_lr=1e-3, beta1=0.5, batch_size=32, g_width=16, d_width=16, r1=0.0
)
VARIANTS = [
    {"r1": 0.1, "r2": 0.1},
    {"gp": 1.0, "dragan": 1.0},
    {"d_norm": "spectral", "d_steps": 2},
    {"pack": 2, "noise": 0.1},
    {"unroll": 2, "clip": 0.2},
]
SEEDS = (3, 0, 8)


def assert_same(config: RunConfig, atol: float = 1e-5) -> None:
    samples = load(config.dataset)
    replicas = Replicas.of_seeds(config, SEEDS, samples)
    alone = [GAN(config.changed(seed=seed), samples) for seed in SEEDS]
    for _ in range(5):
        replicas.step()
        for trainer in alone:
            trainer.step()
    together = replicas.sample(replicas.fixed_z, None).chunk(len(SEEDS))
    for points, trainer in zip(together, alone, strict=True):
        torch.testing.assert_close(points, trainer.sample(trainer.fixed_z, None), atol=atol, rtol=0)
    for net in "GD":
        parameters = [trainer.parameters[net] for trainer in alone]
        norms = [torch.cat([p.grad.flatten() for p in ps if p.grad is not None]).norm() for ps in parameters]
        torch.testing.assert_close(replicas.gradient_norm(net), torch.stack(norms), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("knobs", VARIANTS, ids=str)
def test_replicas_train_as_single_runs_do(objective: str, knobs: dict[str, float]) -> None:
    assert_same(RING.changed(objective=objective, **knobs))


def test_frozen_ds_of_replicas_stay_as_they_are() -> None:
    replicas = Replicas.of_seeds(RING.changed(d_norm="spectral", d_steps=0), SEEDS, load("ring"))
    before = {name: value.clone() for name, value in replicas.D.state_dict().items()}
    replicas.step()
    now = replicas.D.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in before.items())


def test_replicas_with_adam() -> None:
    assert_same(RING.changed(g_optimiser="adam", d_optimiser="adam", r1=0.1), atol=1e-3)


@pytest.mark.parametrize(
    "knobs",
    [
        {"dataset": "digits", "network": "dcgan"},
        {"dataset": "digits"},
        {"g_norm": "batch"},
        {"d_norm": "layer"},
        {"conditional": True},
        {"minibatch_std": True},
        {"dropout": 0.1},
        {"grad_clip": 1.0},
    ],
    ids=str,
)
def test_what_cannot_be_stacked_is_refused(knobs: dict[str, object]) -> None:
    config = RING.changed(**knobs)
    assert not stackable(config)
    with pytest.raises(ValueError, match="stacked"):
        Replicas.of_seeds(config, SEEDS, load(config.dataset))
