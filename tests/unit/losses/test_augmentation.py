"""What augmentation does to an image, and that real and generated images go through the same."""

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import AUGMENTATIONS
from playground.data import load
from playground.losses.augmentation import ADA_IMAGES, PARTS, adapt_, augment, color, cutout, translation
from playground.training.games.gan import GAN
from playground.utils.random_streams import RandomStreams

DIGITS = PRESETS["digits-unlabelled"].config.changed(g_width=8, d_width=8, batch_size=16)
POLICIES = [policy for policy in AUGMENTATIONS if policy != "none"]


def draws(seed=0):
    return RandomStreams(torch.Generator().manual_seed(seed))


def images(n, channels=1, side=16, seed=1):
    return torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_every_part_can_be_chosen():
    assert {part for policy in POLICIES for part in policy.split("+")} == set(PARTS)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("part", PARTS)
def test_gradients_flow_through_each_part(part, channels):
    x = images(50, channels).requires_grad_()
    y = PARTS[part](x, draws())
    assert y.shape == x.shape
    (gradient,) = torch.autograd.grad(y.sum(), x)
    h = 0.01
    change = (PARTS[part](x + h, draws()) - PARTS[part](x - h, draws())).sum() / (2 * h)
    assert change.item() == pytest.approx(gradient.sum().item(), rel=1e-3)
    assert (gradient.flatten(1) != 0).any(1).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_p_is_the_share_of_images(policy):
    x = images(1000, 3, 8)
    for p, share in ((0.0, 0), (0.3, 0.3), (1.0, 1)):
        y = augment(x, policy, torch.tensor(p), draws())
        assert torch.equal(y, x) == (p == 0)
        for part in policy.split("+"):
            changed = (augment(x, part, torch.tensor(p), draws()) != x).flatten(1).any(1).float().mean().item()
            stays = 0.25 if part == "translation" else 0  # a shift of nothing by nothing
            assert changed == pytest.approx(share * (1 - stays), abs=0.06 if p else 0)


def test_each_part_has_its_own_coin():
    x = images(2000)
    y = augment(x, "color+cutout", torch.tensor(0.5), draws())
    cut = (y == 0).flatten(1).any(1)
    coloured = ((y != x) & (y != 0)).flatten(1).any(1)
    for a in (cut, ~cut):
        for b in (coloured, ~coloured):
            assert (a & b).float().mean().item() == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize(("side", "most"), [(16, 2), (8, 1), (28, 3)])
def test_translation_moves_by_whole_pixels_up_to_an_eighth(side, most):
    n, middle = 600, side // 2
    x = torch.zeros(n, 1, side, side)
    x[:, :, middle, middle] = 1.0
    y = translation(x, draws())
    assert torch.equal(y.sum((1, 2, 3)), torch.ones(n))
    assert y.unique().tolist() == [0, 1]
    moves = {tuple(at) for at in (y.nonzero()[:, 2:] - middle).tolist()}
    span = range(-most, most + 1)
    assert moves == {(down, right) for down in span for right in span}


def test_translation_brings_in_zeros_and_takes_nothing_round():
    x = torch.ones(200, 1, 8, 8)
    y = translation(x, draws())
    moved = y.flatten(1).sum(1)
    assert set(moved.tolist()) == {64.0, 56.0, 49.0}


def test_cutout_takes_a_square_of_half_the_side():
    y = cutout(torch.ones(500, 2, 16, 16), draws())
    assert y.unique().tolist() == [0, 1]
    assert torch.equal(y[:, 0], y[:, 1])
    hole = y[:, 0] == 0
    rows, columns = hole.any(2), hole.any(1)
    assert torch.equal(hole, rows[:, :, None] & columns[:, None])  # a rectangle
    height, width = rows.sum(1), columns.sum(1)
    assert (height.max(), width.max()) == (8, 8)
    inside = rows[:, 0].logical_not() & rows[:, -1].logical_not()
    assert set(height[inside].tolist()) == {8}
    assert height.min() >= 4  # half of it at the edge
    assert hole.float().mean((0, 1)).min() > 0.1  # everywhere


