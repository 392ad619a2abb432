"""What the time machine costs: memory over a long run, and speed beside the same run without it.

The long run keeps moments as the engine does. Its memory is the sum of what the moments hold, and the peak of the
process (Unix). The ratio of speeds is the median over rounds in which two runs take turns.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.engine.run import Run
from playground.engine.timeline import BUDGET
from playground.engine.turns import SLICE
from playground.utils import files

NAME = "moments"
HELP = "memory and speed of a run that keeps its moments"
ROWS = 20  # of the table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="ring")
    parser.add_argument("--steps", type=count, default=200_000)
    parser.add_argument("--rounds", type=count, default=9, help="of the comparison of speeds")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one run in one round")
    parser.add_argument("--json", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table; write it to `--json`. Gives the exit code: 1 if the budget was exceeded."""
    ratio = _speed(args)
    rows = _long(args)
    most = max(row["bytes"] for row in rows)
    report: dict[str, Any] = {
        **stamp(), "preset": args.preset, "budget": BUDGET, "most": most, "speed_ratio": ratio, "rows": rows,
    }  # fmt: skip
    out = ["| step | moments | of them whole | MiB of moments | peak of the process, MiB |", "|---|---|---|---|---|"]
    for row in rows:
        mib = row["bytes"] / 2**20
        out.append(f"| {row['step']} | {row['moments']} | {row['whole']} | {mib:.1f} | {row['peak'] / 1024:.0f} |")
    out += ["", f"budget {BUDGET / 2**20:.0f} MiB; speed with moments / without: {ratio:.3f}"]
    sys.stdout.write("\n".join(out) + "\n")
    if args.json:
        files.write(args.json, (json.dumps(report, indent=1) + "\n").encode())
    return int(most > BUDGET)


def _slice(one: Run, remembers: bool) -> None:
    """What the engine does with a playing run in one turn."""
    if remembers:
        one.remember_in_time()
    end = time.perf_counter() + SLICE
    one.advance(1_000_000, stop=lambda: time.perf_counter() > end)


def _speed(args: argparse.Namespace) -> float:
    config = PRESETS[args.preset].config
    pair = [(Run("with-its-moments-0", config), True), (Run("without-moments-00", config), False)]
    ratios = []
    for n in tqdm(range(args.rounds), desc="speed", disable=None):
        speed = {}
        for one, remembers in pair if n % 2 else pair[::-1]:
            first, start = one.step, time.perf_counter()
            while time.perf_counter() - start < args.seconds:
                _slice(one, remembers)
            speed[remembers] = (one.step - first) / (time.perf_counter() - start)
        ratios.append(speed[True] / speed[False])
    return statistics.median(ratios)


def _long(args: argparse.Namespace) -> list[dict[str, float]]:
    one = Run("a-long-run-of-many", PRESETS[args.preset].config)
    rows: list[dict[str, float]] = []
    most = 0
    with tqdm(total=args.steps, unit=" steps", disable=None) as bar:
        while one.step < args.steps:
            before = one.step
            _slice(one, True)
            bar.update(one.step - before)
            most = max(most, one.timeline.size)
            if one.step * ROWS // args.steps > before * ROWS // args.steps:
                marks = one.timeline.marks()
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                rows.append({"step": one.step, "moments": len(marks), "whole": sum(m.whole for m in marks),
                             "bytes": most, "peak": peak})  # fmt: skip
    return rows
