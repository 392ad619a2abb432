"""Marks of generated points, read against those of real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground import data, measures
from playground.engine.run import Run
from playground.measures.reference import halves
from playground.metrics.catalogue import MEASURES, POINTS
from playground.metrics.pairs import mean_distance
from playground.metrics.sliced import sliced_wasserstein
from playground.model import Model
from playground.pieces import at_once
from playground.presets import PRESETS
from playground.readings import Value

Make = Callable[[torch.Tensor], torch.Tensor]


def _measure(run: Run, make: Make, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    """The values where G gives `make` of its latents."""
    monkeypatch.setattr(Model, "sample", lambda self, z, y: make(z))
    return at_once(measures.work(run.model("ema"), dear=True))


def _run(dataset: str, **changes: object) -> Run:
    return Run("measured", PRESETS["ring"].config.changed(dataset=dataset, **changes))


def _other_real(run: Run) -> Make:
    """Real samples that are in neither half of what is compared: a perfect sampler."""
    order = torch.randperm(len(run.samples.x), generator=torch.Generator().manual_seed(0))
    return lambda z: run.samples.x[order[-len(z) :]]


@pytest.mark.parametrize("dataset", ["ring", "grid", "checkerboard", "gaussian"])
def test_a_perfect_sampler_reads_as_the_floor(dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(dataset)
    found = _measure(run, _other_real(run), monkeypatch)
    kept = {key for key, m in MEASURES.items() if "points" in m.kinds and (run.samples.centres or not m.needs_modes)}
    assert set(found) == kept
    for key, value in found.items():
        assert value.value == pytest.approx(value.floor, rel=0.35, abs=0.02), key
    assert measures.floors(run.samples) == {key: value.floor for key, value in found.items()}
    about = measures.measured(run.samples)
    assert about is not None
    assert about.count == POINTS


@pytest.mark.parametrize("corruption", ["noise", "dropped"])
def test_each_comes_nearer_to_its_floor_as_a_corruption_shrinks(
    corruption: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run("ring")
    real = _other_real(run)

    def noisy(amount: float) -> Make:
        return lambda z: real(z) + amount * torch.randn(len(z), 2, generator=torch.Generator().manual_seed(1))

    def dropped(modes: int) -> Make:
        assert run.samples.y is not None
        kept = run.samples.x[run.samples.y < modes]
        return lambda z: kept[-len(z) :]

    makes = [noisy(a) for a in (0.4, 0.1, 0.03, 0)] if corruption == "noise" else [dropped(k) for k in (1, 2, 5, 8)]
    found = [_measure(run, make, monkeypatch) for make in makes]
    told = ["jensen_shannon", "sliced_wasserstein"]
    told += ["modes", "reverse_kl", "spread"] if corruption == "dropped" else ["high_quality"]
    for key in told:
        gaps = [abs(values[key].value - values[key].floor) for values in found]
        assert gaps == sorted(gaps, reverse=True), (key, gaps)
        assert gaps[0] > 5 * gaps[-1], (key, gaps)


def test_what_is_not_finite_is_no_sample_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measure(_run("ring"), lambda z: torch.full((len(z), 2), float("nan")), monkeypatch)
    assert found["modes"].value == found["high_quality"].value == 0
    assert found["jensen_shannon"].value == pytest.approx(np.log(2))
    assert np.isnan([found["sliced_wasserstein"].value, found["spread"].value]).all()
    assert all(np.isfinite(value.floor) for value in found.values())


def test_measuring_changes_no_run_and_repeats() -> None:
    run, before = _run("grid"), torch.random.get_rng_state()
    run.advance(20)
    state = run.to_bytes()
    first, again = (at_once(measures.work(run.model("ema"), dear=True)) for _ in "ab")
    assert first == again
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


def test_halves_share_no_sample_and_follow_the_repeats() -> None:
    ring = data.load("ring")
    first, second = halves(ring, 500)
    assert len(first) == len(second) == 500
    assert not set(first.tolist()) & set(second.tolist())
    digits = data.load("digits", choice=data.Choice(repeat="8x5"))
    first, second = halves(digits, 700)
    assert not set(first.tolist()) & set(second.tolist())
    assert digits.y is not None
    for half in (first, second):
        assert float((digits.y[half] == 8).float().mean()) == pytest.approx(5 / 14, abs=0.06)


def test_too_little_data_has_no_marks() -> None:
    run = _run("ring", size=15)
    assert at_once(measures.work(run.model("ema"), dear=True)) == {}
    assert measures.measured(run.samples) is None


def test_mean_distance_and_sliced_wasserstein_have_their_closed_forms() -> None:
    x = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
    assert mean_distance(x) == pytest.approx(np.sqrt(np.pi), rel=0.01)  # of two normal vectors in the plane
    assert mean_distance(torch.tensor([[0.0, 0], [3, 4]])) == pytest.approx(5)
    assert np.isnan(mean_distance(x[:1]))
    some = x[:100].numpy()
    moved = sliced_wasserstein(some, some + np.array([3.0, 4.0]), directions=4000)
    assert moved == pytest.approx(5 * 2 / np.pi, rel=0.05)  # of a shift s in the plane: |s| E|cos|


def test_each_piece_of_a_floor_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run("ring")
    run.samples = run.trainer.samples = replace(run.samples)  # no floors are known of these
    model = run.model("ema")
    first, again = (sum(1 for _ in measures.work(model, dear=True)) for _ in "ab")
    assert again < first
