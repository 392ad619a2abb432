"""Whether the coach says what is true: scripted runs of each condition, and of none, with several seeds.

Every 50 steps a run is checked densely, and `scenarios.TRUTHS` tell from that, without the coach, whether and since
when it shows what it is meant to. Every 100 steps the coach gets a reading, as in the app. Runs that do not show their
condition in the end are left out and counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from playground import data, files
from playground.bench.arguments import count
from playground.bench.coach_table import markdown
from playground.bench.lanes import Lane, follow
from playground.bench.scenarios import LATE, SCENARIOS, TRUTHS, Check
from playground.bench.stamp import stamp
from playground.coach import CONDITIONS, EARLY, Diagnosis, diagnose
from playground.config import RunConfig
from playground.errors import UserError
from playground.i18n import _
from playground.presets import PRESETS
from playground.readings import Reading, Signals, Value
from playground.replicas import Replicas, stackable
from playground.trainer import Trainer

NAME = "coach"
HELP = "how often the coach names what is true of a run, how soon, and whether its cures cure"
FIRST = {True: 500, False: 400}  # the first seed of tuning, of the table
CURED = 50  # further on: the seeds of the cures, which were made with the others in sight
CURES = {"collapse": 3000, "hopping": 2000, "vanishing": 4000, "blow-up": 3000, "ttur": 2000}  # steps after the cure
UNTIL = 1500  # step at which a failure is cured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenarios", nargs="+", choices=[s.name for s in SCENARIOS], metavar="NAME")
    parser.add_argument("--seeds", type=count, default=10, help="how many")
    parser.add_argument("--tuning", action="store_true", help="the runs on which thresholds were chosen")
    parser.add_argument("--cures", nargs="*", choices=CURES, help="only whether the one-click cures of failures cure")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="what was seen; runs that it has are not trained again"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables")


def run(args: argparse.Namespace) -> int:
    """Train what the file lacks, ask the coach about all runs, print a line a scenario. Gives the exit code."""
    torch.set_num_threads(1)
    report = _kept(args.json)
    seeds = range(FIRST[args.tuning], FIRST[args.tuning] + args.seeds)
    if args.cures is None:
        for scenario in SCENARIOS:
            if args.scenarios is None or scenario.name in args.scenarios:
                config = scenario.config(args.tuning)
                row = {"scenario": scenario.name, "shows": scenario.shows, "tuning": args.tuning, "seeds": list(seeds)}
                row |= {"steps": scenario.steps, "config": config.differences(RunConfig())}
                _once(args, report, "rows", row, partial(trace, config, seeds, scenario.steps))
    for preset in [] if args.cures is None else args.cures or CURES:
        others = [seed + CURED for seed in seeds]
        row = {"preset": preset, "seeds": others, "steps": CURES[preset]}
        _once(args, report, "cures", row, partial(cured, preset, others))
    told = {"rows": [row | {"runs": asked(row)} for row in report["rows"]], "cures": report["cures"]}
    for row in [*told["rows"], *told["cures"]]:
        name, shows = row.get("scenario", row.get("preset")), row.get("shows", "cure")
        said = " ".join(run["said"] if run["onset"] is not None else f"({run['said']})" for run in row["runs"])
        sys.stdout.write(f"{name:16} {shows:13} {said}\n")
    if args.markdown:
        files.write(args.markdown, markdown(told, stamp()).encode())
    return 0


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


def _once(
    args: argparse.Namespace, report: dict[str, Any], part: str, row: dict[str, Any], work: Callable[[], list[Any]]
) -> None:
    """Do the work for a row unless it was done, and keep what came of it."""
    if any(all(known.get(key) == value for key, value in row.items()) for known in report[part]):
        return
    report[part].append(row | {"runs": work(), "stamp": stamp()})
    if args.json:
        files.write(args.json, json.dumps(report).encode())


# Training and looking


def trace(config: RunConfig, seeds: Sequence[int], steps: int) -> list[dict[str, Any]]:
    """The checks and readings of each seed; all seeds are trained as replicas where they can be."""
    samples = data.load(config.dataset, config.source, config.choice)
    if stackable(config):
        replicas = Replicas.of_seeds(config, seeds, samples)
        lanes = [Lane(lane, samples) for lane in replicas.lanes]
        follow(replicas, lanes, steps)
    else:
        lanes = [Lane(Trainer(config.changed(seed=seed), samples), samples) for seed in seeds]
        for lane in lanes:
            follow(lane.trainer, [lane], steps)
    return [{"checks": list(map(asdict, lane.checks)), "readings": list(map(asdict, lane.readings))} for lane in lanes]


def heard(readings: Sequence[Reading], config: RunConfig) -> list[tuple[int, str]]:
    """The step of each reading, and the key of what the coach says after it."""
    return [(reading.step, word.key) for reading, word in zip(readings, _words(readings, config), strict=True)]


def _words(readings: Sequence[Reading], config: RunConfig) -> list[Diagnosis]:
    words: list[Diagnosis] = []
    for n in range(1, len(readings) + 1):
        words.append(diagnose(readings[:n], config, words[-1] if words else None))
    return words


# What came of it


def asked(row: dict[str, Any]) -> list[dict[str, Any]]:
    """For each run, whether and since when it shows its condition, and what the coach says of it."""
    config = RunConfig.read(row["config"])[0]
    return [result(row["shows"], *_read(run), config) for run in row["runs"]]


def _read(run: dict[str, Any]) -> tuple[list[Check], list[Reading]]:
    """What `trace` gave, from the file."""
    readings = [
        Reading(r["step"], Signals(**r["signals"]), {key: Value(**value) for key, value in r["values"].items()})
        for r in run["readings"]
    ]
    return [Check(**values) for values in run["checks"]], readings


def result(shows: str, checks: Sequence[Check], readings: Sequence[Reading], config: RunConfig) -> dict[str, Any]:
    """The onset, if the run shows the condition near its end; what is said in the end and all that is said before."""
    windows = [checks[i - LATE : i] for i in range(LATE, len(checks) + 1)]
    held = [TRUTHS[shows](window) for window in windows]
    onset = windows[held.index(True)][0].step if any(held[-3:]) else None
    said = heard(readings, config)
    words = [word for _step, word in said]
    return {
        "onset": onset,
        "said": _most(words[-5:]),
        "named": next((step for step, word in said if word == shows and onset is not None and step >= onset), None),
        "alarms": sum(CONDITIONS[word].alarm for word in words),
        "readings": len(words),
    }


def _most(words: list[str]) -> str:
    """What was said most often, the later of equals."""
    return max(reversed(words), key=words.count) if words else EARLY


def cured(preset: str, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Train a failure, press the button that the coach offers, train on; what it says then, for each seed."""
    config = PRESETS[preset].config.changed(device="cpu")
    samples = data.load(config.dataset)
    replicas = Replicas.of_seeds(config, seeds, samples)
    lanes = [Lane(lane, samples) for lane in replicas.lanes]
    follow(replicas, lanes, UNTIL)
    replicas.untie()
    found = [_press(lane, config.changed(seed=seed)) for lane, seed in zip(lanes, seeds, strict=True)]
    for same in {_kind(result): 0 for result in found}:
        alike = [lane for lane, result in zip(lanes, found, strict=True) if _kind(result) == same]
        trainer = Replicas([lane.trainer for lane in alike], samples) if len(alike) > 1 else alike[0].trainer
        follow(trainer, alike, CURES[preset])
    for lane, result in zip(lanes, found, strict=True):
        last = lane.checks[-1]
        result["said"] = _most([word for _step, word in said(lane)][-5:])
        result |= {"modes": last.covered, "high_quality": last.high_quality, "onset": 0}
    return found


def _kind(result: dict[str, Any]) -> str:
    """Equal where runs go on alike."""
    return json.dumps([result["cure"], result["back"]])


def said(lane: Lane) -> list[tuple[int, str]]:
    """What the coach says after each reading since the last change."""
    return heard([r for r in lane.readings if r.step > lane.since], lane.trainer.config)


def _press(lane: Lane, config: RunConfig) -> dict[str, Any]:
    """Apply the cure of what the coach says to a run that began with `config`; `back` is the step it goes back to."""
    words = _words(lane.readings, lane.trainer.config)
    word = words[-1] if words else Diagnosis(EARLY, (), 0)
    condition = CONDITIONS[word.key]
    cure = condition.cure(lane.trainer.config)
    back = word.before if condition.back else None
    if back is not None:
        lane.go_back(config, back)
    lane.trainer.tune(lane.trainer.config.changed(**cure))
    lane.since = lane.trainer.step_count
    return {"named": condition.key, "cure": cure, "back": back}
