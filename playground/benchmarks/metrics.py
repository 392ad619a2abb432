"""What signals and metrics cost: steps per second with all of them, at the schedule of the app, beside the run without.

Two runs take turns in slices, as the engine gives them; the ratio of speeds is the median over rounds. The classifier
of a dataset is learned before, once for good. A pause is how long the training waits for looking, after a slice.
Seconds are those of the CPU: what else the machine does meanwhile counts for neither run.

With `--honesty` it says instead whether the metrics can be believed, see `playground.benchmarks.honesty`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground.benchmarks import honesty
from playground.benchmarks.arguments import count, seconds
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.engine.limits import threads
from playground.engine.run import Run
from playground.engine.turns import SLICE
from playground.metrics import evaluate, features
from playground.metrics.catalogue import MEASURES
from playground.utils import files
from playground.utils.chunked import run_to_end

NAME = "metrics"
HELP = "speed of a run with all metrics and signals, and without; or whether the metrics are honest"
LEAST = 0.85  # of the speed without is to be left
HEAD = "| preset | steps/s without | with all | ratio | readings | expensive ones | 99 % of pauses, ms | longest, ms |"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=["ring", "digits"])
    parser.add_argument("--rounds", type=count, default=9)
    parser.add_argument("--seconds", type=seconds, default=4.0, help="of one run in one round")
    parser.add_argument("--honesty", action="store_true", help="instead: what the metrics say of planted samples")
    parser.add_argument("--datasets", nargs="+", choices=honesty.HERE, default=honesty.HERE, metavar="KEY")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code: 1 if a ratio is below LEAST."""
    if args.honesty:
        found, code = honesty.run(args.datasets)
        if args.json:
            files.write(args.json, (json.dumps({**stamp(), **found}, indent=1) + "\n").encode())
        return code
    rows = [_compare(name, args) for name in args.presets]
    lines = [
        f"| {row['preset']} | {row['without']:.0f} | {row['with']:.0f} | {row['ratio']:.3f} | {row['readings']} "
        f"| {row['expensive']} | {row['pause_ms']:.1f} | {row['longest_ms']:.1f} |"
        for row in rows
    ]
    sys.stdout.write("\n".join([HEAD, "|---" * 8 + "|", *lines]) + "\n")
    if args.json:
        files.write(args.json, (json.dumps({**stamp(), "least": LEAST, "rows": rows}, indent=1) + "\n").encode())
    return int(any(row["ratio"] < LEAST for row in rows))


def _compare(name: str, args: argparse.Namespace) -> dict[str, Any]:
    config = PRESETS[name].config
    looked_at, alone = Run("with-all-metrics-00", config), Run("without-metrics-000", config)
    torch.set_num_threads(threads(looked_at.trainer.modality))
    if features.fit(looked_at.samples):
        run_to_end(evaluate.work(looked_at.models.of("ema"), expensive=False, only=()))  # the classifier is learned
    pauses: list[float] = []
    _spend(looked_at, args.seconds, pauses)  # the floors, once for good
    _spend(alone, args.seconds, None)
    pauses.clear()
    speeds: dict[bool, list[float]] = {True: [], False: []}
    first = looked_at.observer.readings[-1].step if looked_at.observer.readings else 0
    for n in tqdm(range(args.rounds), desc=name, disable=None):
        for watched in (True, False) if n % 2 else (False, True):
            one = looked_at if watched else alone
            speeds[watched].append(_spend(one, args.seconds, pauses if watched else None))
    found = [reading for reading in looked_at.observer.readings if reading.step > first]
    expensive = {key for key, measure in MEASURES.items() if measure.cost == "expensive"}
    return {
        "preset": name,
        "without": statistics.median(speeds[False]),
        "with": statistics.median(speeds[True]),
        "ratio": statistics.median(w / a for w, a in zip(speeds[True], speeds[False], strict=True)),
        "readings": len(found),
        "expensive": sum(bool(expensive & set(reading.values)) for reading in found),
        "pause_ms": 1000 * float(np.quantile(pauses, 0.99)),
        "longest_ms": 1000 * max(pauses),
    }


def _spend(one: Run, seconds: float, pauses: list[float] | None) -> float:
    """Train for so long, in the slices of the engine; gives steps per second. With `pauses` the run is looked at."""
    first, begin = one.step, time.process_time()
    while time.process_time() - begin < seconds:
        start = time.perf_counter()
        end = start + SLICE
        one.advance(1_000_000, stop=lambda end=end: time.perf_counter() > end)  # type: ignore[misc]
        if pauses is not None:
            trained, pause = time.perf_counter() - start, time.process_time()
            one.observer.go_on(one, trained, lambda: False)
            pauses.append(time.process_time() - pause)
    return (one.step - first) / (time.process_time() - begin)
