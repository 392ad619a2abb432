"""The standard FID: its pictures, its distance, its floor, what it needs. A small network stands in for Inception."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image import fid

from playground import data
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent import studies
from playground.latent.questions import InceptionFID, InceptionFIDFound
from playground.latent.studies.inception_fid import as_bytes, coloured
from playground.metrics import inception_network, inception_weights
from playground.metrics.evaluate.reference import largest, shares, split
from playground.metrics.frechet import frechet, frechet_of_few
from playground.training.model import Model
from playground.utils.chunked import run_to_end
from playground.utils.errors import UserError


class StandIn(nn.Module):
    """Eight features of uint8 images (n, 3, h, w), all that Inception takes."""

    num_features = 8

    def __init__(self) -> None:
        super().__init__()
        weight = torch.randn(3 * 8 * 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        self.register_buffer("weight", weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert (x.dtype, x.shape[1:]) == (torch.uint8, (3, 8, 8))
        return (x.double() / 255).flatten(1) @ self.weight


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    network = StandIn()
    monkeypatch.setattr(inception_network, "_network", [nn.Sequential(network, nn.Identity())])
    return network


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(inception_network, "_network", [])
    (tmp_path / "weights").mkdir()
    return tmp_path


def _installed(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if there else None)


def _run(preset: str = "digits", **changes: Any) -> Run:
    return Run("standard", PRESETS[preset].config.changed(**changes))


def _answer(run: Run, count: int = 100) -> InceptionFIDFound:
    found: InceptionFIDFound = studies.answer_now(run.models.of("ema"), InceptionFID(count))
    return found


def _torchmetrics(network: nn.Module, real: torch.Tensor, fake: torch.Tensor) -> float:
    metric = fid.FrechetInceptionDistance(feature=network).set_dtype(torch.float64)
    metric.update(real.repeat(1, 3, 1, 1), real=True)
    metric.update(fake.repeat(1, 3, 1, 1), real=False)
    return float(metric.compute())


# The distance


def _features(n: int, d: int, seed: int) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("n", "m", "d"), [(30, 20, 50), (60, 60, 8)])
def test_it_is_the_usual_distance_with_few_samples_and_with_many(n: int, m: int, d: int) -> None:
    a, b = _features(n, d, 0), 1.5 * _features(m, d, 1) + 0.3
    assert frechet_of_few(a, b) == pytest.approx(frechet(a, b), rel=1e-5)


def test_of_features_moved_and_stretched_it_is_the_closed_form() -> None:
    """Of x and s x + m: |mean (1 - s) - m|^2 + (1 - s)^2 Tr S."""
    x, s, m = _features(20, 100, 0), 3.0, 0.5
    expected = ((1 - s) * x.mean(0) - m).square().sum() + (1 - s) ** 2 * x.var(0).sum()
    assert frechet_of_few(x, s * x + m) == pytest.approx(float(expected), rel=1e-9)
    assert frechet_of_few(x, x) == pytest.approx(0, abs=1e-9)


# The pictures


def test_the_range_of_g_becomes_bytes_and_grey_gets_three_equal_channels() -> None:
    x = torch.tensor([-1.2, -1.0, 0.0, 1.0, 1.2]).view(1, 1, 1, 5)
    assert as_bytes(x).flatten().tolist() == [0, 0, 128, 255, 255]
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(as_bytes(every.float() / 127.5 - 1), every)
    grey, colour = coloured(every), torch.arange(12, dtype=torch.uint8).view(1, 3, 2, 2)
    assert grey.shape == (1, 3, 16, 16)
    assert all(torch.equal(grey[:, k : k + 1], every) for k in range(3))
    assert torch.equal(coloured(colour), colour)


# The study


def test_both_distances_are_those_of_torchmetrics(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    run, digits = _run(), data.load("digits")
    share = shares(digits)
    assert digits.y is not None
    looked_at = torch.cat(split(digits.y, share, len(digits.x), 100, True, 0))
    cuts = [split(digits.y[looked_at], share, 200, 100, True, seed) for seed in range(12)]
    real = digits.x[looked_at[cuts[0][0]]]
    between = [_torchmetrics(stand_in, *(digits.x[looked_at[places]] for places in cut)) for cut in cuts]
    made = torch.randint(0, 256, (100, 1, 8, 8), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    asked: list[int] = []

    def sample(self: Model, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        asked.append(len(z))
        return made[sum(asked) - len(z) : sum(asked)].float() / 127.5 - 1

    monkeypatch.setattr(Model, "sample", sample)
    found = _answer(run)
    assert found.count == sum(asked) == 100
    assert found.distance == pytest.approx(_torchmetrics(stand_in, real, made), rel=1e-6)
    assert found.floor == pytest.approx(np.mean(between), rel=1e-6)
    assert found.floor_std == pytest.approx(np.std(between, ddof=1), rel=1e-6)
    assert found.distance > 10 * found.floor


def test_a_perfect_g_comes_to_the_floor(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = data.load("digits")
    n = largest(digits.y, shares(digits), len(digits.x), 10_000)
    other = digits.x[split(digits.y, shares(digits), len(digits.x), n, True, 5)[1]].float() / 127.5 - 1
    monkeypatch.setattr(Model, "sample", lambda self, z, y: other[(1e6 * z[:, 0].abs()).long() % len(other)])
    found = _answer(_run(), 10_000)
    assert found.count == n > 700
    assert found.distance < 4 * found.floor


@pytest.mark.parametrize("preset", ["digits", "digits-unlabelled"])
def test_it_goes_in_pieces_looks_at_real_images_once_and_changes_no_run(preset: str, stand_in: StandIn) -> None:
    run, before = _run(preset), torch.random.get_rng_state()
    run.advance(5)
    state = run.to_bytes()
    steps = list(studies.answer(run.models.of("ema"), InceptionFID(40)))
    assert len(steps) >= 240
    assert [done / total for done, total, *_ in steps] == sorted(done / total for done, total, *_ in steps)
    again = list(studies.answer(run.models.of("ema"), InceptionFID(40)))
    assert 80 <= len(again) < 160
    assert _answer(run, 40) == _answer(run, 40)
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("preset", "changes", "sentence"), [("ring", {}, "points"), ("digits", {"size": 30}, "too few")]
)
def test_what_cannot_be_asked_gets_a_sentence(
    preset: str, changes: dict[str, Any], sentence: str, stand_in: StandIn
) -> None:
    with pytest.raises(UserError, match=sentence):
        _answer(_run(preset, **changes))


def test_numbers_that_are_none_get_a_sentence(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "sample", lambda self, z, y: torch.full((len(z), 1, 8, 8), torch.nan))
    with pytest.raises(UserError, match="not a number"):
        _answer(_run())


# What it needs


def test_it_says_which_package_and_which_file_are_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, file = "pip install torch-fidelity==0.4.0", str(home / "weights")
    _installed(monkeypatch, False)
    with pytest.raises(UserError) as both:
        _answer(_run())
    assert package in str(both.value)
    assert file in str(both.value)
    assert inception_weights.INCEPTION in str(both.value)
    assert "v0.2.0" in str(both.value)
    inception_weights.inception().touch()
    assert package in inception_weights.missing()
    assert file not in inception_weights.missing()
    inception_weights.inception().unlink()
    _installed(monkeypatch, True)
    assert package not in inception_weights.missing()
    assert file in inception_weights.missing()
    inception_weights.inception().touch()
    assert inception_weights.missing() == ""


def test_another_file_is_never_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, True)
    torch.save({"a": torch.zeros(2)}, inception_weights.inception())
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(UserError, match=r"6726825d.*again"):
        _answer(_run())


def _put(path: Path, content: object) -> str:
    """Save it as weights; the beginning of its SHA-256."""
    torch.save(content, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def test_the_right_file_gives_its_tensors_in_pieces(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception_network, "BLOCK", 1000)
    state = {"a": torch.arange(1000.0), "b": torch.ones(2, 3)}
    digest = _put(inception_weights.inception(), state)
    found = run_to_end(inception_network.read(inception_weights.inception(), digest))
    assert all(torch.equal(found[name], state[name]) for name in state)
    assert len(list(inception_network.read(inception_weights.inception(), digest))) > 4


class _Trap:
    """Ends the test where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("it ran",)


