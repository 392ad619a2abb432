"""How many modes each objective and regularizer covers, after PacGAN's protocol (Lin et al., 2018), on ring and grid.

2,500 samples of the average of G; a sample is of high quality within 3 std of a mode; see `playground.metrics.modes`.
Every combination starts from one configuration, that of the preset `ring` with rates that fall in the second half of
the steps; nothing is tuned for a single row. Presets are trained as they are. Seeds train as replicas where they can.
A row is written as soon as it is done, and rows that are there are not made again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground import data
from playground.benchmarks import stacked
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.benchmarks.tables import markdown
from playground.config.knob import assignments
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.losses.objectives import OBJECTIVES
from playground.metrics.modes import Modes, mode_statistics
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, stackable
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

NAME = "modes"
HELP = "modes covered by each objective and regularizer on ring and grid, or on stacked MNIST"
SAMPLES = 2500
REGULARIZERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "R1": {"r1": 0.1},
    "R1+R2": {"r1": 0.1, "r2": 0.1},
    "GP": {"gp": 1.0},
    "SN": {"d_norm": "spectral"},
    "Pac2": {"pack": 2},
    "unrolled": {"unroll": 5},
}
TOYS = ("ring", "grid")
TOLD = ("d_steps", "g_steps", "batch_size", "d_lr", "g_lr", "beta1", "beta2", "sn_gain", "penalty_every")
MIXTURES = [preset.key for preset in PRESETS.values() if preset.config.dataset in TOYS]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--datasets", nargs="+", choices=(*TOYS, stacked.DATASET), default=TOYS)
    parser.add_argument("--objectives", nargs="*", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument("--regularizers", nargs="*", choices=REGULARIZERS, default=list(REGULARIZERS))
    parser.add_argument("--presets", nargs="*", choices=MIXTURES, default=[], help="train these as they are, too")
    parser.add_argument("--seeds", type=count, default=5, help="how many")
    parser.add_argument("--steps", type=count, default=6000)
    parser.add_argument("--set", nargs="+", default=[], metavar="KNOB=VALUE")
    parser.add_argument("--data", default="", metavar="FOLDER", help=f"IDX files, for {stacked.DATASET}")
    parser.add_argument("--device", default="auto", help=f"for {stacked.DATASET}; the toys train on the CPU")
    parser.add_argument("--jobs", type=count, default=1, help="rows at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="rows that are in FILE are kept")
    parser.add_argument("--markdown", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Train what is missing, print each row, write the tables. Gives the exit code."""
    report, there = _kept(args.json)
    knobs = assignments(args.set)
    if wrong := [name for name in ("dataset", "seed") if name in knobs]:
        raise UserError(_("Choose with --{name}s instead of --set {name}.").format(name=wrong[0]))
    todo = [task for task in tasks(args, knobs) if _identity(task) not in there]
    report |= {"samples": SAMPLES, "floor": {name: floor(name) for name in TOYS}}
    report.setdefault("shared", shared(args.steps) | knobs)  # a report that is gone on with keeps what its rows had
    report["regularizers"] = REGULARIZERS | report.get("regularizers", {})
    source = stamp()
    if args.json and todo:
        _write(args.json, report)  # a folder that cannot be written is better known before the training
    if args.jobs > 1:
        with ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
            rows = as_completed([pool.submit(measure, task) for task in todo])
            try:
                _collect((row.result() for row in rows), len(todo), report, source, args)
            except BrokenProcessPool as error:
                raise UserError(
                    _("A worker was killed, perhaps for want of memory. Repeat the command: what is done is kept.")
                ) from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    else:
        _collect(map(measure, todo), len(todo), report, source, args)
    return 0


def _collect(rows: Any, count: int, report: dict[str, Any], source: dict[str, str], args: argparse.Namespace) -> None:
    for row in tqdm(rows, total=count, desc=NAME):
        report["rows"].append(row | source)
        means = "  ".join(f"{key} {np.mean([m[key] for m in row['marks']]):.3g}" for key in row["marks"][0])
        tqdm.write(f"{row['dataset']:14} {row['name']:28} {means}")
        if args.json:
            _write(args.json, report)
    if args.markdown:
        files.write(args.markdown, markdown(report).encode())


