"""The report of `bench translate` as Markdown: what each lane reached, and whether that is what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.benchmarks.phrasing import paragraph, table
from playground.benchmarks.translate_rows import BASELINES, BICUBIC, CASES

Row = dict[str, Any]
L2, BOTH = "L2 only", "Both"
RATIO, EDGE, LOSS, GAIN = 2.0, (0.9, 1.1), 1.5, 4.0  # of Frechet distances; of sharpness; dB; dB above bicubic
STEPS, SECONDS, KEPT = 600, 20.0, 0.9
HEADS = {
    "psnr": ("PSNR, dB", 1), "ssim": ("SSIM", 3), "frechet": ("Fréchet", 2), "sharpness": ("sharpness", 2),
    "kept": ("label", 3), "saturation": ("saturation", 2),
    "kept_ab": ("label kept, A to B", 3), "kept_ba": ("B to A", 3), "back": ("back", 3), "back_max": ("back, most", 2),
    "untranslated_ab": ("not translated", 3), "untranslated_ba": ("not translated", 3), "real_b": ("real B", 3),
    "real_a": ("real A", 3), "cycle": ("cycle error", 3), "frechet_ab": ("Fréchet A to B", 1),
    "frechet_ba": ("B to A", 1), "off_ab": ("off, A to B", 3), "off_ba": ("off, B to A", 3),
    "sliced": ("sliced Wasserstein", 3), "floor": ("of real samples", 3), "right": ("right", 3),
}  # fmt: skip
WORDS = f"""\
Held-out samples, which no step has seen; the average of G (EMA); seconds of one core for the steps alone. Mean ±
standard deviation over seeds. *Fréchet*: distance to the truth in 64 features of a classifier that was trained on the
pictures that the run learns from; figures of one table can be compared, others not. *Sharpness*: gradient energy by
that of the truth. *Saturation*: by that of the truth. *Label*: share of outputs that the classifier sees as the class
of their input. *Off*: mean absolute difference to what the other domain's picture of the same sample is. *Back*, of
pictures: labels after there and back; of points: how far a point ends from where it began. *Right*: share of points
nearest to the cloud that theirs is turned into.

