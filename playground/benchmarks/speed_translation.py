"""A step of the games of translation against the shortest loop that a person would write, alternating in one process.

*plain*: the same algorithm (same networks, task, batch, objective, R1, weights of the terms, EMA), nothing measured,
nothing shown. A figure is the median over rounds of a ratio taken within a round, by the seconds that the processor
spent on this process: what else runs on the machine hardly counts.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from playground import data
from playground.benchmarks.arguments import count, seconds
from playground.benchmarks.speed import measure
from playground.benchmarks.stamp import stamp
from playground.config.games import TRANSLATIONS
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data.tasks import TASKS
from playground.losses.objectives import OBJECTIVES
from playground.models import build_translator
from playground.utils import files
from playground.utils.random_streams import RandomStreams

NAME = "speed-translation"
HELP = "steps per second of paired translation and CycleGAN against hand-written loops"
PRESET_NAMES = tuple(key for key, preset in PRESETS.items() if preset.config.game in TRANSLATIONS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=PRESET_NAMES, default=PRESET_NAMES)
    parser.add_argument("--rounds", type=count, default=9, help="how often the two loops take turns")
    parser.add_argument("--seconds", type=seconds, default=1.0, help="of one loop in one round")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code."""
    args.device, args.data = "cpu", ""
    report: dict[str, Any] = {**stamp(), "rounds": args.rounds, "presets": {}}
    for name in args.presets:
        config = PRESETS[name].config
        loop = paired_loop if config.game == "paired" else cycle_loop
        row = report["presets"][name] = measure(config, args, {"plain": loop}, time.process_time)
        sys.stdout.write(f"{name:16} trainer {row['trainer_ms']:7.2f} ms/step   x plain {row['vs_plain']:.2f}\n")
        sys.stdout.flush()
    if args.json:
        files.write(args.json, json.dumps(report, indent=2).encode())
    return 0


class Task:
    """Batches of a task, made of all samples."""

    def __init__(self, config: RunConfig, samples: data.Samples) -> None:
        self.task, self.amount = TASKS[config.task], torch.tensor(config.task_amount)
        self.draws = RandomStreams(torch.Generator().manual_seed(config.seed))
        self.x, self.n, self.normalise = samples.x, config.batch_size, samples.modality.normalise
        self.x_b = self.x if samples.partner is None else samples.partner.x
        self.given, self.made = self.task.shapes(samples.shape)

    def pairs(self) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.normalise(self.x[torch.randint(len(self.x), (self.n,))])
        return self.task.a(x, self.amount, self.draws), self.task.b(x, self.amount, self.draws)

    def domains(self) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.normalise(self.x[torch.randint(len(self.x), (self.n,))])
        y = self.normalise(self.x_b[torch.randint(len(self.x_b), (self.n,))])
        return self.task.a(x, self.amount, self.draws), self.task.b(y, self.amount, self.draws)


def adam(config: RunConfig, rate: float, *nets: nn.Module) -> torch.optim.Adam:
    """PyTorch's optimiser of some networks together."""
    return torch.optim.Adam([p for net in nets for p in net.parameters()], rate, (config.beta1, config.beta2))


def follow(average: nn.Module, net: nn.Module, weight: float) -> None:
    """average <- average + weight (net - average)."""
    with torch.no_grad():
        for a, p in zip(average.parameters(), net.parameters(), strict=True):
            a.lerp_(p, weight)


