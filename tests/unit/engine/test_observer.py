"""The observer: looking changes no training, stays within its share and memory, and forgets what is not the past."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from playground import data
from playground.coach import EARLY, announced
from playground.config.presets import PRESETS
from playground.data.modality import POINTS
from playground.engine import observer
from playground.engine.observer import DENSE, EVERY, FIRST, MOST, SHARE, Pieces, Probe, columns, held_out, read_now
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.metrics.evaluate import work
from playground.training import checkpoint
from playground.training.games.gan import GAN
from playground.training.model import Model
from playground.utils.chunked import run_to_end as pieces_at_once
from playground.utils.readings import RAW, Reading, Value


def observed(preset: str, steps: int, **knobs: Any) -> Run:
    """A run that was observed as often as it may be."""
    run = Run("r", PRESETS[preset].config.changed(**knobs))
    for _ in range(steps // 50):
        run.advance(50)
        read(run)
    return run


def read(run: Run) -> None:
    """Let the observer go on until it has nothing to do: a loaded machine may need more than one turn."""
    steps = None
    while steps != (steps := [r.step for r in run.observer.readings]) or run.observer._pieces is not None:
        run.observer.go_on(run, trained=10.0, stop=lambda: False)


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_an_observed_run_makes_the_same_steps(preset: str) -> None:
    run, alone = observed(preset, 200), Run("r", PRESETS[preset].config)
    alone.advance(200)
    alone.read()
    run.read()
    assert [r.step for r in run.observer.readings] == [100, 200]
    assert checkpoint.to_bytes(run.trainer.state()) == checkpoint.to_bytes(alone.trainer.state())


def test_a_reading_leaves_every_byte_as_it_is() -> None:
    run = Run("r", PRESETS["ring"].config)
    run.advance(100)
    before = run.to_bytes()
    read(run)
    assert len(run.observer.readings) == 1
    assert run.to_bytes() == before


@pytest.mark.parametrize("preset", ["ring", "digits"])
def test_a_reading_measures_g_as_it_is_beside_its_average(preset: str) -> None:
    run = observed(preset, 100)
    [reading] = run.observer.readings
    shadow = run.observer._eye._shadow
    assert shadow is not None
    average, raw = (pieces_at_once(work(Model(shadow, raw=raw), expensive=False)) for raw in (False, True))
    assert reading.raw == {key: value.value for key, value in raw.items()}
    assert {key: reading.values[key].value for key in average} == {key: v.value for key, v in average.items()}
    assert all(
        reading.raw[key] != average[key].value
        for key in ("spread", *(("sliced_wasserstein",) if run.trainer.modality is POINTS else ()))
    )
    found, floors, _stds = columns([reading])
    assert {f"{RAW}{key}" for key in raw} < found.keys()
    assert not any(key.startswith(RAW) for key in floors)


def test_without_an_average_nothing_is_measured_twice() -> None:
    assert [reading.raw for reading in observed("ring", 100, ema_half_life=0.0).observer.readings] == [{}]


@pytest.mark.parametrize(("preset", "turns"), [("ring", [True] * 4), ("digits", [True, False, False, True])])
def test_images_are_measured_raw_in_every_third_reading(
    preset: str, turns: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def look(eye: Probe, trainer: GAN, expensive: bool, raw: bool = False) -> Pieces:
        asked.append(raw)
        yield
        return Reading(trainer.step_count, None)  # type: ignore[arg-type]

    monkeypatch.setattr(Probe, "look", look)
    monkeypatch.setattr(observer.Observer, "consult", lambda *_: None)
    run = Run("r", PRESETS[preset].config)
    for step in (100, 200, 300, 400):
        run.trainer.step_count = step
        read(run)
    assert asked == turns


def test_readings_repeat() -> None:
    first, second = observed("ring", 200).observer.readings, observed("ring", 200).observer.readings
    assert str(first) == str(second)  # NaN is not equal to itself


@pytest.mark.parametrize(("steps", "share"), [(0, FIRST), (200, SHARE)])
def test_looking_takes_no_more_than_its_share(steps: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes more until there is a reading."""
    run, clock = observed("ring", steps), [0.0]
    monkeypatch.setattr(observer.time, "perf_counter", lambda: clock[0])
    spent = [0]

    def pieces(eye: object, trainer: object, expensive: bool, raw: bool) -> Any:
        while True:
            clock[0] += 0.02  # seconds that a piece takes
            spent[0] += 1
            yield

    monkeypatch.setattr(observer.Probe, "look", pieces)
    run.advance(EVERY)
    turns = 1000
    for _ in range(turns):
        run.observer.go_on(run, trained=0.03, stop=lambda: False)
    assert 0.5 * share * turns * 0.03 < spent[0] * 0.02 <= share * turns * 0.03 + SHARE + 0.02


def test_a_message_that_waits_stops_the_looking() -> None:
    run = Run("r", PRESETS["ring"].config)
    run.advance(EVERY)
    run.observer.go_on(run, trained=10.0, stop=lambda: True)
    assert run.observer.readings == []


