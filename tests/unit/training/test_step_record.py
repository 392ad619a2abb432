"""A recorded step is an ordinary step, and what was recorded of it is what happened."""

import copy
import inspect
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.engine import Engine
from playground.engine.messages import Play, StepThrough
from playground.engine.run import Run
from playground.engine.slow_step import step_through
from playground.losses.objectives import OBJECTIVES
from playground.training import trainer
from playground.training.games import gan
from playground.training.recorder import KEPT, KEPT_SAMPLES
from playground.utils.step_record import Part, Phase, Record
from tests.unit.engine.test_engine import A, ready, until
from tests.unit.training.test_trainer import EVERY_KNOB

RING, DIGITS = PRESETS["ring"].config, PRESETS["digits"].config
GANS = {key: preset.config for key, preset in PRESETS.items() if preset.config.game == "gan"}
HERE = {key: config for key, config in GANS.items() if DATASETS[config.dataset].origin == "here"}
SOURCE = [line.strip() for part in (gan, trainer) for line in inspect.getsource(part).splitlines()]
PARTS: tuple[Part, ...] = ("both", "d", "g")


def make(config: RunConfig, steps: int = 3) -> Run:
    run = Run("a-run-for-a-test", config)
    run.advance(steps)
    return run


def same_state(a: Run, b: Run) -> bool:
    for run in (a, b):
        run.events.clear()
    return a.to_bytes() == b.to_bytes()


def record_of(run: Run, part: Part = "both") -> Record:
    step_through(run, part)
    assert run.record is not None
    return run.record


def find(record: Record, key: str, net: str, turn: int = 1) -> Phase:
    [found] = [phase for phase in record.phases if (phase.key, phase.net, phase.turn) == (key, net, turn)]
    return found


def values(phase: Phase) -> dict[str, np.ndarray]:
    return {tensor.name: tensor.values for tensor in phase.tensors}


def check_losses(record: Record) -> None:
    """The logits that were recorded give the losses that were recorded."""
    objective = OBJECTIVES[record.config["objective"]]
    found = [phase for phase in record.phases if phase.key == "loss"]
    assert {phase.net for phase in found} == {"D", "G"}
    for phase in found:
        logits = {name: torch.from_numpy(x) for name, x in values(phase).items()}
        loss = objective.d_loss if phase.net == "D" else objective.g_loss
        again = loss(logits.get("d", logits["f"]), logits["f"])
        assert float(again) == pytest.approx(phase.numbers["loss"], rel=1e-6, abs=1e-9)


def check_code(record: Record) -> None:
    """Every line of code that is shown is one of the trainer's or of its game's."""
    for phase in record.phases:
        lines = [line.strip() for line in phase.code.splitlines()]
        assert lines
        assert all(line in SOURCE for line in lines)


@pytest.mark.parametrize("name", HERE)
def test_a_recorded_step_is_an_ordinary_step(name: str) -> None:
    a, b = make(HERE[name], 2), make(HERE[name], 2)
    record = record_of(a)
    b.advance(1)
    b.settle()
    assert same_state(a, b)
    assert record.step == 2
    check_losses(record)
    check_code(record)
    a.advance(2)
    b.advance(2)
    assert same_state(a, b)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("config", [RING, DIGITS.changed(dropout=0.1)], ids=["ring", "digits"])
def test_with_every_objective(config: RunConfig, objective: str) -> None:
    config = config.changed(objective=objective)
    a, b = make(config), make(config)
    record = record_of(a)
    b.advance(1)
    assert same_state(a, b)
    check_losses(record)


@pytest.mark.parametrize("config", EVERY_KNOB, ids=range(len(EVERY_KNOB)))
def test_with_every_knob(config: RunConfig) -> None:
    a, b = make(config), make(config)
    record = record_of(a)
    b.advance(1)
    assert same_state(a, b)
    check_losses(record)
    check_code(record)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x.astype(np.float64))


