"""The values of generated images, compared with those of real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from playground import data
from playground.coach import name
from playground.config.presets import PRESETS
from playground.engine.observer import Probe
from playground.engine.observer import read_now as look
from playground.engine.run import Run
from playground.metrics import evaluate, features
from playground.metrics.catalogue import MEASURES
from playground.metrics.copies import baseline, different, digests, share_of_copies
from playground.metrics.evaluate import by_features
from playground.metrics.evaluate import pool as pools
from playground.metrics.evaluate.making import in_parts
from playground.metrics.evaluate.reference import apportioned, drawn, others, shares
from playground.metrics.features import normalised
from playground.metrics.path import PATHS, ends, path_length
from playground.training.model import Model
from playground.utils.chunked import run_to_end
from playground.utils.readings import Value

TRAINED, N = 1000, 334  # images that a run learns from; of those that it does not see so many are compared
LABELLED = {"score", "imbalance"}


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("playground.metrics.features.STEPS", 200)
        yield


@pytest.fixture(scope="module")
def run(_home: None) -> Run:
    return _run()


def _run(**changes: Any) -> Run:
    return Run("measured", PRESETS["digits-unlabelled"].config.changed(**{"size": TRAINED} | changes))


def _others(run: Run) -> tuple[torch.Tensor, torch.Tensor]:
    """Real images that the run does not learn from, nor is compared with, and their labels: a perfect sampler's."""
    told = bool(run.trainer.classes)
    known = run_to_end(by_features.known_of(run.config, run.samples, told))
    pool = known.pool
    rest = others(known.real[told].places, len(pool.x))
    assert pool.y is not None
    taken = rest[drawn(pool.y[rest], pool.share, len(rest), pool.n, told, 9)]
    return normalised(pool.x[taken]), pool.y[taken]


def _measure(run: Run, x: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> dict[str, Value]:
    """The values where G gives the images x, one after the other, again and again."""
    given = 0

    def sample(self: Model, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        nonlocal given
        places = torch.arange(given, given + len(z)) % len(x)
        given += len(z)
        return x[places]

    monkeypatch.setattr(Model, "sample", sample)
    return run_to_end(evaluate.work(run.models.of("ema"), expensive=True))


def test_a_perfect_sampler_reads_as_the_floor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measure(run, _others(run)[0], monkeypatch)
    assert set(found) == {key for key, measure in MEASURES.items() if measure.suits("images") and not measure.coded}
    assert np.isnan(found.pop("path_length").floor)
    for key, value in found.items():
        assert abs(value.value - value.floor) <= 3.5 * max(value.floor_std, 0.004), key
    about = evaluate.measured(run.trainer)
    assert about is not None
    assert (about.count, about.network, about.unseen, about.apart) == (N, "classifier", True, True)
    assert about.accuracy > 0.9
    assert len(about.hash) == 12


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
        outside = [max(gap, 2 * found[0][key].floor_std) for gap in gaps]
        assert outside == sorted(outside, reverse=True), (key, gaps)
        assert gaps[0] > 3 * gaps[-1], (key, gaps)
        assert gaps[0] > 2 * found[0][key].floor_std, key
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
    first, again = (run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=True)) for _ in "ab")
    cheap = run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=False))
    assert repr(first) == repr(again)
    assert {key: first[key] for key in cheap} == cheap
    assert {key for key in first if key not in cheap} == {k for k, m in MEASURES.items() if m.cost == "expensive"}
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_labels_there_are_random_features_and_no_marks_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(classes="3", size=0)
    found = run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=True))
    assert set(found) == {
        key for key, m in MEASURES.items() if m.suits("images") and not m.coded and key not in LABELLED
    }
    about = evaluate.measured(run.trainer)
    assert about is not None
    assert about.network == "random"
    assert np.isnan(about.accuracy)
    assert (about.unseen, about.apart) == (False, True)
    monkeypatch.setattr(by_features, "_find_floors", lambda *_: pytest.fail("what does not exist is looked for once"))
    assert set(run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=True))) == set(found)


