"""The benchmark of a class says what each student got."""

import json
from pathlib import Path

import pytest

from playground.benchmarks import classroom, readme_server
from playground.cli.main import main


@pytest.mark.slow
def test_a_small_class_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classroom, "HOSTILE", ("tabs", "remember"))  # the largest networks would take minutes
    monkeypatch.setattr(classroom, "TABS", 2)
    file = tmp_path / "class.json"
    arguments = ["--students", "3", "--hostile", "2", "--engines", "1", "--seconds", "1", "--json", str(file)]
    assert main(["bench", "class", *arguments]) == 0
    report = json.loads(file.read_text())
    [row] = report["rows"]
    assert (row["engines"], row["students"], row["hostile"]) == (1, 3, 2)
    assert [one["kind"] for one in row["rows"]] == ["fair", "tabs", "remember"]
    fair, _tabs, _remember = row["rows"]  # a page on which somebody presses without end may never draw by itself
    assert fair["redraws_per_s"] > 0
    assert fair["kb"] > 1
    assert sum(one["steps_per_s"] for one in row["rows"]) == pytest.approx(row["steps_per_s"], abs=1)
    assert all(
        press["n"] == 1 and press["without_effect"] == 0 and press["p95"] > 0 for press in row["presses"].values()
    )
    assert len(row["alone_steps_per_s"]) == 2
    assert row["load"] >= 0
    said = capsys.readouterr()
    assert "3 students (2 hostile), 1 engine(s)" in said.out + said.err
    text = " ".join(readme_server.classroom(report).split())
    assert "3 students on one server, 2 of them hostile, each with a run of ring" in text


def test_the_index_of_fairness() -> None:
    assert classroom.jain([5.0, 5.0, 5.0]) == 1
    assert classroom.jain([6.0, 0.0, 0.0]) == pytest.approx(1 / 3, abs=1e-4)
    assert classroom.jain([1.0, 2.0, 3.0]) == pytest.approx(36 / 42, abs=1e-4)
    assert classroom.jain([0.0, 0.0]) is None


def test_the_first_student_is_never_hostile(capsys: pytest.CaptureFixture[str]) -> None:
    assert classroom.kinds(5, 4) == ["fair", "large", "remember", "tabs", "large"]
    assert main(["bench", "class", "--students", "2", "--hostile", "2"]) == 2
    assert "not hostile" in capsys.readouterr().err


def test_the_largest_networks_are_admitted_and_larger_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom.limits, "run_memory", lambda: 10**8)
    small = classroom.largest("ring")
    monkeypatch.setattr(classroom.limits, "run_memory", lambda: 10**10)
    large = classroom.largest("ring")
    assert int(small["g_width"]) < int(large["g_width"]) == 1024
    assert small["batch_size"] == large["batch_size"] == "1024"
