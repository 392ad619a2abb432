"""How files are written: whole, on the disk, and without rubbish."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from playground.utils import files

SET = {"a.pt": b"new a", "b.csv": b"new b", "c.png": b"new c"}


@pytest.fixture
def operations(monkeypatch):
    """What is done with files, in order; `operations.fail_at` makes one of them fail."""

    class Operations(list):
        fail_at = -1

        def count(self, name, honest):
            def call(*arguments):
                self.append(name)
                if len(self) - 1 == self.fail_at:
                    raise OSError(28, "No space left on device")
                return honest(*arguments)

            return call

    found = Operations()
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, found.count(name, getattr(os, name)))
    return found


def put(folder):
    for name in SET:
        (folder / name).write_bytes(b"old")


def test_one_file_is_private_and_alone(tmp_path):
    files.write(tmp_path / "x", b"1")
    files.write(tmp_path / "x", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"2"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_all_of_a_set_is_on_the_disk_before_the_first_move_and_the_names_are_after_the_last(tmp_path, operations):
    put(tmp_path)
    files.write_set(tmp_path, SET, 0o644)
    assert operations == ["fsync"] * 3 + ["replace"] * 3 + ["fsync"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == SET
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o644 for path in tmp_path.iterdir())


@pytest.mark.parametrize("where", range(6))
def test_a_failure_leaves_no_rubbish_and_before_the_moves_changes_nothing(tmp_path, operations, where):
    put(tmp_path)
    operations.fail_at = where
    with pytest.raises(OSError, match="No space") as failure:
        files.write_set(tmp_path, SET)
    assert failure.value.filename == str(tmp_path / list(SET)[where % 3])
    assert {path.name for path in tmp_path.iterdir()} == set(SET)
    moved = max(0, where - 3)
    assert [(tmp_path / name).read_bytes() for name in SET] == [*SET.values()][:moved] + [b"old"] * (3 - moved)


def test_a_folder_in_the_place_of_a_file_is_met_before_anything_is_moved(tmp_path):
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(IsADirectoryError) as failure:
        files.write_set(tmp_path, SET)
    assert failure.value.filename == str(tmp_path / "b.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    kept = {
        "a.pt",
        ".a.pt.mine",
        ".a.pt.1234567",
        ".a.pt.123456789",
        ".a.pt.ABCDEFGH",
        "xa.pt.12345678",
        ".a_pt.12345678",
    }
    for name in kept:
        (tmp_path / name).touch()
    for name in SET:
        os.close(tempfile.mkstemp(dir=tmp_path, prefix=f".{name}.")[0])
    other = tempfile.mkstemp(dir=tmp_path, prefix=".other.")
    os.close(other[0])
    files.clear(tmp_path, SET)
    assert {path.name for path in tmp_path.iterdir()} == kept | {os.path.basename(other[1])}
    files.clear(tmp_path / "none", SET)


def test_a_private_folder_is_closed_to_others_also_if_it_was_there(tmp_path: Path) -> None:
    open_to_all = tmp_path / "runs"
    open_to_all.mkdir(0o755)
    for folder in (open_to_all, tmp_path / "a" / "b"):
        assert files.private(folder).stat().st_mode & 0o777 == 0o700
