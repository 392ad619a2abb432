"""Whether the presets for teaching do what they are named for: each failure fails, each cure recovers.

Every 100 steps the nearest mode of each of 2,500 samples, the samples of high quality, D's mean logits and the largest
gradients since the last check are noted. A cure has recovered when all modes are covered at the end: a tenth of a
mode's fair share of the samples within 3 std of it. What a failure must show is `FAILURES`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground import data, files
from playground.bench.arguments import count
from playground.bench.stamp import stamp
from playground.config import RunConfig
from playground.data import DATASETS
from playground.metrics.modes import judge
from playground.presets import PRESETS
from playground.replicas import Replicas

NAME = "demos"
HELP = "how often each failure preset fails as named, and each cure recovers"
EVERY = 100  # steps between two checks
LATE = 5  # checks at the end that say how a run ends


@dataclass(frozen=True)
class Check:
    """One look at one seed. `share` is of the samples, by nearest mode; gradients are the norms of G's and of D's."""

    dominant: int
    share: float
    covered: int
    high_quality: float
    g_gradient: float
    d_gradient: float
    real: float  # D's mean logits
    fake: float


def collapsed(checks: Sequence[Check]) -> bool:
    """At the end at least 90 % of the samples are at one mode, always the same."""
    late = checks[-LATE:]
    return all(c.share >= 0.9 for c in late) and len({c.dominant for c in late}) == 1


def hopped(checks: Sequence[Check]) -> bool:
    """Over the second half the most frequent mode changes in most checks, and never are more than two modes covered."""
    half = checks[len(checks) // 2 :]
    changes = sum(a.dominant != b.dominant for a, b in pairwise(half))
    return changes > (len(half) - 1) / 2 and all(c.covered <= 2 for c in half)


def vanished(checks: Sequence[Check]) -> bool:
    """At the end D is sure (|logit| > 5 on both sides), G's gradient is below 1e-3, and no sample is good."""
    return all(c.g_gradient < 1e-3 and c.real > 5 and c.fake < -5 and c.high_quality < 0.01 for c in checks[-LATE:])


def blew_up(checks: Sequence[Check]) -> bool:
    """A gradient above 1,000, and at the end at most two modes covered."""
    return max(max(c.g_gradient, c.d_gradient) for c in checks) > 1000 and all(c.covered <= 2 for c in checks[-LATE:])


def recovered(checks: Sequence[Check]) -> bool:
    """All modes are covered at the end."""
    return checks[-1].covered == len(DATASETS["ring"].centres)


STEPS = {"collapse": 5000, "hopping": 2500, "vanishing": 6000, "blow-up": 4000, "ttur": 3000}
FAILURES: dict[str, Callable[[Sequence[Check]], bool]] = {
    "collapse": collapsed,
    "hopping": hopped,
    "vanishing": vanished,
    "blow-up": blew_up,
    "ttur": hopped,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=FAILURES, default=list(FAILURES))
    parser.add_argument("--seeds", type=count, default=10, help="how many")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Train, print how many of the seeds did as they should; write the last checks to `--json`. Gives the exit code."""
    rows: list[dict[str, Any]] = []
    for name in args.presets:
        for preset, test in ((name, FAILURES[name]), (f"{name}-cured", recovered)):
            seeds = trace(PRESETS[preset].config, range(args.seeds), STEPS[name])
            done = [test(checks) for checks in seeds]
            said = " ".join((test.__doc__ or "").split())
            rows.append({"preset": preset, "steps": STEPS[name], "criterion": said, "as_named": done,
                         "last": [vars(checks[-1]) for checks in seeds]})  # fmt: skip
            sys.stdout.write(f"{preset:18} {sum(done)} of {len(done)} seeds: {said}\n")
            sys.stdout.flush()
            if args.json:
                files.write(args.json, json.dumps(stamp() | {"rows": rows}, indent=1).encode())
    return 0


def trace(config: RunConfig, seeds: Sequence[int], steps: int) -> list[list[Check]]:
    """The checks of each seed."""
    torch.set_num_threads(1)
    toy = DATASETS[config.dataset]
    centres = np.asarray(toy.centres, np.float32)
    trainer = Replicas.of_seeds(config.changed(device="cpu"), seeds, data.load(config.dataset, ""))
    found: list[list[Check]] = [[] for _ in seeds]
    peaks = torch.zeros(2, len(seeds))
    for step in tqdm(range(1, steps + 1), leave=False):
        trainer.step()
        peaks = torch.maximum(peaks, torch.stack([trainer.gradient_norm("g"), trainer.gradient_norm("d")]))
        if step % EVERY:
            continue
        trainer.statistics.drain()
        points = trainer.sample(trainer.fixed_z, None).numpy().reshape(len(seeds), -1, 2)
        scores = [s.view(len(seeds), -1).mean(1).tolist() for s in trainer.scores]
        for i, x in enumerate(points):
            nearest = np.linalg.norm(x[:, None] - centres[None], axis=2).argmin(1)
            counts, marks = np.bincount(nearest, minlength=len(centres)), judge(x, toy.centres, toy.std)
            found[i].append(
                Check(int(counts.argmax()), float(counts.max() / len(x)), marks.covered, marks.high_quality,
                      float(peaks[0, i]), float(peaks[1, i]), scores[0][i], scores[1][i])
            )  # fmt: skip
        peaks.zero_()
    return found
