"""What the codes of InfoGAN mean, against labels that nobody told it: the presets, and the same with lambda 0.

NMI and purity: of the code that Q reads off real samples against their labels, and of the class of generated samples
against the code that G was given. `recovery` is the share of generated samples whose code Q reads right, `correlation`
that of each continuous code with what Q reads. The class of a generated image is what a classifier of real ones sees in
it, that of a point is that of the nearest real one; `ceiling` is the NMI of these classes of real samples with their
labels. A row is written as soon as it is done, and rows that are there are not made again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground import data
from playground.benchmarks.arguments import count
from playground.benchmarks.stamp import stamp
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.metrics import features
from playground.metrics.code_information import nearest_class, normalised_mutual_information, purity
from playground.training.games.gan import GAN
from playground.training.networks import evaluating
from playground.utils import files, priors
from playground.utils.errors import UserError
from playground.utils.translation import _

NAME = "infogan"
HELP = "what the codes of InfoGAN mean, against labels that nobody told it"
SAMPLES = 2000
SEED = 11  # of the latents and of the choice of real samples
STEPS = {"info-ring": 1000, "info-digits": 1000}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--presets", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--weights", nargs="*", type=float, default=[0.0], help="lambdas beside that of the preset")
    parser.add_argument("--seeds", type=count, default=5, help="how many")
    parser.add_argument("--steps", type=count, help="others than those of the reports")
    parser.add_argument("--json", type=Path, metavar="FILE", help="rows that are in FILE are kept")


def run(args: argparse.Namespace) -> int:
    """Train what is missing and print each row. Gives the exit code."""
    report = _kept(args.json)
    there = {_identity(row) for row in report["rows"]}
    tasks = [
        {"preset": preset, "weight": weight, "seed": seed, "steps": args.steps or STEPS[preset]}
        for preset in args.presets
        for weight in dict.fromkeys((PRESETS[preset].config.info_weight, *args.weights))
        for seed in range(args.seeds)
    ]
    torch.set_num_threads(1)
    source = stamp()
    for task in tqdm([task for task in tasks if _identity(task) not in there], desc=NAME):
        row = measure(task)
        tqdm.write("  ".join(f"{key} {value}" for key, value in row.items() if key != "classes"))
        report["rows"].append(row | source)
        if args.json:
            files.write(args.json, json.dumps(report, indent=1).encode())
    return 0


def _kept(path: Path | None) -> dict[str, Any]:
    """The report at `path`, or an empty one. Raises UserError for another file."""
    if path is None or not path.exists():
        return {"samples": SAMPLES, "rows": []}
    try:
        report: dict[str, Any] = json.loads(path.read_text())
        for row in report["rows"]:
            _identity(row)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(_("{path} is not a report of this benchmark.").format(path=path)) from error
    return report


def _identity(row: dict[str, Any]) -> str:
    return json.dumps([row[key] for key in ("preset", "weight", "seed", "steps")])


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """Train one run on the CPU; gives the task with its figures and the processor's seconds of the training."""
    config = PRESETS[task["preset"]].config.changed(info_weight=task["weight"], seed=task["seed"], device="cpu")
    trainer = GAN(config, data.load(config.dataset, config.source, config.choice))
    start = time.process_time()
    for step in range(task["steps"]):
        trainer.step()
        if step % 1000 == 0:
            trainer.statistics.drain()
    seconds = time.process_time() - start
    return task | figures(config, trainer) | {"cpu_seconds": round(seconds, 1)}


@torch.no_grad()
def figures(config: RunConfig, trainer: GAN) -> dict[str, Any]:
    """What the codes of a trained run mean; `classes` has how often each code made each class."""
    codes, samples = config.codes, trainer.samples
    assert samples.y is not None
    z = torch.from_numpy(priors.sample(config.z_distribution, SAMPLES, config.z_dim, SEED, codes))
    given, made = z[:, : codes.categories].argmax(1), trainer.sample(z, None)
    places = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(SEED))[:SAMPLES]
    real, labels = samples.modality.normalise(samples.x[places]), samples.y[places]
    with evaluating(trainer.D):
        read, read_of_real = (trainer.D.heads(x).codes for x in (made, real))
    assert read is not None
    assert read_of_real is not None
    found, seen = read_of_real[:, : codes.categories].argmax(1), classes(samples, made)
    table = np.zeros((codes.categories, samples.classes), int)
    np.add.at(table, (given.numpy(), seen.numpy()), 1)
    return {
        "nmi_generated": round(normalised_mutual_information(given, seen), 3),
        "purity_generated": round(purity(given, seen), 3),
        "nmi_real": round(normalised_mutual_information(found, labels), 3),
        "purity_real": round(purity(found, labels), 3),
        "ceiling": round(normalised_mutual_information(labels, classes(samples, real)), 3),
        "recovery": round(float((read[:, : codes.categories].argmax(1) == given).float().mean()), 3),
        "correlation": [
            round(float(np.corrcoef(z[:, k], read[:, k])[0, 1]), 3) for k in range(codes.categories, codes.size)
        ],
        "classes": table.tolist(),
    }


def classes(samples: Samples, x: torch.Tensor) -> torch.Tensor:
    """The classes (n,) of samples (n, *shape) in the range of G."""
    if features.fit(samples):
        return features.learned_now(samples).classify(x).argmax(1)
    assert samples.y is not None
    return nearest_class(x, samples.modality.normalise(samples.x), samples.y)
