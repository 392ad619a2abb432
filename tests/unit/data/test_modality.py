"""What a sample is. That a new modality is new files only, `test_contributing` shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.config.starts import STARTS
from playground.data import DATASETS, modality
from playground.data.modality import IMAGES, MODALITIES, POINTS, Modality, tiles_of
from playground.engine.modalities import IN_VIEWS
from playground.export.modalities import IN_FILES
from playground.ui.modalities import ON_PAGES
from playground.utils.errors import UserError


@pytest.mark.parametrize(
    ("shape", "found"), [((2,), POINTS), ((1, 8, 8), IMAGES), ((3, 28, 28), IMAGES), ((8, 8, 3), IMAGES)]
)
def test_the_shape_of_a_sample_tells_its_modality(shape: tuple[int, ...], found: Modality) -> None:
    assert modality.of(shape) is found


@pytest.mark.parametrize("shape", [(), (1, 16), (2, 3, 4, 5)])
def test_another_shape_is_said_to_be_unknown(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="of no kind that is known"):
        modality.of(shape)


def test_every_dataset_is_of_a_modality_that_each_room_knows() -> None:
    assert {dataset.kind for dataset in DATASETS.values()} == set(MODALITIES)
    for registry in (STARTS, IN_VIEWS, IN_FILES, ON_PAGES):
        assert list(registry) == list(MODALITIES) == ["points", "images"]  # the order of lists
        assert all(record.key == key for key, record in registry.items())


def test_images_are_their_own_tiles_and_points_have_a_plane() -> None:
    images = np.zeros((2, 8, 8, 3), np.uint8)
    assert tiles_of(images) is images
    assert POINTS.tiles is None


def test_all_levels_of_an_image_come_back() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    seen = IMAGES.normalise(levels)
    assert (seen.min(), seen.max()) == (-1, 1)
    assert np.array_equal(IMAGES.shown(seen), IMAGES.arrange(levels))
    assert IMAGES.arrange(levels).shape == (1, 16, 16, 1)
    assert levels[0, 0, 0, 1] == 1  # what is stored stays as it is


def test_points_are_left_as_they_are() -> None:
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    assert POINTS.normalise(x) is x
    assert np.array_equal(POINTS.shown(x), x.numpy())


def test_what_may_be_stored_and_shown() -> None:
    image, point = np.zeros((2, 1, 8, 8), np.uint8), np.zeros((2, 2), np.float32)
    assert IMAGES.is_stored(image)
    assert not IMAGES.is_stored(image.astype(np.float32))
    assert not IMAGES.is_shown(image)
    assert IMAGES.is_shown(image.transpose(0, 2, 3, 1))
    assert POINTS.is_stored(point)
    assert not POINTS.is_stored(point + np.float32(np.nan))
    assert POINTS.is_shown(point + np.float32(np.nan))
    assert not POINTS.is_shown(point.astype(np.float64))
