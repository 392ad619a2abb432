"""G makes what the data holds: the same range, asserted when a run is built."""

import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.data import Samples
from playground.training.games.gan import GAN
from playground.utils.errors import UserError

RING, DIGITS = PRESETS["ring"].config, PRESETS["digits"].config
SMALL = {"g_width": 8, "d_width": 8, "device": "cpu"}


@pytest.mark.parametrize("network", ["mlp", "dcgan", "dcgan-5x5"])
def test_images_of_g_have_the_range_of_the_data(network):
    dataset = "typeset-digits" if network == "dcgan-5x5" else "digits"
    samples = data.load(dataset)
    trainer = GAN(DIGITS.changed(network=network, dataset=dataset, **SMALL), samples)
    everything = trainer.normalise(samples.x)
    assert (everything.min(), everything.max()) == trainer.G.range == (-1, 1)
    with torch.no_grad():
        for p in trainer.G.parameters():
            p.mul_(50)  # far into the tails of tanh
    made = trainer.G(torch.randn(64, DIGITS.z_dim), torch.arange(64) % 10)
    assert made.abs().max() <= 1


def test_points_of_g_may_lie_anywhere():
    trainer = GAN(RING.changed(device="cpu"), data.load("ring"))
    assert trainer.G.range == (-float("inf"), float("inf"))


def test_another_scale_of_images_would_be_found(monkeypatch):
    monkeypatch.setattr(GAN, "normalise", lambda self, x: x.float() / 255)
    with pytest.raises(UserError, match=r"from -1\.0 to 1\.0, and the data has 0\.0 to 1\.0"):
        GAN(DIGITS.changed(**SMALL), data.load("digits"))


@pytest.mark.parametrize(
    "samples",
    [
        Samples(torch.rand(20, 1, 8, 8)),
        Samples(torch.zeros(0, 1, 8, 8, dtype=torch.uint8)),
        Samples(torch.full((20, 1, 8, 8), float("nan"))),
    ],
    ids=["float images", "no images", "NaN"],
)
def test_images_that_are_none(samples):
    with pytest.raises(UserError, match="cannot be used"):
        GAN(DIGITS.changed(conditional=False, **SMALL), samples)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_points_that_are_not_finite(value):
    x = torch.randn(100, 2)
    x[7, 1] = value
    with pytest.raises(UserError, match="cannot be used"):
        GAN(RING.changed(device="cpu"), Samples(x))
