"""What a person types finds the knob that they mean."""

import pytest

from playground.config.run_config import KNOBS
from playground.ui.knobs.search import find


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("lr", ["d_lr", "g_lr"]),
        ("learning rate d", ["d_lr"]),
        ("momentum", ["beta1"]),
        ("beta1", ["beta1"]),
        ("β₁", ["beta1"]),
        ("γ", ["r1", "r2"]),
        ("gamma", ["r1", "r2"]),
        ("gp", ["gp"]),
        ("wgan-gp", ["gp"]),
        ("n_critic", ["d_steps"]),
        ("batchnorm", ["g_norm", "d_norm"]),
        ("hidden units", ["g_width", "d_width"]),
        ("LATENT size", ["z_dim"]),
        ("AdamW", ["d_optimiser", "g_optimiser"]),
        ("polyak", ["ema_half_life"]),
        ("gpu", ["device"]),
    ],
)
def test_the_first_ones_found_are_meant(query, wanted):
    found = [knob.name for knob in find(query)]
    assert set(wanted) <= set(found[: len(wanted) + 1]), found


@pytest.mark.parametrize("name", KNOBS)
def test_every_knob_is_found_by_its_label_and_by_its_name(name):
    assert KNOBS[name] in find(KNOBS[name].label)
    assert find(name)[0].label == KNOBS[name].label or KNOBS[name] in find(name)[:3]


@pytest.mark.parametrize("query", ["", "  ", "·", "xyzzy"])
def test_nothing_is_found_where_nothing_is_meant(query):
    assert find(query) == []