def test_readings_are_bounded_and_the_latest_stay_dense() -> None:
    run = observed("ring", 100)
    first = run.observer.readings[0]
    for n in range(2, 1000):
        run.observer._take(type(first)(100 * n, first.signals, first.values))
        assert len(run.observer.readings) <= MOST
    steps = [r.step for r in run.observer.readings]
    assert steps[-DENSE // 2 :] == list(range(100 * (1000 - DENSE // 2), 100_000, 100))
    assert steps == sorted(set(steps))
    assert steps[0] == 100


def test_going_back_forgets_what_came_after() -> None:
    run = observed("ring", 200)
    moment = run.remember()
    assert moment is not None
    run.advance(200)
    read(run)
    assert run.observer.readings[-1].step > 200
    run.rewind(moment.id)
    run.observer.consult(run)
    assert run.observer.readings[-1].step == 200
    run.reset()
    run.observer.consult(run)
    assert run.observer.readings == []
    assert run.observer.diagnosis is None


def test_a_changed_knob_makes_the_coach_begin_anew() -> None:
    """However much it has seen before: those readings are of another game."""
    run = observed("ring", 100)
    first = run.observer.readings[0]
    poor = {"modes": Value(1.0, 8.0), "spread": Value(0.1, 1.0), "high_quality": Value(0.5, 0.99)}
    run.observer.readings = [replace(first, step=9 * n, values=poor) for n in range(1, 11)]
    run.observer.consult(run)
    assert run.observer.diagnosis is not None
    assert run.observer.diagnosis.key == "collapse"
    run.set_knobs({"d_lr": 1e-3})
    run.observer.consult(run)
    assert run.observer.diagnosis.key == EARLY


def test_drift_is_the_way_of_the_mean_by_the_spread_of_the_data() -> None:
    """The spread is the root of the variance; on a Gaussian of 0.3 the two differ by far."""
    run, eye = Run("r", PRESETS["ring"].config.changed(dataset="gaussian")), Probe()
    run.advance(5)
    run.read()
    read_now(eye.look(run.trainer, expensive=False))
    with torch.no_grad():
        for net in (run.trainer.G, run.trainer.G_ema):
            list(net.parameters())[-1].add_(torch.tensor([30.0, 40.0]))
    reading = read_now(eye.look(run.trainer, expensive=False))
    spread = float(run.trainer.x.std(0, correction=0).norm())
    assert 0.35 < spread < 0.5
    assert reading.values["drift"].value == pytest.approx(50 / spread, rel=0.02)


def test_a_broken_run_is_named_and_lies_on_the_timeline() -> None:
    run = observed("ring", 100)
    with torch.no_grad():
        next(run.trainer.G.parameters()).fill_(math.nan)
    run.advance(100)
    assert run.observer.diagnosis is not None
    assert run.observer.diagnosis.key == "divergence"
    assert run.events[-1].kind == "coach"
    assert run.events[-1].text == "Coach: Divergence"


def test_a_reading_that_fails_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("observed", PRESETS["ring"].config)
    run.advance(100)
    with monkeypatch.context() as patch:
        patch.setattr("playground.engine.observer.work", lambda *_arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read(run)
    read(run)
    assert [reading.step for reading in run.observer.readings] == [100]


def test_after_a_restart_the_coach_knows_that_the_run_was_well() -> None:
    run = observed("ring", 100)
    for key in ("learning", "divergence"):
        run.note("coach", announced(key))
    back = Run.from_bytes(run.id, run.to_bytes())
    back.advance(100)
    read(back)
    assert back.observer.diagnosis is not None
    assert (back.observer.diagnosis.key, back.observer.diagnosis.well) == (EARLY, True)
    assert back.observer.diagnosis.broke == run.step


def test_pages_get_columns_and_floors() -> None:
    run = observed("ring", 200)
    view = snapshot(run, 0, "ema")
    assert view.readings["step"].tolist() == [100, 200]
    assert all(len(column) == 2 for column in view.readings.values())
    assert np.isnan(view.readings["drift"][0])
    assert view.floors["modes"] == 8
    assert view.diagnosis == run.observer.diagnosis
    assert columns([]) == ({}, {}, {})


def test_held_out_samples_are_none_of_those_that_are_learned() -> None:
    config = PRESETS["digits"].config.changed(size=100, classes="3,8")
    samples = data.load(config.dataset, config.source, config.choice)
    found = held_out(config, samples)
    assert found is not None
    learned = {row.tobytes() for row in (samples.x.flatten(1).float() / 127.5 - 1).numpy()}
    assert not learned & {row.tobytes() for row in found.flatten(1).numpy()}
    assert held_out(PRESETS["digits"].config, data.load("digits")) is None


def test_a_run_on_little_data_reads_the_gap() -> None:
    run = Run("r", PRESETS["ring"].config.changed(size=50))
    run.advance(20)
    run.read()
    assert not math.isnan(read_now(run.observer._eye.look(run.trainer, expensive=False)).signals.held_out_gap)