def penalty(config: RunConfig, d: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """R1 on the mean over patches, lazily: times the steps between two of them."""
    (g,) = torch.autograd.grad(d.mean(1).sum(), x, create_graph=True)
    return config.penalty_every * config.r1 / 2 * g.flatten(1).square().sum(1).mean()


def paired_loop(config: RunConfig, samples: data.Samples) -> Iterator[None]:
    """One step of paired translation at each `next`."""
    task, objective, t = Task(config, samples), OBJECTIVES[config.objective], 0
    G, D = build_translator(config, task.given, task.made, True, torch.Generator().manual_seed(0))
    ema, keep = copy.deepcopy(G).requires_grad_(False), 1 - 0.5 ** (1 / config.ema_half_life)
    opt_g, opt_d = adam(config, config.g_lr, G), adam(config, config.d_lr, D)
    while True:
        a, b = task.pairs()
        fake = G(a)
        penalise = t % config.penalty_every == 0 and config.r1 > 0
        d, f = D(b.requires_grad_(penalise), a), D(fake.detach(), a)
        loss = objective.d_loss(d.flatten(), f.flatten())
        if penalise:
            loss = loss + penalty(config, d, b)
        opt_d.zero_grad()
        torch.autograd.backward(loss)
        opt_d.step()
        f = D(fake, a).flatten()
        loss = config.adversarial_weight * objective.g_loss(f, f)
        loss = loss + config.reconstruction_weight * (fake - b.detach()).square().mean()
        opt_g.zero_grad()
        torch.autograd.backward(loss)
        opt_g.step()
        follow(ema, G, keep)
        t += 1
        yield


class Pool:
    """The usual buffer of past samples: half of what comes out are old ones."""

    def __init__(self, size: int) -> None:
        self.size, self.kept = size, torch.zeros(0)

    def mixed(self, x: torch.Tensor) -> torch.Tensor:
        x = x.detach()
        if len(self.kept) < self.size:
            self.kept = x if not len(self.kept) else torch.cat([self.kept, x])[: self.size]
            return x
        place = torch.randint(self.size, (len(x),))
        old = (torch.rand(len(x)) < 0.5).view(-1, *[1] * (x.dim() - 1))
        out = torch.where(old, self.kept[place], x)
        self.kept[place] = torch.where(old, x, self.kept[place])
        return out


def cycle_loop(config: RunConfig, samples: data.Samples) -> Iterator[None]:
    """One step of CycleGAN at each `next`."""
    task, objective, t = Task(config, samples), OBJECTIVES[config.objective], 0
    init = torch.Generator().manual_seed(0)
    there, D_B = build_translator(config, task.given, task.made, False, init)
    back, D_A = build_translator(config, task.made, task.given, False, init)
    averages = [(copy.deepcopy(net).requires_grad_(False), net) for net in (there, back)]
    keep = 1 - 0.5 ** (1 / config.ema_half_life)
    opt_g = adam(config, config.g_lr, there, back)
    opt_d = adam(config, config.d_lr, D_A, D_B)
    pool_a, pool_b = Pool(config.sample_pool), Pool(config.sample_pool)
    while True:
        a, b = task.domains()
        fake_b, fake_a = there(a), back(b)
        penalise = t % config.penalty_every == 0 and config.r1 > 0
        loss = torch.zeros(())
        for D, real, fake in ((D_A, a, pool_a.mixed(fake_a)), (D_B, b, pool_b.mixed(fake_b))):
            x = real.detach().requires_grad_(penalise)
            d, f = D(x), D(fake)
            loss = loss + objective.d_loss(d.flatten(), f.flatten())
            if penalise:
                loss = loss + penalty(config, d, x)
        opt_d.zero_grad()
        torch.autograd.backward(loss)
        opt_d.step()
        f_a, f_b = D_A(fake_a).flatten(), D_B(fake_b).flatten()
        loss = config.adversarial_weight * (objective.g_loss(f_a, f_a) + objective.g_loss(f_b, f_b))
        cycle = (back(fake_b) - a).abs().mean() + (there(fake_a) - b).abs().mean()
        loss = loss + config.cycle_weight * cycle
        if config.identity_weight:
            identity = (there(b) - b).abs().mean() + (back(a) - a).abs().mean()
            loss = loss + config.identity_weight * identity
        opt_g.zero_grad()
        torch.autograd.backward(loss)
        opt_g.step()
        for average, net in averages:
            follow(average, net, keep)
        t += 1
        yield
