"""That metrics are honest, on a small part of what `bench metrics --honesty` looks at, and that lies would be found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playground.benchmarks import honesty, metrics
from playground.cli.main import main
from playground.metrics.catalogue import MEASURES
from playground.metrics.evaluate import by_numbers
from playground.utils.readings import Floor


def test_points_are_measured_honestly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "honesty.json"
    assert main(["bench", "metrics", "--honesty", "--datasets", "ring", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert {"command", "commit", "date"} < set(found)
    assert {row["metric"] for row in found["real"]} == {
        "modes", "high_quality", "reverse_kl", "jensen_shannon", "sliced_wasserstein", "spread",
    }  # fmt: skip
    assert all(abs(row["z"]) < 2 and row["better"] == 0 for row in found["real"])
    assert {row["corruption"] for row in found["planted"]} == set(honesty.POINTS_REACT)
    assert "| ring |" in capsys.readouterr().out


def test_a_floor_that_flatters_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if real samples were measured with fewer samples than generated ones."""
    true = by_numbers.collected

    def worse(found: Any) -> dict[str, Floor]:
        return {key: Floor(mean + 5 * std, std) for key, (mean, std) in true(found).items()}

    monkeypatch.setattr(by_numbers, "collected", worse)
    monkeypatch.setattr(by_numbers, "_known", type(by_numbers._known)())
    report = honesty.report(["moons"], repeats=3)
    assert not report["ok"]
    assert any(row["better"] > 0 for row in report["real"])


def test_a_metric_that_does_not_react_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = replace(MEASURES["jensen_shannon"], values=lambda _: {"jensen_shannon": 0.1})
    monkeypatch.setitem(MEASURES, "jensen_shannon", blind)
    monkeypatch.setattr(by_numbers, "_known", type(by_numbers._known)())
    report = honesty.report(["moons"], repeats=2)
    wrong = {row["metric"] for row in report["planted"] if not row["ok"]}
    assert wrong == {"jensen_shannon"}


def test_it_has_a_flag_of_its_own() -> None:
    assert "honest" in metrics.HELP
