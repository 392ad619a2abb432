"""What a race of several seeds costs: its lanes as replicas, or in turn, against one run, alternating in one process.

A figure is the median over rounds of a ratio taken within a round: seconds of a step of all lanes over those of a step
of one run. The largest deviation of a weight of the lanes from that of single runs is given twice: in double precision,
where it says whether the arithmetic is the same, and in single precision, in which runs are trained and where rounding
grows with the steps. What that does to a race is told by the modes that each seed of the race `seeds` has in the end,
raced at once and alone, in single precision.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from playground import data
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.benchmarks.timing import busy, seconds_per_step
from playground.config.presets import PRESETS
from playground.config.races import RACES
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.data.modality import POINTS
from playground.engine.limits import threads
from playground.metrics.modes import mode_statistics
from playground.training.device import pick_device
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, stackable
from playground.utils import files

NAME = "race"
HELP = "cost of a step of several seeds at once, and how far they are from single runs"
STACKABLE = tuple(key for key, preset in PRESETS.items() if stackable(preset.config))
CHECKS = (10, 100, 300)  # steps after which weights are compared
RACE = "seeds"  # the race whose modes are counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=STACKABLE, default=["ring"])
    parser.add_argument("--lanes", type=count, default=4, help="how many seeds")
    parser.add_argument("--rounds", type=count, default=9, help="how often the loops take turns")
    parser.add_argument("--seconds", type=float, default=1.0, help="of one loop in one round")
    parser.add_argument("--steps", type=count, default=3000, help="after which modes are counted")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code."""
    torch.set_num_threads(threads(POINTS))
    report: dict[str, Any] = {**stamp(), "busy": busy(), "device": pick_device(args.device).type, "lanes": args.lanes,
                              "rounds": args.rounds, "threads": torch.get_num_threads(), "presets": {}}  # fmt: skip
    for name in args.presets:
        config = PRESETS[name].config.changed(device=args.device)
        row = report["presets"][name] = cost(config, args.lanes, args.rounds, args.seconds)
        row |= {f"deviation_{kind}": deviations(config, args.lanes, dtype) for kind, dtype in DTYPES.items()}
        sys.stdout.write(
            f"{name:10} one run {row['one_ms']:.2f} ms/step   {args.lanes} lanes at once x{row['batched']:.2f}   "
            f"in turn x{row['in_turn']:.2f}\n"
        )
        for kind in DTYPES:
            steps = "   ".join(f"{step} steps {d:.0e}" for step, d in row[f"deviation_{kind}"].items())
            sys.stdout.write(f"{'':10} largest deviation of a weight, {kind}: {steps}\n")
    report["race"] = raced = stamp() | modes(args.device, args.steps)
    sys.stdout.write("race of {seeds} seeds, {steps} steps: modes at once {at_once}, alone {alone}\n".format(**raced))
    if args.json:
        files.write(args.json, json.dumps(report, indent=2).encode())
    return 0


DTYPES = {"float64": torch.float64, "float32": torch.float32}


def cost(config: RunConfig, lanes: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Milliseconds of a step of one run, and what a step of all lanes costs relative to it."""
    samples = data.load(config.dataset, config.source, config.choice)
    several = _trainers(config, lanes, samples)

    def in_turn() -> None:
        for trainer in several:
            trainer.step()

    loops: dict[str, Callable[[], None]] = {
        "one": GAN(config, samples).step,
        "batched": Replicas.of_seeds(config, range(lanes), samples).step,
        "in_turn": in_turn,
    }
    for step in loops.values():
        seconds_per_step(step, seconds / 3)
    found = [
        {name: seconds_per_step(step, seconds) for name, step in loops.items()}
        for _round in tqdm(range(rounds), desc="race", leave=False)
    ]
    ratios = {name: statistics.median(f[name] / f["one"] for f in found) for name in ("batched", "in_turn")}
    return {"one_ms": 1000 * statistics.median(f["one"] for f in found), **ratios}


def deviations(config: RunConfig, lanes: int, dtype: torch.dtype) -> dict[int, float]:
    """The largest |difference| of any weight or average between lanes and single runs, by steps made."""
    samples = data.load(config.dataset, config.source, config.choice)
    if dtype == torch.float64:
        config = config.changed(device="cpu")  # PyTorch's fused optimisers on a GPU want a rate of single precision
    with _precision(dtype):
        samples = replace(samples, x=samples.x.to(dtype))
        replicas = Replicas.of_seeds(config, range(lanes), samples)
        alone = _trainers(config, lanes, samples)
        found: dict[int, float] = {}
        for step in range(1, CHECKS[-1] + 1):
            for trainer in (replicas, *alone):
                trainer.step()
            if step in CHECKS:
                replicas.hand_out()
                pairs = zip(_weights(replicas.lanes), _weights(alone), strict=True)
                found[step] = max(float((a - b).abs().max()) for a, b in pairs)
        return found


def modes(device: str, steps: int) -> dict[str, Any]:
    """How many modes each seed of the race `seeds` has after so many steps, as the Race page counts them."""
    configs = [config.changed(device=device) for config in RACES[RACE].configs]
    toy = DATASETS[configs[0].dataset]
    samples = data.load(configs[0].dataset, configs[0].source, configs[0].choice)
    lanes, alone = ([GAN(config, samples) for config in configs] for _way in range(2))
    replicas = Replicas(lanes, samples)
    for trainer in tqdm((replicas, *alone), desc="modes", leave=False):
        for _step in range(steps):
            trainer.step()
        trainer.statistics.drain()
    replicas.hand_out()

    def count_modes(trainer: GAN) -> int:
        x = trainer.sample(trainer.fixed_z, trainer.fixed_y).cpu().numpy()
        return mode_statistics(x, toy.centres, toy.std).covered

    return {
        "race": RACE,
        "seeds": len(configs),
        "steps": steps,
        "at_once": [count_modes(lane) for lane in lanes],
        "alone": [count_modes(trainer) for trainer in alone],
    }


def _trainers(config: RunConfig, lanes: int, samples: data.Samples) -> list[GAN]:
    return [GAN(config.changed(seed=seed), samples) for seed in range(lanes)]


def _weights(trainers: Sequence[GAN]) -> Iterator[torch.Tensor]:
    for trainer in trainers:
        for net in (trainer.G, trainer.D, trainer.G_ema):
            yield from (p.detach() for p in net.parameters())


@contextmanager
def _precision(dtype: torch.dtype) -> Iterator[None]:
    """New tensors are of `dtype` meanwhile."""
    old = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(old)
