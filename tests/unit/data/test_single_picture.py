"""One picture file as a sample of a run's size, and a mask from such a file."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from playground.data import single_picture
from playground.utils.errors import UserError


def _file(picture: Image.Image, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    picture.save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (10, 6, 3)])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_a_picture_takes_the_form_of_the_run(shape: tuple[int, int, int], fit: single_picture.Fit) -> None:
    picture = single_picture.read(_file(Image.new("RGB", (90, 60), (200, 10, 10))), *shape, fit)
    assert picture.shape == shape
    assert picture.dtype == np.uint8
    assert picture.max() > 0


@pytest.mark.parametrize("content", [b"", b"x" * 100, _file(Image.new("L", (50, 50)))[:60], b"\x89PNG\r\n\x1a\n" * 9])
def test_a_file_that_is_no_picture_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(UserError, match=r"This file cannot be used: .+\."):
        single_picture.read(content, 8, 8, 1)


def test_a_mask_hides_what_is_white_and_not_what_is_transparent() -> None:
    mask = np.zeros((28, 28), np.uint8)
    mask[4:9, 10:20] = 255
    found = single_picture.read_mask(_file(Image.fromarray(mask)), 28, 28)
    assert np.array_equal(found, mask > 0)
    clear = np.dstack([np.full((28, 28, 3), 255, np.uint8), mask])
    assert np.array_equal(single_picture.read_mask(_file(Image.fromarray(clear)), 28, 28), mask > 0)


def test_a_mask_that_hides_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="hides nothing"):
        single_picture.read_mask(_file(Image.new("L", (28, 28), 127)), 28, 28)
