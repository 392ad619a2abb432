"""A class on a real server: all join by the code, the board shows them, and a pause reaches their runs."""

import json
from pathlib import Path

import pytest

from playground.cli.main import main


@pytest.mark.slow
def test_a_small_class_joins_trains_and_pauses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "board.json"
    assert main(["bench", "board", "--students", "2", "--seconds", "2", "--json", str(file)]) == 0
    [row] = json.loads(file.read_text())["rows"]
    assert (row["students"], row["engines"]) == (2, 1)
    assert row["joined_s"]["never"] == row["paused_s"]["never"] == 0
    assert row["rest_s"] is not None
    assert row["redraws_per_s"] > 0
    assert row["kb"] > 1
    said = capsys.readouterr()
    assert "2 students, 1 engine(s)" in said.out + said.err
