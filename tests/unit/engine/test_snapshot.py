"""What a View says of the stage: what D says of each sample, where it pushes them, what it looks at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.data import load
from playground.engine.messages import Weights
from playground.engine.modalities.points import MESH, PUSHED, SCORED
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.losses.regularizers import pack
from playground.metrics.modes import coverage
from playground.training import fixed_company
from playground.training.games.gan import GAN, Kind
from playground.training.model import pixels
from playground.utils.priors import quantiles

RING = PRESETS["ring"].config
DIGITS = PRESETS["digits"].config.changed(g_width=8, d_width=8)
CONFIGS = {
    "ring": RING,
    "packed": RING.changed(pack=4, dropout=0.2, d_norm="batch", r1=0.0),
    "spectral": RING.changed(d_norm="spectral", minibatch_std=True, objective="wgan"),
    "both": RING.changed(pack=2, minibatch_std=True, batch_size=36),  # 18 packs, which 4 does not divide
    "many-z": RING.changed(z_dim=5, z_distribution="uniform"),
    "one-z": RING.changed(z_dim=1),
    "digits": DIGITS,
    "concat": DIGITS.changed(conditioning="concat"),
    "dcgan-std": DIGITS.changed(network="dcgan", conditioning="concat", minibatch_std=True),
    "dcgan-packed": DIGITS.changed(network="dcgan", conditional=False, pack=2, d_norm="batch", r1=0.0),
}


def trained(name: str, steps: int = 15) -> Run:
    run = Run("a-run-for-a-test", CONFIGS[name])
    run.advance(steps)
    return run


def samples(trainer: GAN, n: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    y = None if trainer.fixed_y is None else trainer.fixed_y[:n]
    return trainer.sample(trainer.fixed_z[:n], y), y


@pytest.mark.parametrize("name", CONFIGS)
def test_a_view_is_complete_and_looking_changes_nothing(name: str) -> None:
    run = trained(name)
    before = run.to_bytes()
    view = snapshot(run, 1, "raw", saliency=True)
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
        assert snapshot(run, 2, "raw").saliency is None


@pytest.mark.parametrize("weights", ["ema", "raw"])
@pytest.mark.parametrize("name", ["ring", "packed", "digits"])
def test_scores_and_arrows_belong_to_the_samples_drawn(name: str, weights: Weights) -> None:
    run = trained(name)
    trainer = run.trainer
    view, other = (snapshot(run, 1, w, saliency=True) for w in (weights, "raw" if weights == "ema" else "ema"))
    x, y = trainer.sample(trainer.fixed_z, trainer.fixed_y, raw=weights == "raw"), trainer.fixed_y
    assert view.samples is not None
    assert view.scores is not None
    assert other.scores is not None
    assert np.array_equal(view.samples, pixels(x))
    n = len(view.scores)
    assert np.allclose(view.scores, trainer.logits(x[:n], None if y is None else y[:n], "generated").numpy(), atol=1e-6)
    assert not np.allclose(view.scores, other.scores, atol=1e-4), "those of the other weights"
    if view.push is not None:
        assert other.push is not None
        assert np.allclose(view.push, trainer.input_gradient(x[: len(view.push)], None, "generated").numpy(), atol=1e-6)
        assert not np.allclose(view.push, other.push, atol=1e-5)


def test_a_view_counts_the_modes_of_both_weights() -> None:
    run = trained("ring", 300)
    data, ema, raw = run.samples, snapshot(run, 1, "ema"), snapshot(run, 1, "raw")
    found = tuple(coverage(run.images(weights), data.centres, data.std) for weights in ("ema", "raw"))
    assert found[0] != found[1]
    assert ema.coverage == raw.coverage == found
    run.set_knobs({"ema_half_life": 0.0})
    run.advance(1)
    assert snapshot(run, 1, "ema").coverage == (coverage(run.images("raw"), data.centres, data.std),)
    assert snapshot(trained("digits"), 1, "raw").coverage == ()


@pytest.mark.parametrize("name", [*CONFIGS])
def test_training_after_looking_makes_the_same_numbers(name: str) -> None:
    looked, alone = trained(name), trained(name)
    snapshot(looked, 1, "ema", saliency=True)
    looked.advance(5)
    alone.advance(5)
    assert looked.to_bytes() == alone.to_bytes()


@pytest.mark.parametrize("name", ["ring", "packed", "digits", "concat", "dcgan-packed"])
def test_uphill_is_the_gradient_of_judge(name: str) -> None:
    trainer = trained(name).trainer
    x, y = samples(trainer, 20)
    gradient = trainer.input_gradient(x, y)
    assert gradient.shape == x.shape
    step = 1e-2 * gradient / gradient.flatten(1).norm(dim=1).view(-1, *[1] * (x.dim() - 1)).clamp_min(1e-12)
    rise = trainer.logits(x + step, y) - trainer.logits(x - step, y)
    slope = (gradient * step).flatten(1).sum(1) * 2
    close = torch.isclose(rise, slope, rtol=0.1, atol=2e-5)
    assert close.float().mean() > 0.8, "apart from kinks of a ReLU"


def test_judge_without_labels_is_the_plane() -> None:
    for name in ("ring", "packed"):
        trainer = trained(name).trainer
        x, _y = samples(trainer, 50)
        assert torch.equal(trainer.logits(x, None), trainer.plane(x))


def test_judge_hears_the_labels() -> None:
    trainer = trained("concat").trainer
    x, y = samples(trainer, 20)
    assert y is not None
    assert not torch.equal(trainer.logits(x, y), trainer.logits(x, (y + 1) % 10))


@pytest.mark.parametrize("kind", [None, "real", "generated"])
@pytest.mark.parametrize("name", ["packed", "spectral", "both", "dcgan-std"])
def test_one_sample_does_not_change_what_d_says_of_another(name: str, kind: Kind | None) -> None:
    trainer = trained(name).trainer
    x, y = samples(trainer, 20)
    first = None if y is None else y[:5]
    assert torch.allclose(trainer.logits(x, y, kind)[:5], trainer.logits(x[:5], first, kind), atol=1e-5)
    assert torch.allclose(trainer.input_gradient(x, y, kind)[:5], trainer.input_gradient(x[:5], first, kind), atol=1e-5)


@pytest.mark.parametrize("name", ["packed", "spectral", "both"])
def test_the_map_does_not_depend_on_which_cells_are_neighbours(name: str) -> None:
    trainer = trained(name).trainer
    axis = torch.linspace(-1.4, 1.4, 24)
    cells = torch.cartesian_prod(axis, axis)
    order = torch.randperm(len(cells), generator=torch.Generator().manual_seed(1))
    plane, shuffled = trainer.plane(cells), trainer.plane(cells[order])
    assert torch.allclose(shuffled, plane[order], atol=1e-6)
    assert plane.std() > 1e-5
    assert torch.allclose(trainer.plane(cells[:1]), plane[:1], atol=1e-6)


@pytest.mark.parametrize("knobs", [{"pack": 3}, {"minibatch_std": True}, {"pack": 2, "minibatch_std": True}], ids=str)
def test_a_sample_is_judged_in_a_batch_like_those_of_the_game(knobs: dict[str, int]) -> None:
    """Against D on whole batches, built one by one: the sample in its pack, and the pack among other packs."""
    config = RING.changed(batch_size=24, **knobs)
    trainer = GAN(config, load("ring"))
    D, m, each, sets = trainer.D.eval(), config.pack, fixed_company.others(config), 6
    rest, x = trainer.x[100 : 100 + sets * each], trainer.x[:7]
    company = fixed_company.company(D, rest, None, config)
    expected = torch.zeros(len(x), sets)
    for i in range(len(x)):
        for k in range(sets):
            others = list(rest[k * each : (k + 1) * each])
            batch = [*others[: k % m], x[i], *others[k % m :]]
            expected[i, k] = D(pack(torch.stack(batch), m))[0]
    assert torch.allclose(fixed_company.each_in_all(D, x, None, company), expected.mean(1), atol=1e-6)
    own = expected[torch.arange(7), torch.arange(7) % sets]
    assert torch.allclose(fixed_company.each_in_its_own(D, x, None, company), own, atol=1e-6)


@pytest.mark.parametrize(
    "knobs",
    [{"pack": 4}, {"minibatch_std": True}, {"pack": 4, "minibatch_std": True}, {"pack": 4, "g_lr": 2e-4}],
    ids=str,
)
def test_scores_on_show_tell_the_kinds_apart_as_well_as_those_of_the_game(knobs: dict[str, float]) -> None:
    trainer = GAN(RING.changed(d_width=32, g_width=32, r1=0.0, **knobs), load("ring"))
    for _ in range(120):
        trainer.step()
    g = torch.Generator().manual_seed(9)
    real = trainer.x[torch.randint(len(trainer.x), (2400,), generator=g)]
    fake = trainer.sample(torch.randn(2400, 2, generator=g), None, raw=True)
    with torch.no_grad():
        played = [trainer.D.eval()(pack(x, trainer.config.pack)) for x in (real, fake)]
    shown = [trainer.logits(real, None, "real"), trainer.logits(fake, None, "generated")]
    assert auc(*shown) == pytest.approx(auc(*played), abs=0.05)
    for some, all_ in zip(shown, played, strict=True):
        assert some.mean().item() == pytest.approx(all_.mean().item(), abs=0.2 * all_.std().item())


def auc(d: torch.Tensor, f: torch.Tensor) -> float:
    """How often a real sample's score is above a generated one's."""
    return (d[:, None] > f[None]).float().mean().item()


def test_the_mesh_is_g_at_a_grid_of_its_first_two_numbers() -> None:
    run = trained("many-z")
    mesh = snapshot(run, 1, "raw").mesh
    at = quantiles("uniform", np.linspace(0.02, 0.98, MESH))
    z = torch.zeros(1, 5)
    z[0, 0], z[0, 1] = float(at[3]), float(at[17])
    assert mesh is not None
    assert np.allclose(mesh[17, 3], run.trainer.sample(z, None, raw=True)[0].numpy(), atol=1e-6)


def test_the_decision_line_is_where_d_cannot_tell() -> None:
    assert snapshot(trained("ring"), 1, "ema").level == 0.0
    view = snapshot(trained("spectral"), 1, "ema")
    assert view.plane is not None
    assert view.level == pytest.approx(float(np.median(view.plane)))


def test_a_failing_d_goes_on_training() -> None:
    trainer = GAN(RING, load("ring"))
    with pytest.raises(RuntimeError):
        trainer.logits(torch.zeros(3, 5), None)
    assert trainer.D.training


def test_quantiles_are_those_of_the_distribution() -> None:
    assert np.allclose(quantiles("uniform", np.array([0.25, 0.5])), [-0.5, 0])
    assert np.allclose(quantiles("normal", np.array([0.5, 0.975])), [0, 1.959964], atol=1e-5)
