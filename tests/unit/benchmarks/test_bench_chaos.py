"""The benchmark that ends engines says what was lost."""

import json
import os
from pathlib import Path

import pytest
from filelock import FileLock

from playground.benchmarks import chaos
from playground.cli.main import main


@pytest.mark.slow
def test_a_killed_engine_loses_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chaos, "BETWEEN", (0.1, 0.2))
    file = tmp_path / "chaos.json"
    assert (
        main(["bench", "chaos", "--kills", "1", "--stops", "0", "--seed", "3", "--runs", "3", "--json", str(file)]) == 0
    )
    report = json.loads(file.read_text())
    assert (report["events"], report["kills"], report["stops"], report["lost"]) == (1, 1, 0, 0)
    assert report["restarts"] == 1
    assert report["processes_left"] == report["locks_left"] == 0
    row = report["rows"][0]
    assert row["seconds"] > 0
    assert len(row["behind_steps"]) == len(row["behind_seconds"]) >= 1, "the engine that was killed had a run"
    assert "0 of 3 runs lost" in capsys.readouterr().out


def test_what_is_left_is_counted(tmp_path: Path) -> None:
    assert chaos._left(set(), tmp_path) == {"processes_left": 0, "locks_left": 0}
    (tmp_path / "run.begun").touch()
    lock = FileLock(tmp_path / "run.lock", is_singleton=False)
    with lock:
        assert chaos._left({os.getpid()}, tmp_path) == {"processes_left": 1, "locks_left": 2}
    assert chaos._left(set(), tmp_path) == {"processes_left": 0, "locks_left": 1}
