"""What a code says of the class: by hand, and as a metric that only runs with codes have."""

from __future__ import annotations

from math import isnan, log
from typing import Any

import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.metrics import evaluate
from playground.metrics.code_information import nearest_class, normalised_mutual_information, purity
from playground.training.model import Model
from playground.utils.chunked import run_to_end

A = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
B = torch.tensor([0, 0, 1, 1, 2, 2, 2, 2])


def test_nmi_is_the_one_worked_out_by_hand() -> None:
    """I = H(A) = log 2, as B tells A; H(B) = 2 x 1/4 log 4 + 1/2 log 2 = 1.5 log 2."""
    assert normalised_mutual_information(A, B) == pytest.approx(2 * log(2) / (log(2) + 1.5 * log(2)))
    assert normalised_mutual_information(B, A) == pytest.approx(0.8)


def test_nmi_reaches_its_ends() -> None:
    assert normalised_mutual_information(A, 5 - A) == pytest.approx(1)
    assert normalised_mutual_information(A, torch.tensor([0, 1] * 4)) == pytest.approx(0, abs=1e-12)
    assert normalised_mutual_information(A, torch.zeros(8, dtype=torch.long)) == 0
    assert isnan(normalised_mutual_information(torch.ones(8).long(), torch.zeros(8).long()))


def test_purity_counts_the_most_frequent_class_of_each_code() -> None:
    assert purity(A, B) == pytest.approx((2 + 4) / 8)
    assert purity(B, A) == 1


def test_points_have_the_class_of_the_nearest_real_one() -> None:
    real, y = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([4, 2])
    assert nearest_class(torch.tensor([[0.9, 0.8], [0.1, -3.0]]), real, y).tolist() == [2, 4]


def _measured(run: Run, monkeypatch: pytest.MonkeyPatch, mean: bool) -> Any:
    """The values where G makes of each code a mode of its own, or the same of all."""
    modes = torch.tensor(run.samples.centres)

    def sample(model: Model, z: torch.Tensor, y: object) -> torch.Tensor:
        return modes[z[:, :8].argmax(1) if mean else torch.arange(len(z)) % 3]

    monkeypatch.setattr(Model, "sample", sample)
    return run_to_end(evaluate.work(run.models.of("ema"), expensive=False))


def test_only_runs_with_a_categorical_code_have_it_with_its_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = PRESETS["ring"].config
    plain = Run("plain", ring)
    assert "code_nmi" not in _measured(plain, monkeypatch, False)
    assert "code_nmi" not in evaluate.floors(plain.samples)
    coded = Run("coded", ring.changed(info_categories=8, z_dim=10))
    found = _measured(coded, monkeypatch, True)["code_nmi"]
    assert found.value == pytest.approx(1)
    assert found.floor == pytest.approx(1, abs=1e-3)
    assert _measured(coded, monkeypatch, False)["code_nmi"].value < 0.05
    assert "code_nmi" not in _measured(Run("other", ring.changed(info_codes=2, z_dim=10)), monkeypatch, False)


def test_images_have_the_class_that_the_classifier_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    """A G that makes of each code the digits of one class."""
    run = Run("coded", PRESETS["digits-unlabelled"].config.changed(info_categories=10))
    assert run.samples.y is not None
    of_class = [(run.samples.y == k).nonzero()[:, 0] for k in range(10)]

    def sample(model: Model, z: torch.Tensor, y: object) -> torch.Tensor:
        places = [of_class[k][i % len(of_class[k])] for i, k in enumerate(z[:, :10].argmax(1).tolist())]
        return model.real(torch.stack(places))

    monkeypatch.setattr(Model, "sample", sample)
    found = run_to_end(evaluate.work(run.models.of("ema"), expensive=False, only={"code_nmi"}))["code_nmi"]
    assert found.value > 0.9
    assert found.value == pytest.approx(found.floor, abs=0.1)