BY_HAND = {
    "non-saturating": (lambda d, f: softplus(-d).mean() + softplus(f).mean(), lambda f: softplus(-f).mean()),
    "minimax": (lambda d, f: softplus(-d).mean() + softplus(f).mean(), lambda f: -softplus(f).mean()),
    "wgan": (lambda d, f: f.mean() - d.mean(), lambda f: -f.mean()),
}


@pytest.mark.parametrize("objective", BY_HAND)
def test_the_losses_by_hand(objective: str) -> None:
    record = record_of(make(RING.changed(objective=objective)))
    of_d, of_g = BY_HAND[objective]
    d, g = find(record, "loss", "D"), find(record, "loss", "G")
    assert d.numbers["loss"] == pytest.approx(of_d(values(d)["d"], values(d)["f"]), rel=1e-5)
    assert g.numbers["loss"] == pytest.approx(of_g(values(g)["f"]), rel=1e-5)


@pytest.mark.parametrize("config", [RING, RING.changed(pack=2, noise=0.2), DIGITS], ids=["ring", "packed", "digits"])
def test_every_value_follows_from_those_before(config: RunConfig) -> None:
    run = make(config)
    G, D = copy.deepcopy(run.trainer.G), copy.deepcopy(run.trainer.D)
    record = record_of(run)
    drawn, made = values(find(record, "draw_z", "D")), values(find(record, "generate", "D"))
    labels = torch.from_numpy(made["y"]) if "y" in made else None
    assert np.array_equal(drawn["z"], made["z"])
    np.testing.assert_allclose(G(torch.from_numpy(made["z"]), labels).detach().numpy(), made["x"], atol=1e-5)
    for key, x, score in (("judge_real", "real", "d"), ("judge_fake", "fake", "f")):
        judged = values(find(record, key, "D"))
        logits = D(torch.from_numpy(judged[x]), labels).detach().numpy()
        np.testing.assert_allclose(logits, judged[score], atol=1e-5)
    after = values(find(record, "judge_fake", "G"))
    logits = run.trainer.D(torch.from_numpy(after["generated"]), labels).detach().numpy()
    np.testing.assert_allclose(logits, after["f"], atol=1e-5)
    for net, old, new in (("D", D, run.trainer.D), ("G", G, run.trainer.G)):
        update = find(record, "update", net)
        moved = [(p - q).detach().norm() for p, q in zip(new.parameters(), old.parameters(), strict=True)]
        assert update.numbers["change"] == pytest.approx(float(torch.stack(moved).norm()), rel=1e-4)
        assert sum(x**2 for x in update.layers.values()) == pytest.approx(update.numbers["change"] ** 2)
        gradient = [p.grad.norm() for p in new.parameters() if p.grad is not None]
        found = find(record, "backward", net).numbers["gradient"]
        assert found == pytest.approx(float(torch.stack(gradient).norm()), rel=1e-4)


def test_the_statistics_have_the_recorded_losses() -> None:
    run = make(RING.changed(penalty_every=1), steps=9)
    before = run.trainer.statistics.state()["sum"].clone()
    record = record_of(run)
    d_loss, g_loss, d, f, penalty = (10 * run.history.columns(600)[name][-1] for name in
                                     ("d_loss", "g_loss", "d_real", "d_fake", "penalty"))  # fmt: skip
    sums = before.tolist()
    loss = find(record, "loss", "D")
    assert d_loss - sums[0] == pytest.approx(loss.numbers["loss"], rel=1e-3)
    assert g_loss - sums[1] == pytest.approx(find(record, "loss", "G").numbers["loss"], rel=1e-3)
    assert d - sums[2] == pytest.approx(values(loss)["d"].mean(), abs=1e-3)
    assert f - sums[3] == pytest.approx(values(loss)["f"].mean(), abs=1e-3)
    assert penalty - sums[4] == pytest.approx(find(record, "r1", "D").numbers["penalty"], rel=1e-2, abs=1e-4)


# The parts of a step


def by_knobs(run: Run, part: Part) -> None:
    """What `step_through` of a part promises, done by hand."""
    old = {name: getattr(run.config, name) for name in ("d_steps", "g_steps", "d_head_start")}
    alone = {
        "both": {},
        "d": {"g_steps": 0, "d_steps": max(1, old["d_steps"])},
        "g": {"d_steps": 0, "g_steps": max(1, old["g_steps"]), "d_head_start": 0},
    }
    run.set_knobs(alone[part])
    run.advance(1)
    run.settle()
    run.set_knobs(old)


