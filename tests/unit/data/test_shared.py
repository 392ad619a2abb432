"""One process of a server reads a dataset, the others map it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from playground.data import shared
from playground.data.dataset import Samples
from playground.utils import files

SET = Samples(
    torch.arange(2 * shared.LEAST, dtype=torch.int64).to(torch.uint8).reshape(-1, 1, 32, 32),
    torch.arange(2 * shared.LEAST // 1024) % 3,
    3,
    ("a", "b", "c"),
    findings=("One sample was left out.",),
)


def nobody() -> Samples:
    raise AssertionError("it is there already")


def nothing(done: int, total: int) -> None:
    pass


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    own = shared.Folder()
    for name, value in own.environment.items():
        monkeypatch.setenv(name, value)
    yield Path(own.environment[shared.FOLDER])
    own.close()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == []


@pytest.mark.parametrize("samples", [SET, replace(SET, y=None, classes=0, names=()), replace(SET, index=SET.y)])
def test_a_set_is_read_once_and_is_the_same(folder: Path, samples: Samples) -> None:
    for read in (lambda: samples, nobody):
        found = shared.read("mark", read, nothing)
        for name in shared.ARRAYS:
            mine, theirs = getattr(samples, name), getattr(found, name)
            assert (mine is None) == (theirs is None)
            assert mine is None or (torch.equal(mine, theirs) and mine.dtype == theirs.dtype)
        assert (found.classes, found.names, found.findings) == (samples.classes, samples.names, samples.findings)
    assert shared.read("another version", lambda: SET, nothing).count == SET.count


def test_what_one_writes_nobody_else_sees(folder: Path) -> None:
    mine = shared.read("mark", lambda: SET, nothing)
    mine.x[0] = 77
    assert torch.equal(shared.read("mark", nobody, nothing).x, SET.x)


def test_memory_is_shared(folder: Path) -> None:
    """The pages of the file are those of the memory: none is this process's own."""
    found = shared.read("mark", lambda: SET, nothing)
    assert int(found.x.sum()) == int(SET.x.sum())  # every page was touched
    maps = Path("/proc/self/smaps")
    if not maps.exists():
        pytest.skip("this system does not say what memory is shared")
    _head, *mappings = maps.read_text().split(str(folder))
    own = [int(line.split()[1]) for part in mappings for line in part.splitlines()[:20] if "Anonymous" in line]
    assert own
    assert not any(own)


def test_a_small_set_is_read_by_each(folder: Path) -> None:
    small = replace(SET, x=SET.x[:4], y=None)
    assert shared.read("small", lambda: small, nothing) is small
    assert shared.read("small", lambda: small, nothing) is small


def test_without_a_folder_everybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(shared.FOLDER, raising=False)
    assert shared.read("mark", lambda: SET, nothing) is SET


@pytest.mark.parametrize("damage", ["x.npy", "rest.json"])
def test_what_is_damaged_is_read_anew(folder: Path, damage: str) -> None:
    shared.read("mark", lambda: SET, nothing)
    file = next(folder.glob(f"*/{damage}"))
    file.write_bytes(file.read_bytes()[: -len(file.read_bytes()) // 2])
    assert torch.equal(shared.read("mark", lambda: SET, nothing).x, SET.x)


def test_a_full_disk_costs_time_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.save", full)
    assert shared.read("mark", lambda: SET, nothing) is SET
    assert not [path for path in folder.iterdir() if path.is_dir()], "nothing half-written stays"


def test_who_comes_second_waits_and_can_give_up(folder: Path) -> None:
    begun, go_on, found = threading.Event(), threading.Event(), []

    def slowly() -> Samples:
        begun.set()
        assert go_on.wait(60)
        return SET

    def given_up(done: int, total: int) -> None:
        raise InterruptedError

    first = threading.Thread(target=lambda: found.append(shared.read("mark", slowly, nothing)))
    first.start()
    assert begun.wait(60)
    with pytest.raises(InterruptedError):
        shared.read("mark", nobody, given_up)
    second = threading.Thread(target=lambda: found.append(shared.read("mark", nobody, nothing)))
    second.start()
    go_on.set()
    for thread in (first, second):
        thread.join(60)
    assert len(found) == 2
    assert torch.equal(found[0].x, found[1].x)


def test_a_killed_server_leaves_nothing_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    code = "import os; from playground.data import shared; shared.Folder(); os._exit(1)"
    subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False, timeout=120)
    root = files.home() / "shared"
    left = {path.name for path in root.iterdir()}
    assert left
    alive = shared.Folder()
    assert not left & {path.name for path in root.iterdir()}, "the next server deletes it"
    alive.close()


def test_a_server_leaves_the_folder_of_another_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    code = "from playground.data.shared import *; f = Folder(); print(f.environment[FOLDER], flush=True); input()"
    command, pipe = [sys.executable, "-c", code], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        there = Path(other.stdout.readline().strip())
        shared.Folder().close()
        assert there.is_dir()
        other.communicate("\n", timeout=60)
