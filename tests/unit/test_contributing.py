"""What CONTRIBUTING.md shows works: its files, put into a copy of the project, are found without another edit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def shown() -> dict[str, str]:
    """What CONTRIBUTING.md shows: paths, those of an addition with a "+" before them, and texts."""
    pattern = r"```python\n# (at the end of )?(\S+)\n(.*?)```"
    blocks = re.findall(pattern, (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    return {"+" * bool(added) + path: text for added, path, text in blocks}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command line of a copy of the project that has these files."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "playground", copy / "playground", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "assets" / "data", copy / "assets" / "data")
    for path, text in shown().items():
        file = copy / path.removeprefix("+")
        assert file.exists() == path.startswith("+")
        with file.open("a") as out:
            out.write(text)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "playground", *arguments]
        return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_what_is_shown() -> None:
    assert [Path(path).parts[1] for path in shown()] == ["losses", "data", "models", "benchmarks"]


def test_an_objective_is_listed_and_trained(project: Run, tmp_path: Path) -> None:
    listed = json.loads(project("list", "objectives", "--json").stdout)
    assert "cauchy" in {row["key"] for row in listed}
    arguments = ("--preset", "ring", "--steps", "20", "--set", "objective=cauchy", "--out", str(tmp_path / "run"))
    done = project("train", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "config.json").read_text())["objective"] == "cauchy"


def test_a_dataset_and_networks_are_listed_and_trained(project: Run, tmp_path: Path) -> None:
    listed = json.loads(project("list", "datasets", "--json").stdout)
    assert "cross" in {row["key"] for row in listed}
    knobs = {row["key"]: row for row in json.loads(project("list", "knobs", "--json").stdout)}
    assert "linear" in knobs["network"]["choices"]
    knobs_set = [word for pair in ("dataset=cross", "network=linear", "conditional=true") for word in ("--set", pair)]
    done = project("train", "--preset", "ring", "--steps", "20", "--out", str(tmp_path / "run"), *knobs_set)
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["dataset"], config["network"]) == ("cross", "linear")


def test_a_benchmark_is_a_command(project: Run) -> None:
    done = project("bench", "weights")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10_000
