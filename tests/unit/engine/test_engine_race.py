"""A race in an engine: lanes are ordinary runs that keep step."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import load
from playground.engine.engine import Engine
from playground.engine.messages import Pause, Play, RaceView, Reset, SetKnobs, Step
from playground.engine.race import Race, Races
from playground.engine.run import Run
from playground.training import checkpoint
from playground.training.games.gan import GAN
from playground.utils.errors import UserError

RACE = "race-of-this-test"
RING = PRESETS["ring"].config.changed(device="cpu", g_width=16, d_width=16, batch_size=32)
SEEDS = [RING.changed(seed=seed) for seed in range(4)]
KNOBS = [RING, RING.changed(r1=0.0), RING.changed(d_steps=3, batch_size=256)]
LANES = [f"{RACE}-{n}" for n in range(1, 5)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path).start()
    yield made
    made.stop()


def start(engine: Engine, configs: list[RunConfig], exact: bool = False) -> None:
    engine.race(RACE, [config.model_dump() for config in configs], exact)


def until(engine: Engine, found: Callable[[RaceView], Any], race: str = RACE) -> RaceView:
    end = time.monotonic() + 30
    race_view = None
    while time.monotonic() < end:
        race_view = engine.race_view(race)
        if race_view is not None and found(race_view):
            return race_view
        time.sleep(0.02)
    raise AssertionError(f"the last race_view was {race_view}")


def rested(race_view: RaceView) -> bool:
    return race_view.status == "paused"


def runs(engine: Engine) -> list[Run]:
    """The lanes' runs, for a look at a race that rests."""
    found = [engine._slots[lane].run for lane in engine._races.find(RACE).lanes]  # type: ignore[union-attr]
    return [run for run in found if run is not None]


def pause(engine: Engine) -> list[Run]:
    engine.send(RACE, Pause())
    until(engine, rested)
    return runs(engine)


@pytest.mark.parametrize("configs", [SEEDS, KNOBS], ids=["batched", "in turn"])
def test_lanes_keep_step_and_stop_at_the_same_one(engine: Engine, configs: list[RunConfig]) -> None:
    start(engine, configs)
    until(engine, rested)
    for goal in (20, 60):
        engine.send(RACE, Play())
        race_view = until(engine, lambda s, goal=goal: s.status == "playing" and s.step > goal)
        assert race_view.batched == (configs is SEEDS)
        assert len({run.step for run in pause(engine)}) == 1
    step = runs(engine)[0].step
    engine.send(RACE, Step())
    until(engine, lambda s: s.step == step + 1)
    assert {run.step for run in runs(engine)} == {step + 1}
    engine.send(RACE, Reset())
    until(engine, lambda s: s.step == 0)
    assert [run.config for run in runs(engine)] == configs


@pytest.mark.parametrize(("configs", "atol"), [(SEEDS, 1e-3), (KNOBS, 0.0)], ids=["batched", "in turn"])
def test_lanes_are_the_runs_that_they_would_be_alone(engine: Engine, configs: list[RunConfig], atol: float) -> None:
    """To the bit in turn, up to rounding in batches; with SGD that does not grow, with Adam it would."""
    slow = {"g_optimiser": "sgd", "d_optimiser": "sgd", "g_lr": 0.01, "d_lr": 0.01}
    start(engine, [config.changed(**slow) for config in configs])
    engine.send(RACE, Play())
    until(engine, lambda s: s.step >= 20)
    for run in pause(engine):
        alone = GAN(run.config, load(run.config.dataset))
        for _ in range(run.step):
            alone.step()
        rows = alone.statistics.drain()[0][:, 0]
        torch.testing.assert_close(torch.from_numpy(run.history.columns()["d_loss"]), rows, atol=atol, rtol=0)
        assert torch.equal(run.trainer.state()["rng"], alone.state()["rng"])
        for mine, other in zip(run.trainer.G.parameters(), alone.G.parameters(), strict=True):
            torch.testing.assert_close(mine, other, atol=atol, rtol=0)


def train(group: Race, lanes: list[Run], turns: int) -> None:
    """Let the lanes play for so many turns, as the engine's worker would."""
    for run in lanes:
        run.play()
    left = iter(range(turns))
    group.train(lanes, lambda: next(left, None) is None)


