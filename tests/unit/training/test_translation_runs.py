"""Runs that translate: every objective, regularizer and knob acts, and the same run comes again to the bit."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.config.run_config import KNOBS, RunConfig
from playground.data import DATASETS
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES
from playground.training import checkpoint, games
from playground.ui.knobs.applies import applies
from playground.utils.errors import UserError
from tests.unit.training.test_trainer import Transfers
from tests.unit.training.translations import ALL, CLOUDS, CYCLE, PAIRED, TURN, go, kept, make, numbered

GAMES = pytest.mark.parametrize("config", ALL.values(), ids=ALL)
STEPS = 6


def weights(trainer: Any) -> torch.Tensor:
    return torch.cat(
        [v.detach().float().flatten() for net in trainer.modules().values() for v in net.state_dict().values()]
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
@GAMES
def test_every_objective_trains_every_network(config: RunConfig, objective: str) -> None:
    trainer = make(config.changed(objective=objective))
    before = {name: weights_of(net) for name, net in trainer.nets.items()}
    go(trainer, 3)
    assert all(not torch.equal(before[name], weights_of(net)) for name, net in trainer.nets.items())


@lru_cache(maxsize=32)
def ran(config: RunConfig, steps: int = STEPS) -> torch.Tensor:
    """The weights after so many steps."""
    trainer = make(config)
    go(trainer, steps)
    return weights(trainer)


def weights_of(net: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


# What else is set, and the value of the knob, so that it acts within a few steps.
ACTS: dict[str, tuple[dict[str, Any], Any]] = {
    "batch_size": ({}, 7), "d_steps": ({}, 2), "g_steps": ({}, 3), "d_head_start": ({}, 3), "ema_half_life": ({}, 0.0),
    "g_optimiser": ({}, "sgd"), "d_optimiser": ({}, "sgd"), "g_lr": ({}, 3e-3), "d_lr": ({}, 3e-3), "beta1": ({}, 0.7),
    "beta2": ({}, 0.7), "weight_decay": ({"g_optimiser": "adamw"}, 0.5), "lr_decay": ({}, 5), "grad_clip": ({}, 1e-3),
    "r1": ({}, 1.0), "r2": ({}, 1.0), "gp": ({}, 1.0), "dragan": ({}, 1.0), "penalty_every": ({"r1": 1.0}, 2),
    "clip": ({}, 0.01), "label_smoothing": ({"objective": "non-saturating"}, 0.3), "dropout": ({}, 0.3),
    "noise": ({}, 0.3), "noise_steps": ({"noise": 0.3}, 4), "objective": ({}, "hinge"), "seed": ({}, 9),
    "g_width": ({}, 5), "d_width": ({}, 5), "g_depth": ({}, 2), "d_depth": ({}, 1), "g_norm": ({}, "batch"),
    "d_norm": ({}, "batch"), "g_activation": ({}, "tanh"), "d_activation": ({}, "tanh"), "g_init": ({}, "orthogonal"),
    "d_init": ({}, "orthogonal"), "sn_gain": ({"d_norm": "spectral"}, 1.0), "d_patches": ({}, False),
    "task": ({}, "denoise"), "task_amount": ({}, 0.8), "reconstruction": ({}, "l1"), "reconstruction_weight": ({}, 9.0),
    "adversarial_weight": ({}, 0.2), "cycle_weight": ({}, 1.0), "identity_weight": ({}, 1.0), "sample_pool": ({}, 0),
    "network": ({}, "mlp"), "dataset": ({}, "digits"), "size": ({}, 50), "classes": ({}, "3,8"), "repeat": ({}, "3x5"),
    "partner": ({}, "spirals"), "partner_classes": ({"dataset": "ring", "partner": "ring"}, "1,2"),
}  # fmt: skip
OTHER = {
    "turn": {"task": None, "dataset": "ring", "network": None, "d_depth": 2, "d_norm": None, "reconstruction": "l1"},
    "clouds": {"task": None, "dataset": "grid", "network": None, "d_depth": 2, "d_norm": None},
    "cycle": {"task": "inverse"},
}
REFUSED = {"label_smoothing", "repeat", "classes", "partner", "partner_classes", "task"}  # where there is no such thing
WORKLESS = {"device", "folder", "own", "game"}  # where, and of what, or tried elsewhere


@pytest.mark.parametrize("name", ALL)
def test_the_list_has_every_knob_that_applies(name: str) -> None:
    assert {knob for knob in KNOBS if applies(knob, ALL[name])} <= {*ACTS, *WORKLESS, "penalty_every"}


@pytest.mark.parametrize("knob", ACTS)
@pytest.mark.parametrize("name", ALL)
def test_every_knob_that_applies_changes_the_run_and_no_other_does(name: str, knob: str) -> None:
    more, value = ACTS[knob]
    base = RunConfig.read({**ALL[name].model_dump(), **more})[0]
    value = OTHER.get(name, {}).get(knob, value)
    if value is None:
        return
    changed, findings = RunConfig.read({**base.model_dump(), knob: value})
    if findings:
        assert knob in REFUSED
        assert findings[0].endswith(".")
        return
    before, after = ran(base), ran(changed)
    assert (before.shape == after.shape and torch.equal(before, after)) != applies(knob, changed)


@pytest.mark.parametrize("knob", [name for name, knob in KNOBS.items() if knob.live and name in ACTS])
@pytest.mark.parametrize("name", ["paired", "cycle"])
def test_live_knobs_act_while_it_runs_and_read_nothing_from_the_device(name: str, knob: str) -> None:
    more, value = ACTS[knob]
    base = RunConfig.read({**ALL[name].model_dump(), **more})[0]
    if not applies(knob, base) or knob in ("label_smoothing",):
        return
    trainer = make(base)
    go(trainer, 2)
    trainer.tune(base.changed(**{knob: value}))
    trainer.step()  # optimizers make their state
    with Transfers() as transfers:
        for _ in range(STEPS):
            trainer.step()
    assert transfers.found == []
    assert not torch.equal(ran(base, 3 + STEPS), weights(trainer))
    assert trainer.finite()


def test_lambda_to_zero_and_back_is_the_run_of_before_only_until_then() -> None:
    trainer = make(PAIRED.changed(adversarial_weight=0.0))
    go(trainer, 2)
    trainer.tune(trainer.config.changed(reconstruction_weight=0.0))
    G = weights_of(trainer.nets["G"])
    trainer.step()
    assert all(float(p.grad.abs().max()) == 0 for p in trainer.parameters["G"])
    trainer.tune(trainer.config.changed(reconstruction_weight=1.0))
    trainer.step()
    assert not torch.equal(G, weights_of(trainer.nets["G"]))


@pytest.mark.parametrize("d_steps", range(4))
@pytest.mark.parametrize("g_steps", range(4))
@pytest.mark.parametrize("name", ["paired", "cycle"])
def test_so_many_updates_of_each(name: str, d_steps: int, g_steps: int) -> None:
    trainer = make(ALL[name].changed(d_steps=d_steps, g_steps=g_steps, batch_size=3))
    updates: list[Any] = []
    update = trainer.update
    trainer.update = lambda names, loss: (updates.append(names), update(names, loss))
    before = {key: weights_of(net) for key, net in trainer.nets.items()}
    row = trainer.play()
    assert len(row) == len(trainer.columns)
    assert all(x.isfinite() for x in row)
    critics, G = (["D"], "G") if name == "paired" else (["D_A", "D_B"], ("G_AB", "G_BA"))
    assert updates == critics * d_steps + [G] * g_steps
    moved = {key for key, net in trainer.nets.items() if not torch.equal(before[key], weights_of(net))}
    assert moved == {key for key in trainer.nets if (d_steps if key[0] == "D" else g_steps)}


@pytest.mark.parametrize("name", ["paired", "cycle"])
def test_losses_of_a_frozen_g_are_those_that_it_would_have(name: str) -> None:
    learning, frozen = (make(ALL[name].changed(g_steps=k, d_lr=0.0, objective="lsgan")) for k in (1, 0))
    rows = [dict(zip(t.columns, t.play(), strict=True)) for t in (learning, frozen)]
    for column in learning.columns:
        torch.testing.assert_close(rows[0][column], rows[1][column])


def test_noise_fades() -> None:
    trainer = make(PAIRED.changed(noise=2.0, noise_steps=4))
    for sigma in (2.0, 1.5, 1.0, 0.5, 0.0, 0.0):
        trainer.step()
        assert trainer.live.noise.item() == sigma


# To the bit

RICH: dict[str, Any] = {"d_norm": "spectral", "dropout": 0.2, "noise": 0.1, "noise_steps": 9, "r1": 0.2, "d_steps": 2}


@GAMES
def test_a_run_comes_again_and_goes_on_from_a_checkpoint_to_the_bit(config: RunConfig, tmp_path: Path) -> None:
    config = config.changed(**RICH, d_depth=2, penalty_every=3)
    whole, first = make(config), make(config)
    go(whole, 5)
    assert kept(whole) == go(first, 5)
    (tmp_path / "half").write_bytes(kept(first))
    go(whole, 5)
    code = (
        "import sys; from pathlib import Path; from playground.training import checkpoint; "
        "from playground.config.run_config import RunConfig; from tests.unit.training.translations import go, make; "
        "state = checkpoint.from_bytes(Path(sys.argv[1]).read_bytes())['trainer']; "
        "trainer = make(RunConfig(**state['config'])); assert trainer.load_state(state); "
        "Path(sys.argv[2]).write_bytes(go(trainer, 5))"
    )
    places = [str(tmp_path / "half"), str(tmp_path / "whole")]
    done = subprocess.run([sys.executable, "-c", code, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "whole").read_bytes() == kept(whole)
    other = make(config.changed(seed=1))
    assert go(other, 10) != kept(whole)


def test_pools_are_what_the_next_step_depends_on() -> None:
    config = CYCLE.changed(sample_pool=8, batch_size=5)
    trainer = make(config)
    go(trainer, 4)
    state = checkpoint.from_bytes(kept(trainer))["trainer"]
    same, other = make(config), make(config)
    same.load_state(state)
    state["pools"]["D_B"]["kept"] = state["pools"]["D_B"]["kept"].flip(0) * -1
    other.load_state(state)
    expected = go(trainer, 2)
    assert go(same, 2) == expected
    assert go(other, 2) != expected


@pytest.mark.parametrize("threads", [1, 2])
def test_several_threads_change_nothing_in_a_pool(threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        config = CYCLE.changed(sample_pool=3, batch_size=24)
        runs = [go(make(config), 3) for _ in range(2)]
    finally:
        torch.set_num_threads(before)
    assert runs[0] == runs[1]


# What does not fit


def damages() -> dict[str, Any]:
    def put(*path: str, value: Any) -> Any:
        def change(state: dict[str, Any]) -> None:
            for key in path[:-1]:
                state = state[key]
            state[path[-1]] = value

        return change

    one = torch.zeros(1, 1, 16, 16)
    return {
        "a pool of another size": put("pools", "D_A", "kept", value=torch.zeros(5, 1, 16, 16)),
        "a pool that broadcasts": put("pools", "D_B", "kept", value=one),
        "a pool of whole numbers": put("pools", "D_B", "kept", value=torch.zeros(4, 1, 16, 16, dtype=torch.int64)),
        "a pool that is not finite": put("pools", "D_B", "kept", value=torch.full((4, 1, 16, 16), float("nan"))),
        "more in a pool than it holds": put("pools", "D_A", "count", value=5),
        "fewer than none": put("pools", "D_A", "count", value=-1),
        "no pool": put("pools", value={}),
        "negative updates": put("d_updates", "D_A", value=-1),
        "too many updates": put("d_updates", "D_B", value=2**60),
        "a word for a number": put("d_updates", "D_B", value="many"),
        "one number for two": put("d_updates", value=3),
        "inputs of another shape": put("fixed_z", value=torch.zeros(24, 3, 16, 16)),
        "inputs that are not finite": put("fixed_z", value=torch.full((24, 1, 16, 16), float("inf"))),
        "networks of another game": lambda state: state.update(G=state.pop("G_AB")),
    }


@pytest.mark.parametrize("damage", damages())
def test_a_strangers_checkpoint_that_does_not_fit(damage: str) -> None:
    trainer = make(CYCLE)
    state = checkpoint.from_bytes(kept(trainer))["trainer"]
    damages()[damage](state)
    with pytest.raises(UserError, match="does not fit its own config"):
        make(CYCLE).load_state(state)
    paired = checkpoint.from_bytes(kept(make(PAIRED)))["trainer"]
    for updates in (-3, float("nan"), None):
        with pytest.raises(UserError, match="does not fit its own config"):
            make(PAIRED).load_state(paired | {"d_updates": updates})


# What there is to translate

IMAGES = {"digits": 8, "digits-16": 16, "typeset-digits": 28, "shapes": 32}


@pytest.mark.parametrize("dataset", IMAGES)
@pytest.mark.parametrize("network", ["unet", "resnet", "mlp"])
@pytest.mark.parametrize("game", ["paired", "cycle"])
def test_every_task_on_every_kind_of_picture_runs_or_says_why_not(game: str, network: str, dataset: str) -> None:
    for key, task in TASKS.items():
        values = {**PAIRED.model_dump(), "game": game, "task": key, "dataset": dataset, "network": network, "size": 40}
        config, findings = RunConfig.read(values | {"batch_size": 2, "objective": "lsgan"})
        if config.task != key:
            assert findings
            assert all(text.endswith(".") for text in findings)
            assert task.modality == "points" or (not task.paired if game == "paired" else task.masked)
            continue
        assert (config.game, config.network) == (game, network)
        go(make(config), 1)


@pytest.mark.parametrize("shape", [(1, 9, 9), (3, 7, 12), (1, 10, 14), (3, 12, 20), (1, 6, 6), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("network", ["unet", "resnet", "mlp"])
def test_pictures_of_odd_sizes_are_translated_or_refused_in_a_sentence(network: str, shape: tuple[int, ...]) -> None:
    x = torch.randint(256, (30, *shape), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    samples = numbered(30).__class__(x)
    for key, task in TASKS.items():
        for game in ("paired", "cycle"):
            if task.modality == "points" or task.partner or (game == "cycle" and task.masked):
                continue
            config = PAIRED.changed(game=game, task=key, network=network, batch_size=2)
            if network != "mlp" and (shape[1] % 2 or shape[2] % 2 or min(shape[1:]) < 8):
                with pytest.raises(
                    UserError, match=f"even sides of at least 8 pixels; these are {shape[1]}×{shape[2]}"
                ):
                    games.start(config, samples)
            else:
                trainer = games.start(config, samples)
                go(trainer, 1)
                logits = trainer.patch_logits(trainer.sample(trainer.fixed_z, None), trainer.told)
                rows = trainer.patch_rows(logits.shape[1])
                assert logits.shape[1] % rows == 0


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@GAMES
def test_data_of_very_few_samples(config: RunConfig, n: int) -> None:
    if len(DATASETS[config.dataset].shape or ()) == 3:
        trainer = games.start(config, numbered(n))
    else:
        trainer = make(config.changed(size=n))
    go(trainer, 2)
    assert len(trainer.sample(trainer.fixed_z, None)) == 1


@pytest.mark.parametrize("config", [TURN, CLOUDS])
def test_points_have_a_plane(config: RunConfig) -> None:
    trainer = make(config)
    x = torch.randn(11, 2)
    plane = trainer.plane(x)
    assert plane.shape == (11,)
    if config is TURN:
        by_hand = [trainer.logits(x, a[None].expand(11, -1)) for a in trainer.fixed_z[:8]]
        torch.testing.assert_close(plane, sum(by_hand) / 8)
    else:
        torch.testing.assert_close(plane, trainer.logits(x, None))