What was asked for. Paired: “{BOTH}” has at most 1/{RATIO:g} of the Fréchet distance of “{L2}”, a sharpness from
{EDGE[0]:g} to {EDGE[1]:g} and a PSNR at most {LOSS:g} dB lower, within {STEPS} steps and {SECONDS:g} s of one core;
super-resolution has a PSNR at least {GAIN:g} dB above bicubic. CycleGAN: labels kept {KEPT:g} both ways.
"""


def markdown(report: dict[str, Any]) -> str:
    """All rows of a report."""
    rows = report["rows"]
    sources = sorted({(r["command"], r["commit"], r["date"], r["machine"], r["torch"]) for r in rows})
    out = ["# Translations\n", *(paragraph(part) + "" for part in WORDS.split("\n\n")), "Made by:\n"]
    out += [f"- `{do}` (commit {at}, {day}, {machine}, torch {torch})" for do, at, day, machine, torch in sources]
    for (key, data), found in _cases(rows):
        title = f"{key}, {data or CASES[key].config.dataset}"
        out.append(f"\n## {title}\n\n{_lanes(found)}")
        if asked := _asked(found):
            out.append(asked)
    return "\n".join(out)


def _cases(rows: list[Row]) -> Iterator[tuple[tuple[str, str], list[Row]]]:
    """The rows of each case and set of data, in the order of the cases."""
    for key in CASES:
        for data in sorted({row["data"] for row in rows if row["case"] == key}):
            yield (key, data), [row for row in rows if (row["case"], row["data"]) == (key, data)]


def _lanes(rows: list[Row]) -> str:
    """A line for each lane, baselines first."""
    lanes = [*BASELINES, *CASES[rows[0]["case"]].lanes]
    names = [name for name in HEADS if any(name in row["figures"] for row in rows)]
    lines = []
    for lane in lanes:
        some = [row for row in rows if row["lane"] == lane and row["figures"]]
        if some:
            steps = some[0]["steps"] or ""
            seconds = f"{np.mean([row['seconds'] for row in some]):.1f}" if steps else ""
            seeds = len(some) if steps else ""
            lines.append((lane, seeds, steps, seconds, *(_cell(some, name) for name in names)))
    return table(("", "seeds", "steps", "s", *(HEADS[name][0] for name in names)), lines)


def _cell(rows: list[Row], name: str) -> str:
    values = [row["figures"][name] for row in rows if name in row["figures"]]
    digits = HEADS[name][1]
    if not values:
        return ""
    mean = f"{np.mean(values):.{digits}f}"
    return f"{mean} ± {np.std(values):.{digits}f}" if len(values) > 1 else mean


def _asked(rows: list[Row]) -> str:
    """A line for each seed: by how much what was asked for is met, and whether it is."""
    case = CASES[rows[0]["case"]]
    if case.paired and case.key != "colourise":
        return _asked_of_pairs(rows)
    if case.key in ("red-blue", "thin-bold"):
        return _verdicts(rows, ("label kept, A to B", "B to A"), kept)
    return ""


def kept(row: Row, _rows: list[Row]) -> tuple[tuple[str, ...], bool] | None:
    """The labels that a CycleGAN keeps on both ways, and whether these are enough."""
    both = [row["figures"][name] for name in ("kept_ab", "kept_ba")]
    return tuple(f"{share:.3f}" for share in both), min(both) >= KEPT


def _asked_of_pairs(rows: list[Row]) -> str:
    heads: tuple[str, ...] = ("Fréchet, L2 only / both", "sharpness", "PSNR lost, dB", "s")
    if bicubic_of(rows) is not None:
        heads = (*heads, "PSNR above bicubic, dB")
    return _verdicts([row for row in rows if row["lane"] == BOTH], heads, lambda row, _some: paired(row, rows))


@dataclass(frozen=True)
class Pair:
    """“Both” beside “L2 only” of the same seed."""

    ratio: float  # of the Frechet distances, above 1: “both” is nearer to the truth
    sharpness: float
    lost: float  # dB


def pairs(row: Row, rows: list[Row]) -> Pair | None:
    """What a row of “both” has over “L2 only” of the same seed; None without that."""
    same = [r for r in rows if r["lane"] == L2 and (r["seed"], r["steps"]) == (row["seed"], row["steps"])]
    if not same:
        return None
    mine, l2 = row["figures"], same[0]["figures"]
    return Pair(l2["frechet"] / mine["frechet"], mine["sharpness"], l2["psnr"] - mine["psnr"])


def paired(row: Row, rows: list[Row]) -> tuple[tuple[str, ...], bool] | None:
    """That in words, and whether it is what was asked for; None without “L2 only”."""
    found = pairs(row, rows)
    if found is None:
        return None
    bicubic = bicubic_of(rows)
    gain = None if bicubic is None else row["figures"]["psnr"] - bicubic
    met = found.ratio >= RATIO and EDGE[0] <= found.sharpness <= EDGE[1] and found.lost <= LOSS
    met &= row["steps"] <= STEPS and row["seconds"] <= SECONDS and (gain is None or gain >= GAIN)
    cells = (f"{found.ratio:.1f}", f"{found.sharpness:.3f}", f"{found.lost:.2f}", f"{row['seconds']:.1f}")
    return cells if gain is None else (*cells, f"{gain:.1f}"), met


def bicubic_of(rows: list[Row]) -> float | None:
    """The PSNR of bicubic enlargement; None where it was not measured, or there is nothing to enlarge."""
    found = [r["figures"]["psnr"] for r in rows if r["lane"] == BICUBIC and r["figures"]]
    return found[0] if found else None


def _verdicts(
    rows: list[Row], heads: tuple[str, ...], judge: Callable[[Row, list[Row]], tuple[tuple[str, ...], bool] | None]
) -> str:
    lines, good = [], 0
    for row in sorted(rows, key=lambda row: row["seed"]):
        found = judge(row, rows)
        if found:
            lines.append((row["seed"], *found[0], "yes" if found[1] else "no"))
            good += found[1]
    if not lines:
        return ""
    return f"\nWhat was asked for, met by {good} of {len(lines)} seeds:\n\n{table(('seed', *heads, 'met'), lines)}"