def _kept(path: Path | None) -> tuple[dict[str, Any], set[str]]:
    """The report at `path`, or an empty one, and what its rows are. Raises UserError for another file."""
    if path is None or not path.exists():
        return {"rows": []}, set()
    try:
        report = json.loads(path.read_text())
        return report, {_identity(row) for row in report["rows"]}
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(_("{path} is not a report of this benchmark.").format(path=path)) from error


def _write(path: Path, report: dict[str, Any]) -> None:
    files.write(path, json.dumps(report, indent=1).encode())


def tasks(args: argparse.Namespace, knobs: dict[str, Any]) -> list[dict[str, Any]]:
    """What is to be trained: small dicts that pickle."""
    found = []
    seeds = list(range(args.seeds))
    for dataset in args.datasets:
        if dataset == stacked.DATASET:
            found += stacked.tasks(args.data, args.device, seeds, args.steps, knobs)
            continue
        for regularizer in args.regularizers:
            for objective in args.objectives:
                config = (
                    base(dataset, args.steps).changed(objective=objective, **REGULARIZERS[regularizer]).changed(**knobs)
                )
                found.append(_task(dataset, f"{objective} {regularizer}", config, seeds, args.steps))
    for preset in args.presets:
        config = PRESETS[preset].config.changed(**knobs)
        found.append(_task(config.dataset, f"preset {preset}", config, seeds, config.lr_decay or args.steps))
    return found


def base(dataset: str, steps: int) -> RunConfig:
    """What every row has in common: the preset `ring` without its penalty, the rates ending with the run."""
    return PRESETS["ring"].config.changed(dataset=dataset, r1=0.0, lr_decay=steps, device="cpu")


def shared(steps: int) -> dict[str, Any]:
    """The knobs of `base` that a reader needs in order to compare a row with a paper."""
    values = base(TOYS[0], steps).model_dump()
    return {name: values[name] for name in TOLD}


def _task(dataset: str, name: str, config: RunConfig, seeds: list[int], steps: int) -> dict[str, Any]:
    values = config.differences(RunConfig())
    return {"dataset": dataset, "name": name, "seeds": seeds, "steps": steps, "config": values}


def _identity(row: dict[str, Any]) -> str:
    return json.dumps([row[key] for key in ("dataset", "name", "seeds", "steps", "config")], sort_keys=True)


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """Train one row; gives the task with `marks`, one dict a seed, and the seconds that all seeds took together."""
    start = time.perf_counter()
    if task["dataset"] == stacked.DATASET:
        marks = stacked.marks(task)
    else:
        torch.set_num_threads(1)
        config = RunConfig(**task["config"])
        toy = DATASETS[task["dataset"]]
        points = train(config, task["seeds"], task["steps"])
        marks = [asdict(mode_statistics(x, toy.centres, toy.std)) for x in points]
    return task | {"marks": marks, "seconds": round(time.perf_counter() - start, 1)}


def train(config: RunConfig, seeds: list[int], steps: int) -> list[np.ndarray]:
    """2,500 samples (n, 2) of the average of G for each seed, after `steps` steps."""
    samples = data.load(config.dataset, config.source, config.choice)
    if len(seeds) > 1 and stackable(config):
        trainers: list[GAN] = [Replicas.of_seeds(config, seeds, samples)]
    else:
        trainers = [GAN(config.changed(seed=seed), samples) for seed in seeds]
    points = []
    for trainer in trainers:
        for step in range(steps):
            trainer.step()
            if step % 1000 == 0:
                trainer.statistics.drain()
        x = trainer.sample(trainer.fixed_z, trainer.fixed_y).cpu().numpy()
        points += list(x.reshape(-1, SAMPLES, 2))
    return points


def floor(dataset: str, draws: int = 200) -> dict[str, float]:
    """The mean marks of a perfect sampler: as many points drawn from the data."""
    toy = DATASETS[dataset]
    x = data.load(dataset, "").x.numpy()
    rng = np.random.default_rng(0)
    found = [mode_statistics(x[rng.integers(len(x), size=SAMPLES)], toy.centres, toy.std) for _ in range(draws)]
    return {f.name: float(np.mean([getattr(m, f.name) for m in found])) for f in fields(Modes)}