def test_colour_is_brightness_and_contrast_of_a_grey_image():
    x = images(300)
    y = color(x, draws())
    spread, before = ((t - t.mean((1, 2, 3), keepdim=True)) for t in (y, x))
    contrast = (spread * before).sum((1, 2, 3)) / before.square().sum((1, 2, 3))
    torch.testing.assert_close(spread, before * contrast[:, None, None, None])
    brightness = (y - x).mean((1, 2, 3))
    for values, low, high in ((contrast, 0.5, 1.5), (brightness, -0.5, 0.5)):
        assert low <= values.min() < low + 0.02
        assert high - 0.02 < values.max() <= high


def test_saturation_does_nothing_to_one_channel_and_something_to_three():
    x = images(300)
    torch.testing.assert_close(color(x.expand(-1, 3, -1, -1), draws())[:, :1], color(x, draws()))
    x = images(300, 3)
    ratio = [t - t.mean(1, keepdim=True) for t in (color(x, draws()), x)]
    factor = (ratio[0] * ratio[1]).sum((1, 2, 3)) / ratio[1].square().sum((1, 2, 3))
    torch.testing.assert_close(ratio[0], ratio[1] * factor[:, None, None, None], atol=1e-4, rtol=1e-3)
    assert factor.min() < 0.1
    assert factor.max() > 2


@pytest.mark.parametrize(("d_steps", "objective", "calls"), [(1, "non-saturating", 3), (2, "rpgan", 6)])
def test_real_and_generated_images_are_changed_alike_in_both_updates(monkeypatch, d_steps, objective, calls):
    seen = []

    def note(x, policy, p, draws):
        seen.append((policy, p.item(), x.requires_grad))
        return augment(x, policy, p, draws)

    monkeypatch.setattr("playground.training.games.gan.augment", note)
    knobs = {"augment": "translation+cutout", "augment_p": 0.4, "d_steps": d_steps, "objective": objective}
    GAN(DIGITS.changed(**knobs), load("digits")).step()
    assert [call[:2] for call in seen] == [("translation+cutout", pytest.approx(0.4))] * calls
    assert [call[2] for call in seen].count(True) == 1  # G learns through it


# Adaptive


@pytest.mark.parametrize(
    ("p", "scores", "expected"),
    [
        (0.5, [1.0, 2.0, 3.0, 4.0], 0.5 + 32 / ADA_IMAGES),  # r = 1
        (0.5, [-1.0, 2.0, -3.0, 4.0], 0.5 - 32 / ADA_IMAGES),  # r = 0
        (0.5, [-1.0, 2.0, 3.0, 4.0], 0.5 - 32 / ADA_IMAGES),  # r = 0.5
        (0.0, [-1.0, -1.0], 0.0),
        (1.0, [1.0, 1.0], 1.0),
    ],
)
def test_p_follows_the_sign_of_d(p, scores, expected):
    live = torch.tensor(p, dtype=torch.float64)
    adapt_(live, torch.tensor(scores), 0.6, 32)
    assert live.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("bias", "direction"), [(5.0, 1), (-5.0, -1)])
@pytest.mark.parametrize("pack", [1, 2])
def test_the_trainer_adapts_p_by_the_real_images_it_showed(bias, direction, pack):
    config = DIGITS.changed(augment="cutout", augment_p=0.5, ada_target=0.6, d_lr=0.0, g_lr=0.0, pack=pack)
    trainer = GAN(config, load("digits"))
    torch.nn.init.zeros_(trainer.D.head.weight)
    torch.nn.init.constant_(trainer.D.head.bias, bias)
    for _ in range(10):
        trainer.step()
    assert trainer.augment_p.item() == pytest.approx(0.5 + direction * 10 * 16 / ADA_IMAGES, abs=1e-6)


def test_p_stays_what_the_knob_says_unless_it_adapts():
    trainer = GAN(DIGITS.changed(augment="cutout", augment_p=0.5), load("digits"))
    trainer.step()
    assert trainer.augment_p == 0.5
    trainer.tune(trainer.config.changed(ada_target=0.6))
    trainer.step()
    adapted = trainer.augment_p.item()
    assert adapted != 0.5
    trainer.tune(trainer.config.changed(g_lr=1e-4))
    assert trainer.augment_p == adapted  # another knob does not reset it
    trainer.tune(trainer.config.changed(augment_p=0.2))
    assert trainer.augment_p.item() == pytest.approx(0.2)
    trainer.step()
    trainer.tune(trainer.config.changed(ada_target=0.0))
    assert trainer.augment_p.item() == pytest.approx(0.2)
