"""What `docs/measured.md` says of each report in `assets/evidence`: one function a file, from report to Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from playground.benchmarks import readme_server as server
from playground.benchmarks import readme_translations as translations
from playground.benchmarks.phrasing import listed, paragraph, percent, sections, source, span, table


def page(report: dict[str, Any]) -> str:
    """The times of `tests.browser.screenshots`."""

    def when(name: str) -> str:
        found = report["ring"][name]
        if found is None:
            return "not within a minute"
        return f"{found['seconds']:.1f} s" + (f" ({found['at']})" if found["at"] else "")

    busy = report["busy"]
    others = ", shared" if busy is None else f", {busy:.1f} of them kept busy by other programs"
    head = paragraph(
        f"On a machine without a GPU ({report['machine']}{others}), the page open in headless Chromium on the same "
        f"cores, one run; {source(report)}:"
    )
    visitors = f"{report['first_visitor']:.1f} s / {report['later_visitor']:.1f} s"
    return f"{head}\n" + table(
        ("what", "figure"),
        (
            ("ring preset: all 8 modes after Play", when("all_modes")),
            ("ring preset: 90 % of the samples within 3σ of a mode", when("good")),
            ("first page with a Play button, first visitor / later one", visitors),
        ),
    )


TO_THE_END = {"preset ring-sharp": "Ring, to the end", "preset grid-sharp": "Grid, to the end"}


def modes(report: dict[str, Any]) -> str:
    rows = [row for row in report["rows"] if row["name"] in TO_THE_END]
    lines = []
    for row in rows:
        found, share, kl = (float(np.mean([m[key] for m in row["marks"]])) for key in MARKS)
        floor = report["floor"][row["dataset"]]
        best = f"{floor['found']:.0f}, {percent(floor['high_quality'], 1)}, {floor['reverse_kl']:.4f}"
        name = f"{TO_THE_END[row['name']]} ({row['steps']:,} steps)"
        lines.append((name, f"{found:.1f}", percent(share, 1), f"{kl:.3f}", best))
    head = paragraph(
        f"`python -m playground bench modes` ({rows[0]['date']}, {span(len(row['seeds']) for row in rows)} seeds, "
        f"{report['samples']:,} samples of the average of G, PacGAN's marks; all rows with the published ones in "
        "[assets/evidence/modes.md](assets/evidence/modes.md)):"
    )
    return f"{head}\n" + table(("preset", "modes", "within 3σ", "reverse KL", "perfect sampler"), lines)


MARKS = ("found", "high_quality", "reverse_kl")


def demos(report: dict[str, Any]) -> str:
    """By the average of G and by G as it is: a lesson has the same number in both columns if it has no average."""
    rows = report["rows"]
    seeds = len(rows[0]["as_named"])
    lines = [
        (
            row["preset"],
            f"{row['steps']:,}",
            *(f"{sum(row[key])} / {sum(row[f'{key}_raw'])}" for key in ("as_named", "all_modes")),
            f"{percent(row['looks'])} / {percent(row['looks_raw'])}",
        )
        for row in rows
    ]
    head = paragraph(
        f"{source(report)}, {seeds} seeds each, by the average of G / by G as it is. A failure fails as its name says, "
        "a cure has all modes at the end. The last column is the share of the looks in the second half of the training "
        "in which all modes were there:"
    )
    return f"{head}\n" + table(("preset", "steps", "as named", "all modes at the end", "looks"), lines)


ENOUGH = 0.9  # recall and precision below which a condition is named


def coach(text: str) -> str:
    tables = sections(text)
    conditions, scenarios, denied = tables["Conditions"], tables["Scenarios"], tables["Contradictions"]
    seeds = span([int(row["shows it"].rpartition(" ")[2]) for row in scenarios])
    delays = [float(row["median delay (steps)"]) for row in conditions if row["median delay (steps)"] != "–"]
    false = re.search(r"at any time in \d+ \(([\d.]+)%\)", text)
    assert false is not None
    named = re.findall(r"\(seeds ([\d ]+)\)", " ".join(row["the other one, true too"] for row in conditions))
    others = sum(len(some.split()) for some in named)
    words = [f"{row['said']} after {row['denied']} of {int(row['after readings']):,}" for row in denied]
    return paragraph(
        f"`python -m playground bench coach` ({len(scenarios)} scenarios, {seeds} seeds each; tables in "
        "[assets/evidence/coach.md](assets/evidence/coach.md)): of the runs that show one of "
        f"{len(conditions)} conditions the coach on the Train page names a share of at least {ENOUGH} for each, with a "
        f"precision of at least {ENOUGH}{_short_of(conditions)}; in {others} runs it names another one that is true "
        f"too. Its delay is {span(delays)} steps in the median; "
        f"false alarms stood in {false[1]} % of the healthy runs. Checks of the same time deny {listed(words)} "
        "readings after which it stood. On images the coach's first word waits for a small classifier, which learns "
        "beside the training."
    )


def _short_of(conditions: list[dict[str, str]]) -> str:
    """Which conditions have less, and how much."""
    less = [
        f"{key} {row[key]} ({row['condition']})"
        for key in ("recall", "precision")
        for row in conditions
        if _number(row[key]) < ENOUGH
    ]
    return f"; except for {listed(less)}" if less else ""


def cures(text: str) -> str:
    rows = sections(text)["Cures"]
    columns, pressed = ("by the coach", "all modes, EMA", "all modes, raw"), listed(row["preset"] for row in rows)
    back, ema, raw = ([row[key].partition(" ")[0] for row in rows] for key in columns)
    return paragraph(
        "`python -m playground bench coach --cures` ([assets/evidence/cures.md](assets/evidence/cures.md)): the button "
        f"is pressed after 1,500 steps of {pressed}. {int(rows[0]['steps after']):,} steps later the coach itself "
        f"calls {listed(back)} of {rows[0]['by the coach'].rpartition(' ')[2]} runs learning or converged; without it, "
        f"all modes are counted in {listed(ema)} by the average of G and in {listed(raw)} by G as it is."
    )


def _number(cell: str) -> float:
    """A cell of a table; what was not there to be measured is least of nothing."""
    return float("inf") if cell == "–" else float(cell)


def metrics(report: dict[str, Any]) -> str:
    rows = report["rows"]
    return paragraph(
        f"{source(report)}, in CPU time: with all metrics and signals at their usual pace a run makes "
        f"{listed('{ratio:.2f} ({preset})'.format(**row) for row in rows)} of the steps that it makes without; no "
        f"pause is longer than {max(row['longest_ms'] for row in rows):.0f} ms."
    )


def latent(report: dict[str, Any]) -> str:
    late = {name: f"{row['p95']:.0f} ms" for name, row in report["latency"].items()}
    return paragraph(
        f"{source(report)}, digits training all the time: from a move of the pointer to the changed picture "
        f"{late['map']} on the map, {late['scrubber']} on a walk and {late['drag']} while the map is dragged, to new "
        f"ground {late['ground']} (95th percentiles); a hand that moves without a rest leaves the training "
        f"{report['training']['to_still']:.2f} of its speed."
    )


def quality(report: dict[str, Any]) -> str:
    rows = [row for row in report["rows"] if row["preset"] == "digits" and row["seconds"] == 5]
    return paragraph(
        f"{source(report)}: after 5 s of training, the digits preset draws {span(row['classes'] for row in rows)} "
        "classes, and a classifier trained on the real digits finds "
        f"{listed(percent(row['as_asked']) for row in rows)} of the samples ({len(rows)} seeds) to be of the class "
        "asked for."
    )


PICTURES = {
    "typeset-digits": "typeset digits",
    "typeset-letters": "typeset letters",
    "digits": "handwritten digits",
    "shapes": "coloured shapes",
}


def datasets(report: dict[str, Any]) -> str:
    rows = {row["dataset"]: row for row in report["rows"]}
    points, images = (sorted({r["seconds"] for r in rows.values() if ("as_asked" in r) is w}) for w in (False, True))
    asked = listed(f"{percent(rows[name]['as_asked'], 1)} of the {words}" for name, words in PICTURES.items())
    return paragraph(
        f"{source(report)}, {span(points)} s of training for points, {span(images)} s for images, on a machine that "
        f"was not quiet: all {len(rows)} sets that need no network, with the knobs that suit them, real beside "
        "generated, are on the [contact sheet](assets/evidence/datasets.png); of the images asked for, such a "
        f"classifier finds {asked} to be what was asked for."
    )


def speed(report: dict[str, Any]) -> str:
    presets, objectives = report["presets"].values(), report["objectives"].values()
    return paragraph(
        f"{source(report)}: `Trainer.step` makes {span((r['vs_plain'] for r in presets), 2)} times the steps of the "
        "shortest hand-written PyTorch loop of the same algorithm (every objective: "
        f"{span((r['vs_plain'] for r in objectives), 2)}), and {span((r['vs_tutorial'] for r in presets), 2)} times "
        "those of the usual tutorial loop."
    )


def race(report: dict[str, Any]) -> str:
    cost, raced = report["presets"]["ring"], report["race"]
    exact, single = ([f"{cost[f'deviation_{kind}'][n]:.2g}" for n in ("100", "300")] for kind in ("float64", "float32"))
    return paragraph(
        f"{source(report)}: {report['lanes']} seeds at once cost {cost['batched']:.2f} steps of one run, one by one "
        f"{cost['in_turn']:.2f}. One by one, each lane is its single run to the bit. At once, the largest deviation "
        f"of a weight is {exact[0]} after 100 steps and {exact[1]} after 300 in double precision; in single "
        f"precision, in which runs are trained, it is {single[0]} and {single[1]}, because training makes rounding "
        f"grow. So the {raced['seeds']} lanes of the race of seeds are other runs: after {raced['steps']:,} steps "
        f"({raced['date']}) they have {listed(raced['at_once'])} modes, alone {listed(raced['alone'])}. On a GPU: "
        "[assets/evidence/gpu.md](assets/evidence/gpu.md)."
    )


def honesty(report: dict[str, Any]) -> str:
    """How far real samples read from their own band, and which corruptions the metrics noticed."""
    real, planted = report["real"], report["planted"]
    datasets = {row["dataset"] for row in real}
    far = [f"{row['metric']} ({row['dataset']})" for row in real if not row["ok"]]
    missed = [f"{row['metric']} ({row['corruption']}, {row['dataset']})" for row in planted if not row["ok"]]
    return paragraph(
        f"{source(report)}: real samples against real ones read at most {max(abs(row['z']) for row in real):.1f} "
        f"standard deviations from the middle of the band shown, for every metric on {len(datasets)} datasets"
        + (f"; more than 2: {listed(far)}. " if far else ". ")
        + f"Of {len(planted)} pairs of a metric and a planted corruption {sum(row['ok'] for row in planted)} came out "
        "as they must: worse step by step, and clearly so in the end. "
        + (f"The others, limits of the small classifier's features: {listed(missed)} " if missed else "")
        + "([assets/evidence/honesty.json](assets/evidence/honesty.json))."
    )


def mutants(report: dict[str, Any]) -> str:
    """How many wrong ideas put into the code a test notices."""
    rows, survivors = report["rows"], report["survivors"]
    left = "none survived" if not survivors else f"these survived: {listed(survivors)}"
    return paragraph(
        f"{source(report)}: of {len(rows)} wrong ideas put into the code of losses, training, metrics, latent space "
        f"and coach, the tests notice {sum(row['noticed'] for row in rows)}; {left} "
        "([assets/evidence/mutants.json](assets/evidence/mutants.json))."
    )


PARTS: dict[str, Callable[[Any], str]] = {
    "page.json": page,
    "modes.json": modes,
    "demos.json": demos,
    "coach.md": coach,
    "cures.md": cures,
    "metrics.json": metrics,
    "honesty.json": honesty,
    "mutants.json": mutants,
    "hostile.json": server.hostile,
    "inputs.json": server.inputs,
    "latent.json": latent,
    "quality.json": quality,
    "datasets.json": datasets,
    "speed.json": speed,
    "speed-translation.json": translations.speed,
    "translate.json": translations.translate,
    "refresh.json": server.refresh,
    "moments.json": server.moments,
    "race.json": race,
    "kills.json": server.kills,
    "class.json": server.classroom,
}
