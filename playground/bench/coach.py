"""Whether the coach says what is true: scripted runs of each condition, and of none, with several seeds.

Every 50 steps a run is checked densely, and `scenarios.TRUTHS` tell from that, without the coach, whether and since
when it shows what it is meant to. Every 100 steps the coach gets a reading, as in the app. Runs that do not show their
condition in the end are left out and counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground import data, files
from playground.bench.arguments import count
from playground.bench.coach_table import markdown
from playground.bench.scenarios import LATE, SCENARIOS, TRUTHS, Check, Scenario
from playground.bench.stamp import stamp
from playground.coach import CONDITIONS, EARLY, Diagnosis, diagnose
from playground.config import RunConfig
from playground.data import DATASETS, Samples
from playground.engine.observer import EVERY, Eye, at_once, held_out
from playground.metrics.modes import judge
from playground.metrics.sliced import sliced_wasserstein
from playground.presets import PRESETS
from playground.readings import Reading
from playground.replicas import Replicas
from playground.trainer import Trainer

NAME = "coach"
HELP = "how often the coach names what is true of a run, how soon, and whether its cures cure"
DENSE = 50  # steps between two checks
CHECKED = 1000  # samples
FIRST = {True: 500, False: 100}  # the first seed of tuning, of the table
CURES = {"collapse": 3000, "hopping": 2000, "vanishing": 4000, "blow-up": 3000, "ttur": 2000}  # steps after the cure
UNTIL = 1500  # step at which a failure is cured


@dataclass(frozen=True)
class Story:
    """One seed: dense checks, and what the coach said after each reading."""

    checks: list[Check]
    said: list[tuple[int, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenarios", nargs="+", choices=[s.name for s in SCENARIOS], metavar="NAME")
    parser.add_argument("--seeds", type=count, default=10, help="how many")
    parser.add_argument("--tuning", action="store_true", help="the runs on which thresholds were chosen")
    parser.add_argument(
        "--cures", nargs="*", choices=CURES, help="presets whose one-click cure is checked; all if none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="results; those in it already are kept")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables")


def run(args: argparse.Namespace) -> int:
    """Train what the file lacks, print a line a scenario, write the results and the tables. Gives the exit code."""
    torch.set_num_threads(1)
    report = json.loads(args.json.read_text()) if args.json and args.json.exists() else {"rows": [], "cures": []}
    seeds = range(FIRST[args.tuning], FIRST[args.tuning] + args.seeds)
    wanted = [s for s in SCENARIOS if args.scenarios is None or s.name in args.scenarios]
    for scenario in wanted if args.cures is None or args.scenarios else []:
        config = scenario.config(args.tuning)
        row = {"scenario": scenario.name, "shows": scenario.shows, "tuning": args.tuning, "seeds": list(seeds),
               "steps": scenario.steps, "config": config.differences(RunConfig())}  # fmt: skip
        _once(report["rows"], row, lambda c=config, s=scenario: [_result(s, t) for t in trace(c, seeds, s.steps)])
        _save(args, report)
    for preset in [] if args.cures is None else args.cures or CURES:
        row = {"preset": preset, "seeds": list(seeds), "steps": CURES[preset]}
        _once(report["cures"], row, lambda p=preset: cured(p, seeds))
        _save(args, report)
    if args.markdown:
        files.write(args.markdown, markdown(report).encode())
    return 0


def _once(rows: list[dict[str, Any]], row: dict[str, Any], work: Any) -> None:
    """Do the work for a row unless it was done, and print what came of it."""
    for known in rows:
        if all(known.get(key) == value for key, value in row.items()):
            return
    rows.append(row | {"runs": work()} | {"stamp": stamp()})
    name = row.get("scenario", row.get("preset"))
    sys.stdout.write(f"{name:22} {row.get('shows', 'cure'):13} {_summary(rows[-1]['runs'])}\n")
    sys.stdout.flush()


def _summary(runs: list[dict[str, Any]]) -> str:
    return " ".join(
        f"{'' if r['onset'] is not None else '('}{r['said']}{'' if r['onset'] is not None else ')'}" for r in runs
    )


def _save(args: argparse.Namespace, report: dict[str, Any]) -> None:
    if args.json:
        files.write(args.json, json.dumps(report, indent=1).encode())


# Training and looking


def trace(config: RunConfig, seeds: Sequence[int], steps: int) -> list[Story]:
    """The stories of each seed; all seeds are trained as replicas."""
    samples = data.load(config.dataset, config.source, config.choice)
    replicas = Replicas.of_seeds(config, seeds, samples)
    lanes = [_Lane(lane, samples) for lane in replicas.lanes]
    _follow(replicas, lanes, steps)
    return [Story(lane.checks, lane.said) for lane in lanes]


def _follow(replicas: Trainer, lanes: Sequence[_Lane], steps: int) -> None:
    """Make steps of all lanes, as replicas or of the only one, and look at them."""
    peaks = torch.zeros(2, len(lanes))
    for _step in tqdm(range(steps), leave=False):
        replicas.step()
        peaks = torch.maximum(peaks, _gradients(replicas))
        if replicas.step_count % DENSE:
            continue
        replicas.statistics.drain()
        if isinstance(replicas, Replicas):
            replicas.hand_out()
        for lane, peak in zip(lanes, peaks.T.tolist(), strict=True):
            lane.look((peak[0], peak[1]))
        peaks.zero_()


def _gradients(trainer: Trainer) -> torch.Tensor:
    """The norms of the latest gradients of G and of D, (2, lanes)."""
    if isinstance(trainer, Replicas):
        return torch.stack([trainer.gradient_norm(net) for net in "gd"]).nan_to_num(torch.inf)
    norms = [[p.grad.norm() for p in net.parameters() if p.grad is not None] for net in (trainer.G, trainer.D)]
    return torch.stack([torch.stack([*some, torch.zeros(())]).norm() for some in norms])[:, None].nan_to_num(torch.inf)


class _Lane:
    """One seed while it is trained."""

    def __init__(self, trainer: Trainer, samples: Samples) -> None:
        self.trainer, self.eye, self.since = trainer, Eye(), 0
        self.real = samples.x[torch.randint(len(samples.x), (CHECKED,), generator=torch.Generator().manual_seed(2))]
        self.others = held_out(trainer.config, samples, CHECKED)
        self.checks: list[Check] = []
        self.readings: list[Reading] = []
        self.said: list[tuple[int, str]] = []
        self.word: Diagnosis | None = None

    def look(self, peak: tuple[float, float]) -> None:
        """A check; at every other one a reading, and what the coach says of it."""
        trainer = self.trainer
        self.checks.append(check(trainer, self.real, self.others, peak))
        if trainer.step_count % EVERY or not trainer.finite():
            return
        self.readings.append(at_once(self.eye.look(trainer, dear=False)))
        readings = [r for r in self.readings if r.step > self.since]
        self.word = diagnose(readings, trainer.config, self.word)
        self.said.append((trainer.step_count, self.word.key))


def check(trainer: Trainer, real: torch.Tensor, others: torch.Tensor | None, peak: tuple[float, float]) -> Check:
    """One look at one seed."""
    dataset = DATASETS[trainer.config.dataset]
    x = trainer.sample(trainer.fixed_z[:CHECKED], None)
    points, spread = x.numpy(), float(real.var(0).sum().sqrt())
    d, f = trainer.judge(real, None), trainer.judge(x, None)
    order = torch.cat([d, f]).nan_to_num().argsort().argsort() + 1.0
    auc = float((order[: len(d)].sum() - len(d) * (len(d) + 1) / 2) / (len(d) * len(f)))
    gap = (
        float((d.mean() - trainer.judge(others, None).mean()) / (d.mean() - f.mean()).clamp_min(1e-6))
        if others is not None
        else np.nan
    )
    weights = torch.cat([p.detach().flatten() for p in trainer.D.parameters()]).abs()
    clip = trainer.config.clip
    covered = dominant = 0
    share = good = 0.0
    if dataset.centres:
        marks = judge(points, dataset.centres, dataset.std)
        nearest = np.linalg.norm(points[:, None] - np.asarray(dataset.centres, np.float32)[None], axis=2).argmin(1)
        counts = np.bincount(nearest, minlength=len(dataset.centres))
        covered, good, dominant, share = marks.covered, marks.high_quality, int(counts.argmax()), counts.max() / CHECKED
    return Check(
        trainer.step_count, dominant, float(share), covered, len(dataset.centres), good,
        sliced_wasserstein(points, real.numpy()) / spread, *peak, float(d.median()), float(f.median()), auc, gap,
        float((weights >= 0.99 * clip).float().mean()) if clip else 0.0,
    )  # fmt: skip


# What came of it


def _result(scenario: Scenario, story: Story) -> dict[str, Any]:
    """Whether and since when the run shows its condition, what the coach says in the end, and all that it said."""
    truth, checks = TRUTHS[scenario.shows], story.checks
    windows = [checks[i - LATE : i] for i in range(LATE, len(checks) + 1)]
    held = [truth(window) for window in windows]
    onset = windows[held.index(True)][0].step if held and any(held[-3:]) else None
    words = [word for _step, word in story.said]
    at = next(
        (step for step, word in story.said if word == scenario.shows and onset is not None and step >= onset), None
    )
    alarms = sum(CONDITIONS[word].alarm for word in words)
    return {
        "onset": onset, "said": _most(words[-5:]), "named": at, "alarms": alarms, "readings": len(words),
        "story": [(step, word) for i, (step, word) in enumerate(story.said) if i == 0 or words[i - 1] != word],
    }  # fmt: skip


def _most(words: list[str]) -> str:
    """What was said most often, the later of equals."""
    return max(reversed(words), key=words.count) if words else EARLY


def cured(preset: str, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Train a failure, press the button that the coach offers, train on; what it says then, for each seed."""
    config = PRESETS[preset].config.changed(device="cpu")
    samples = data.load(config.dataset)
    replicas = Replicas.of_seeds(config, seeds, samples)
    lanes = [_Lane(lane, samples) for lane in replicas.lanes]
    _follow(replicas, lanes, UNTIL)
    replicas.untie()
    found = [_press(lane) for lane in lanes]
    for cure in {json.dumps(result["cure"]): 0 for result in found}:
        alike = [lane for lane, result in zip(lanes, found, strict=True) if json.dumps(result["cure"]) == cure]
        trainer = Replicas([lane.trainer for lane in alike], samples) if len(alike) > 1 else alike[0].trainer
        _follow(trainer, alike, CURES[preset])
    for lane, result in zip(lanes, found, strict=True):
        last = lane.checks[-1]
        result["said"] = _most([word for step, word in lane.said if step > lane.since][-5:])
        result |= {"modes": last.covered, "high_quality": last.high_quality, "onset": 0}
    return found


def _press(lane: _Lane) -> dict[str, Any]:
    """Apply the cure of what the coach says."""
    named = lane.word.key if lane.word else EARLY
    cure = CONDITIONS[named].cure(lane.trainer.config)
    lane.trainer.tune(lane.trainer.config.changed(**cure))
    lane.since = lane.trainer.step_count
    return {"named": named, "cure": cure}
