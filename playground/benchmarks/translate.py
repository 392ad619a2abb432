"""What translations reach: the races of the paired presets, CycleGANs of pictures and of points, over several seeds.

A run is judged by samples that no step of it has seen. Seconds are those of one core for the steps alone, others that
run on the machine not counted. A row is written as soon as it is done, and rows that are there are not made again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.benchmarks.translate_rows import BASELINES, CASES, measure
from playground.benchmarks.translate_tables import markdown
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

NAME = "translate"
HELP = "how near translations come to the truth, and what is lost on the way"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE",
                        help=f"of {', '.join(CASES)}")  # fmt: skip
    parser.add_argument("--lanes", nargs="+", default=[], metavar="LANE", help="only these of each case, by name")
    parser.add_argument("--seeds", type=count, default=5, help="how many")
    parser.add_argument("--steps", type=count, help="in place of those of each case")
    parser.add_argument("--data", default="", metavar="FOLDER",
                        help="IDX files such as MNIST for the paired tasks of digits; else typeset digits")  # fmt: skip
    parser.add_argument("--jobs", type=count, default=1, help="rows at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="rows that are in FILE are kept")
    parser.add_argument("--markdown", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Train what is missing, print each row, write the tables. Gives the exit code."""
    report = _kept(args.json)
    there = {_identity(row) for row in report["rows"]}
    todo = [row for row in rows(args) if _identity(row) not in there]
    source = stamp()
    if args.json and todo:
        _write(args.json, report)  # a folder that cannot be written is better known before the training
    if args.jobs > 1:
        with ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
            waiting = [pool.submit(measure, row, args.data) for row in todo]
            try:
                _collect((done.result() for done in as_completed(waiting)), len(todo), report, source, args)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    else:
        _collect((measure(row, args.data) for row in todo), len(todo), report, source, args)
    return 0


def rows(args: argparse.Namespace) -> list[dict[str, Any]]:
    """What is to be measured: small dicts that pickle. Seeds come last: the first ones of all cases are done first."""
    data = Path(args.data).name if args.data else ""

    def chosen(lane: str) -> bool:
        return not args.lanes or lane in args.lanes

    found = []
    for seed in range(args.seeds):
        for key in args.cases:
            case = CASES[key]
            about = {"case": key, "data": data if case.digits else "", "steps": args.steps or case.steps}
            found += [about | {"lane": name, "seed": seed} for name in case.lanes if chosen(name)]
    for key in args.cases:
        case = CASES[key]
        about = {"case": key, "data": data if case.digits else "", "steps": 0}
        found += [about | {"lane": name, "seed": 0} for name in BASELINES if case.paired and chosen(name)]
    return found


def _collect(
    done: Iterable[dict[str, Any]], count: int, report: dict[str, Any], source: dict[str, str], args: argparse.Namespace
) -> None:
    for row in tqdm(done, total=count, desc=NAME):
        report["rows"].append(row | source)
        figures = "  ".join(f"{name} {value:.3g}" for name, value in row["figures"].items())
        tqdm.write(f"{row['case']:16} {row['lane']:16} seed {row['seed']}  {row['seconds']:5.1f} s  {figures}")
        if args.json:
            _write(args.json, report)
    if args.markdown:
        files.write(args.markdown, markdown(report).encode())


def _kept(path: Path | None) -> dict[str, Any]:
    """The report at `path`, or an empty one. Raises UserError for another file."""
    if path is None or not path.exists():
        return {"rows": []}
    try:
        report: dict[str, Any] = json.loads(path.read_text())
        for row in report["rows"]:
            _identity(row)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(_("{path} is not a report of this benchmark.").format(path=path)) from error
    return report


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("case", "data", "lane", "seed", "steps"))


def _write(path: Path, report: dict[str, Any]) -> None:
    files.write(path, json.dumps(report, indent=1).encode())
