"""`Trainer.step` against two loops that a person would write, alternating in one process.

*plain*: the shortest PyTorch loop of the same algorithm (same networks, batch, objective, R1, EMA), nothing measured,
nothing shown. *tutorial*: DataLoader, sigmoid and BCELoss, `.item()` in every step, Adam as it comes; no R1, no EMA.
All three get the same number of threads. A figure is the median over rounds of a ratio taken within a round.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from playground import data
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.benchmarks.timing import seconds_per_step
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.engine.limits import threads
from playground.losses.objectives import OBJECTIVES
from playground.models import build
from playground.models.blocks import Dropout
from playground.training import games
from playground.training.device import pick_device
from playground.utils import files

NAME = "speed"
HELP = "steps per second of the trainer against hand-written loops"
SWITCHED = ("ring", "digits")  # presets whose speed is measured with every objective
PRESET_NAMES = ("ring", "grid", "digits", "mlp-28", "dcgan-28")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=PRESET_NAMES, default=PRESET_NAMES)
    parser.add_argument("--objectives", nargs="*", choices=OBJECTIVES, default=list(OBJECTIVES),
                        help="with the settings of ring and digits, against the plain loop")  # fmt: skip
    parser.add_argument("--rounds", type=count, default=9, help="how often the three loops take turns")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one loop in one round")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", default="", metavar="FOLDER", help="IDX files for the 28x28 presets; else noise")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code."""
    device = pick_device(args.device)
    report: dict[str, Any] = {
        **stamp(),
        "device": device.type,
        "rounds": args.rounds,
        "presets": {},
        "objectives": {},
    }
    for name in args.presets:
        row = report["presets"][name] = measure(PRESETS[name].config, args, LOOPS)
        sys.stdout.write(
            f"{name:10} trainer {row['trainer_ms']:8.2f} ms/step   x plain {row['vs_plain']:.2f}   "
            f"x tutorial {row['vs_tutorial']:.2f}   ({row['threads']} thread(s))\n"
        )
    for name in SWITCHED:
        for objective in args.objectives:
            config = PRESETS[name].config.changed(objective=objective)
            row = report["objectives"][f"{name} {objective}"] = measure(config, args, {"plain": plain_loop})
            sys.stdout.write(f"{name:7} {objective:15} trainer {row['trainer_ms']:6.2f} ms/step   "
                             f"x plain {row['vs_plain']:.2f}\n")  # fmt: skip
    if args.json:
        files.write(args.json, json.dumps(report, indent=2).encode())
    return 0


