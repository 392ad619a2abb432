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
    """Runs the command line, or with "-c" some Python, of a copy of the project that has these files."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "playground", copy / "playground", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "assets" / "data", copy / "assets" / "data")
    for path, text in shown().items():
        file = copy / path.removeprefix("+")
        assert file.exists() == path.startswith("+")
        with file.open("a") as out:
            out.write(text)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *(() if arguments[0] == "-c" else ("-m", "playground")), *arguments]
        return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_what_is_shown() -> None:
    assert [Path(path).parts[1] for path in shown()] == ["losses", "data", "models", "training", "benchmarks"]


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


LOOK = """
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.ui.pages.train.charts.losses import losses
from playground.ui.style import LIGHT
run = Run("a-run", PRESETS["ring"].config.changed(game="d2gan"))
run.advance(50)
again = Run.from_bytes("another", run.to_bytes())
view = snapshot(again, 1, "ema")
print(view.step, view.plane.shape, *(line["name"] for line in losses(view, LIGHT).data if line["mode"] == "lines"))
run.advance(20)
again.advance(20)
print((run.images() == again.images()).all())
"""


def test_a_game_is_listed_trained_drawn_and_saved(project: Run, tmp_path: Path) -> None:
    assert {row["key"] for row in json.loads(project("list", "games", "--json").stdout)} == {"gan", "d2gan"}
    knobs = {row["key"]: row for row in json.loads(project("list", "knobs", "--json").stdout)}
    assert knobs["game"]["choices"] == ["gan", "d2gan"]
    done = project("train", "--preset", "ring", "--steps", "20", "--set", "game=d2gan", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "d2_loss" in (tmp_path / "run" / "history.csv").read_text().splitlines()[0]
    looked = project("-c", LOOK)
    assert looked.stdout.split("\n")[:2] == ["50 (48, 48) D1 D2 G", "True"], looked.stderr


def test_a_benchmark_is_a_command(project: Run) -> None:
    done = project("bench", "weights")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10_000
