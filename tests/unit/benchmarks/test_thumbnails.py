"""The pictures of the presets in the gallery."""

from pathlib import Path

import pytest
from PIL import Image

from playground.benchmarks import thumbnails
from playground.config.presets import PRESETS, cure_of, groups

PICTURES = sorted(thumbnails.FOLDER.glob("*.webp"))


def test_every_preset_has_a_picture_and_nothing_else_does() -> None:
    assert {file.stem for file in PICTURES} == set(PRESETS)
    assert sum(file.stat().st_size for file in PICTURES) < 300_000


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.stem)
def test_a_picture_can_be_read_and_is_small(file: Path) -> None:
    with Image.open(file) as picture:
        assert picture.size == (thumbnails.SIDE, thumbnails.SIDE)
        assert len(picture.convert("L").getcolors() or []) > 8, "it is empty"


@pytest.mark.parametrize("key", ["ring", "digits"])
def test_the_command_draws_what_a_run_makes(key: str) -> None:
    early, later = thumbnails.picture(key, steps=1), thumbnails.picture(key, steps=40)
    assert early.size == later.size == (thumbnails.SIDE, thumbnails.SIDE)
    assert early.tobytes() != later.tobytes()


def test_every_preset_is_in_one_group_and_a_cure_follows_its_failure() -> None:
    found = [preset.key for presets in groups().values() for preset in presets]
    assert sorted(found) == sorted(PRESETS)
    failures = [preset.key for preset in groups()["Failures with their cures"]]
    assert [cure_of(key) for key in failures[::2]] == failures[1::2]
    assert {preset.cures for preset in PRESETS.values()} - {""} == set(failures[::2])
