"""Whether the coach says what is true: scripted runs of each condition, and of none, with several seeds.

Every 50 steps a run is checked densely, and `scenarios.TRUTHS` tell from that, without the coach, whether and since
when it shows what it is meant to. Every 100 steps the coach gets a reading, as in the app. Runs that do not show their
condition in the end are left out and counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from playground import data
from playground.benchmarks.arguments import count
from playground.benchmarks.coach_contradictions import denied
from playground.benchmarks.coach_cures import AFTER, FAILURES, cured
from playground.benchmarks.coach_table import markdown
from playground.benchmarks.coach_words import heard, most
from playground.benchmarks.lanes import Lane, follow
from playground.benchmarks.scenarios import LATE, SCENARIOS, TRUTHS, Check, Turn
from playground.benchmarks.stamp import stamp
from playground.benchmarks.translation_lane import TranslationLane
from playground.benchmarks.translation_scenarios import TranslationCheck
from playground.coach import CONDITIONS
from playground.config.games import TRANSLATIONS
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.training.games.gan import GAN
from playground.training.replicas import Replicas, stackable
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.readings import Reading, Signals, Value
from playground.utils.translation import _

NAME = "coach"
HELP = "how often the coach names what is true of a run, how soon, and whether its cures cure"
FIRST = {True: 500, False: 700}  # the first seed of tuning, of the table
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
CURED = 450  # the first seed of the cures, which were made with others in sight


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenarios", nargs="+", choices=[s.name for s in SCENARIOS], metavar="NAME")
    parser.add_argument("--seeds", type=count, default=10, help="how many")
    parser.add_argument("--first", type=count, metavar="SEED", help="the first of them")
    parser.add_argument("--tuning", action="store_true", help="the runs on which thresholds were chosen")
    parser.add_argument(
        "--cures", nargs="*", choices=FAILURES, help="only whether the one-click cures of failures cure"
    )
    parser.add_argument("--jobs", type=count, default=1, help="processes that train at the same time")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="what was seen; runs that it has are not trained again"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables")


def run(args: argparse.Namespace) -> int:
    """Train what the file lacks, ask the coach about all runs, print a line a scenario. Gives the exit code."""
    torch.set_num_threads(1)
    report = _kept(args.json)
    first = args.first or FIRST[args.tuning]
    seeds = range(first, first + args.seeds)
    part = "rows" if args.cures is None else "cures"
    wanted = _traces(args, seeds) if args.cures is None else _presses(args, seeds)
    left = [(row, work) for row, work in wanted if not any(row.items() <= known.items() for known in report[part])]
    for row, runs in _done(left, args.jobs):
        report[part].append(row | {"runs": runs, "stamp": stamp()})
        if args.json:
            files.write(args.json, json.dumps(report).encode())
    known = [row | {"shows": BY_NAME[row["scenario"]].shows} for row in report["rows"] if row["scenario"] in BY_NAME]
    told = {"rows": [row | {"runs": asked(row)} for row in known], "cures": report["cures"]}
    for row in [*told["rows"], *told["cures"]]:
        name, shows = row.get("scenario", row.get("preset")), row.get("shows", "cure")
        said = " ".join(run["said"] if run["onset"] is not None else f"({run['said']})" for run in row["runs"])
        sys.stdout.write(f"{name:18} {shows:13} {said}\n")
    if args.markdown:
        files.write(args.markdown, markdown(told, stamp()).encode())
    return 0


Work = Callable[[], list[dict[str, Any]]]


def _traces(args: argparse.Namespace, seeds: range) -> list[tuple[dict[str, Any], Work]]:
    """A row a scenario, and what trains it."""
    found: list[tuple[dict[str, Any], Work]] = []
    for scenario in SCENARIOS:
        config = scenario.config(args.tuning)
        if config is None or scenario.name not in (args.scenarios or BY_NAME):
            continue
        row = {"scenario": scenario.name, "tuning": args.tuning, "seeds": list(seeds)}
        row |= {"steps": scenario.steps, "config": config.differences(RunConfig())}
        if scenario.turn is not None:
            row |= {"turn": asdict(scenario.turn)}
        found.append((row, partial(trace, config, seeds, scenario.steps, scenario.turn)))
    return found


def _presses(args: argparse.Namespace, seeds: range) -> list[tuple[dict[str, Any], Work]]:
    """A row a failure whose cure is tried, and what trains it."""
    others = list(range(CURED, CURED + len(seeds)))
    return [
        ({"preset": preset, "seeds": others, "steps": AFTER}, partial(cured, preset, others))
        for preset in args.cures or FAILURES
    ]


def _done(left: list[tuple[dict[str, Any], Work]], jobs: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each row with its runs, as soon as they are there."""
    if jobs == 1:
        for row, work in left:
            yield row, work()
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        rows = {pool.submit(work): row for row, work in left}
        for done in as_completed(rows):
            yield rows[done], done.result()


