"""Samples that a person brings to a translation: what G is given of them, what comes back, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine import translated
from playground.engine.engine import Engine
from playground.engine.gate import Gate
from playground.engine.messages import OwnInput
from playground.engine.run import Run
from playground.training.model import pixels
from playground.utils.errors import UserError

SMALL = {"network": "unet", "g_width": 4, "d_width": 4, "g_depth": 2, "d_depth": 2, "batch_size": 4}
PAIRED = SMALL | {"game": "paired", "g_norm": "batch", "d_activation": "leaky-relu"}
CYCLE = SMALL | {"game": "cycle", "g_norm": "group", "objective": "lsgan"}


def run_of(game: dict[str, object], task: str, dataset: str = "typeset-digits") -> Run:
    config, findings = RunConfig.read(game | {"task": task, "dataset": dataset})
    assert not findings
    return Run("own", config)


def pictures(n: int, height: int = 28, width: int = 28, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, height, width, channels), np.uint8)


def test_a_picture_gets_the_damage_of_the_task_and_its_output_is_that_of_g() -> None:
    run, x = run_of(PAIRED, "superres-4"), pictures(3)
    found = run.models.translate(OwnInput(x), "ema")
    blocks = x.reshape(3, 7, 4, 7, 4, 1).mean((2, 4))
    assert np.abs(found.inputs[:, ::4, ::4].astype(float) - blocks).max() <= 0.51  # the mean of each block
    assert (found.inputs == found.inputs[:, ::4, ::4].repeat(4, 1).repeat(4, 2)).all()
    assert found.truth is not None
    assert (found.truth == x).all()
    a = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 127.5 - 1
    damaged = run.trainer.task.a(a, torch.tensor(0.5), run.trainer.looking())
    assert found.samples is not None
    assert (found.samples == pixels(run.trainer.sample(damaged, None))).all()
    assert found.back is None


def test_what_is_brought_as_an_input_is_not_damaged() -> None:
    run, x = run_of(PAIRED, "superres-4"), pictures(2)
    found = run.models.translate(OwnInput(x, direct=True), "ema")
    assert (found.inputs == x).all()
    assert found.truth is None  # nobody knows it
    assert not np.array_equal(found.samples, run.models.translate(OwnInput(x), "ema").samples)


def test_a_brush_hides_instead_of_the_task() -> None:
    run, x = run_of(PAIRED, "inpaint-half"), pictures(2)
    hidden = np.zeros((2, 28, 28), bool)
    hidden[0, 3:9, 5:20], hidden[1, 20:, :4] = True, True
    found = run.models.translate(OwnInput(x, hidden), "ema")
    assert found.hidden is not None
    assert (found.hidden == hidden).all()
    assert (found.inputs[~hidden] == x[~hidden]).all()
    assert (found.inputs[hidden] == 128).all()  # mid-grey: nothing of the picture
    assert (found.truth == x).all()
    other = x.copy()
    other[hidden] = 255 - other[hidden]
    assert np.array_equal(run.models.translate(OwnInput(other, hidden), "ema").samples, found.samples)

    by_task = run.models.translate(OwnInput(x), "ema")
    assert by_task.hidden is not None
    assert not by_task.hidden[:, :14].any()
    assert by_task.hidden[:, 14:].all()
    nothing = run.models.translate(OwnInput(x, direct=True), "ema")
    assert nothing.hidden is not None
    assert not nothing.hidden.any()
    assert (nothing.inputs == x).all()


@pytest.mark.parametrize(("channels", "seen"), [(1, 1), (3, 1)])
def test_channels_are_those_that_the_run_needs(channels: int, seen: int) -> None:
    run = run_of(PAIRED, "colourise", "shapes")
    size = run.samples.shape[1:]
    x = pictures(1, *size, channels)
    found = run.models.translate(OwnInput(x, direct=True), "ema")
    assert found.inputs.shape == (1, *size, seen)
    weights = np.ones(1) if channels == 1 else np.array([0.299, 0.587, 0.114])
    assert np.abs(found.inputs[..., 0] - x @ weights).max() <= 0.51
    applied = run.models.translate(OwnInput(x), "ema")
    assert applied.truth is not None
    assert applied.truth.shape == (1, *size, 3)


def test_a_cycle_goes_both_ways_and_back() -> None:
    run, x = run_of(CYCLE, "inverse"), pictures(2)
    trainer = run.trainer
    there = run.models.translate(OwnInput(x), "raw")
    assert (there.inputs == x).all()
    assert there.truth is None  # an unpaired game knows no truth
    a = trainer.normalise(torch.from_numpy(x).permute(0, 3, 1, 2))
    out = trainer.sample(a, None, True)
    assert (there.samples == pixels(out)).all()
    assert (there.back == pixels(trainer.sample_back(out, True))).all()

    reverse = run.models.translate(OwnInput(x, reverse=True), "raw")
    assert (reverse.inputs == 255 - x).all()  # the task makes a sample of B of it
    direct = run.models.translate(OwnInput(x, reverse=True, direct=True), "raw")
    assert (direct.inputs == x).all()
    back = trainer.sample_back(a, True)
    assert (direct.samples == pixels(back)).all()
    assert (direct.back == pixels(trainer.sample(back, None, True))).all()


def test_points_are_translated_too() -> None:
    config, _ = RunConfig.read({"game": "cycle", "task": "turn", "dataset": "moons"})
    run, xy = Run("own", config), np.random.default_rng(1).normal(size=(40, 2)).astype(np.float32)
    found = run.models.translate(OwnInput(xy), "ema")
    assert np.allclose(found.inputs, xy)
    assert found.samples is not None
    assert found.samples.shape == found.inputs.shape


def test_looking_changes_nothing_and_repeats() -> None:
    """Noise and hidden squares are the same each time: only G changes what is seen."""
    run, x = run_of(PAIRED, "denoise"), pictures(2)
    before = run.keep_moment()
    first, second = (run.models.translate(OwnInput(x), "ema") for _ in range(2))
    assert np.array_equal(first.inputs, second.inputs)
    assert np.array_equal(first.samples, second.samples)
    assert run.keep_moment() == before
    run.advance(3, lambda: False)
    third = run.models.translate(OwnInput(x), "raw")
    assert np.array_equal(first.inputs, third.inputs)
    assert not np.array_equal(first.samples, third.samples)


def test_a_moment_gives_its_weights() -> None:
    run, x = run_of(PAIRED, "denoise"), pictures(1)
    moment = run.models.pin()
    before = run.models.translate(OwnInput(x), "ema")
    run.advance(3, lambda: False)
    assert np.array_equal(run.models.translate(OwnInput(x), moment).samples, before.samples)
    assert not np.array_equal(run.models.translate(OwnInput(x), "ema").samples, before.samples)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (OwnInput(pictures(1, 20, 28)), "it wants 28×28 pixels"),
        (OwnInput(pictures(1).astype(np.float32)), "do not fit"),
        (OwnInput(pictures(1)[0]), "do not fit"),
        (OwnInput(pictures(0)), "do not fit"),
        (OwnInput(pictures(1, channels=2)), "do not fit"),
        (OwnInput("pictures"), "do not fit"),  # type: ignore[arg-type]
        (OwnInput(pictures(translated.NUMBERS // 784 + 1)), "too many"),
        (OwnInput(pictures(1), np.zeros((1, 28, 27), bool)), "size of the picture"),
        (OwnInput(pictures(1), np.zeros((1, 28, 28), np.uint8)), "size of the picture"),
        (OwnInput(pictures(1), reverse=True), "no way back"),
        (OwnInput(pictures(1), np.zeros((1, 28, 28), bool), reverse=True), "Nothing can be hidden"),
    ],
)
def test_what_does_not_fit_is_refused(given: OwnInput, sentence: str) -> None:
    run = run_of(PAIRED, "inpaint-half")
    with pytest.raises(UserError, match=sentence):
        run.models.translate(given, "ema")


def test_nothing_is_hidden_where_there_is_no_mask_and_a_gan_translates_nothing() -> None:
    with pytest.raises(UserError, match="Nothing can be hidden"):
        run_of(PAIRED, "denoise").models.translate(OwnInput(pictures(1), np.ones((1, 28, 28), bool)), "ema")
    with pytest.raises(UserError, match="translates nothing"):
        Run("own", PRESETS["digits"].config).models.translate(OwnInput(pictures(1)), "ema")


def test_a_broken_g_is_said() -> None:
    run = run_of(PAIRED, "denoise")
    with torch.no_grad():
        next(run.trainer.averages["G"].parameters()).fill_(torch.nan)
    with pytest.raises(UserError, match="not a number"):
        run.models.translate(OwnInput(pictures(1)), "ema")


def test_who_watches_may_bring_pictures_too_and_changes_nothing(tmp_path: Path) -> None:
    engine, run, x = Engine(tmp_path).start(), "own-run-for-the-test", pictures(1)
    try:
        gate = Gate(engine, tmp_path / "links")
        config, _ = RunConfig.read(PAIRED | {"task": "inpaint-half", "dataset": "typeset-digits"})
        gate.create(run, config.model_dump())
        end = time.monotonic() + 60
        while (view := gate.view(run)) is None or view.status == "loading":
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        hidden = np.ones((1, 28, 28), bool)
        own = gate.translate(run, OwnInput(x, hidden))
        link = gate.share(run, "watch")
        assert np.array_equal(gate.translate(link, OwnInput(x, hidden)).samples, own.samples)
        assert np.array_equal(gate.translate(link, OwnInput(x, hidden), "raw").samples, own.samples)  # at step 0
        with pytest.raises(UserError, match="for a copy"):
            gate.translate(gate.share(run, "copy"), OwnInput(x, hidden))
        with pytest.raises(UserError, match="not known"):
            gate.translate("some-other-run-id", OwnInput(x, hidden))
        with pytest.raises(UserError, match="do not fit"):
            gate.translate(link, OwnInput(np.zeros((1, 28, 28, 7), np.uint8)))
        after = gate.view(run)
        assert after.step == 0
        assert np.array_equal(after.samples, view.samples)
    finally:
        engine.stop()
