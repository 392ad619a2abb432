"""What CONTRIBUTING.md shows works: its files, put into a copy of the project, are found without another edit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]


def shown() -> dict[str, str]:
    """What CONTRIBUTING.md shows: paths, those of an addition with a "+" before them, and texts."""
    pattern = r"```python\n# (at the end of )?(\S+)\n(.*?)```"
    blocks = re.findall(pattern, (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    return {"+" * bool(added) + path: text for added, path, text in blocks}


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs functions of `contributed`, all in one process, on a copy of the project that has these files."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "playground", copy / "playground", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "assets" / "data", copy / "assets" / "data")
    for path, text in shown().items():
        file = copy / path.removeprefix("+")
        assert file.exists() == path.startswith("+")
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as out:
            out.write(text)

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # has the tests; the working folder comes first
    command = [sys.executable, "-m", "tests.unit.contributed"]
    with (
        (copy / "errors.log").open("w+") as log,
        subprocess.Popen(
            command, cwd=copy, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdin
        assert process.stdout

        def run(*arguments: Any) -> Any:
            print(json.dumps(arguments), file=process.stdin, flush=True)
            line = process.stdout.readline()  # type: ignore[union-attr]
            assert line, Path(log.name).read_text()
            found = json.loads(line)
            assert found["errors"] == []
            return found

        yield run
        process.stdin.close()


@pytest.fixture(scope="module")
def project(look: Run) -> Run:
    """Runs the command line of the copy."""
    return lambda *arguments: SimpleNamespace(**look("command", *arguments))


def test_what_is_shown() -> None:
    rooms = ["losses", "data", "models", "training", "data", "metrics", "config", "ui", "ui", "ui", "benchmarks"]
    rooms += ["data", "data", "ui"]  # a modality
    assert [Path(path).parts[1] for path in shown()] == rooms


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


GAMES = ["gan", "cycle", "d2gan", "paired"]


def test_a_game_is_listed_trained_drawn_and_saved(project: Run, look: Run, tmp_path: Path) -> None:
    assert [row["key"] for row in json.loads(project("list", "games", "--json").stdout)] == GAMES
    knobs = {row["key"]: row for row in json.loads(project("list", "knobs", "--json").stdout)}
    assert knobs["game"]["choices"] == GAMES
    done = project("train", "--preset", "ring", "--steps", "20", "--set", "game=d2gan", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    found = look("game", "d2gan")
    assert found["choices"] == ["GAN", "CycleGAN", "D2GAN", "Paired translation"]
    assert found["lines"] == ["D1", "D2", "G"]
    assert found["plane"] == [48, 48]
    assert found["resumed_equals"]


@pytest.mark.parametrize("game", ["paired", "cycle"])
def test_a_task_is_listed_and_trained(project: Run, tmp_path: Path, game: str) -> None:
    listed = {row["key"]: row for row in json.loads(project("list", "tasks", "--json").stdout)}
    assert listed["mirrored"]["strength"] == "The share of mirrored pictures."
    knobs = {row["key"]: row for row in json.loads(project("list", "knobs", "--json").stdout)}
    assert "mirrored" in knobs["task"]["choices"]
    pairs = (f"game={game}", "task=mirrored", "dataset=digits", "network=unet", "g_width=4", "d_width=4")
    knobs_set = [word for pair in (*pairs, "batch_size=4") for word in ("--set", pair)]
    done = project("train", "--preset", "ring", "--steps", "5", "--out", str(tmp_path / "run"), *knobs_set)
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["game"], config["task"]) == (game, "mirrored")


def test_a_benchmark_is_a_command(project: Run) -> None:
    done = project("bench", "weights")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10_000


def test_a_metric_is_listed_measured_and_shown(project: Run, look: Run) -> None:
    listed = [row["key"] for row in json.loads(project("list", "metrics", "--json").stdout)]
    assert listed[-1] == "mean_shift"
    found = look("metrics", "ring")
    value, floor, std = found["values"]["mean_shift"]
    assert value > floor + 2 * std > 0, "G is hardly trained"
    assert "mean_shift" in found["charts"]


def test_a_preset_is_listed_and_trained(project: Run, tmp_path: Path) -> None:
    listed = {row["key"] for row in json.loads(project("list", "presets", "--json").stdout)}
    assert "ring-narrow" in listed
    done = project("train", "--preset", "ring-narrow", "--steps", "20", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "run" / "config.json").read_text())["g_width"] == 8


def test_a_tool_is_on_the_latent_page(look: Run) -> None:
    found = look("page", "latent", "digits", {"latent_tool_images": "origin"})
    assert "Origin" in found["choices"]
    assert any(text.startswith("z = 0 is the middle") for text in found["texts"])
    assert found["images"] == 1
    assert "What the middle of the latent space looks like." in found["texts"]
    found = look("page", "latent", "ring", {"latent_tool_points": "origin"})
    assert "This tool is made for runs on images." in found["texts"]
    assert found["images"] == 0


def test_a_page_is_in_the_navigation(look: Run) -> None:
    found = look("page", "presets", "digits", {})
    assert found["addresses"][-1] == "presets"
    assert "Ring, narrow networks" in found["texts"], "also the preset that was added"


WAVES = {"dataset": "waves", "g_width": 8, "d_width": 8, "z_dim": 4, "batch_size": 16, "device": "cpu"}


@pytest.mark.parametrize("conditioning", ["", "projection", "concat"])
def test_a_modality_is_trained_saved_seen_measured_and_drawn(look: Run, conditioning: str) -> None:
    told = {"conditional": True, "conditioning": conditioning, "minibatch_std": True} if conditioning else {}
    found = look("modality", WAVES | told)
    assert found["learns"]
    assert found["resumed_equals"], "to the bit, from a checkpoint"
    assert found["kept_equals"] == [True, True], "as a moment keeps it and finds it again"
    assert (found["kind"], found["shape"]) == ("signals", [100, 1, 32, "float32"])
    assert found["most"] <= 1, "G ends in tanh"
    assert (found["scores"], found["card"]) == (100, [100, 1, 32])
    value, floor, std = found["values"]["spread"]
    assert 0 < value < 0.5 < floor - 2 * std < 1, "G is hardly trained"
    assert set(found["values"]) == {"spread", "mean_shift"}, "the metrics of whatever there is"
    assert found["about"].startswith("5 generated samples, 5 real ones")
    measured, quality = found["race"]
    assert (measured, 0 < quality < 2) == ("signals", True)
    assert found["picture"] == [10 * (2 * 32 + 6) + 6] * 2, "ten tiles a side"
    assert found["film"] == [3, 2]
    assert found["suited"]["conditional"], "there are labels"
    network, augment, *findings = found["mended"]
    assert (network, augment) == ("mlp", "none")
    assert any("DCGAN makes images, and Waves is made of signals." in finding for finding in findings)
    of_other_kind, of_other_type = found["refused"]
    assert "view" in of_other_kind
    assert "cannot be used" in of_other_type


def test_a_modality_is_on_every_page(look: Run) -> None:
    tools = ("panmap", "walk", "dimensions", "truncation", "find")
    latent = [("latent", {"latent_tool_signals": tool}) for tool in tools]
    found = look("pages", WAVES | {"conditional": True}, [("train", {}), ("data", {}), *latent])
    train, data, panmap, walk, dimensions, truncation, find, followed = found["found"]
    assert {"grid", "chart"} <= set(train)
    assert "chart" in data, "the component that its record names"
    assert "Signals, built in" in data
    assert "panmap" in panmap
    assert {"picker", "scrubber"} <= set(walk)
    assert {"picker", "sliders"} <= set(dimensions)
    assert "scrubber" in truncation
    assert "This tool is made for runs on images." in find
    assert "strip" in followed, "one sample at all moments"
    assert found["lanes"].count("tiles") == 2, "a race of two"


def test_a_modality_is_listed_and_on_the_command_line(project: Run, tmp_path: Path) -> None:
    listed = {row["key"]: row for row in json.loads(project("list", "datasets", "--json").stdout)}
    assert "waves" in listed
    arguments = ("--preset", "ring", "--steps", "20", "--set", "dataset=waves", "--out", str(tmp_path / "run"))
    done = project("train", *arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "samples.png").read_bytes()[1:4] == b"PNG"
    wrong = project("train", "--preset", "shapes", "--set", "dataset=waves", "--out", str(tmp_path / "other"))
    assert wrong.returncode == 2
    assert "DCGAN makes images, and Waves is made of signals." in wrong.stderr