@given(
    part=st.sampled_from(PARTS),
    digits=st.booleans(),
    knobs=st.fixed_dictionaries(
        {
            "objective": st.sampled_from(list(OBJECTIVES)),
            "d_steps": st.integers(0, 3),
            "g_steps": st.integers(0, 2),
            "pack": st.sampled_from([1, 2]),
            "noise": st.sampled_from([0.0, 0.2]),
            "noise_steps": st.sampled_from([0, 9]),
            "r1": st.sampled_from([0.0, 0.3]),
            "gp": st.sampled_from([0.0, 1.0]),
            "penalty_every": st.integers(1, 3),
            "unroll": st.integers(0, 1),
            "label_smoothing": st.sampled_from([0.0, 0.1]),
            "clip": st.sampled_from([0.0, 0.1]),
            "grad_clip": st.sampled_from([0.0, 0.5]),
            "lr_decay": st.sampled_from([0, 9]),
            "d_head_start": st.sampled_from([0, 5]),
            "ema_half_life": st.sampled_from([0.0, 20.0]),
        }
    ),
)
@settings(max_examples=40, deadline=None)
def test_a_part_is_what_the_knobs_would_do(part: Part, digits: bool, knobs: dict[str, float]) -> None:
    base = DIGITS.changed(conditional=False, dropout=0.1) if digits else RING
    config = RunConfig.read({"g_width": 8, "d_width": 8, "batch_size": 8, **knobs}, base)[0]
    a, b = make(config), make(config)
    record = record_of(a, part)
    by_knobs(b, part)
    assert a.config == config
    assert same_state(a, b)
    check_losses(record)
    check_code(record)
    updates = [phase.net for phase in record.phases if phase.key == "update"]
    alone = {"both": (0, 0), "d": (1, 0), "g": (0, 1)}[part]  # updates that are made in any case
    assert updates.count("D") == (0 if part == "g" else max(config.d_steps, alone[0]))
    head_start = config.d_head_start and part == "both"
    assert updates.count("G") == (0 if part == "d" or head_start else max(config.g_steps, alone[1]))
    a.advance(3)
    b.advance(3)
    assert same_state(a, b)


@pytest.mark.parametrize(("part", "frozen", "sentence"), [("d", "G", "D alone learned"), ("g", "D", "G alone learned")])
def test_one_network_alone(part: Part, frozen: str, sentence: str) -> None:
    tracer = sys.gettrace()
    run = make(RING)
    run.play()
    before = [p.detach().clone() for p in getattr(run.trainer, frozen).parameters()]
    record = record_of(run, part)
    assert all(map(torch.equal, before, getattr(run.trainer, frozen).parameters()))
    assert not [phase for phase in record.phases if phase.net == frozen and phase.key in ("backward", "update")]
    assert [(event.step, event.text) for event in run.events] == [(4, sentence)]
    assert run.status == "paused"
    assert sys.gettrace() is tracer


# The phases


def test_the_phases_of_the_plain_game_in_order() -> None:
    record = record_of(make(RING.changed(r1=0.0)))
    assert [phase.net + " " + phase.key for phase in record.phases] == [
        "D draw_x", "D draw_z", "D generate", "D judge_real", "D judge_fake", "D loss", "D backward", "D update",
        "G judge_fake", "G loss", "G backward", "G update", "G average",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("knobs", "net", "keys"),
    [
        ({"noise": 0.1, "pack": 2}, "D", {"noise", "pack"}),
        ({"r1": 0.1, "r2": 0.1, "gp": 1.0, "dragan": 1.0, "penalty_every": 1}, "D", {"r1", "r2", "gp", "dragan"}),
        ({"label_smoothing": 0.1, "clip": 0.1, "grad_clip": 0.1}, "D", {"smooth", "clip", "clip_gradients"}),
        ({"unroll": 2}, "G", {"look_ahead", "judge_ahead", "draw_x"}),
        ({"objective": "ragan"}, "G", {"judge_real", "draw_x"}),
    ],
)
def test_what_is_switched_on_is_a_phase(knobs: dict[str, float], net: str, keys: set[str]) -> None:
    off = {"r1": 0.0} if "r1" not in knobs else {}
    seen = {phase.key for phase in record_of(make(RING.changed(**off, **knobs))).phases if phase.net == net}
    plain = {phase.key for phase in record_of(make(RING.changed(r1=0.0))).phases if phase.net == net}
    assert seen - plain == keys


