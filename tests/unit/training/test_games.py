"""A game that this house does not have yet: two G and two D on points. It is one class; the rest serves any game."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import Samples, load
from playground.engine.history import History
from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.training import checkpoint
from playground.training.recorder import Recorder
from playground.training.trainer import Trainer
from playground.ui.pages.train.charts.losses import losses
from playground.ui.style import LIGHT

CONFIG = PRESETS["ring"].config.changed(z_dim=2, batch_size=16, grad_clip=1.0, ema_half_life=5.0)
ROUND_TRIP = 10.0


class Cycle(Trainer):
    """Points there and back (Zhu et al., 2017): from the data to its mirror image."""

    averaged = ("G_AB", "G_BA")
    columns = ("d_a_loss", "d_b_loss", "g_ab_loss", "g_ba_loss", "cycle")

    def build(self, init: torch.Generator) -> Mapping[str, nn.Module]:
        nets = {}
        for name, outputs in {"G_AB": 2, "G_BA": 2, "D_A": 1, "D_B": 1}.items():
            nets[name] = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, outputs))
            for p in nets[name].parameters():
                nn.init.normal_(p, std=0.3, generator=init)
        return nets

    def play(self) -> tuple[torch.Tensor, ...]:
        objective, n = OBJECTIVES[self.config.objective], self.nets
        (a, _), (b, _) = self.batch(self.config.batch_size), self.batch(self.config.batch_size)
        b = b.flip(1) + 1
        fake_b, fake_a = n["G_AB"](a), n["G_BA"](b)
        found = []
        for name, real, fake in (("D_A", a, fake_a), ("D_B", b, fake_b)):
            d_loss = objective.d_loss(n[name](real)[:, 0], n[name](fake.detach())[:, 0])
            self.update(name, d_loss)
            found.append(d_loss.detach())
        ab, ba = (
            objective.g_loss(n[name](x)[:, 0], n[name](x)[:, 0]) for name, x in (("D_B", fake_b), ("D_A", fake_a))
        )
        cycle = (n["G_BA"](fake_b) - a).abs().mean() + (n["G_AB"](fake_a) - b).abs().mean()
        self.update(("G_AB", "G_BA"), ab + ba + ROUND_TRIP * cycle)
        return *found, ab.detach(), ba.detach(), cycle.detach()


def make(config: RunConfig = CONFIG) -> Cycle:
    return Cycle(config, load("ring"))


def weights(trainer: Trainer) -> list[torch.Tensor]:
    return [p for net in trainer.modules().values() for p in net.state_dict().values()]


def go(trainer: Trainer, steps: int) -> np.ndarray:
    for _ in range(steps):
        trainer.step()
    rows, finite = trainer.statistics.drain()
    assert finite
    return rows.numpy()


def test_it_learns() -> None:
    trainer = make(CONFIG.changed(batch_size=128))
    rows = go(trainer, 600)
    cycle = rows[:, Cycle.columns.index("cycle")]
    assert cycle[-1] < 0.2 * cycle[0]
    a = trainer.x[:200]
    with torch.no_grad():
        there_and_back = trainer.averages["G_BA"](trainer.averages["G_AB"](a))
    assert float((there_and_back - a).abs().mean()) < 0.3 * float(a.abs().mean())


def test_saved_and_loaded_it_goes_on_to_the_bit() -> None:
    a, b = make(), make()
    go(a, 15)
    kept = checkpoint.to_bytes({"trainer": a.state()})
    go(a, 15)
    assert b.load_state(checkpoint.from_bytes(kept)["trainer"])
    go(b, 15)
    assert all(map(torch.equal, weights(a), weights(b)))
    other = make(CONFIG.changed(seed=1))
    go(other, 30)
    assert not all(map(torch.equal, weights(a), weights(other)))


def test_a_frozen_one_stays_and_a_live_knob_acts() -> None:
    trainer = make()
    go(trainer, 5)
    shadow = trainer.frozen()
    before = [w.clone() for w in weights(shadow)]
    trainer.tune(trainer.config.changed(g_lr=0.0, ema_half_life=0.0))
    g, d = (trainer.nets[name][0].weight.clone() for name in ("G_AB", "D_A"))
    go(trainer, 1)
    assert torch.equal(trainer.nets["G_AB"][0].weight, g), "both G follow G's rate"
    assert not torch.equal(trainer.nets["D_A"][0].weight, d)
    assert all(map(torch.equal, before, weights(shadow)))


def test_only_the_networks_named_are_updated() -> None:
    trainer = make()
    before = {name: net[0].weight.clone() for name, net in trainer.nets.items()}
    loss = sum(net(trainer.x[:9]).square().mean() for net in trainer.nets.values())
    assert isinstance(loss, torch.Tensor)
    trainer.live.g_lr.fill_(0.1)
    trainer.update(("G_AB", "G_BA"), loss)
    moved = {name for name, net in trainer.nets.items() if not torch.equal(net[0].weight, before[name])}
    assert moved == {"G_AB", "G_BA"}
    norm = torch.stack([p.grad.norm() for p in trainer.parameters["G_AB"] if p.grad is not None]).norm()
    assert float(norm) <= 1.0001, "each network's gradient is clipped by itself"


def test_its_curves_are_four() -> None:
    trainer = make()
    history = History(trainer.columns)
    history.add(go(trainer, 50))
    again = History.from_state(history.state())
    assert again.names == Cycle.columns
    view = View("a-run", 0, 0, CONFIG.model_dump(), "paused", "ema", step=50, history=again.columns())
    lines = [trace for trace in losses(view, LIGHT).data if trace["mode"] == "lines"]
    assert [line["name"] for line in lines] == ["D_A", "D_B", "G_AB", "G_BA"]
    looks = {(line["line"]["color"], line["line"]["dash"]) for line in lines}
    assert len(looks) == 4
    assert {color for color, _dash in looks} == {LIGHT.discriminator, LIGHT.generated}


def test_what_every_game_has_in_common_is_recorded() -> None:
    trainer, plain = make(), make()
    recorder = Recorder(trainer)
    with recorder.watching():
        trainer.step()
    plain.step()
    assert all(map(torch.equal, weights(trainer), weights(plain)))
    keys = [phase.key for phase in recorder.phases]
    assert keys.count("draw_x") == 2
    assert keys.count("backward") == 3
    assert keys.count("update") == 4
    assert keys[-1] == "average"
    update = next(phase for phase in recorder.phases if phase.key == "update")
    assert update.numbers["change"] > 0
    assert update.numbers["rate"] == float(trainer.live.d_lr)


def test_data_that_is_too_small_is_no_trouble() -> None:
    trainer = Cycle(CONFIG, Samples(torch.zeros(2, 2)))
    go(trainer, 3)
