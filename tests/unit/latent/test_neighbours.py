"""The nearest training images of generated ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent import studies
from playground.latent.questions import Near, Neighbours, NeighboursFound
from playground.training.model import Model
from playground.ui.pages.latent.tools import neighbours
from playground.utils import chunked
from playground.utils.errors import UserError
from playground.utils.nearest import nearest


def _model(preset: str, **changes: Any) -> Model:
    run = Run("r", PRESETS[preset].config.changed(**changes))
    run.advance(2)
    run.read()
    return run.models.of("ema").frozen()


@pytest.mark.parametrize("work", [1.0, 3000.0, 1e9])
def test_the_nearest_are_found_whatever_the_size_of_the_pieces(work: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.utils.nearest.WORK", work)
    g = torch.Generator().manual_seed(0)
    x, queries = torch.randn(97, 6, generator=g), torch.randn(11, 6, generator=g)
    distance, place = chunked.run_to_end(nearest(queries, 97, lambda part: x[part], 4))
    every = (queries[:, None] - x[None]).square().sum(2).sqrt()
    torch.testing.assert_close(distance, every.sort(1).values[:, :4])
    torch.testing.assert_close(every.gather(1, place), distance)


def test_a_vector_is_not_its_own_neighbour_but_its_copy_is() -> None:
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    x[7] = x[3]
    own = torch.tensor([3, 5])
    distance, place = chunked.run_to_end(nearest(x[own], 20, lambda part: x[part], 1, own))
    assert (float(distance[0, 0]), int(place[0, 0])) == (0.0, 7)
    assert float(distance[1, 0]) > 0


def test_fewer_vectors_than_asked_for_are_all_neighbours() -> None:
    x = torch.eye(3)
    assert chunked.run_to_end(nearest(x, 3, lambda part: x[part], 5))[0].shape == (3, 3)
    assert chunked.run_to_end(nearest(x, 3, lambda part: x[part], 5, torch.arange(3)))[0].shape == (3, 2)


@pytest.mark.parametrize(
    ("preset", "changes"), [("digits", {}), ("digits-unlabelled", {"size": 60}), ("shapes", {"size": 300})]
)
def test_neighbours_of_samples(preset: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 3)
    model = _model(preset, **changes)
    z = np.random.default_rng(0).normal(size=(7, model.config.z_dim)).astype(np.float32)
    found: NeighboursFound = studies.answer_now(model, Neighbours(z, None, 4))
    h, w, c = found.samples.shape[1:]
    assert found.samples.shape == (4, h, w, c)
    assert found.learned == (preset != "digits-unlabelled")  # of 60 labelled images no classifier learns
    for near in (found.pixels, found.features):
        assert near.distances.shape == (7, 5)
        assert (np.diff(near.distances) >= 0).all()
        assert near.pictures.shape == (4, 5, h, w, c)
    differences = (found.pixels.pictures[:, 0].astype(float) - found.samples) / 255
    np.testing.assert_allclose(np.sqrt((differences**2).mean((1, 2, 3))), found.pixels.distances[:4, 0], atol=0.003)
    again: NeighboursFound = studies.answer_now(model, Neighbours(z, None, 4))
    np.testing.assert_array_equal(again.features.distances, found.features.distances)


def test_one_image_alone_has_no_neighbours() -> None:
    model = _model("digits-unlabelled", size=1)
    with pytest.raises(UserError, match="only one image"):
        studies.answer_now(model, Neighbours(np.zeros((2, model.config.z_dim), np.float32), None, 1))


def _found(pixel: float, feature: float) -> NeighboursFound:
    usual = np.linspace(0.1, 0.3, 101)
    near = [Near(np.full((10, 5), d), np.zeros((10, 5, 8, 8, 1), np.uint8), usual) for d in (pixel, feature)]
    return NeighboursFound(np.zeros((10, 8, 8, 1), np.uint8), near[0], near[1], True, 0.99)


def test_the_verdict_follows_both_distances() -> None:
    assert "looks copied" in neighbours.verdict(_found(0.0, 0.0), 0)
    assert "Its pixels are closer" in neighbours.verdict(_found(0.05, 0.2), 0)
    assert "Its features are closer" in neighbours.verdict(_found(0.2, 0.05), 0)
    assert "Not copied: 50 % of training images" in neighbours.verdict(_found(0.2, 0.2), 0)
    assert ": 100 % of 10 samples" in neighbours.overall(_found(0.0, 0.2))
    assert ": 0 % of 10 samples" in neighbours.overall(_found(0.2, 0.0))
