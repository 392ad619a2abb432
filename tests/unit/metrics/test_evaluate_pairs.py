"""How translations are measured: of held-out samples, with floors and baselines, without a change of the run."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from playground import data
from playground.config.run_config import RunConfig
from playground.engine.observer import baselines, columns
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.metrics.evaluate import by_pairs, measured, prepared, work
from playground.metrics.psnr import psnr
from playground.metrics.sharpness import gradient_energy
from playground.training import checkpoint
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired
from playground.training.model import Model
from playground.utils.chunked import run_to_end
from playground.utils.readings import Value

SMALL: dict[str, Any] = {
    "game": "paired", "dataset": "digits", "task": "denoise", "network": "mlp", "g_width": 16, "d_width": 16,
    "g_depth": 1, "d_depth": 1, "r1": 0.2, "batch_size": 16,
}  # fmt: skip
POINTS: dict[str, Any] = SMALL | {"game": "cycle", "dataset": "moons", "task": "between", "partner": "ring"}


@pytest.fixture(autouse=True)
def quick_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.metrics.features.STEPS", 40)


def trainer_of(**knobs: Any) -> Paired | Cycle:
    config = RunConfig(**(SMALL | knobs))
    game = Paired if config.game == "paired" else Cycle
    return game(config, data.load(config.dataset, config.source, config.choice))


def values_of(trainer: Paired | Cycle, raw: bool = False) -> dict[str, Value]:
    return run_to_end(work(Model(trainer, raw), expensive=True))


def test_outputs_of_held_out_inputs_are_compared_with_their_truths() -> None:
    trainer = trainer_of()
    found = values_of(trainer)
    x = trainer.x[trainer.held_out]
    a, b = trainer.a(x, trainer.looking()), trainer.b(x, trainer.looking())
    assert not set(trainer.held_out.tolist()) & set(trainer.index.tolist()), "no step sees them"
    made = trainer.sample(a, None)
    assert found["psnr"].value == pytest.approx(float(psnr(made, b).mean()), rel=1e-4)
    energy = [float(gradient_energy(some).mean()) for some in (made, b)]
    assert found["sharpness"].value == pytest.approx(energy[0] / energy[1], rel=1e-4)
    assert set(found) == {"frechet", "psnr", "ssim", "sharpness", "label_kept", "change"}


def test_floors_are_those_of_real_outputs_and_of_the_truth_itself() -> None:
    found = values_of(trainer_of())
    assert found["sharpness"].floor == pytest.approx(1, abs=0.1)
    assert found["sharpness"].floor_std > 0
    assert found["ssim"].floor == pytest.approx(1)
    assert found["label_kept"].floor > 0.5 > found["label_kept"].value
    assert 0 < found["frechet"].floor < found["frechet"].value
    assert math.isnan(found["psnr"].floor)
    assert found["change"].floor > 0.05


def test_a_g_that_gives_the_truth_is_right_by_every_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trainer_of(task="inverse")
    monkeypatch.setattr(type(trainer), "sample", lambda _self, z, y, raw=False: -z)
    found = values_of(trainer)
    assert found["psnr"].value == pytest.approx(100)
    assert found["ssim"].value == pytest.approx(1, abs=1e-4)
    assert found["sharpness"].value == pytest.approx(1)
    assert found["frechet"].value == pytest.approx(0, abs=1e-3)
    assert found["change"].value == pytest.approx(found["change"].floor)


def test_baselines_take_no_learning() -> None:
    found = values_of(trainer_of())
    assert found["psnr"].baselines.keys() == {"input", "mean"}
    trainer = trainer_of(task="superres-2")
    levels = values_of(trainer)["psnr"].baselines
    x = trainer.b(trainer.x[trainer.held_out], trainer.looking())
    blocks = torch.nn.functional.avg_pool2d(x, 2)
    smooth = torch.nn.functional.interpolate(blocks, scale_factor=2, mode="bicubic").clamp(-1, 1)
    assert levels["bicubic"] == pytest.approx(float(psnr(smooth, x).mean()), rel=1e-4)
    nearest = torch.nn.functional.interpolate(blocks, scale_factor=2)
    assert levels["input"] == pytest.approx(float(psnr(nearest, x).mean()), rel=1e-4)
    assert levels["mean"] < levels["input"] < levels["bicubic"]


def test_a_way_there_and_back_is_measured_without_truths() -> None:
    trainer = trainer_of(game="cycle", task="thin-bold")
    found = values_of(trainer)
    a = trainer.a(trainer.x[trainer.held_out], trainer.looking())
    back = trainer.sample_back(trainer.sample(a, None))
    assert found["cycle_error"].value == pytest.approx(float((back - a).abs().mean()) / 2, rel=1e-4)
    assert set(found) == {"frechet", "sharpness", "label_kept", "cycle_error", "change"}
    assert found["frechet"].baselines.keys() == {"input"}
    raw = values_of(trainer_of(game="cycle", task="thin-bold"), raw=True)
    assert raw.keys() == found.keys()


def test_points_have_a_distance_and_the_error_of_the_way_back() -> None:
    trainer = trainer_of(**POINTS)
    found = values_of(trainer)
    assert set(found) == {"sliced_wasserstein", "cycle_error", "change"}
    assert 0 < found["sliced_wasserstein"].floor < found["sliced_wasserstein"].baselines["input"]
    assert math.isnan(found["change"].floor), "nobody knows which point belongs to which"
    told = measured(trainer)
    assert told is not None
    assert (told.network, told.unseen, told.pairs) == ("", True, False)


def test_labels_are_kept_only_where_both_sides_have_the_class() -> None:
    names = by_pairs.renumbered(torch.tensor([0, 1, 2]), ("3", "7", "9"), ("9", "3"))
    assert names.tolist() == [1, -1, 0]
    apart = trainer_of(game="cycle", task="between", classes="1,2", partner_classes="3,4")
    assert "label_kept" not in values_of(apart)
    shared = trainer_of(game="cycle", task="between", classes="1,2,5", partner_classes="2,5,8")
    assert "label_kept" in values_of(shared)


def test_another_strength_of_the_task_is_measured_anew() -> None:
    trainer = trainer_of()
    before = values_of(trainer)["psnr"].baselines
    trainer.tune(trainer.config.changed(task_amount=0.1))
    after = values_of(trainer)["psnr"].baselines
    assert after["input"] > before["input"] + 3
    assert after["mean"] == pytest.approx(before["mean"])


def test_how_it_is_measured_is_told_and_what_it_waits_for() -> None:
    trainer = trainer_of(size=900)
    assert prepared(trainer) == 0
    assert measured(trainer) is None
    values_of(trainer)
    assert prepared(trainer) == 1
    told = measured(trainer)
    assert told is not None
    assert (told.count, told.network, told.unseen, told.apart, told.pairs) == (90, "classifier", True, True, True)


def test_too_few_held_out_samples_give_no_metrics() -> None:
    assert values_of(trainer_of(size=40)) == {}


@pytest.mark.parametrize("knobs", [SMALL, SMALL | {"game": "cycle", "task": "red-blue"}, POINTS])
def test_an_observed_translation_makes_the_same_steps_and_its_readings_reach_the_page(knobs: dict[str, Any]) -> None:
    run, alone = (Run("r", RunConfig(**knobs)) for _ in range(2))
    for _look in range(2):
        run.advance(100)
        steps = None
        while steps != (steps := len(run.observer.readings)) or run.observer._pieces is not None:
            run.observer.go_on(run, trained=10.0, stop=lambda: False)
    alone.advance(200)
    alone.read()
    run.read()
    assert checkpoint.to_bytes(run.trainer.state()) == checkpoint.to_bytes(alone.trainer.state())
    assert [reading.step for reading in run.observer.readings] == [100, 200]
    view = snapshot(run, 0, "ema")
    found, floors, _stds = columns(run.observer.readings)
    assert view.readings.keys() == found.keys()
    assert view.floors.keys() == floors.keys()
    assert view.baselines == baselines(run.observer.readings)
    assert view.measured is not None
    assert view.readings["change"][-1] > 0
    assert math.isnan(run.observer.readings[-1].signals.held_out_gap)
