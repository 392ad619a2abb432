"""Precision, recall, density and coverage, and what they say of less of the latent space."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent import studies
from playground.latent.questions import Truncation, TruncationFound
from playground.metrics.prdc import Prdc, prdc, radii
from playground.training.model import Model
from playground.utils import chunked, priors
from playground.utils.errors import UserError


def _measured(real: torch.Tensor, fake: torch.Tensor, k: int) -> Prdc:
    return chunked.run_to_end(prdc(real, chunked.run_to_end(radii(real, k)), fake, k))


def _naive(real: np.ndarray, fake: np.ndarray, k: int) -> list[float]:
    """As the `prdc` package defines them: one pair after the other."""

    def reach(x: np.ndarray) -> list[float]:
        return [sorted(np.linalg.norm(x - one, axis=1))[k] for one in x]

    real_reach, fake_reach = reach(real), reach(fake)
    distance = [[np.linalg.norm(r - f) for f in fake] for r in real]
    n, m = range(len(real)), range(len(fake))
    return [
        float(np.mean([any(distance[i][j] < real_reach[i] for i in n) for j in m])),
        float(np.mean([any(distance[i][j] < fake_reach[j] for j in m) for i in n])),
        float(np.mean([sum(distance[i][j] < real_reach[i] for i in n) / k for j in m])),
        float(np.mean([min(distance[i]) < real_reach[i] for i in n])),
    ]


@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("shift", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("rows", [7, 1000])
def test_the_four_figures_are_those_of_their_definition(
    k: int, shift: float, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.metrics.prdc.ROWS", rows)
    g = torch.Generator().manual_seed(k)
    real, fake = torch.randn(40, 3, generator=g), torch.randn(31, 3, generator=g) * 0.8 + shift
    np.testing.assert_allclose(_measured(real, fake, k), _naive(real.numpy(), fake.numpy(), k), rtol=1e-6)


def test_closed_cases() -> None:
    line = torch.arange(10.0)[:, None]
    assert _measured(line, line, 1) == Prdc(1.0, 1.0, 1.0, 1.0)  # each only in its own ball: neighbours lie on the edge
    assert _measured(line, line + 100, 1) == Prdc(0.0, 0.0, 0.0, 0.0)
    collapsed = torch.full((10, 1), 4.2)  # one point, of no reach
    found = _measured(line, collapsed, 1)
    assert (found.precision, found.recall) == (1.0, 0.0)
    assert found.coverage == pytest.approx(0.2)  # the balls of 4 and of 5
    assert found.density == pytest.approx(2.0)


def test_samples_of_the_same_have_all_figures_near_one() -> None:
    g = torch.Generator().manual_seed(0)
    found = _measured(torch.randn(400, 4, generator=g), torch.randn(400, 4, generator=g), 5)
    assert min(found) > 0.85
    assert max(found) < 1.15


def test_scaling_and_truncation_of_z() -> None:
    z = priors.sample("normal", 4000, 8, 3)
    np.testing.assert_array_equal(priors.truncated("normal", "scale", 0.5, 4000, 8, 3), z * np.float32(0.5))
    np.testing.assert_array_equal(priors.truncated("normal", "truncate", priors.WITHOUT, 4000, 8, 3), z)
    for limit in (0.25, 1.0, 3.0):
        held = priors.truncated("normal", "truncate", limit, 4000, 8, 3)
        again = z[np.abs(z) <= limit]  # what is left where the others are drawn again
        assert np.abs(held).max() <= limit
        np.testing.assert_allclose(np.quantile(held, [0.1, 0.3, 0.8]), np.quantile(again, [0.1, 0.3, 0.8]), atol=0.03)
        assert (np.sign(held) == np.sign(z)).mean() > 0.999
    assert priors.natural_ways("normal") == ("scale", "truncate")
    assert priors.natural_ways("uniform") == ("scale",)


def _model(preset: str, steps: int, **changes: Any) -> Model:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(steps)
    run.read()
    return run.models.of("ema").frozen()


def test_less_of_the_latent_space_has_less_recall_and_no_less_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 100)
    model = _model("digits", 300)
    found: TruncationFound = studies.answer_now(model, Truncation("scale", (0.0, 0.5, 1.0), 200))
    assert found.by == "classifier"
    assert (found.count, found.k, found.marks.shape) == (200, 5, (3, 4))
    precision, recall = found.marks[:, 0], found.marks[:, 1]
    assert recall[0] < recall[1] < recall[2]
    assert precision[1] >= precision[2] - 0.02
    assert (found.ceiling[:2] > 0.9).all()
    cut: TruncationFound = studies.answer_now(model, Truncation("truncate", (0.5, priors.WITHOUT), 200))
    np.testing.assert_array_equal(cut.marks[1], found.marks[2])  # all of z is all of z
    assert cut.marks[0, 1] < cut.marks[1, 1]


def test_lines_grow_value_by_value_and_points_are_compared_as_they_are() -> None:
    model = _model("ring", 5, z_distribution="uniform")
    news = list(studies.answer(model, Truncation("scale", (0.5, 1.0), 60)))
    previews = [piece[2] for piece in news if len(piece) == 3]
    assert [int(np.isnan(preview.marks[:, 0]).sum()) for preview in previews] == [1, 0]
    assert previews[0].by == "points"


def test_too_few_samples_get_a_sentence() -> None:
    with pytest.raises(UserError, match="too few samples"):
        studies.answer_now(_model("digits-unlabelled", 1, size=10), Truncation("scale", (1.0,), 500))
