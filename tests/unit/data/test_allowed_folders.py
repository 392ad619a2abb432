"""On a server for others, only folders that its operator names are read, and nobody learns which others there are."""

import os
from pathlib import Path

import numpy as np
import pytest

from playground.data import DATASETS, at_hand, idx_folder, load, stamp
from playground.utils.errors import UserError


def write(folder: Path) -> Path:
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    header = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in images.shape)
    (folder / "train-images-idx3-ubyte").write_bytes(header + images.tobytes())
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    inside, outside = write(tmp_path / "allowed" / "mnist"), write(tmp_path / "secret")
    monkeypatch.setenv(idx_folder.SETTING, os.pathsep.join([str(tmp_path / "allowed"), str(tmp_path / "not-there")]))
    return inside, outside


def test_a_folder_that_is_allowed_is_read_and_offered(folders: tuple[Path, Path]) -> None:
    inside, _outside = folders
    assert len(load("idx", str(inside)).x) == 20
    assert idx_folder.choices() == [str(inside)]


def test_blanks_in_the_setting_and_zero_bytes_in_a_name_do_no_harm(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, _outside = folders
    monkeypatch.setenv(idx_folder.SETTING, f" {inside.parent} {os.pathsep} ")
    assert idx_folder.choices() == [str(inside)]
    with pytest.raises(UserError, match="only the folders"):
        load("idx", f"{inside}\0/../../secret")


def test_any_other_says_the_same_whether_it_is_there_or_not(folders: tuple[Path, Path], tmp_path: Path) -> None:
    inside, outside = folders
    link = inside.parent / "link"
    link.symlink_to(outside)
    loop = inside.parent / "loop"
    loop.symlink_to(loop)
    said = set()
    for folder in (
        outside,
        tmp_path / "nothing",
        inside / ".." / ".." / "secret",
        link,
        loop,
        Path("~root"),
        Path("/"),
    ):
        assert DATASETS["idx"].place is not None
        assert DATASETS["idx"].place(str(folder)) is None
        stamp("idx", str(folder))
        assert at_hand("idx", str(folder)) is None
        with pytest.raises(UserError) as error:
            load("idx", str(folder))
        said.add(str(error.value))
    assert len(said) == 1
    assert str(tmp_path) not in said.pop()
    assert idx_folder.choices() == [str(inside)]


def test_no_folder_may_be_allowed(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(idx_folder.SETTING, "")
    assert idx_folder.choices() == []
    with pytest.raises(UserError, match="operator allows"):
        load("idx", str(folders[0]))


def test_where_nothing_is_set_any_folder_may_be_named(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(idx_folder.SETTING)
    assert idx_folder.choices() is None
    assert len(load("idx", str(folders[1])).x) == 20
