"""G with averaged weights to use elsewhere: its weights, the code that makes it, and a card that says what it is."""

from __future__ import annotations

from collections.abc import Mapping

from playground.config.knob import spell
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import View
from playground.export.script.write import generator
from playground.metrics.catalogue import MEASURES
from playground.metrics.catalogue import name as metric_name
from playground.utils.csv_json import config_json
from playground.utils.recipe import Recipe

WEIGHTS, CODE, CARD, CONFIG = "G.safetensors", "model.py", "README.md", "config.json"


def files(recipe: Recipe, title: str, view: View | None) -> dict[str, bytes]:
    """The files of a model by name; what was measured comes from a View."""
    hidden = recipe.config | {"folder": "", "own": ""}
    return {
        CARD: card(recipe, title, view).encode(),
        CODE: generator(recipe, title).encode(),
        WEIGHTS: recipe.weights,
        CONFIG: config_json(hidden),
    }


def card(recipe: Recipe, title: str, view: View | None) -> str:
    """What the model is, how it is used, how good it is, and where its data come from, in Markdown."""
    config = RunConfig(**recipe.config)
    dataset = DATASETS[config.dataset]
    knobs = config.differences(RunConfig())
    told = [f"- `{name}`: {spell(value)}" for name, value in knobs.items() if name not in ("folder", "own")]
    parts = [
        f"# {title}: the generator of a GAN",
        f"G with averaged weights (EMA) after {recipe.step} steps, trained with GAN Playground. It maps z "
        f"(n, {config.z_dim}), {_of_z(config)}, to samples (n, {', '.join(map(str, recipe.shape))})"
        + (f", of the classes y (n,) from 0 to {recipe.classes - 1}" if recipe.classes else "") + ".",
        "## How to use it",
        "It needs torch and safetensors. Beside these files:",
        "```python\n" + _use(config, recipe) + "\n```",
        "## What it was trained on",
        f"{dataset.label}. Source: {dataset.source}. Licence: {dataset.licence}."
        + (f" {dataset.citation}." if dataset.citation else "")
        + " What the model makes is as good, and as one-sided, as these data.",
        "## How good it is",
        _metrics(view),
        "## Its configuration",
        "All knobs are in `config.json`" + ("; these are not at their defaults:" if told else ", at their defaults."),
        "\n".join(told),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _of_z(config: RunConfig) -> str:
    rest = "from U(-1, 1)" if config.z_distribution == "uniform" else "from N(0, 1)"
    if not config.codes.size:
        return rest
    parts = [f"a one-hot code of {config.codes.categories} values"] if config.codes.categories else []
    parts += [f"{config.codes.continuous} numbers from U(-1, 1)"] if config.codes.continuous else []
    return f"which begins with {' and '.join(parts)}, the rest {rest}"


def _use(config: RunConfig, recipe: Recipe) -> str:
    z = "2 * torch.rand(64, {}) - 1" if config.z_distribution == "uniform" else "torch.randn(64, {})"
    lines = ["import torch", "from model import load", "", "G = load()", f"z = {z.format(config.z_dim)}"]
    k, codes = config.codes
    if k:
        lines.append(f"z[:, :{k}] = torch.eye({k})[torch.randint({k}, (64,))]")
    if codes:
        lines.append(f"z[:, {k}:{k + codes}] = 2 * torch.rand(64, {codes}) - 1")
    lines += ["with torch.no_grad():"]
    lines += [f"    x = G(z, torch.arange(64) % {recipe.classes})" if recipe.classes else "    x = G(z)"]
    if len(recipe.shape) == 3:
        lines.append("images = ((x + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()")
    return "\n".join(lines)


def _metrics(view: View | None) -> str:
    """The latest metrics in a table, beside what real samples reach."""
    said = ""
    if view is not None and view.coverage:
        modes, share = view.coverage[0]  # of the average
        said = f"At step {view.step} it covers {modes} of {view.mode_count} modes of the data; "
        said += f"{share:.0%} of its samples lie within 3 σ of one."
    rows = [] if view is None else _rows(view.readings, view)
    if not rows:
        return said or "It was not measured."
    head = "| metric | step | this model | real samples | better |\n|---|---|---|---|---|"
    return said + "\n\n" * bool(said) + head + "\n" + "\n".join(rows)


def _rows(readings: Mapping[str, object], view: View) -> list[str]:
    rows = []
    for key, measure in MEASURES.items():
        if key not in readings:
            continue
        found = [(int(s), float(v)) for s, v in zip(view.readings["step"], view.readings[key], strict=True) if v == v]
        if not found:
            continue
        step, value = found[-1]
        floor, std = view.floors.get(key, float("nan")), view.floor_stds.get(key, float("nan"))
        real = "not known" if floor != floor else f"{floor:.3g}" if std != std else f"{floor:.3g} ± {2 * std:.2g}"
        network = view.measured.network if view.measured else ""
        label = metric_name(measure, DATASETS[view.config["dataset"]].label, network)
        rows.append(f"| {label} | {step} | {value:.3g} | {real} | {measure.better} |")
    return rows
