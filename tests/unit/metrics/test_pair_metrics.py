"""The metrics of translations against values that were worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics.catalogue import MEASURES
from playground.metrics.cycle_error import apart
from playground.metrics.label_kept import label_kept
from playground.metrics.measure import Comparison, Pairs, Real
from playground.metrics.psnr import psnr
from playground.metrics.sharpness import gradient_energy
from playground.metrics.similarity import ssim
from playground.utils.chunked import run_to_end

OF_PAIRS = ("psnr", "ssim", "sharpness", "label_kept", "cycle_error", "change")


def test_psnr_is_of_pictures_looked_at_from_0_to_1() -> None:
    x, y = torch.zeros(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    y[0], y[1, 0, 0, 0] = 0.2, 2.0  # errors of 0.1 everywhere; of 1 in one of four pixels; none
    assert psnr(x, y).tolist() == pytest.approx([20.0, 10 * math.log10(4), 100.0], rel=1e-5)
    assert float(psnr(-torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2))) == pytest.approx(0)


def test_gradient_energy_counts_neighbours_across_and_down() -> None:
    steps = torch.tensor([[0.0, 1.0, 1.0], [0.0, 1.0, 3.0]])[None, None]
    across, down = (1 + 0 + 1 + 4) / 4, (0 + 0 + 4) / 3
    assert gradient_energy(steps).tolist() == pytest.approx([across + down])
    assert gradient_energy(torch.full((2, 3, 4, 4), 0.3)).tolist() == [0, 0]
    assert gradient_energy(torch.tensor([1.0, 3.0]).view(1, 1, 1, 2)).tolist() == [4]
    assert float(gradient_energy(2 * steps)) == pytest.approx(4 * (across + down)), "a square"


def test_a_label_is_kept_where_the_classifier_sees_the_class_of_the_input() -> None:
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 1.0], [0.0, 9.0]])
    assert label_kept(logits, torch.tensor([0, 1, 1, 1])) == 0.75
    assert label_kept(logits, torch.tensor([0, 0, -1, -1])) == 0.5, "a class that there is not does not count"
    assert math.isnan(label_kept(logits, torch.full((4,), -1)))


def test_what_comes_back_is_compared_in_parts_of_the_way_to_white_or_as_points() -> None:
    black = -torch.ones(2, 1, 2, 2)
    assert apart(black, -black) == 1
    assert apart(black, torch.zeros_like(black)) == 0.5
    assert apart(torch.zeros(2, 2), torch.tensor([[3.0, 4.0], [0.0, 1.0]])) == 3


def _values(key: str, c: Comparison) -> dict[str, float]:
    found = MEASURES[key].values(c)
    return found if isinstance(found, dict) else run_to_end(found)


def _comparison(x: torch.Tensor, real: torch.Tensor, pairs: Pairs | None, logits: torch.Tensor | None) -> Comparison:
    places = torch.arange(len(real))
    known = Real(real, places, real.flatten(1))
    return Comparison(x, x.flatten(1), known, RunConfig(), Samples(real), logits, pairs=pairs)


def test_each_metric_of_pairs_has_its_value() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = 0.4 * torch.randn(6, 1, 12, 12, generator=generator)
    x = truth / 2
    pairs = Pairs(-truth, truth, truth, truth + 0.2, torch.tensor([0, 1, 0, 1, 0, 1]))
    c = _comparison(x, truth, pairs, torch.tensor([[1.0, 0.0]] * 6))
    assert _values("psnr", c)["psnr"] == pytest.approx(float(psnr(x, truth).mean()))
    assert _values("ssim", c)["ssim"] == pytest.approx(float(ssim(x, truth).mean()))
    assert _values("sharpness", c)["sharpness"] == pytest.approx(0.25)
    assert _values("label_kept", c)["label_kept"] == 0.5
    assert _values("cycle_error", c)["cycle_error"] == pytest.approx(0.1)
    assert _values("change", c)["change"] == pytest.approx(float(1.5 * truth.abs().mean()) / 2)


def test_what_is_not_known_is_left_out() -> None:
    x = torch.rand(4, 1, 8, 8)
    assert [_values(key, _comparison(x, x, None, None)) for key in OF_PAIRS if key != "sharpness"] == [{}] * 5
    flat = torch.zeros(4, 1, 8, 8)
    assert math.isnan(_values("sharpness", _comparison(x, flat, Pairs(), None))["sharpness"])


def test_metrics_are_for_translations_or_for_what_is_made_of_latents_or_both() -> None:
    assert not any(MEASURES[key].suits("images") for key in OF_PAIRS)
    assert all(MEASURES[key].suits("images", "translations") for key in (*OF_PAIRS, "frechet"))
    found = {key for key, m in MEASURES.items() if m.suits("points", "translations")}
    assert found == {"sliced_wasserstein", "cycle_error", "change"}
    assert not MEASURES["recall"].suits("images", "translations")