def test_augmentation_and_the_classifier_are_phases() -> None:
    config = DIGITS.changed(augment="color", ada_target=0.6, conditioning="acgan")
    keys = [phase.net + " " + phase.key for phase in record_of(make(config)).phases]
    for key, times in {"D augment": 2, "G augment": 1, "D adapt": 1, "D classify": 2, "G classify": 1}.items():
        assert keys.count(key) == times


def test_every_update_is_counted() -> None:
    record = record_of(make(RING.changed(d_steps=3, g_steps=2)))
    assert [(p.net, p.turn) for p in record.phases if p.key == "update"] == [
        ("D", 1), ("D", 2), ("D", 3), ("G", 1), ("G", 2),
    ]  # fmt: skip
    assert [(p.net, p.turn) for p in record.phases if p.key == "draw_z"] == [
        ("D", 1), ("D", 2), ("D", 3), ("G", 2),
    ]  # fmt: skip


def test_large_tensors_are_cut_and_logits_are_whole() -> None:
    config = PRESETS["shapes"].config.changed(g_width=4, d_width=4, batch_size=32)
    record = record_of(make(config, steps=0))
    for tensor in (tensor for phase in record.phases for tensor in phase.tensors):
        each = int(np.prod(tensor.shape[1:]))
        assert tensor.values.shape[1:] == tensor.shape[1:]
        assert len(tensor.values) == min(32, max(KEPT_SAMPLES, KEPT // each) if each > 1 else 32)
        assert tensor.low <= tensor.mean <= tensor.high


def test_the_code_is_the_statement_before_the_note() -> None:
    record = record_of(make(RING.changed(r1=0.0)))
    code = {phase.net + " " + phase.key: phase.code for phase in record.phases}
    assert code["D loss"] == "adversarial = self.draws.per_replica(self.objective.d_loss, d, f)"
    assert code["D update"] == "self.optimizers[name].step()"
    assert code["D judge_real"] == code["D judge_fake"]
    assert code["D judge_real"].splitlines()[1] == "d, f = self._split(logits)"
    assert code["D generate"] == 'x: torch.Tensor = self.nets["G"](z, y)'


# The run and the engine


def test_a_step_that_breaks_the_run_leaves_no_record() -> None:
    tracer = sys.gettrace()
    run = make(RING)
    with torch.no_grad():
        run.trainer.D.head.weight.fill_(float("nan"))
    step_through(run, "d")
    assert run.record is None
    assert run.recorded == 0
    assert "infinite or undefined" in run.notice
    assert run.config == RING
    assert sys.gettrace() is tracer


def test_a_run_that_starts_over_forgets_its_record() -> None:
    run = make(RING)
    step_through(run, "both")
    step_through(run, "both")
    assert run.recorded == 2
    run.reset()
    assert run.record is None


def test_the_engine_gives_the_record(tmp_path) -> None:
    engine = Engine(tmp_path).start()
    try:
        engine.create(A, RING.model_dump())
        assert until(engine, A, ready).recorded == 0
        assert engine.record(A) is None
        engine.send(A, Play())
        until(engine, A, lambda v: v.step > 5)
        engine.send(A, StepThrough("d"))
        view = until(engine, A, lambda v: v.recorded == 1)
        assert view.status == "paused"
        record = engine.record(A)
        assert record is not None
        assert record.step == view.step - 1
        assert record.part == "d"
        assert view.config == RING.model_dump()
    finally:
        engine.stop()