def measure(
    config: RunConfig,
    args: argparse.Namespace,
    others: dict[str, Callable[..., Iterator[None]]],
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Speeds of the trainer relative to other loops (above 1: the trainer is faster), by that clock."""
    config = config.changed(device=args.device)
    if config.dataset == "idx" and not args.data:
        noise = torch.randint(256, (10_000, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
        samples = data.Samples(noise)
    else:
        samples = data.load(config.dataset, args.data if config.dataset == "idx" else "", config.choice)
    torch.set_num_threads(threads(samples.modality))
    loops: dict[str, Callable[[], None]] = {
        "trainer": games.start(config, samples).step,
        **{name: loop(config, samples).__next__ for name, loop in others.items()},
    }
    for step in loops.values():
        seconds_per_step(step, args.seconds / 3, clock)
    rounds = [
        {key: seconds_per_step(step, args.seconds, clock) for key, step in _rotated(loops, i)}
        for i in tqdm(range(args.rounds), desc=config.objective, leave=False)
    ]
    return {
        "threads": torch.get_num_threads(),
        **{f"{name}_ms": 1000 * statistics.median(r[name] for r in rounds) for name in loops},
        **{f"vs_{name}": statistics.median(r[name] / r["trainer"] for r in rounds) for name in others},
    }


def _rotated(loops: dict[str, Callable[[], None]], i: int) -> list[tuple[str, Callable[[], None]]]:
    """The loops, each first in turn."""
    items = list(loops.items())
    return items[i % len(items) :] + items[: i % len(items)]


def _networks(config: RunConfig, samples: data.Samples) -> tuple[nn.Module, nn.Module]:
    """G and D as the trainer has them, with PyTorch's own dropout."""
    G, D = build(config, samples.shape, samples.classes, torch.Generator().manual_seed(0))
    for parent in list(D.modules()):
        for key, child in list(parent.named_children()):
            if isinstance(child, Dropout):
                setattr(parent, key, nn.Dropout(config.dropout) if config.dropout else nn.Identity())
    device = pick_device(config.device)
    return G.to(device), D.to(device)


def plain_loop(config: RunConfig, samples: data.Samples) -> Iterator[None]:
    """One step of the same algorithm at each `next`."""
    G, D = _networks(config, samples)
    ema = copy.deepcopy(G).requires_grad_(False)
    device = next(G.parameters()).device
    betas = (config.beta1, config.beta2)
    opt_g = torch.optim.Adam(G.parameters(), lr=config.g_lr, betas=betas)
    opt_d = torch.optim.Adam(D.parameters(), lr=config.d_lr, betas=betas)
    X, Y, n = samples.x.to(device), None if samples.y is None else samples.y.to(device), config.batch_size
    normalise, objective, t = samples.modality.normalise, OBJECTIVES[config.objective], 0
    while True:
        i = torch.randint(len(X), (n,), device=device)
        x = normalise(X[i])
        y = Y[i] if config.conditional and Y is not None else None
        fake = G(torch.randn(n, config.z_dim, device=device), y)
        penalise = t % config.penalty_every == 0
        d, f = D(x.requires_grad_(penalise), y), D(fake.detach(), y)
        loss = objective.d_loss(d, f)
        if penalise:
            (g,) = torch.autograd.grad(d.sum(), x, create_graph=True)
            loss = loss + config.penalty_every * config.r1 / 2 * g.flatten(1).square().sum(1).mean()
        opt_d.zero_grad()
        torch.autograd.backward(loss)
        opt_d.step()
        f = D(fake, y)
        if objective.needs_real:
            i = torch.randint(len(X), (n,), device=device)
            x = normalise(X[i])
            with torch.no_grad():
                d = D(x, Y[i] if config.conditional and Y is not None else None)
        loss = objective.g_loss(d if objective.needs_real else f, f)
        opt_g.zero_grad()
        torch.autograd.backward(loss)
        opt_g.step()
        with torch.no_grad():
            for average, p in zip(ema.parameters(), G.parameters(), strict=True):
                average.lerp_(p, 1 - 0.5 ** (1 / config.ema_half_life))
        t += 1
        yield


def tutorial_loop(config: RunConfig, samples: data.Samples) -> Iterator[None]:
    """One step of the loop that most tutorials show at each `next`."""
    G, D = _networks(config, samples)
    device = next(G.parameters()).device
    x = samples.modality.normalise(samples.x)
    y = torch.zeros(len(x), dtype=torch.int64) if samples.y is None else samples.y
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x, y), batch_size=config.batch_size, shuffle=True, drop_last=True
    )
    betas = (config.beta1, config.beta2)
    opt_g = torch.optim.Adam(G.parameters(), lr=config.g_lr, betas=betas)
    opt_d = torch.optim.Adam(D.parameters(), lr=config.d_lr, betas=betas)
    bce, losses = nn.BCELoss(), []
    ones = torch.ones(config.batch_size, device=device)
    while True:
        for real, label in loader:
            real, label = real.to(device), label.to(device)
            opt_d.zero_grad()
            loss_real = bce(torch.sigmoid(D(real, label)), ones)
            torch.autograd.backward(loss_real)
            fake = G(torch.randn(len(real), config.z_dim, device=device), label)
            loss_fake = bce(torch.sigmoid(D(fake.detach(), label)), 0 * ones)
            torch.autograd.backward(loss_fake)
            opt_d.step()
            opt_g.zero_grad()
            loss_g = bce(torch.sigmoid(D(fake, label)), ones)
            torch.autograd.backward(loss_g)
            opt_g.step()
            losses.append((loss_real.item() + loss_fake.item(), loss_g.item()))
            del losses[:-1000]
            yield


LOOPS: dict[str, Callable[..., Iterator[None]]] = {"plain": plain_loop, "tutorial": tutorial_loop}
