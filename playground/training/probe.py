"""What a training step says of the game beyond its losses.

A shadow of the run makes its next two steps, random numbers included, and is looked at while it does; the run itself
knows nothing of it. Everything stays on the device until one transfer at the end.
"""

from __future__ import annotations

import math
from dataclasses import fields

import torch
from torch import nn

from playground.losses.objectives import OBJECTIVES
from playground.training.networks import layer_of, player, weighted_layers
from playground.training.trainer import Trainer
from playground.utils.readings import Signals

LOOKED_AT = 64  # samples whose gradients, scores or averages are compared
CLIPPED = 0.99  # of the limit, from which a weight counts as clipped


def probe(
    trainer: Trainer, shadow: Trainer | None = None, held_out: torch.Tensor | None = None
) -> tuple[Signals, Trainer]:
    """Signals of the step that the trainer makes next, and the shadow, for the next time.

    `held_out` are samples (n, *shape) in the range of G that the run does not train on. The trainer's statistics must
    have been drained. `shadow` must have the same structure.
    """
    shadow = _follow(trainer, shadow)
    step = shadow.step_count
    players = {side: _parameters(shadow, side) for side in "gd"}
    for parameter in (*players["g"], *players["d"]):
        parameter.grad = None
    before = {side: [p.detach().clone() for p in parameters] for side, parameters in players.items()}
    shadow.step()
    first = {side: _gradients(parameters) for side, parameters in players.items()}
    change = {side: [p.detach() - b for p, b in zip(players[side], before[side], strict=True)] for side in players}
    values = _scores(shadow) | _slopes(shadow, held_out) | {"clipped": _clipped(shadow)}
    shadow.step()
    second = {side: _gradients(parameters) for side, parameters in players.items()}
    for side in players:
        values[f"{side}_gradient"] = _norm(first[side])
        values[f"{side}_update"] = _norm(change[side]) / _norm(before[side]).clamp_min(1e-12)
        values[f"{side}_turn"] = _cosine(first[side], second[side])
    values["game_turn"] = (values["g_turn"] + values["d_turn"]) / 2
    layers = {name: _norm(part) for side in players for name, part in _by_layer(shadow, side, first[side])}
    return _transferred(step, values, layers), shadow


def _follow(trainer: Trainer, shadow: Trainer | None) -> Trainer:
    """A trainer that will make the same steps, with weights of its own."""
    state = trainer.state()
    if shadow is None or shadow.samples is not trainer.samples or _structure(shadow) != _structure(trainer):
        shadow = type(trainer)(trainer.config, trainer.samples)
    shadow.tune(trainer.config)
    shadow.load_state(state)
    shadow.fixed_z = trainer.fixed_z
    return shadow


def _structure(trainer: Trainer) -> list[torch.Size]:
    return [p.shape for parameters in trainer.parameters.values() for p in parameters]


def _parameters(trainer: Trainer, side: str) -> list[nn.Parameter]:
    """The weights of all networks of a player: "g" or "d"."""
    return [p for name, parameters in trainer.parameters.items() if player(name) == side for p in parameters]


def _gradients(parameters: list[nn.Parameter]) -> list[torch.Tensor]:
    """Copies of the latest gradients; NaN where a network did not learn."""
    return [torch.full_like(p, math.nan) if p.grad is None else p.grad.clone() for p in parameters]


def _norm(tensors: list[torch.Tensor]) -> torch.Tensor:
    norm: torch.Tensor = torch.stack(torch._foreach_norm(tensors)).norm()
    return norm


def _cosine(a: list[torch.Tensor], b: list[torch.Tensor]) -> torch.Tensor:
    product = torch.stack([(x * y).sum() for x, y in zip(a, b, strict=True)]).sum()
    cosine: torch.Tensor = product / (_norm(a) * _norm(b)).clamp_min(1e-20)
    return cosine