def _kept(path: Path | None) -> dict[str, Any]:
    """The report at `path`, or an empty one. Raises UserError for another file."""
    if path is None or not path.exists():
        return {"rows": [], "cures": []}
    try:
        report: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise _strange(path) from error
    if not (isinstance(report, dict) and all(isinstance(report.get(part), list) for part in ("rows", "cures"))):
        raise _strange(path)
    return report


def _strange(path: Path) -> UserError:
    return UserError(_("{path} is not a report of this benchmark.").format(path=path))


# Training and looking


def trace(config: RunConfig, seeds: Sequence[int], steps: int, turn: Turn | None = None) -> list[dict[str, Any]]:
    """The checks and readings of each seed; all seeds are trained as replicas where they can be.

    Of what there is before a `turn`, nothing: the coach begins anew.
    """
    samples = data.load(config.dataset, config.source, config.choice)
    if config.game in TRANSLATIONS:
        return [translated(config.changed(seed=seed), samples, steps) for seed in seeds]
    if stackable(config):
        replicas = Replicas.of_seeds(config, seeds, samples)
        lanes = [Lane(lane, samples) for lane in replicas.lanes]
        _train(replicas, lanes, steps, turn)
    else:
        lanes = [Lane(GAN(config.changed(seed=seed), samples), samples) for seed in seeds]
        for lane in lanes:
            _train(lane.trainer, [lane], steps, turn)
    return [
        {part: [asdict(x) for x in getattr(lane, part) if x.step > lane.since] for part in ("checks", "readings")}
        for lane in lanes
    ]


def translated(config: RunConfig, samples: Samples, steps: int) -> dict[str, Any]:
    """The same of one seed of a translation."""
    lane = TranslationLane(config, samples)
    lane.follow(steps)
    return {part: [asdict(x) for x in getattr(lane, part)] for part in ("checks", "readings")}


def _train(trainer: GAN, lanes: Sequence[Lane], steps: int, turn: Turn | None) -> None:
    """Follow all lanes, as replicas or the only one, and change their knobs when it is time."""
    follow(trainer, lanes, steps if turn is None else turn.step)
    if turn is None:
        return
    if isinstance(trainer, Replicas):
        trainer.unstack()
    for lane in lanes:
        lane.trainer.tune(lane.trainer.config.changed(**turn.knobs))
        lane.since = turn.step
    again = Replicas([lane.trainer for lane in lanes], trainer.samples) if len(lanes) > 1 else lanes[0].trainer
    follow(again, lanes, steps - turn.step)


# What came of it


def asked(row: dict[str, Any]) -> list[dict[str, Any]]:
    """For each run, whether and since when it shows its condition, and what the coach says of it."""
    config = RunConfig.read(row["config"])[0].changed(**row.get("turn", {}).get("knobs", {}))
    scenario = BY_NAME[row["scenario"]]
    return [
        {"seed": seed, **result((scenario.shows, *scenario.also), *_read(run), config)}
        for seed, run in zip(row["seeds"], row["runs"], strict=True)
    ]


def _read(run: dict[str, Any]) -> tuple[Sequence[Check | TranslationCheck], list[Reading]]:
    """What `trace` gave, from the file."""
    readings = [
        Reading(r["step"], Signals(**r["signals"]), {key: Value(**value) for key, value in r["values"].items()})
        for r in run["readings"]
    ]
    translation = run["checks"] and "sharpness" in run["checks"][0]
    return [(TranslationCheck if translation else Check)(**values) for values in run["checks"]], readings


def result(
    truths: Sequence[str],
    checks: Sequence[Check | TranslationCheck],
    readings: Sequence[Reading],
    config: RunConfig,
) -> dict[str, Any]:
    """The onset of the first condition, if the run shows it near its end; which of all `truths` it shows then; what is
    said in the end and all that is said before."""
    begun = {key: _onset(key, checks) for key in truths}
    onset = begun[truths[0]]
    true = [key for key in truths if begun[key] is not None]
    said = heard(readings, config)
    words = [word for _step, word in said]
    return {
        "onset": onset,
        "true": true,
        "said": most(words[-5:]),
        "named": next((step for step, word in said if word in true and onset is not None and step >= onset), None),
        "alarms": sum(CONDITIONS[word].alarm for word in words),
        "readings": len(words),
        "denied": denied(said, [check for check in checks if isinstance(check, Check)]),
    }


def _onset(key: str, checks: Sequence[Check | TranslationCheck]) -> int | None:
    """The step since which a run shows a condition, if it shows it near its end."""
    windows = [checks[i - LATE : i] for i in range(LATE, len(checks) + 1)]
    held = [TRUTHS[key](window) for window in windows]
    return windows[held.index(True)][0].step if any(held[-3:]) else None
