"""Marks of generated points, read against those of real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.metrics import evaluate
from playground.metrics.catalogue import MEASURES, POINTS
from playground.metrics.evaluate.reference import apportioned, drawn, labels, largest, others, shares, split
from playground.metrics.pairwise_distance import mean_distance
from playground.metrics.sliced import sliced_wasserstein
from playground.training.model import Model
from playground.utils.chunked import run_to_end
from playground.utils.readings import Value

Make = Callable[[torch.Tensor], torch.Tensor]


def _measure(run: Run, make: Make, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    """The values where G gives `make` of its latents."""
    monkeypatch.setattr(Model, "sample", lambda self, z, y: make(z))
    return run_to_end(evaluate.work(run.models.of("ema"), expensive=True))


def _run(dataset: str, **changes: object) -> Run:
    return Run("measured", PRESETS["ring"].config.changed(dataset=dataset, **changes))


def _other_real(run: Run) -> Make:
    """Real samples that are none of those that are compared: a perfect sampler."""
    order = torch.randperm(len(run.samples.x), generator=torch.Generator().manual_seed(0))
    return lambda z: run.samples.x[order[-len(z) :]]


def _far(value: Value) -> float:
    """From the middle of the band, in its deviations."""
    return abs(value.value - value.floor) / max(value.floor_std, 1e-12)


@pytest.mark.parametrize("dataset", ["ring", "grid", "checkerboard", "gaussian"])
def test_a_perfect_sampler_reads_as_the_floor(dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(dataset)
    found = _measure(run, _other_real(run), monkeypatch)
    of_modes = set() if run.samples.centres else {"modes", "high_quality", "reverse_kl"}
    kept = {key for key, m in MEASURES.items() if m.suits("points") and not m.coded} - of_modes
    assert set(found) == kept
    for key, value in found.items():
        assert value.value == value.floor or _far(value) < 3, key
    known = evaluate.floors(run.samples)  # a run with codes on the same data may have added that of its codes
    assert {key: known[key] for key in found} == {key: (value.floor, value.floor_std) for key, value in found.items()}
    assert all(MEASURES[key].coded for key in known.keys() - found.keys())
    about = evaluate.measured(run.trainer)
    assert about is not None
    assert (about.count, about.unseen, about.splits) == (POINTS, True, 12)


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
        assert gaps[0] > 2 * found[0][key].floor_std, key


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
    first, again = (run_to_end(evaluate.work(run.models.of("ema"), expensive=True)) for _ in "ab")
    assert first == again
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("repeat", ["", "8x10", "0x20"])
@pytest.mark.parametrize("told", [True, False])
def test_sets_share_no_sample_repeat_none_and_have_the_shares_of_the_data(repeat: str, told: bool) -> None:
    digits = data.load("digits", choice=data.Choice(repeat=repeat))
    assert digits.y is not None
    share = shares(digits)
    n = largest(digits.y, share, len(digits.x), 700)
    assert n >= 120
    for seed in range(3):
        first, second = split(digits.y, share, len(digits.x), n, told, seed)
        assert len({*first.tolist(), *second.tolist()}) == 2 * n
        counts = [torch.bincount(digits.y[places], minlength=10) for places in (first, second)]
        assert torch.equal(counts[0], apportioned(share, n))
        assert torch.equal(counts[1], counts[0]) == told
        assert float((counts[1] - share * n).abs().max()) < 4 * (n / 4) ** 0.5
    assert not torch.equal(split(digits.y, share, len(digits.x), n, told, 1)[0], first)


def test_shares_count_repeats_and_labels_have_them_exactly() -> None:
    digits = data.load("digits", choice=data.Choice(repeat="8x10"))
    assert digits.y is not None
    eights = int((digits.y == 8).sum())
    assert float(shares(digits)[8]) == pytest.approx(10 * eights / (len(digits.y) + 9 * eights))
    share = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)
    assert apportioned(share, 10).tolist() == [5, 3, 2]
    y = labels(share, 1000)
    assert torch.bincount(y).tolist() == [500, 250, 250]
    assert int((y[:500] == 0).sum()) not in (0, 500), "in random order"
    assert torch.equal(y, labels(share, 1000))


def test_samples_drawn_by_chance_scatter_as_those_of_a_g_that_chooses_the_classes() -> None:
    y = torch.arange(4000) % 4
    share = torch.full((4,), 0.25, dtype=torch.float64)
    counts = torch.stack([torch.bincount(y[drawn(y, share, 4000, 400, False, s)], minlength=4) for s in range(200)])
    assert float(counts.double().std(0).mean()) == pytest.approx((400 * 0.25 * 0.75) ** 0.5, rel=0.15)
    assert float(counts.double().mean()) == 100
    assert others(torch.tensor([0, 2]), 4).tolist() == [1, 3]


def test_a_conditional_run_is_asked_for_the_classes_of_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run("ring", conditional=True, repeat="3x10")
    asked: list[torch.Tensor] = []
    centres, generator = torch.tensor(run.samples.centres), torch.Generator().manual_seed(0)

    def sample(self: Model, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        asked.append(y)
        return centres[y] + run.samples.std * torch.randn(len(y), 2, generator=generator)

    monkeypatch.setattr(Model, "sample", sample)
    found = run_to_end(evaluate.work(run.models.of("ema"), expensive=False))
    assert float((asked[0] == 3).float().mean()) == pytest.approx(10 / 17, abs=0.01)
    assert _far(found["jensen_shannon"]) < 3
    assert _far(found["sliced_wasserstein"]) < 3
    assert _far(found["spread"]) < 3
    assert found["reverse_kl"].value == pytest.approx(found["reverse_kl"].floor, rel=0.05), "the data is uneven, too"


def test_points_that_are_all_one_have_no_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.evaluate.by_numbers.unseen", lambda *_: None)
    run = _run("ring")
    run.samples = run.trainer.samples = replace(run.samples, x=torch.ones(500, 2), y=None, centres=())
    found = run_to_end(evaluate.work(run.models.of("ema"), expensive=True))
    assert np.isnan([found["spread"].value, found["spread"].floor]).all()
    about = evaluate.measured(run.trainer)
    assert about is not None
    assert not about.unseen


def test_one_metric_of_a_second_model_costs_no_floors(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run("ring")
    run_to_end(evaluate.work(run.models.of("ema"), expensive=True))
    monkeypatch.setattr("playground.metrics.evaluate.by_numbers._floors", lambda *_: pytest.fail("they are known"))
    both = [
        run_to_end(evaluate.work(run.models.of(weights), expensive=False, only={"modes"})) for weights in ("ema", "raw")
    ]
    assert [set(found) for found in both] == [{"modes"}] * 2
    assert both[0]["modes"].floor == both[1]["modes"].floor == 8


def test_too_little_data_has_no_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.evaluate.by_numbers.unseen", lambda *_: None)
    run = _run("ring")
    run.samples = run.trainer.samples = replace(run.samples, x=run.samples.x[:15], y=None)
    assert run_to_end(evaluate.work(run.models.of("ema"), expensive=True)) == {}
    assert evaluate.measured(run.trainer) is None


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
    model = run.models.of("ema")
    first, again = (sum(1 for _ in evaluate.work(model, expensive=True)) for _ in "ab")
    assert again < first
