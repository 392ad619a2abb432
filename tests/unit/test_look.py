"""What a View says of the stage: what D says of each sample, where it pushes them, what it looks at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.data import load
from playground.engine.look import MESH, PUSHED, SCORED, look
from playground.engine.run import Run
from playground.latent import quantiles
from playground.presets import PRESETS
from playground.trainer import Trainer

RING = PRESETS["ring"].config
DIGITS = PRESETS["digits"].config.changed(g_width=8, d_width=8)
CONFIGS = {
    "ring": RING,
    "packed": RING.changed(pack=4, dropout=0.2, d_norm="batch", r1=0.0),
    "spectral": RING.changed(d_norm="spectral", minibatch_std=True, objective="wgan"),
    "many-z": RING.changed(z_dim=5, z_distribution="uniform"),
    "one-z": RING.changed(z_dim=1),
    "digits": DIGITS,
    "concat": DIGITS.changed(conditioning="concat"),
    "dcgan-packed": DIGITS.changed(network="dcgan", conditional=False, pack=2, d_norm="batch", r1=0.0),
}


def trained(name: str, steps: int = 15) -> Run:
    run = Run("a-run-for-a-test", CONFIGS[name])
    run.advance(steps)
    return run


def samples(trainer: Trainer, n: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    y = None if trainer.fixed_y is None else trainer.fixed_y[:n]
    return trainer.sample(trainer.fixed_z[:n], y), y


@pytest.mark.parametrize("name", CONFIGS)
def test_a_view_is_complete_and_looking_changes_nothing(name: str) -> None:
    run = trained(name)
    before = run.to_bytes()
    view = look(run, 1, "raw", saliency=True)
    assert run.to_bytes() == before
    assert run.trainer.D.training
    assert run.trainer.G.training
    assert all(p.grad is None or p.grad.isfinite().all() for p in run.trainer.D.parameters())
    assert view.scores is not None
    if view.kind == "points":
        assert view.scores.shape == (SCORED,)
        assert view.push is not None
        assert view.push.shape == (PUSHED, 2)
        assert view.mesh is not None
        assert view.mesh.shape == (MESH, MESH, 2)
        assert view.saliency is None
    else:
        assert view.scores.shape == (100,)
        assert view.saliency is not None
        assert view.saliency.shape == (100, 8, 8)
        assert view.saliency.dtype == np.uint8
        assert (view.saliency.max((1, 2)) == 255).all()
        assert look(run, 2, "raw").saliency is None


@pytest.mark.parametrize("name", [*CONFIGS])
def test_training_after_looking_makes_the_same_numbers(name: str) -> None:
    looked, alone = trained(name), trained(name)
    look(looked, 1, "ema", saliency=True)
    looked.advance(5)
    alone.advance(5)
    assert looked.to_bytes() == alone.to_bytes()


@pytest.mark.parametrize("name", ["ring", "packed", "digits", "concat", "dcgan-packed"])
def test_uphill_is_the_gradient_of_judge(name: str) -> None:
    trainer = trained(name).trainer
    x, y = samples(trainer, 20)
    gradient = trainer.uphill(x, y)
    assert gradient.shape == x.shape
    step = 1e-2 * gradient / gradient.flatten(1).norm(dim=1).view(-1, *[1] * (x.dim() - 1)).clamp_min(1e-12)
    rise = trainer.judge(x + step, y) - trainer.judge(x - step, y)
    slope = (gradient * step).flatten(1).sum(1) * 2
    close = torch.isclose(rise, slope, rtol=0.1, atol=2e-5)
    assert close.float().mean() > 0.8, "apart from kinks of a ReLU"


def test_judge_without_labels_is_the_plane() -> None:
    for name in ("ring", "packed"):
        trainer = trained(name).trainer
        x, _y = samples(trainer, 50)
        assert torch.equal(trainer.judge(x, None), trainer.plane(x))


def test_judge_hears_the_labels() -> None:
    trainer = trained("concat").trainer
    x, y = samples(trainer, 20)
    assert y is not None
    assert not torch.equal(trainer.judge(x, y), trainer.judge(x, (y + 1) % 10))


def test_one_sample_does_not_change_what_d_says_of_another() -> None:
    trainer = trained("packed").trainer
    x, _y = samples(trainer, 20)
    assert torch.allclose(trainer.judge(x, None)[:5], trainer.judge(x[:5], None), atol=1e-6)


def test_the_mesh_is_g_at_a_grid_of_its_first_two_numbers() -> None:
    run = trained("many-z")
    mesh = look(run, 1, "raw").mesh
    at = quantiles("uniform", np.linspace(0.02, 0.98, MESH))
    z = torch.zeros(1, 5)
    z[0, 0], z[0, 1] = float(at[3]), float(at[17])
    assert mesh is not None
    assert np.allclose(mesh[17, 3], run.trainer.sample(z, None, raw=True)[0].numpy(), atol=1e-6)


def test_the_decision_line_is_where_d_cannot_tell() -> None:
    assert look(trained("ring"), 1, "ema").level == 0.0
    view = look(trained("spectral"), 1, "ema")
    assert view.plane is not None
    assert view.level == pytest.approx(float(np.median(view.plane)))


def test_a_failing_d_goes_on_training() -> None:
    trainer = Trainer(RING, load("ring"))
    with pytest.raises(RuntimeError):
        trainer.judge(torch.zeros(3, 5), None)
    assert trainer.D.training


def test_quantiles_are_those_of_the_distribution() -> None:
    assert np.allclose(quantiles("uniform", np.array([0.25, 0.5])), [-0.5, 0])
    assert np.allclose(quantiles("normal", np.array([0.5, 0.975])), [0, 1.959964], atol=1e-5)