def test_even_with_the_right_digest_nothing_in_it_runs(home: Path) -> None:
    digest = _put(inception_weights.inception(), {"a": _Trap()})
    with pytest.raises(pickle.UnpicklingError):
        run_to_end(inception_network.read(inception_weights.inception(), digest))


def test_a_file_that_cannot_be_read_gets_a_sentence(home: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        run_to_end(inception_network.read(home / "weights", ""))


def test_the_network_is_made_with_the_weights_and_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Maker(nn.Module):
        """Reads a file as the true one does, and draws its first weights."""

        def __init__(self, name: str, features: list[str], file: Any) -> None:
            super().__init__()
            self.first, self.pool, self.fc = nn.Conv2d(3, 2, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Linear(2, 9)
            made.append((name, features))
            self.load_state_dict(torch.load(file, weights_only=False))

    def enlarged(x: torch.Tensor, size: tuple[int, int], align_corners: bool) -> torch.Tensor:
        return nn.functional.interpolate(x, size, mode="bilinear", align_corners=align_corners)

    _installed(monkeypatch, True)
    monkeypatch.setattr(fid, "interpolate_bilinear_2d_like_tensorflow1x", enlarged)
    weight = torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.0, 0.5]])
    state = {"first.weight": weight[..., None, None], "fc.weight": torch.zeros(9, 2), "fc.bias": torch.zeros(9)}
    monkeypatch.setattr(inception_weights, "DIGEST", _put(inception_weights.inception(), state))
    monkeypatch.setattr(fid, "NoTrainInceptionV3", Maker)
    before = torch.random.get_rng_state()
    network = run_to_end(inception_network.network())
    pixel = torch.tensor([0, 128, 255], dtype=torch.uint8)
    features = network(pixel.view(1, 3, 1, 1).expand(2, -1, 5, 4))
    torch.testing.assert_close(features, ((weight @ (pixel.float() - 128)) / 128).expand(2, -1), rtol=1e-4, atol=1e-4)
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not network.training
    assert torch.equal(torch.random.get_rng_state(), before)
    assert run_to_end(inception_network.network()) is network
    assert made == [("inception-v3-compat", ["2048"])]


def test_a_package_that_came_after_the_start_wants_another_start(home: Path) -> None:
    if importlib.util.find_spec("torch_fidelity") is not None:
        pytest.skip("torch-fidelity is there")
    with pytest.raises(UserError, match="Start the app again"):
        inception_network.built({})


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """No other test meets what these have found out about real images."""
    yield
    studies.inception_fid._known.clear()
