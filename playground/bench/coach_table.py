"""The report of `bench coach` as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.bench.scenarios import HEALTHY, TRUTHS
from playground.coach import CONDITIONS

HEAD = """\
# What the coach says, and what is true

Each run is checked densely without the coach (every 50 steps, 1,000 samples), and a criterion tells from that whether
it shows what it is meant to show, and since when (the criteria are listed below). The coach gets a reading every 100
steps, as in the app, and its verdict is what it said most often in the last five. Runs that do not meet their criterion
in the end are left out here and counted in the list of scenarios.

The coach's thresholds were chosen on the runs of `--tuning`: other seeds (from 500 on; here from 400 on) and, in every
scenario, other values of at least one knob. No run below was used for that.
"""


def markdown(report: dict[str, Any], now: dict[str, str]) -> str:
    """Tables of the rows that are not for tuning."""
    rows = [row for row in report["rows"] if not row["tuning"]]
    pairs = [(row["shows"], run) for row in rows for run in row["runs"] if run["onset"] is not None]
    parts = [HEAD, _made(rows + report["cures"], now)]
    if pairs:
        parts += ["## Conditions\n", _conditions(pairs), "## Confusion\n", _confusion(pairs)]
        parts += ["## Healthy runs\n", _false_alarms(pairs), "## Scenarios\n", _scenarios(rows)]
        parts += ["## Criteria\n", _criteria(rows)]
    if report["cures"]:
        parts += ["## Cures\n", _cures(report["cures"])]
    return "\n".join(parts) + "\n"


def _made(rows: Sequence[dict[str, Any]], now: dict[str, str]) -> str:
    stamps = sorted({tuple(row["stamp"].values()) for row in rows})
    lines = [f"- `{do}` (commit {at}, {day}, {machine}, torch {torch})" for do, at, day, machine, torch in stamps]
    return "Made by:\n\n" + "\n".join(lines) + f"\n\nThe coach is that of commit {now['commit']}.\n"


def _label(key: str) -> str:
    return CONDITIONS[key].label


def _conditions(pairs: list[tuple[str, dict[str, Any]]]) -> str:
    """Precision, recall and delay of each condition that runs show."""
    lines = ["| condition | runs | recall | precision | median delay (steps) |", "|---|---|---|---|---|"]
    for key in dict.fromkeys(shows for shows, _run in pairs):
        mine = [run for shows, run in pairs if shows == key]
        said = [shows for shows, run in pairs if run["said"] == key]
        right = sum(run["said"] == key for run in mine)
        delays = [run["named"] - run["onset"] for run in mine if run["named"] is not None]
        precision = f"{said.count(key) / len(said):.2f}" if said else "–"
        delay = f"{np.median(delays):.0f}" if delays else "–"
        lines.append(f"| {_label(key)} | {len(mine)} | {right / len(mine):.2f} | {precision} | {delay} |")
    shown = {shows for shows, _run in pairs}
    missing = [_label(key) for key in CONDITIONS if key not in shown and CONDITIONS[key].alarm]
    if missing:
        lines.append(f"\nNo run here shows: {', '.join(missing)}.")
    return "\n".join(lines) + "\n"


def _confusion(pairs: list[tuple[str, dict[str, Any]]]) -> str:
    """How often each condition (a row) got each verdict (a column)."""
    counts = Counter((shows, run["said"]) for shows, run in pairs)
    order = list(CONDITIONS)
    columns = sorted({said for _shows, said in counts}, key=order.index)
    lines = ["| | " + " | ".join(map(_label, columns)) + " |", "|---|" + "---|" * len(columns)]
    for key in dict.fromkeys(shows for shows, _run in pairs):
        cells = [str(counts[key, said] or "") for said in columns]
        lines.append(f"| **{_label(key)}** | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _false_alarms(pairs: list[tuple[str, dict[str, Any]]]) -> str:
    healthy = [run for shows, run in pairs if shows in HEALTHY]
    if not healthy:
        return "None.\n"
    readings, alarms = sum(run["readings"] for run in healthy), sum(run["alarms"] for run in healthy)
    end = sum(CONDITIONS[run["said"]].alarm for run in healthy)
    ever = sum(run["alarms"] > 0 for run in healthy)
    return (
        f"{len(healthy)} runs with {readings} readings: an alarm stood after {alarms} of them "
        f"({alarms / readings:.1%}), in the end in {end} runs ({end / len(healthy):.1%}), "
        f"at any time in {ever} ({ever / len(healthy):.1%}).\n"
    )


def _scenarios(rows: list[dict[str, Any]]) -> str:
    lines = ["| scenario | is to show | shows it | said in the end | steps | knobs |", "|---|---|---|---|---|---|"]
    for row in rows:
        shown = [run for run in row["runs"] if run["onset"] is not None]
        said = ", ".join(f"{_label(key)} {n}" for key, n in Counter(run["said"] for run in shown).most_common())
        knobs = ", ".join(f"{key} {value}" for key, value in row["config"].items() if key != "device")
        cells = row["scenario"], _label(row["shows"]), f"{len(shown)} of {len(row['runs'])}", said, row["steps"], knobs
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _criteria(rows: list[dict[str, Any]]) -> str:
    keys = dict.fromkeys(row["shows"] for row in rows)
    return "\n".join(f"- {_label(key)}: {' '.join((TRUTHS[key].__doc__ or '').split())}" for key in keys) + "\n"


def _cure(run: dict[str, Any]) -> str:
    knobs = ", ".join(f"{knob} {value}" for knob, value in run["cure"].items())
    return knobs if run.get("back") is None else f"back to step {run['back']}, {knobs}"


def _cures(cures: list[dict[str, Any]]) -> str:
    """What the coach said of each failure preset, what its button changed, and what it said then."""
    lines = [
        "After 1,500 steps the button of what the coach says then is pressed, once. The seeds are others than those",
        "above and than those on which the cures were made (from 500 on).\n",
        "| preset | named before | cure | back to learning or converged | all modes | steps after |",
        "|---|---|---|---|---|---|",
    ]
    for row in cures:
        runs = row["runs"]
        named = ", ".join(f"{_label(key)} {n}" for key, n in Counter(run["named"] for run in runs).most_common())
        cure = "; ".join(dict.fromkeys(_cure(run) for run in runs))
        back, modes = sum(run["said"] in HEALTHY for run in runs), sum(run["modes"] == 8 for run in runs)
        lines.append(
            f"| {row['preset']} | {named} | {cure} | {back} of {len(runs)} | {modes} of {len(runs)} | {row['steps']} |"
        )
    return "\n".join(lines) + "\n"
