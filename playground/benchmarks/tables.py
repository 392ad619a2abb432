"""The tables of `bench modes` as Markdown: our rows, the perfect sampler's, and what papers published."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.benchmarks.phrasing import paragraph

TITLES = {"ring": "Ring of 8", "grid": "Grid of 25", "stacked-mnist": "Stacked MNIST (1000 modes)"}
PROTOCOLS = """\
Protocols. *Ours*: 2,500 samples of the average of G's weights; a sample is of high quality (HQ) within 3 std of a
mode; `modes` has at least one HQ sample, `modes, strict` at least a tenth of its fair share; reverse KL of the HQ
histogram to the uniform one, in nats; full KL over all modes and one more bin for what lies off them, to the mixture's
own shares. Mean ± standard deviation over seeds. Ring: 8 modes on a circle of radius 1, std 0.01; grid: 25 modes,
spacing 2, std 0.05 (here divided by 4, which no mark notices). All combinations share one configuration, that of the
preset `ring`; nothing is tuned for a row: unrolling five updates of a D as fast as here costs modes, while with a slow
D it cures hopping (`bench demos`). *PacGAN* (Lin et al., 2018, Table 1): the same data and marks, G 4×400 with batch
normalisation, D 3×200 maxout, z in 2-D, batch 100, 400,000 steps of Adam 1e-4, 10 runs. *VEEGAN* (Srivastava et al.,
2017, Table 1): 2,500 samples, HQ within 3 std, 5 runs. Published baselines depend on their networks and rates: compare
rows of one protocol first.
"""
PUBLISHED: dict[str, list[tuple[str, str, str, str]]] = {
    "ring": [
        ("PacGAN: GAN", "6.3 ± 0.5", "98.2", "0.45"),
        ("PacGAN: ALI", "6.6", "97.6", "0.36"),
        ("PacGAN: PacGAN2", "7.9 ± 0.1", "95.6", "0.07"),
        ("PacGAN: PacGAN3", "7.8", "97.7", "0.10"),
        ("PacGAN: PacGAN4", "7.8", "95.9", "0.07"),
        ("VEEGAN: GAN", "1", "99.3", ""),
        ("VEEGAN: ALI", "2.8", "0.13", ""),
        ("VEEGAN: Unrolled GAN (5)", "7.6", "35.6", ""),
        ("VEEGAN: VEEGAN", "8", "52.9", ""),
    ],
    "grid": [
        ("PacGAN: GAN", "17.3 ± 0.8", "94.8", "0.70"),
        ("PacGAN: ALI", "24.1", "95.7", "0.14"),
        ("PacGAN: PacGAN2", "23.8", "91.3", "0.13"),
        ("PacGAN: PacGAN3", "24.6", "94.2", "0.06"),
        ("PacGAN: PacGAN4", "24.8", "93.6", "0.04"),
        ("VEEGAN: GAN", "3.3", "0.5", ""),
        ("VEEGAN: ALI", "15.8", "1.6", ""),
        ("VEEGAN: Unrolled GAN (5)", "23.6", "16", ""),
        ("VEEGAN: VEEGAN", "24.6", "40", ""),
    ],
    "stacked-mnist": [
        ("VEEGAN: DCGAN", "99", "", "3.4"),
        ("VEEGAN: VEEGAN", "150", "", "2.95"),
        ("PacGAN, in VEEGAN's set-up: DCGAN", "78.9 ± 6.5", "", "4.50"),
        ("PacGAN, in VEEGAN's set-up: PacDCGAN2", "1000", "", "0.06"),
    ],
}
HEAD = "| | seeds | steps | modes | modes, strict | HQ % | reverse KL | full KL |\n|---|---|---|---|---|---|---|---|\n"


def markdown(report: dict[str, Any]) -> str:
    """All rows of a report of `bench modes`."""
    rows = report["rows"]
    sources = {(r["command"], r["commit"], r["date"], r["machine"], r["torch"]) for r in rows}
    out = ["# Modes covered\n", PROTOCOLS]
    if "shared" in report:
        out.append(_shared(report["shared"], report["regularizers"]))
    out.append("Made by:\n")
    out += [
        f"- `{do}` (commit {at}, {day}, {machine}, torch {torch})" for do, at, day, machine, torch in sorted(sources)
    ]
    for dataset in TITLES:
        ours = [row for row in rows if row["dataset"] == dataset]
        if not ours:
            continue
        lines = [_floor(report["floor"][dataset])] if dataset in report["floor"] else []
        lines += [_ours(row) for row in sorted(ours, key=lambda row: not row["name"].startswith("preset"))]
        lines += [f"| *{n}* | | | {modes} | | {hq} | {kl} | |" for n, modes, hq, kl in PUBLISHED[dataset]]
        out.append(f"\n## {TITLES[dataset]}\n\n{HEAD}" + "\n".join(lines))
    return "\n".join(out) + "\n"


def _shared(base: dict[str, Any], regularizers: dict[str, dict[str, Any]]) -> str:
    """What all rows have in common and what the names of regularizers stand for, beside what their authors use."""
    r1, pair = regularizers["R1"]["r1"], regularizers["R1+R2"]
    gp, pack, unroll = regularizers["GP"]["gp"], regularizers["Pac2"]["pack"], regularizers["unrolled"]["unroll"]
    return paragraph(
        f"""The values behind the names. Every row but the presets', those of wgan and of its GP too: {base["d_steps"]}
        update of D and {base["g_steps"]} of G a step, batch {base["batch_size"]}, Adam with rates {base["d_lr"]:g} of
        D and {base["g_lr"]:g} of G, β {base["beta1"]:g} and {base["beta2"]:g}; no penalty but the one that the row
        names. R1: γ = {r1:g}, which the preset `ring` has too; R1+R2: γ = {pair["r1"]:g} and {pair["r2"]:g}. GP:
        λ = {gp:g} with {base["d_steps"]} update of D a step (Gulrajani et al., 2017: λ = 10 with five). SN: gain
        {base["sn_gain"]:g}, the spectral norm of each layer of D (Miyato et al., 2018: 1). Pac2: D sees {pack} samples
        at once. Unrolled: {unroll} updates of D. The rows say what such values do to this network; they do not repeat
        the papers' experiments."""
    )


def _floor(marks: dict[str, float]) -> str:
    return (
        f"| **perfect sampler** | | | {marks['found']:.1f} | {marks['covered']:.1f} "
        f"| {100 * marks['high_quality']:.1f} | {marks['reverse_kl']:.4f} | {marks['full_kl']:.4f} |"
    )


def _ours(row: dict[str, Any]) -> str:
    def cell(key: str, digits: int, scale: float = 1.0) -> str:
        values = [scale * marks[key] for marks in row["marks"] if marks.get(key) is not None]
        return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}" if values else ""

    cells = (cell("found", 1), cell("covered", 1), cell("high_quality", 1, 100.0), cell("reverse_kl", 3))
    return f"| {row['name']} | {len(row['seeds'])} | {row['steps']} | {' | '.join(cells)} | {cell('full_kl', 3)} |"
