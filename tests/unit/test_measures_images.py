"""Marks of generated images, read against those of real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from playground import data, measures
from playground.data.choice import left_out
from playground.engine.run import Run
from playground.features import normalised
from playground.measures.making import in_parts
from playground.measures.paths import ends
from playground.metrics.catalogue import MEASURES
from playground.metrics.path import path_length
from playground.model import Model
from playground.pieces import at_once
from playground.presets import PRESETS
from playground.readings import Value

TRAINED, N = 1000, 500  # images that a run learns from; half of them are compared
LABELLED = {"score", "imbalance"}


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("playground.features.STEPS", 200)
        yield


@pytest.fixture(scope="module")
def run(_home: None) -> Run:
    return _run()


def _run(**changes: Any) -> Run:
    return Run("measured", PRESETS["digits-unlabelled"].config.changed(**{"size": TRAINED} | changes))


def _others(run: Run) -> tuple[torch.Tensor, torch.Tensor]:
    """Real images that the run does not learn from, and their labels: what a perfect sampler would give."""
    held = left_out(data.load("digits"), run.config.choice)
    assert held.y is not None
    return normalised(held.x), held.y


def _measure(run: Run, x: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    """The values where G gives the images x, one after the other, again and again."""
    given = 0

    def sample(self: Model, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        nonlocal given
        places = torch.arange(given, given + len(z)) % len(x)
        given += len(z)
        return x[places]

    monkeypatch.setattr(Model, "sample", sample)
    return at_once(measures.work(run.model("ema"), dear=True))


def test_a_perfect_sampler_reads_as_the_floor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measure(run, _others(run)[0], monkeypatch)
    assert set(found) == {key for key, measure in MEASURES.items() if "images" in measure.kinds}
    assert np.isnan(found.pop("path_length").floor)
    noise = _noise(run, monkeypatch)
    for key in ("frechet", "kernel"):  # that have no upper end
        assert found[key].value == pytest.approx(found[key].floor, abs=0.01 * noise[key].value), key
    for key in set(found) - {"frechet", "kernel"}:
        assert found[key].value == pytest.approx(found[key].floor, rel=0.3, abs=0.06), key
    about = measures.measured(run.samples)
    assert about is not None
    assert (about.count, about.network) == (N, "classifier")
    assert about.accuracy > 0.9
    assert len(about.hash) == 12


def _noise(run: Run, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    x = torch.rand(N, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return _measure(run, x, monkeypatch)


def _blurred(x: torch.Tensor, amount: float) -> torch.Tensor:
    return (1 - amount) * x + amount * nn.functional.avg_pool2d(x, 5, 1, 2, count_include_pad=False)


@pytest.mark.parametrize(
    ("corruption", "told"),
    [
        ("noise", {"frechet", "kernel", "score", "precision", "density", "coverage"}),
        ("blur", {"frechet", "kernel", "score", "precision", "density", "coverage"}),
        ("dropped", {"frechet", "kernel", "score", "recall", "coverage", "imbalance", "spread"}),
        ("copied", {"copies"}),
    ],
)
def test_each_comes_nearer_to_its_floor_as_a_corruption_shrinks(
    corruption: str, told: set[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = _others(run)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    train = normalised(run.samples.x)

    def copied(share: float) -> torch.Tensor:
        chosen = torch.rand(len(x), generator=torch.Generator().manual_seed(0)) < share
        return torch.where(chosen[:, None, None, None], train[: len(x)], x)

    steps = {
        "noise": [(x + a * noise).clamp(-1, 1) for a in (0.8, 0.4, 0.2, 0.0)],
        "blur": [_blurred(x, a) for a in (1.0, 0.8, 0.6, 0.0)],
        "dropped": [x[y < k] for k in (1, 3, 6, 10)],
        "copied": [copied(share) for share in (1.0, 0.5, 0.2, 0.0)],
    }[corruption]
    found = [_measure(run, each, monkeypatch) for each in steps]
    for key in told:
        gaps = [abs(values[key].value - values[key].floor) for values in found]
        assert gaps == sorted(gaps, reverse=True), (key, gaps)
        assert gaps[0] > 3 * gaps[-1], (key, gaps)
    if corruption == "copied":
        assert found[0]["copies"].value == 1
        assert found[1]["copies"].value == pytest.approx(0.5, abs=0.1)


def test_one_image_of_each_class_is_precise_but_not_varied(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = _others(run)
    firsts = torch.stack([x[(y == k).nonzero()[0, 0]] for k in range(10)])
    found = _measure(run, firsts, monkeypatch)
    assert found["precision"].value > 0.7
    assert found["recall"].value == 0
    assert found["coverage"].value < 0.2
    assert found["similarity"].value > 0.9
    assert found["imbalance"].value < 0.2
    assert found["path_length"].value >= 0


def test_images_that_are_not_finite_have_no_marks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measure(run, torch.full((5, 1, 8, 8), torch.nan), monkeypatch)
    assert len(found) == 12
    assert np.isnan([value.value for value in found.values()]).all()


@pytest.mark.parametrize("conditional", [False, True])
def test_measuring_changes_no_run_and_repeats(conditional: bool) -> None:
    run, before = _run(conditional=conditional), torch.random.get_rng_state()
    run.advance(15)
    state = run.to_bytes()
    first, again = (at_once(measures.work(run.model("ema").frozen(), dear=True)) for _ in "ab")
    cheap = at_once(measures.work(run.model("ema").frozen(), dear=False))
    assert repr(first) == repr(again)
    assert {key: first[key] for key in cheap} == cheap
    assert {key for key in first if key not in cheap} == {k for k, m in MEASURES.items() if m.cost == "dear"}
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_labels_there_are_random_features_and_no_marks_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(classes="3", size=0)
    found = at_once(measures.work(run.model("ema").frozen(), dear=True))
    assert set(found) == {key for key, m in MEASURES.items() if "images" in m.kinds and key not in LABELLED}
    about = measures.measured(run.samples)
    assert about is not None
    assert about.network == "random"
    assert np.isnan(about.accuracy)
    few = _run(size=30)
    assert at_once(measures.work(few.model("ema").frozen(), dear=True)) == {}


def test_path_length_has_its_closed_forms() -> None:
    """Of G(z) = z with uniform z: E |a - b|^2, and where the speed is the same everywhere, its square."""
    line = [torch.from_numpy(z) for z in ends("uniform", 50)]
    assert path_length(*line, 1.0) == pytest.approx(50 * 2 / 3, rel=0.05)
    assert path_length(*line, 2.0) == pytest.approx(path_length(*line, 1.0) / 4)
    normal = [torch.from_numpy(z) for z in ends("normal", 500)]
    assert path_length(*normal, 1.0) == pytest.approx(500 * (np.pi / 2) ** 2, rel=0.05)  # a quarter of a circle
    assert path_length(line[0], line[0], 1.0) == 0


def test_work_is_cut_by_its_cost() -> None:
    def calls(net: nn.Module, *shape: int) -> list[int]:
        x, seen = torch.zeros(300, *shape), []

        def call(part: slice) -> torch.Tensor:
            seen.append(len(x[part]))
            out: torch.Tensor = net(x[part])
            return out

        out = at_once(in_parts(net, call, len(x), 1e6))
        assert len(out) == 300
        assert not any(m._forward_hooks for m in net.modules())
        return seen

    assert calls(nn.Linear(10, 10, bias=False), 10)[:2] == [1, 256]
    assert calls(nn.Linear(100, 100, bias=False), 100)[:3] == [1, 100, 100]
    assert calls(nn.Conv2d(1, 10, 3, padding=1, bias=False), 1, 10, 10)[1] == 1e6 // (90 * 100)
    assert calls(nn.ConvTranspose2d(10, 1, 4, 2, 1, bias=False), 10, 5, 5)[1] == 1e6 // (160 * 25)
    assert set(calls(nn.Linear(2000, 1000, bias=False), 2000)) == {1}
