"""Lanes: runs that are trained as replicas are at every moment the runs that they would have been alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import Samples, load
from playground.training import checkpoint
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, alike

RING = PRESETS["ring"].config.changed(device="cpu", g_width=32, d_width=32, batch_size=64)
POINTS = load("ring")  # in single precision for every test
KINDS = [
    {},
    {"r1": 0.0},
    {"d_norm": "spectral", "g_optimiser": "rmsprop"},
    {"g_optimiser": "sgd", "d_optimiser": "sgd", "g_lr": 1e-2, "d_lr": 1e-2},
    {"objective": "lsgan", "r1": 0.0, "gp": 1.0, "dragan": 1.0, "d_optimiser": "adamw"},
    {"objective": "rpgan", "r2": 0.1},
    {"label_smoothing": 0.1, "r2": 0.1, "penalty_every": 4, "noise": 0.1, "noise_steps": 20, "lr_decay": 40},
    {"d_head_start": 15, "d_steps": 2, "g_steps": 2, "unroll": 1},
]


@pytest.fixture
def float64() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def points() -> Samples:
    return replace(POINTS, x=POINTS.x.to(torch.get_default_dtype()))


def trainers(config: RunConfig, samples: Samples, n: int = 4) -> list[GAN]:
    return [GAN(config.changed(seed=seed), samples) for seed in range(n)]


def go(trainer: GAN, steps: int) -> None:
    for _ in range(steps):
        trainer.step()
    if isinstance(trainer, Replicas):
        trainer.hand_out()


def assert_close(lane: GAN, alone: GAN, atol: float) -> None:
    """Everything of the two trainers, to `atol`; counts and random numbers exactly."""
    assert (lane.step_count, lane.d_updates) == (alone.step_count, alone.d_updates)
    close = {"atol": atol, "rtol": 0.0}
    torch.testing.assert_close(lane.statistics.drain()[0], alone.statistics.drain()[0], **close)
    mine, other = lane.state(), alone.state()
    assert torch.equal(mine["rng"], other["rng"])
    for key in ("G", "D", "G_ema", "opt_g", "opt_d", "statistics", "scores", "fixed_z"):
        torch.testing.assert_close(mine[key], other[key], **close)
    for raw in (False, True):
        torch.testing.assert_close(
            lane.sample(lane.fixed_z, None, raw), alone.sample(alone.fixed_z, None, raw), **close
        )
    grid = lane.fixed_z[:50]
    torch.testing.assert_close(lane.plane(grid), alone.plane(grid), **close)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("knobs", KINDS, ids=str)
def test_four_lanes_are_four_single_runs(knobs: dict[str, object]) -> None:
    """In double precision, where rounding has not grown to anything after so many steps: the arithmetic is the same."""
    samples, config, steps = points(), RING.changed(**knobs), 40
    lanes, alone = trainers(config, samples), trainers(config, samples)
    go(Replicas(lanes, samples), steps)
    for lane, single in zip(lanes, alone, strict=True):
        go(single, steps)
        assert_close(lane, single, 1e-8)


@pytest.mark.parametrize("knobs", KINDS[:4], ids=str)  # of others Adam makes steps of the rounding error of a zero
def test_in_single_precision_they_differ_by_rounding(knobs: dict[str, object]) -> None:
    """For as long as Adam and the corners of ReLU have not made more of it."""
    samples, config = points(), RING.changed(**knobs)
    lanes, alone = trainers(config, samples), trainers(config, samples)
    go(Replicas(lanes, samples), 10)
    for lane, single in zip(lanes, alone, strict=True):
        go(single, 10)
        assert_close(lane, single, 1e-4)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("optimiser", ["adam", "sgd", "rmsprop"])
def test_lanes_are_tied_and_untied_at_any_step(optimiser: str) -> None:
    samples, config = points(), RING.changed(g_optimiser=optimiser, d_optimiser=optimiser)
    lanes, alone = trainers(config, samples, 2), trainers(config, samples, 2)
    for tied in (False, True, True, False, True):
        group: list[GAN] = [Replicas(lanes, samples)] if tied else lanes
        for trainer in group:
            go(trainer, 17)
            if isinstance(trainer, Replicas):
                trainer.unstack()
    for lane, single in zip(lanes, alone, strict=True):
        go(single, 5 * 17)
        assert_close(lane, single, 1e-10)


def test_a_tied_lane_is_saved_as_a_single_run() -> None:
    samples = points()
    lanes = trainers(RING, samples)
    go(replicas := Replicas(lanes, samples), 25)
    lanes[2].statistics.drain()
    saved = checkpoint.to_bytes(lanes[2].state())
    alone = GAN(RING.changed(seed=2), samples)
    go(alone, 25)
    alone.statistics.drain()
    assert len(saved) == len(checkpoint.to_bytes(alone.state())), "no tensor brings the others' along"
    again = GAN(RING.changed(seed=2), samples)
    again.load_state(checkpoint.from_bytes(saved))
    replicas.unstack()
    go(again, 10)
    go(lanes[2], 10)
    assert_close(lanes[2], again, 0.0)


def test_lanes_that_were_untied_go_their_own_ways() -> None:
    samples = points()
    lanes = trainers(RING, samples, 2)
    go(replicas := Replicas(lanes, samples), 5)
    replicas.unstack()
    rest = checkpoint.to_bytes(lanes[1].state())
    go(lanes[0], 5)
    assert lanes[0].step_count == 10
    assert checkpoint.to_bytes(lanes[1].state()) == rest


def test_who_can_be_tied() -> None:
    samples = points()
    assert alike(trainers(RING, samples, 3))
    assert not alike(trainers(RING, samples, 1)), "one has nobody to be tied to"
    for knobs in ({"d_lr": 0.01}, {"batch_size": 32}, {"objective": "lsgan"}):
        assert not alike([GAN(RING, samples), GAN(RING.changed(seed=1, **knobs), samples)])
    ahead = trainers(RING, samples, 2)
    go(ahead[0], 1)
    assert not alike(ahead)
    go(ahead[1], 1)
    assert alike(ahead)
    for objective in ("lsgan", RING.objective):  # which starts D's optimiser anew
        ahead[0].tune(ahead[0].config.changed(objective=objective))
    assert not alike(ahead)
    labelled = RING.changed(conditional=True)
    assert not alike(trainers(labelled, samples, 2))
