"""The one number by which runs of a race are compared."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import LARGER
from playground.engine.quality import measure, metric
from playground.engine.run import Run


def test_good_samples_of_half_of_the_modes_count_half(monkeypatch: pytest.MonkeyPatch) -> None:
    run, centres = Run("r", PRESETS["ring"].config), np.array(DATASETS["ring"].centres, np.float32)
    for covered in (1, 4, 8):
        monkeypatch.setattr(run, "images", lambda n=covered: np.tile(centres[:n], (200, 1)))
        assert measure(run) == pytest.approx((covered / 8, covered / 8))
    poor = np.tile(centres, (200, 1))
    poor[: len(poor) // 2] += 9
    monkeypatch.setattr(run, "images", lambda: poor)
    assert measure(run) == pytest.approx((0.5, 1.0))


PAIRED = {"game": "paired", "dataset": "digits", "task": "denoise", "network": "mlp", "g_width": 8, "d_width": 8}


def test_pictures_whose_truth_is_known_are_compared_with_it_by_ssim(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("r", RunConfig(**PAIRED))
    assert metric(run) == "ssim"
    assert metric(run) in LARGER
    assert measure(run).value < 0.5
    truth = run.trainer.truth()
    monkeypatch.setattr(run.trainer, "sample", lambda *_: truth)
    assert measure(run).value == pytest.approx(1, abs=1e-4)
    monkeypatch.setattr(run.trainer, "sample", lambda *_: torch.full_like(truth, torch.nan))
    assert np.isnan(measure(run).value)


def test_without_a_truth_outputs_are_compared_as_a_whole() -> None:
    run = Run("r", RunConfig(**(PAIRED | {"game": "cycle", "task": "thin-bold"})))
    assert metric(run) == "images"
    assert 0 < measure(run).value < 1