def as_alone(run: Run) -> bool:
    """Whether all that a lane's next step depends on is that of its single run, to the bit."""
    alone = GAN(run.config, run.samples)
    for _ in range(run.step):
        alone.step()
    run.read()
    alone.statistics.drain()
    mine, other = ({**trainer.state(), "statistics": None} for trainer in (run.trainer, alone))
    return checkpoint.to_bytes(mine) == checkpoint.to_bytes(other)


def test_lanes_of_an_exact_race_are_their_single_runs_to_the_bit(tmp_path: Path) -> None:
    """Also after one was rewound, and after all came back from disk."""
    groups = Races(tmp_path)
    group = groups.open(RACE, [config.model_dump() for config in SEEDS[:2]], exact=True)
    lanes = [Run(name, config) for name, config in zip(group.lanes, SEEDS, strict=False)]
    train(group, lanes, 12)
    assert [run.step for run in lanes] == [12, 12]
    assert all(map(as_alone, lanes))
    moment = lanes[0].models.pin()
    train(group, lanes, 8)
    lanes[0].rewind(moment)
    assert [run.step for run in lanes] == [12, 20]
    train(group, lanes, 12)  # eight of them bring the first lane to where the others are
    assert [run.step for run in lanes] == [24, 24]
    assert all(map(as_alone, lanes))
    group = Races(tmp_path).find(RACE)  # type: ignore[assignment]
    lanes = [Run.from_bytes(run.id, run.to_bytes()) for run in lanes]
    train(group, lanes, 5)
    assert all(map(as_alone, lanes))


def test_seeds_that_are_stepped_at_once_are_not(tmp_path: Path) -> None:
    """What the page says of them. Should this fail with another PyTorch, the choice between the two can go."""
    group = Races(tmp_path).open(RACE, [config.model_dump() for config in SEEDS[:2]])
    lanes = [Run(name, config) for name, config in zip(group.lanes, SEEDS, strict=False)]
    train(group, lanes, 30)
    group.unstack()
    assert [run.step for run in lanes] == [30, 30]
    assert not all(map(as_alone, lanes))


def test_an_exact_race_takes_turns_in_the_engine(engine: Engine) -> None:
    start(engine, SEEDS, exact=True)
    engine.send(RACE, Play())
    race_view = until(engine, lambda s: s.status == "playing" and s.step > 2)
    assert not race_view.batched


def test_what_one_lane_plays_all_play(engine: Engine) -> None:
    start(engine, SEEDS)
    engine.send(LANES[2], Play())
    until(engine, lambda s: s.status == "playing" and s.step > 10)
    engine.send(LANES[0], Pause())
    until(engine, rested)
    assert len({run.step for run in runs(engine)}) == 1


def test_a_lane_may_be_changed_and_the_race_goes_on_in_turn(engine: Engine) -> None:
    start(engine, SEEDS)
    engine.send(RACE, Play())
    until(engine, lambda s: s.batched)
    engine.send(LANES[1], SetKnobs({"d_lr": 0.01}))
    race_view = until(engine, lambda s: s.status == "playing" and not s.batched)
    until(engine, lambda s: s.step > race_view.step + 5)
    lanes = pause(engine)
    assert [run.config.d_lr == 0.01 for run in lanes] == [False, True, False, False]
    assert len({run.step for run in lanes}) == 1


def test_who_is_behind_catches_up(engine: Engine) -> None:
    start(engine, SEEDS)
    engine.send(RACE, Play())
    until(engine, lambda s: s.step > 10)
    pause(engine)
    engine.send(LANES[3], Reset())
    until(engine, lambda s: s.step == 0)
    made = runs(engine)[0].step
    engine.send(RACE, Play())
    until(engine, lambda s: s.step > made and s.batched)
    assert len({run.step for run in pause(engine)}) == 1


@pytest.mark.parametrize("configs", [SEEDS, KNOBS], ids=["batched", "in turn"])
def test_a_lane_that_breaks_pauses_the_race_with_its_sentence(engine: Engine, configs: list[RunConfig]) -> None:
    start(engine, configs)
    engine.send(RACE, Play())
    until(engine, lambda s: s.step > 20)
    pause(engine)

    def break_it(run: Run) -> None:  # on the worker's thread, which may be saving the run
        next(iter(run.trainer.D.parameters())).data.fill_(float("nan"))

    engine._ask(LANES[1], break_it)
    engine.send(RACE, Play())
    until(engine, lambda s: rested(s) and bool(runs(engine)[1].notice))
    assert "NaN" in runs(engine)[1].notice
    assert [bool(run.notice) for run in runs(engine)].count(True) == 1
    assert all(run.trainer.finite() for run in runs(engine))