def _by_layer(trainer: Trainer, side: str, gradients: list[torch.Tensor]) -> list[tuple[str, list[torch.Tensor]]]:
    """The gradients of each layer that has weights, named "G 1", "G 2", ... from the input of each network on."""
    found: list[tuple[str, list[torch.Tensor]]] = []
    rest = iter(gradients)
    for net, module in trainer.nets.items():
        if player(net) != side:
            continue
        groups: dict[str, list[torch.Tensor]] = {}
        for name, _parameter in module.named_parameters():
            groups.setdefault(layer_of(name), []).append(next(rest))
        found += [(f"{net} {k}", groups[layer]) for k, layer in enumerate(weighted_layers(module), 1)]
    return found


def _scores(trainer: Trainer) -> dict[str, torch.Tensor]:
    """How well D tells the samples of the latest batch apart; NaN where a game keeps no scores."""
    d, f = (scores.float() if len(scores) else scores.new_full((1,), math.nan) for scores in trainer.scores)
    at = torch.tensor([0.1, 0.5, 0.9], device=d.device)
    values = dict(zip(("real_10", "real_50", "real_90"), d.quantile(at), strict=True))
    values |= dict(zip(("fake_10", "fake_50", "fake_90"), f.quantile(at), strict=True))
    above = (d[:, None] > f[None]).float() + 0.5 * (d[:, None] == f[None]).float()
    values["auc"] = above.mean()
    if OBJECTIVES[trainer.config.objective].probability:
        values |= {"real_right": (d > 0).float().mean(), "fake_right": (f < 0).float().mean()}
        values["certainty"] = f.sigmoid().mean()
    return values


def _slopes(trainer: Trainer, held_out: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """How steep D is at real and generated samples, how far the average of G is from G, whether D knows its samples."""
    n = min(LOOKED_AT, len(trainer.fixed_z))
    z, y = trainer.fixed_z[:n], None if trainer.fixed_y is None else trainer.fixed_y[:n]
    raw, average = trainer.sample(z, y, raw=True), trainer.sample(z, y)
    i = torch.linspace(0, len(trainer.x) - 1, n, device=trainer.device).long()
    real, labels = trainer.real(i)
    told = None if trainer.told is None else trainer.told[:n]
    values = {
        "fake_slope": trainer.input_gradient(raw, told, "generated").flatten(1).norm(dim=1).mean(),
        "real_slope": trainer.input_gradient(real, labels, "real").flatten(1).norm(dim=1).mean(),
        "ema_gap": (raw - average).flatten(1).norm(dim=1).mean()
        / (real - real.mean(0)).flatten(1).norm(dim=1).mean().clamp_min(1e-12),
    }
    if held_out is not None and labels is None:
        unseen = held_out[:n].to(trainer.device)
        train, other = (trainer.logits(x, None, "real").mean() for x in (real, unseen))
        fake = trainer.logits(raw, None, "generated").mean()
        values["held_out_gap"] = (train - other) / (train - fake).clamp_min(1e-6)
    return values


def _clipped(trainer: Trainer) -> torch.Tensor:
    limit = trainer.config.clip
    if not limit:
        return torch.full((), math.nan, device=trainer.device)
    weights = torch.cat([p.detach().flatten() for p in _parameters(trainer, "d")])
    return (weights.abs() >= CLIPPED * limit).float().mean()


def _transferred(step: int, values: dict[str, torch.Tensor], layers: dict[str, torch.Tensor]) -> Signals:
    """One transfer from the device."""
    everything = {**values, **{f"layer {name}": value for name, value in layers.items()}}
    numbers = dict(zip(everything, torch.stack([v.float() for v in everything.values()]).tolist(), strict=True))
    plain = {f.name: numbers.get(f.name, math.nan) for f in fields(Signals) if f.type == "float"}
    return Signals(
        step=step,
        real_scores=(numbers["real_10"], numbers["real_50"], numbers["real_90"]),
        fake_scores=(numbers["fake_10"], numbers["fake_50"], numbers["fake_90"]),
        layers=tuple((name, numbers[f"layer {name}"]) for name in layers),
        **plain,
    )
