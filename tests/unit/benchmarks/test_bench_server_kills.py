"""The benchmark that kills the server says what was lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.benchmarks import server_kills
from playground.cli.main import main


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="it reads /proc")
def test_a_killed_server_loses_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_kills, "BETWEEN", (0.1, 0.2))
    file = tmp_path / "kills.json"
    assert main(["bench", "server-kills", "--kills", "1", "--students", "2", "--json", str(file)]) == 0
    report = json.loads(file.read_text())
    assert (report["kills"], report["students"], report["lost"], report["engines_left"]) == (1, 2, 0, 0)
    [row] = report["rows"]
    assert row["seconds"] > 0
    assert len(row["behind_steps"]) == len(row["behind_seconds"]) == 2
    assert "0 of 2 runs lost in 1 kills of the server" in capsys.readouterr().out


def test_an_engine_that_does_not_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_kills, "ENDED", 0.1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert server_kills._left([os.getpid(), ended.pid]) == 1
    assert server_kills._left([ended.pid]) == 0
