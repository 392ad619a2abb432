"""The benchmark of races writes what the README quotes."""

import json
from pathlib import Path

import pytest
import torch

from playground.benchmarks import race
from playground.cli.main import main


@pytest.mark.slow
def test_the_report_has_costs_and_deviations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "CHECKS", (10, 20))
    file = tmp_path / "race.json"
    short = ["--lanes", "2", "--rounds", "1", "--seconds", "0.01", "--steps", "5"]
    assert main(["bench", "race", *short, "--json", str(file)]) == 0
    report = json.loads(file.read_text())
    ring = report["presets"]["ring"]
    assert report["lanes"] == 2
    assert min(ring[key] for key in ("one_ms", "batched", "in_turn")) > 0
    assert max(ring["deviation_float64"].values()) < 1e-9
    assert ring["deviation_float32"]["10"] < 1e-4
    assert len(report["race"]["at_once"]) == len(report["race"]["alone"]) == report["race"]["seeds"] == 5
    assert torch.get_default_dtype() == torch.float32
    assert "2 lanes at once" in capsys.readouterr().out


def test_only_what_can_be_stacked_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "race", "--presets", "digits"]) == 2
    assert "digits" in capsys.readouterr().err
