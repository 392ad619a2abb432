"""A recorded step of a translation is an ordinary step, and what was recorded of it is what happened."""

from __future__ import annotations

import copy
import inspect

import numpy as np
import pytest
import torch

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.config.starts import begun
from playground.losses.objectives import OBJECTIVES
from playground.training import trainer
from playground.training.games import cycle, paired, translation
from playground.utils.step_record import Record
from tests.unit.training.test_step_record import find, make, record_of, same_state, values

DIGITS = PRESETS["digits"].config
PAIRED, CYCLE = begun(DIGITS, "paired"), begun(DIGITS, "cycle", "moons")
SOURCE = [
    line.strip() for part in (cycle, paired, translation, trainer) for line in inspect.getsource(part).splitlines()
]
CONFIGS = {
    "paired": PAIRED,
    "penalties": PAIRED.changed(r2=0.1, gp=1.0, dragan=1.0, label_smoothing=0.1, clip=0.1, grad_clip=0.1, noise=0.1),
    "several": PAIRED.changed(d_steps=2, g_steps=2, objective="ragan"),
    "points": begun(DIGITS, "paired", "moons"),
    "cycle": CYCLE.changed(identity_weight=2.0, grad_clip=1.0, clip=0.5),
    "pictures": begun(DIGITS, "cycle", "digits"),
    "frozen": CYCLE.changed(d_steps=0),
    "head start": CYCLE.changed(d_head_start=100),
}


def keys(record: Record) -> list[str]:
    return [f"{phase.net} {phase.key}" for phase in record.phases]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_recorded_step_is_an_ordinary_step(name: str) -> None:
    a, b = make(CONFIGS[name], 2), make(CONFIGS[name], 2)
    record = record_of(a)
    b.advance(1)
    b.settle()
    assert same_state(a, b)
    assert record.phases
    for phase in record.phases:
        lines = [line.strip() for line in phase.code.splitlines()]
        assert lines
        assert all(line in SOURCE for line in lines)
        assert phase.side in ("D", "G")


@pytest.mark.parametrize("name", ["paired", "several", "points", "cycle", "pictures"])
def test_the_logits_give_the_losses(name: str) -> None:
    record = record_of(make(CONFIGS[name]))
    objective = OBJECTIVES[record.config["objective"]]
    found = [phase for phase in record.phases if phase.key == "loss"]
    assert {phase.side for phase in found} == {"D", "G"}
    for phase in found:
        logits = {name: torch.from_numpy(x).flatten() for name, x in values(phase).items()}
        loss = objective.d_loss if phase.side == "D" else objective.g_loss
        again = loss(logits.get("d", logits["f"]), logits["f"])
        assert float(again) == pytest.approx(phase.numbers["loss"], rel=1e-5, abs=1e-7)


def test_every_value_of_a_pair_follows_from_those_before() -> None:
    run = make(PAIRED.changed(reconstruction_weight=0.5, adversarial_weight=2.0))
    G = copy.deepcopy(run.trainer.nets["G"])
    record = record_of(run)
    made = values(find(record, "translate", "D"))
    n = len(made["fake"])
    np.testing.assert_array_equal(made["a"], values(find(record, "draw_pair", "D"))["a"])
    batch = torch.from_numpy(made["a"])
    assert len(batch) == PAIRED.batch_size, "small pictures are kept whole"
    np.testing.assert_allclose(G(batch).detach().numpy(), made["fake"], atol=1e-5)
    rebuilt = find(record, "reconstruction", "G")
    pair = values(rebuilt)
    assert rebuilt.numbers["loss"] == pytest.approx(np.square(pair["fake"] - pair["b"])[:n].mean(), rel=1e-5)
    total = find(record, "sum", "G").numbers
    assert total["loss"] == pytest.approx(2 * total["adversarial"] + 0.5 * total["reconstruction"], rel=1e-6)
    assert (total["w"], total["lambda"]) == (2.0, 0.5)
    assert find(record, "backward", "G").numbers["loss"] == total["loss"]


def test_every_value_of_a_cycle_follows_from_those_before() -> None:
    run = make(CYCLE.changed(identity_weight=2.0))
    nets = copy.deepcopy(dict(run.trainer.nets))
    record = record_of(run)
    drawn, made, back = (
        values(find(record, key, net)) for key, net in (("draw_two", "D"), ("translate_both", "D"), ("back", "G"))
    )
    a, b = torch.from_numpy(drawn["a"]), torch.from_numpy(drawn["b"])
    with torch.no_grad():
        np.testing.assert_allclose(nets["G_AB"](a).numpy(), made["fake_b"], atol=1e-5)
        np.testing.assert_allclose(nets["G_BA"](b).numpy(), made["fake_a"], atol=1e-5)
        np.testing.assert_allclose(nets["G_BA"](nets["G_AB"](a)).numpy(), back["back_a"], atol=1e-5)
        same = (nets["G_AB"](b) - b).abs().mean() + (nets["G_BA"](a) - a).abs().mean()
    error = np.abs(back["back_a"] - drawn["a"]).mean() + np.abs(back["back_b"] - drawn["b"]).mean()
    assert find(record, "cycle", "G").numbers["loss"] == pytest.approx(error, rel=1e-5)
    assert find(record, "identity", "G").numbers["loss"] == pytest.approx(float(same), rel=1e-5)
    parts, whole = find(record, "sum", "G").numbers, find(record, "sum_identity", "G").numbers
    assert parts["loss"] == pytest.approx(parts["g_ab"] + parts["g_ba"] + 10 * parts["cycle"], rel=1e-6)
    assert whole["loss"] == pytest.approx(parts["loss"] + 2 * whole["identity"], rel=1e-6)


def test_each_network_has_its_turn_and_its_gradients() -> None:
    record = record_of(make(CYCLE))
    turns = list(dict.fromkeys(phase.net for phase in record.phases))
    assert turns == ["D", "D_A", "D_B", "G"]
    assert {phase.turn for phase in record.phases} == {1}
    for net in ("D_A", "D_B"):
        layers = [*find(record, "backward", net).layers, *find(record, "update", net).layers]
        assert layers
        assert all(layer.startswith(f"{net} ") for layer in layers)
    both = find(record, "backward", "G").layers
    assert {layer.split()[0] for layer in both} == {"G_AB", "G_BA"}
    updates = [phase for phase in record.phases if (phase.net, phase.key) == ("G", "update")]
    assert [{layer.split()[0] for layer in phase.layers} for phase in updates] == [{"G_AB"}, {"G_BA"}]
    asked = [phase.of for phase in record.phases if (phase.net, phase.key) == ("G", "judge_fake")]
    assert asked == ["D_B", "D_A"]


def test_several_updates_are_counted() -> None:
    record = record_of(make(CONFIGS["several"]))
    assert [p.turn for p in record.phases if (p.net, p.key) == ("D", "draw_pair")] == [1, 2]
    assert [p.turn for p in record.phases if (p.net, p.key) == ("G", "draw_pair")] == [2], "the first uses D's batch"
    assert max(p.turn for p in record.phases if p.net == "G") == 2


def test_one_player_alone() -> None:
    run = make(PAIRED)
    assert "D update" not in keys(record_of(run, "g"))
    found = keys(record_of(run, "d"))
    assert "G update" not in found
    assert {"D update", "G loss", "G reconstruction"} <= set(found)


def test_noise_of_a_translation_ends() -> None:
    config: RunConfig = PAIRED.changed(noise=1.0, noise_steps=4)
    run = make(config, 3)
    assert float(run.trainer.live.noise) == pytest.approx(0.5)
    run.advance(3)
    assert float(run.trainer.live.noise) == 0.0
