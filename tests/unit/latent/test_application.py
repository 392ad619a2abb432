"""Whether generated samples help a classifier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from playground import data
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.latent import studies
from playground.latent.questions import Application, ApplicationFound
from playground.latent.studies.application import application, split
from playground.metrics.features import normalised
from playground.training.model import Model
from playground.utils.errors import UserError

QUICK = Application(each=5, generated=200, seeds=2)


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr("playground.metrics.features.STEPS", 60)
        patch.setattr("playground.latent.studies.application.STEPS", 40)
        yield


def _run(preset: str = "digits", **changes: Any) -> Run:
    return Run("applied", PRESETS[preset].config.changed(**changes))


def _answer(run: Run, question: Application = QUICK) -> ApplicationFound:
    found: ApplicationFound = studies.answer_now(run.models.of("ema"), question)
    return found


def _give(monkeypatch: pytest.MonkeyPatch, x: torch.Tensor, y: torch.Tensor) -> None:
    """G gives some of the images x, with the classes y, that it is asked for."""

    def sample(self: Model, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[y == k][int(1000 * abs(float(row[0]))) % int((y == k).sum())] for row, k in
                            zip(z, labels, strict=True)])  # fmt: skip

    monkeypatch.setattr(Model, "sample", sample)


def test_a_perfect_g_helps_and_noise_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    run, digits = _run(), data.load("digits")
    assert digits.y is not None
    _give(monkeypatch, normalised(digits.x), digits.y)
    perfect = _answer(run)
    real, fake, both = perfect.right.mean(1)
    assert fake > real + 0.05
    assert both > real + 0.05
    assert (perfect.counts, perfect.tested, perfect.by, perfect.unseen) == ((50, 200, 250), 1000, "asked", False)
    monkeypatch.setattr(Model, "sample", lambda self, z, y: torch.rand(len(z), 1, 8, 8) * 2 - 1)
    noise = _answer(run)
    np.testing.assert_array_equal(noise.right[0], perfect.right[0])
    assert noise.right[1].mean() < 0.3


def test_samples_that_a_run_leaves_out_are_the_test() -> None:
    found = _answer(_run(size=300))
    assert found.unseen
    assert found.tested == 1000


@pytest.mark.parametrize(
    ("preset", "changes", "by"),
    [
        ("digits-unlabelled", {}, "classifier"),
        ("ring", {}, "nearest"),
        ("ring", {"conditional": True}, "asked"),
    ],
)
def test_it_says_where_classes_come_from_and_changes_no_run(preset: str, changes: dict[str, Any], by: str) -> None:
    run, before = _run(preset, **changes), torch.random.get_rng_state()
    run.advance(5)
    state = run.to_bytes()
    found = _answer(run)
    assert found.by == by
    assert found.right.shape == (3, 2)
    assert ((found.right >= 0) & (found.right <= 1)).all()
    np.testing.assert_array_equal(_answer(run).right, found.right)
    assert run.to_bytes() == state
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_few_and_the_test_share_no_sample_and_have_every_class() -> None:
    digits = data.load("digits")
    few, rest = split(digits, 7)
    assert digits.y is not None
    assert torch.bincount(digits.y[few]).tolist() == [7] * 10
    assert not set(few.tolist()) & set(rest.tolist())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"dataset": "checkerboard"}, "no labels"), ({"size": 0, "dataset": "digits", "classes": "3"}, "one class")],
)
def test_what_cannot_be_asked_gets_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        _answer(_run("ring", **changes))


def test_numbers_that_are_none_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "sample", lambda self, z, y: torch.full((len(z), 1, 8, 8), torch.nan))
    with pytest.raises(UserError, match="not a number"):
        _answer(_run())


@pytest.mark.parametrize("preset", ["digits", "ring"])
def test_runs_go_on_training_between_two_pieces(preset: str) -> None:
    run = _run(preset)
    for _progress in application(run.models.of("ema"), QUICK):
        assert torch.is_grad_enabled()
    run.advance(1)
