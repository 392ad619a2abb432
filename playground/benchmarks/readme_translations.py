"""What `docs/measured.md` says of translations: the reports of `bench translate` and `bench speed-translation`."""

from __future__ import annotations

from typing import Any

from playground.benchmarks.phrasing import listed, paragraph, source, span, table
from playground.benchmarks.translate_rows import CASES
from playground.benchmarks.translate_tables import BOTH, KEPT, pairs

RIGHT = 0.9  # the share of points from which a map of clouds is the right one


def translate(report: dict[str, Any]) -> str:
    rows = report["rows"]
    lines = []
    for key in CASES:
        some = [row for row in rows if row["case"] == key]
        both = [row for row in some if row["lane"] == BOTH]
        found = [(row, pair) for row in both if (pair := pairs(row, some))]
        if found:
            lines.append((
                f"{key} ({listed(sorted({row['config']['dataset'] for row in both}))})",
                len(found),
                span((row["seconds"] for row, _pair in found), 0, " s"),
                span((pair.ratio for _row, pair in found), 1),
                span((pair.sharpness for _row, pair in found), 2),
                span((pair.lost for _row, pair in found), 1, " dB"),
            ))  # fmt: skip
    head = paragraph(
        f"`python -m playground bench translate` ({span_of_days(rows)}; every table in "
        "[assets/evidence/translate.md](assets/evidence/translate.md)), on pictures that no step has seen. "
        "Reconstruction and adversary together, against the reconstruction alone: seconds of one core, how many times "
        "smaller the Fréchet distance to the truth is, the sharpness by that of the truth, and the PSNR lost:"
    )
    columns = ("task", "seeds", "seconds", "Fréchet distance, times smaller", "sharpness", "PSNR lost")
    return f"{head}\n{table(columns, lines)}\n{paragraph(f'{_pictures(rows)} {_points(rows)}')}"


def span_of_days(rows: list[dict[str, Any]]) -> str:
    days = sorted({row["date"] for row in rows})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _pictures(rows: list[dict[str, Any]]) -> str:
    """How often a CycleGAN keeps the labels."""
    said = []
    for key in ("red-blue", "thin-bold", "black-white"):
        least = [min(r["figures"]["kept_ab"], r["figures"]["kept_ba"]) for r in rows if r["case"] == key]
        if least:
            good = sum(share >= KEPT for share in least)
            said.append(f"{key} in {good} of {len(least)} seeds (the lesser way {span(least, 2)})")
    return f"CycleGAN without pairs keeps {KEPT:g} of the labels on both ways: {listed(said)}."


def _points(rows: list[dict[str, Any]]) -> str:
    """What the cycle term does to points."""
    clouds = [r["figures"] for r in rows if r["case"] == "clouds" and r["lane"] == "λ = 10"]
    moons = [r for r in rows if r["case"] == "moons-to-circle"]
    error = {
        lane: span((r["figures"]["back"] for r in moons if r["lane"] == lane), 2)
        for lane in CASES["moons-to-circle"].lanes
    }
    right = sum(figures["right"] >= RIGHT for figures in clouds)
    with_it, without = error.values()
    return (
        "Invertible is not right: with the cycle term points of three clouds find back, but for a mean distance of "
        f"{span((f['back'] for f in clouds), 2)}, and end in the right clouds in {right} of {len(clouds)} seeds. From "
        f"moons to a circle and back they miss by {with_it} with it and by {without} without it."
    )


def speed(report: dict[str, Any]) -> str:
    presets = report["presets"]
    return paragraph(
        f"{source(report)}: a step of a translation ({listed(presets)}) makes "
        f"{span((row['vs_plain'] for row in presets.values()), 2)} times the steps of the shortest hand-written loop "
        "of the same algorithm."
    )