def test_too_few_images_have_no_marks_and_equal_ones_no_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.evaluate.pool.unseen", lambda *_: None)
    run = _run(size=0)
    digits = run.samples
    run.samples = run.trainer.samples = replace(digits, x=digits.x[:30], y=None)
    assert run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=True)) == {}
    run.samples = run.trainer.samples = replace(digits, x=digits.x[:1].repeat(200, 1, 1, 1), y=None)
    found = run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=True))
    for key in ("precision", "recall", "density", "coverage", "spread", "copies"):
        assert np.isnan([found[key].value, found[key].floor]).all(), key
    assert found["frechet"].floor == pytest.approx(0, abs=1e-6)


def test_repeated_classes_are_compared_by_different_images() -> None:
    """The radii of images that are repeated would be 0, and real samples would not cover real ones."""
    run = _run(size=0, repeat="8x10")
    found = run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=False))
    assert found["coverage"].floor > 0.9
    assert found["precision"].floor > 0.9


def test_the_classes_of_a_conditional_run_are_those_of_the_data_and_of_real_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G is told exactly the shares of the classes; where it is not, real samples scatter in theirs as well."""
    told, free = _run(conditional=True), _run()
    asked: list[torch.Tensor | None] = []
    make = Model.sample

    def sample(self: Model, z: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        asked.append(y)
        return make(self, z, y)

    monkeypatch.setattr(Model, "sample", sample)
    first = run_to_end(evaluate.work(told.models.of("ema").frozen(), expensive=False))
    given = torch.cat([y for y in asked if y is not None])
    assert torch.equal(torch.bincount(given, minlength=10), apportioned(shares(told.samples), N))
    asked.clear()
    run_to_end(evaluate.work(told.models.of("ema").frozen(), expensive=True, only={"path_length"}))
    every = torch.cat([y for y in asked if y is not None])[N:]
    assert torch.equal(torch.bincount(every, minlength=10), 2 * apportioned(shares(told.samples), PATHS))
    second = run_to_end(evaluate.work(free.models.of("ema").frozen(), expensive=False))
    assert first["imbalance"].floor < 0.6 * second["imbalance"].floor
    assert first["frechet"].floor < second["frechet"].floor


def test_the_classifier_learns_from_other_images_than_those_that_are_compared() -> None:
    run = _run(size=0)
    run_to_end(evaluate.work(run.models.of("ema").frozen(), expensive=False))
    pool, taught = by_features._known[run.samples].pool, pools._taught[run.samples]
    assert taught is not None
    rows = [{row.tobytes() for row in x.flatten(1).numpy()} for x in (pool.x, taught.x)]
    assert not rows[0] & rows[1]
    about = evaluate.measured(run.trainer)
    assert about is not None
    assert (about.unseen, about.apart) == (False, True)


@pytest.mark.parametrize("kind", ["digits", "photos"])
def test_smooth_images_are_no_copies_but_true_ones_are(kind: str) -> None:
    g = torch.Generator().manual_seed(0)
    x = data.load("digits").x if kind == "digits" else _photos(900, g)
    pool = _pool(x[:600], x[600:900])
    floor = np.mean(run_to_end(baseline(pool)).real)
    train, rest = normalised(x[:600]), normalised(x[600:900])

    def share(x: torch.Tensor) -> float:
        return run_to_end(share_of_copies(pool, x.clamp(-1, 1), pool.network(x.clamp(-1, 1))))

    assert floor < 0.02
    assert share(rest) < 0.02
    noise = torch.randn(250, *x.shape[1:], generator=g)
    picked = train[torch.randint(600, (250,), generator=g)]
    assert share(picked) == 1
    assert share(picked + 0.05 * noise) > 0.95
    eights = train[torch.randint(600, (250, 8), generator=g)].mean(1)
    flat = (2 * torch.rand(250, x.shape[1], 1, 1, generator=g) - 1).expand(-1, *x.shape[1:])
    for smooth in (train.mean(0).expand(250, *x.shape[1:]), flat, eights):
        assert share(smooth) < floor + 0.03


def test_copies_of_what_is_twice_in_the_data_are_found() -> None:
    x = data.load("digits").x
    pool = _pool(x[:300].repeat(2, 1, 1, 1), x[600:900])
    assert len(pool.train) == 300
    picked = normalised(x[:250])
    assert run_to_end(share_of_copies(pool, picked, pool.network(picked))) == 1


def test_a_run_on_a_few_images_makes_copies_and_the_coach_says_so() -> None:
    run, eye = Run("copies", PRESETS["digits"].config.changed(size=20)), Probe()
    run.advance(400)
    readings = []
    for n in range(6):
        run.advance(1)
        run.read()
        readings.append(look(eye.look(run.trainer, expensive=n == 5)))
    copied = readings[-1].values["copies"]
    assert copied.value > 0.2 > 3 * copied.floor
    assert name(readings, run.config)[0] == "memorisation"


def _photos(n: int, g: torch.Generator) -> torch.Tensor:
    """Random pictures in colour with the spectrum of photographs, (n, 3, 32, 32) uint8."""
    f = torch.fft.fftfreq(32)
    radius = (f[:, None] ** 2 + f[None] ** 2).sqrt()
    radius[0, 0] = 1 / 32
    z = torch.fft.ifft2(torch.fft.fft2(torch.randn(n, 3, 32, 32, generator=g)) / radius**1.2).real
    z = z / z.flatten(1).std(1)[:, None, None, None]
    contrast, tone = 0.1 + 0.5 * torch.rand(n, 1, 1, 1, generator=g), 0.3 * torch.randn(n, 3, 1, 1, generator=g)
    return ((z * contrast + tone).clamp(-1, 1) * 127.5 + 127.5).byte()


def _pool(train: torch.Tensor, rest: torch.Tensor) -> pools.Pool:
    """Of training images and unseen ones, by random features."""
    network = features.learned_now(data.Samples(train))
    phi = network(normalised(rest))
    once = train[different(run_to_end(digests(train)))]
    return pools.Pool(rest, None, torch.ones(1), 150, True, True, True, network, phi, None, once, None)


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

        out = run_to_end(in_parts(net, call, len(x), 1e6))
        assert len(out) == 300
        assert not any(m._forward_hooks for m in net.modules())
        return seen

    assert calls(nn.Linear(10, 10, bias=False), 10)[:2] == [1, 256]
    assert calls(nn.Linear(100, 100, bias=False), 100)[:3] == [1, 100, 100]
    assert calls(nn.Conv2d(1, 10, 3, padding=1, bias=False), 1, 10, 10)[1] == 1e6 // (90 * 100)
    assert calls(nn.ConvTranspose2d(10, 1, 4, 2, 1, bias=False), 10, 5, 5)[1] == 1e6 // (160 * 25)
    assert set(calls(nn.Linear(2000, 1000, bias=False), 2000)) == {1}


def test_two_runs_that_are_first_on_the_same_data_both_know_the_real_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 5)
    monkeypatch.setattr(by_features, "SPLITS", 2)
    config = PRESETS["digits-unlabelled"].config.changed(size=90)  # that nobody has measured yet
    samples = data.load(config.dataset, config.source, config.choice)
    both = [by_features.known_of(config, samples, False) for _ in range(2)]
    found: list[by_features.Known] = []
    whole: list[bool] = []
    for _ in range(3):
        next(both[0])
    while both:
        for work in list(both):
            try:
                next(work)
            except StopIteration as end:
                both.remove(work)
                found.append(end.value)
                whole.append(False in end.value.real)
    assert whole == [True, True]
    assert found[0] is found[1]