def test_a_race_comes_back_from_disk_with_its_lanes(tmp_path: Path) -> None:
    first = Engine(tmp_path).start()
    start(first, SEEDS)
    first.send(RACE, Play())
    until(first, lambda s: s.step > 20)
    step = pause(first)[0].step
    first.stop()
    second = Engine(tmp_path).start()
    try:
        race_view = until(second, rested)
        assert race_view.step == step
        assert [run.config for run in runs(second)] == SEEDS
        second.send(LANES[0], Play())
        until(second, lambda s: s.step > step and s.batched)
    finally:
        second.stop()


def test_a_tied_lane_is_kept_on_disk_as_it_is(engine: Engine) -> None:
    start(engine, SEEDS)
    engine.send(RACE, Play())
    until(engine, lambda s: s.step > 20 and s.batched)
    lanes = pause(engine)
    for lane, run in zip(LANES, lanes, strict=True):
        end = time.monotonic() + 10
        while not engine._storage.holds(lane) and time.monotonic() < end:
            time.sleep(0.05)
        saved = checkpoint.from_bytes(engine._storage.read(lane))["trainer"]
        assert saved["step"] == run.step
        for name, value in run.trainer.G.state_dict().items():
            assert torch.equal(saved["G"][name], value)


def test_the_quality_is_followed_while_somebody_looks(engine: Engine) -> None:
    start(engine, [PRESETS["ring"].config, PRESETS["ring"].config.changed(d_lr=2e-6, g_lr=2e-6)])
    engine.send(RACE, Play())
    race_view = until(engine, lambda s: bool(s.ahead))
    assert race_view.ahead == (0,)
    assert race_view.metric == "modes"
    quality = race_view.history["quality"]
    assert quality.shape == (len(race_view.history["step"]), 2)
    assert quality[-1, 0] > quality[-1, 1]
    engine.send(RACE, Reset())
    until(engine, lambda s: s.step == 0 and not s.ahead and len(s.history["step"]) <= 1)


@pytest.mark.parametrize(("dataset", "metric"), [("swiss-roll", "points"), ("digits", "images")])
def test_data_without_modes_is_judged_by_a_distance(engine: Engine, dataset: str, metric: str) -> None:
    base = RunConfig.read({"dataset": dataset, "batch_size": 32})[0]
    start(engine, [base, base.changed(seed=1)])
    race_view = until(engine, lambda s: len(s.history.get("step", ())))
    assert race_view.metric == metric
    assert (race_view.history["quality"] > 0).all()


def test_names_and_numbers_of_lanes_are_checked(engine: Engine) -> None:
    for race, configs in (
        ("short", SEEDS),
        ("../" + "x" * 20, SEEDS),
        ("x" * 63, SEEDS),
        (RACE, SEEDS[:1]),
        (RACE, SEEDS * 2),
    ):
        with pytest.raises(UserError):
            engine.race(race, [config.model_dump() for config in configs])
        assert engine.race_view(race) is None
    start(engine, SEEDS)
    start(engine, KNOBS)
    assert len(until(engine, rested).lanes) == 4, "making it again changes nothing"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"lanes": 3}', '{"lanes": [1, 2]}', '{"lanes": [{}]}', "{" * 9])
def test_a_file_that_is_no_race_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / f"{RACE}.race.json").write_text(content)
    assert Races(tmp_path).find(RACE) is None


def test_whose_lane_a_run_is(tmp_path: Path) -> None:
    groups = Races(tmp_path)
    group = groups.open(RACE, [config.model_dump() for config in SEEDS])
    assert groups.of(LANES[0]) is group
    assert groups.of(f"{RACE}-5") is None
    assert groups.of(RACE) is None
    assert Races(tmp_path).of(LANES[3]) is not None, "known from its file"
    groups.rest({}, -1.0)
    assert groups.known(RACE) is None


def test_a_race_says_whether_it_was_made_of_these_configs(engine: Engine) -> None:
    two, three = [[RING.changed(seed=seed).model_dump() for seed in range(n)] for n in (2, 3)]
    assert engine.race("race-of-two-or-three", two)
    assert engine.race("race-of-two-or-three", two)
    assert not engine.race("race-of-two-or-three", three)
    assert not engine.race("race-of-two-or-three", two, exact=True)
    assert engine.race("race-that-is-exact-too", two, exact=True)
    assert not engine.race("race-that-is-exact-too", two)
