"""Whether the presets for teaching do what they are named for: each failure fails, each cure recovers.

Every 100 steps the nearest mode of each of 2,500 samples, the samples of high quality, D's mean logits and the largest
gradients since the last check are noted; the samples are those of the average of G (EMA), which the page shows first,
and once more those of G as it is (raw). A cure has recovered when all modes are covered at the end: a tenth of a mode's
fair share of the samples within 3 std of it. What a failure must show is `FAILURES`. Presets without an average have
the same figures in both columns. The healthy presets, `HEALTHY`, show how much an average hides where nothing fails.
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

from playground import data
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import Weights
from playground.metrics.modes import mode_statistics
from playground.training.replicas import Replicas
from playground.utils import files

NAME = "demos"
HELP = "how often each failure preset fails as named, and each cure recovers"
EVERY = 100  # steps between two checks
LATE = 5  # checks at the end that say how a run ends


@dataclass(frozen=True)
class Check:
    """One look at the samples of one seed, by the average of G or by G as it is.

    `share` is of the samples, by nearest mode; gradients are the norms of G's and of D's.
    """

    dominant: int
    share: float
    covered: int
    modes: int  # that the data has
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
    return checks[-1].covered == checks[-1].modes


COLUMNS: tuple[Weights, ...] = ("ema", "raw")
STEPS = {
    "collapse": 5000,
    "hopping": 4000,
    "vanishing": 10_000,
    "blow-up": 4000,
    "ttur": 3000,
    "ring": 3000,
    "grid": 5000,
}
HEALTHY = ("ring", "grid")
HEAD = (
    "Of {n} seeds, EMA / raw; looks: those in the second half that find all modes.\n\n"
    "| preset | steps | as named | all modes at the end | looks |\n|---|---|---|---|---|\n"
)
FAILURES: dict[str, Callable[[Sequence[Check]], bool]] = {
    "collapse": collapsed,
    "hopping": hopped,
    "vanishing": vanished,
    "blow-up": blew_up,
    "ttur": hopped,
}


def criteria(names: Sequence[str]) -> dict[str, Callable[[Sequence[Check]], bool]]:
    """What each preset is tested for: a failure and its cure for the name of a failure, else all modes at the end."""
    tests: dict[str, Callable[[Sequence[Check]], bool]] = {}
    for name in names:
        tests |= {name: recovered} if name in HEALTHY else {name: FAILURES[name], f"{name}-cured": recovered}
    return tests


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--seeds", type=count, default=10, help="how many")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Train, print how many of the seeds did as they should; write the last checks to `--json`. Gives the exit code.

    A row that the file has already, for the same knobs, steps and seeds, is not measured again.
    """
    known = json.loads(args.json.read_bytes())["rows"] if args.json and args.json.exists() else []
    rows: list[dict[str, Any]] = []
    sys.stdout.write(HEAD.format(n=args.seeds))
    for preset, test in criteria(args.presets).items():
        steps, knobs = STEPS[preset.removesuffix("-cured")], PRESETS[preset].values
        key = {"preset": preset, "steps": steps, "seeds": args.seeds, "knobs": knobs}
        found = next((row for row in known if key.items() <= row.items()), None)
        if found is None:
            seeds = trace(PRESETS[preset].config, range(args.seeds), steps)
            found = key | row(test, seeds) | {"stamp": stamp()}
        rows.append(found)
        sys.stdout.write(line(found) + "\n")
        sys.stdout.flush()
        if args.json:
            files.write(args.json, json.dumps(stamp() | {"rows": rows}, indent=1).encode())
    return 0


def row(test: Callable[[Sequence[Check]], bool], seeds: Sequence[dict[Weights, list[Check]]]) -> dict[str, Any]:
    """What is reported of a preset: each figure by the average of G, and with `_raw` by G as it is.

    `as_named` and `all_modes` are one value a seed: whether it did as its name says, and whether all modes were covered
    at the end. `looks` is the share of the looks in the second half of the training in which all modes were covered.
    """
    found: dict[str, Any] = {"criterion": " ".join((test.__doc__ or "").split())}
    for column, suffix in zip(COLUMNS, ("", "_raw"), strict=True):
        checks = [seed[column] for seed in seeds]
        late = [check.covered == check.modes for seed in checks for check in seed[len(seed) // 2 :]]
        found["as_named" + suffix] = [test(seed) for seed in checks]
        found["all_modes" + suffix] = [recovered(seed) for seed in checks]
        found["looks" + suffix] = round(sum(late) / len(late), 3)
        found["last" + suffix] = [vars(seed[-1]) for seed in checks]
    return found


def line(row: dict[str, Any]) -> str:
    """A row of the table, in Markdown."""
    named, modes = (f"{sum(row[key])} / {sum(row[f'{key}_raw'])}" for key in ("as_named", "all_modes"))
    looks = f"{100 * row['looks']:.0f} / {100 * row['looks_raw']:.0f} %"
    return f"| {row['preset']} | {row['steps']:,} | {named} | {modes} | {looks} |"


def trace(config: RunConfig, seeds: Sequence[int], steps: int) -> list[dict[Weights, list[Check]]]:
    """The checks of each seed, by the average of G and by G as it is."""
    torch.set_num_threads(1)
    toy = DATASETS[config.dataset]
    centres = np.asarray(toy.centres, np.float32)
    trainer = Replicas.of_seeds(config.changed(device="cpu"), seeds, data.load(config.dataset, ""))
    found: list[dict[Weights, list[Check]]] = [{column: [] for column in COLUMNS} for _ in seeds]
    peaks = torch.zeros(2, len(seeds))
    for step in tqdm(range(1, steps + 1), leave=False):
        trainer.step()
        peaks = torch.maximum(peaks, torch.stack([trainer.gradient_norm(net) for net in "GD"]))
        if step % EVERY:
            continue
        trainer.statistics.drain()
        scores = [s.view(len(seeds), -1).mean(1).tolist() for s in trainer.scores]
        for column in COLUMNS:
            points = trainer.sample(trainer.fixed_z, None, column == "raw").numpy().reshape(len(seeds), -1, 2)
            for i, x in enumerate(points):
                nearest = np.linalg.norm(x[:, None] - centres[None], axis=2).argmin(1)
                counts, marks = np.bincount(nearest, minlength=len(centres)), mode_statistics(x, toy.centres, toy.std)
                found[i][column].append(
                    Check(int(counts.argmax()), float(counts.max() / len(x)), marks.covered, len(centres),
                          marks.high_quality, float(peaks[0, i]), float(peaks[1, i]), scores[0][i], scores[1][i])
                )  # fmt: skip
        peaks.zero_()
    return found
