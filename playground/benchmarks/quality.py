"""What a preset reaches after so many seconds of training.

Points: modes covered and share of high-quality samples. Images: a small classifier, trained first on the same data,
says how many samples it recognises (probability above 0.9; where labels are given, of the class asked for), how many
classes appear (at least 2 % of the samples), and gives the features of a Frechet distance, with real against real
beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from playground import data
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.engine.limits import threads
from playground.engine.run import Run
from playground.engine.snapshot import snapshot
from playground.metrics import features
from playground.metrics.frechet import frechet
from playground.utils import files

NAME = "quality"
HELP = "what the presets reach after so many seconds of training"
SAMPLES = 2000
CONFIDENT = 0.9

Measure = Callable[[Run], dict[str, float]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--presets", nargs="+", choices=PRESETS, default=["ring", "grid", "digits", "digits-unlabelled"]
    )
    parser.add_argument("--seconds", type=float, nargs="+", default=[5, 10, 20, 30], help="when to measure")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", nargs="+", default=[], metavar="KNOB=VALUE")
    parser.add_argument("--data", default="", metavar="FOLDER", help="IDX files for the 28x28 presets")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print; write the rows to `--json`. Gives the exit code."""
    rows: list[dict[str, Any]] = []
    knobs = {key: KNOBS[key].parse(value) for key, _, value in (item.partition("=") for item in args.set)}
    for name in args.presets:
        config = PRESETS[name].config.changed(**knobs)
        if config.dataset == "idx":
            config = config.changed(folder=args.data)
        measure = _measure(config)
        for seed in args.seeds:
            run = Run("bench-quality-run", config.changed(seed=seed))
            spent = 0.0
            for mark in sorted(args.seconds):
                start = time.perf_counter()
                _advance(run, start + mark - spent)
                spent += time.perf_counter() - start
                row = {"preset": name, "seed": seed, "seconds": mark, "step": run.step, **measure(run)}
                rows.append(row)
                sys.stdout.write(
                    "  ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
                )
                sys.stdout.write("\n")
                sys.stdout.flush()
    if args.json:
        files.write(args.json, json.dumps(stamp() | {"rows": rows}, indent=1).encode())
    return 0


def _advance(run: Run, end: float) -> None:
    """Train until the clock says `end`."""
    run.advance(10**9, stop=lambda: time.perf_counter() > end)


def _measure(config: RunConfig) -> Measure:
    """How to judge the samples of a run of this data."""
    samples = data.load(config.dataset, config.source, config.choice)
    if not features.fit(samples):
        return _points
    torch.set_num_threads(threads(samples.modality))
    return judge(samples, config)


def _points(run: Run) -> dict[str, float]:
    view = snapshot(run, 0, "ema")
    return {"modes": float(view.modes or 0), "high_quality": view.high_quality or 0.0}


def judge(samples: data.Samples, config: RunConfig) -> Measure:
    """A measure of images that asks a classifier trained here."""
    assert samples.y is not None
    network = features.learned_now(samples)
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))
    real = network(features.normalised(samples.x[order[:SAMPLES]]))
    half = len(real) // 2
    floor = frechet(real[:half], real[half:])
    about = f"classifier {network.hash}: held-out accuracy {network.accuracy:.3f}"
    sys.stdout.write(f"{about}; real against real: distance {floor:.3g}\n")

    @torch.no_grad()
    def marks(run: Run) -> dict[str, float]:
        z = torch.randn(SAMPLES, run.config.z_dim, generator=torch.Generator().manual_seed(1))
        y = torch.arange(SAMPLES) % samples.classes if config.conditional else None
        x = run.trainer.sample(z, y).cpu()
        phi = network(x)
        probability, guess = network.classify(x).max(1)
        sure = probability > CONFIDENT
        share = torch.bincount(guess, minlength=samples.classes) / SAMPLES
        return {
            "confident": float(sure.float().mean()),
            "as_asked": float((guess == y).float().mean()) if y is not None else float("nan"),
            "classes": float((share >= 0.02).sum()),
            "distance": frechet(phi, real),
        }

    return marks
