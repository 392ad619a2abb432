"""`python -m playground sample`: what the G of a trained run makes of new z, as one picture."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.cli import models
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.export import before_after, run_folder
from playground.export.pictures import samples_png
from playground.utils import files, priors, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _, number

if TYPE_CHECKING:
    from playground.engine.run import Run

MOST = 10_000  # samples in a picture
MOST_SEED = 2**31 - 1
TOGETHER = 250  # samples that G makes at a time
ENDING = ".png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        type=Path,
        help=_("a folder of “train --out”, its checkpoint, or the zip of a run or model"),
    )
    parser.add_argument("--n", default="64", help=_("how many samples (64)"))
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=_("the PNG to write"))
    parser.add_argument("--seed", default="0", help=_("of the z (0)"))
    parser.add_argument("--label", metavar="CLASS", help=_("one class, by number or name; else all in turn"))
    parser.add_argument(
        "--truncation", metavar="LIMIT", help=_("no number of z further from 0 than this: less variety, better samples")
    )
    parser.add_argument("--raw", action="store_true", help=_("G with its present weights, not their average"))
    parser.add_argument("--overwrite", action="store_true", help=_("replace FILE"))


@dataclass(frozen=True)
class Source:
    """What makes samples: `sample` maps z (n, z_dim) and labels (n,) to what a View shows; `picture` draws that."""

    config: RunConfig
    classes: int
    names: tuple[str, ...]
    step: int
    sample: Callable[[np.ndarray, np.ndarray | None], np.ndarray]
    picture: Callable[[np.ndarray], bytes]


def run(options: argparse.Namespace) -> int:
    """Write the picture; gives the exit code. Raises UserError."""
    n, seed = _whole("--n", options.n, 1, MOST), _whole("--seed", options.seed, 0, MOST_SEED)
    limit = _limit(options.truncation)
    out: Path = options.out
    if out.suffix.lower() != ENDING:
        raise UserError(_("{path} does not end in .png: samples are written as a PNG.").format(path=out))
    if os.path.lexists(out) and not options.overwrite:
        words = _("{path} is there already. Choose another --out, or replace it with --overwrite.")
        raise UserError(words.format(path=out))
    source = _source(options.model, options.raw)
    z, y = _latents(source.config, n, seed, limit), _labels(source, n, options.label)
    parts = [slice(k, k + TOGETHER) for k in range(0, n, TOGETHER)]
    samples = np.concatenate([source.sample(z[part], None if y is None else y[part]) for part in parts])
    content = source.picture(samples)
    run_folder.create(out.parent)
    files.write_set(out.parent, {out.name: content}, run_folder.MODE)
    words = _("{n} samples of G at step {step} in {path}.")
    terminal.say(words.format(n=number(n), step=number(source.step), path=out))
    return 0


def _source(path: Path, raw: bool) -> Source:
    """The G in a file or folder. Raises UserError."""
    content = models.content_of(path)
    if (alone := models.model_in(content)) is not None:
        if raw:
            raise UserError(_("{path} holds only the averaged G: leave --raw away.").format(path=path))
        named = () if alone.config.classes.strip() else DATASETS[alone.config.dataset].names  # those of all classes
        names = named or tuple(map(str, range(alone.classes)))
        return Source(alone.config, alone.classes, names, alone.step, alone.sample, _alone)
    run = models.run_in(content)
    if not run.trainer.from_latents:
        words = _("{path} holds a translation, whose G is given pictures or points and not z. Use “translate”.")
        raise UserError(words.format(path=path))
    return Source(
        run.config,
        run.trainer.classes,
        run.samples.class_names,
        run.step,
        lambda z, y: run.models.sample(z, y, "raw" if raw else "ema"),
        lambda samples: _beside_real(run, samples),
    )


def _whole(flag: str, text: str, low: int, high: int) -> int:
    """A whole number. Raises UserError."""
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        words = _("{flag} is a whole number from {low} to {high}, not “{text}”.")
        raise UserError(words.format(flag=flag, low=number(low), high=number(high), text=text[:40]))
    return int(text)


def _limit(text: str | None) -> float:
    """How far numbers of z may lie from 0. Raises UserError."""
    if text is None:
        return float(priors.WITHOUT)
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if not 0.01 <= limit <= 100:
        raise UserError(_("--truncation is a number from 0.01 to 100, not “{text}”.").format(text=text[:40]))
    return limit


def _latents(config: RunConfig, n: int, seed: int, limit: float) -> np.ndarray:
    """z (n, z_dim). Raises UserError where the run has no such truncation."""
    if np.isfinite(limit) and "truncate" not in priors.natural_ways(config.z_distribution):
        raise UserError(_("The z of this run are uniform and end at 1 by themselves: leave --truncation away."))
    if not np.isfinite(limit):
        return priors.sample(config.z_distribution, n, config.z_dim, seed, config.codes)
    return priors.truncated(config.z_distribution, "truncate", limit, n, config.z_dim, seed, config.codes)


def _labels(source: Source, n: int, wanted: str | None) -> np.ndarray | None:
    """The label of each sample, (n,): the class that is wanted, or all classes in turn. Raises UserError."""
    classes, names = source.classes, source.names
    if not classes:
        if wanted is not None:
            raise UserError(_("This run was trained without labels: leave --label away."))
        return None
    if wanted is None:
        return np.arange(n) % classes
    found = names.index(wanted) if wanted in names else -1
    if found < 0 and wanted.isascii() and wanted.isdigit() and len(wanted) < 5:
        found = int(wanted)
    if not 0 <= found < classes:
        words = _("There is no class “{label}” in this run. Its classes are {names}.")
        raise UserError(words.format(label=wanted[:40], names=", ".join(names[:20]) + ("…" if classes > 20 else "")))
    return np.full(n, found)


def _beside_real(run: Run, samples: np.ndarray) -> bytes:
    """The picture; points lie over the real ones."""
    from playground.engine.snapshot import snapshot  # imports torch

    view = snapshot(run, 0, "ema")
    return samples_png(samples, before_after.target(view), view.extent)


def _alone(samples: np.ndarray) -> bytes:
    """The picture of samples without their data."""
    extent = max(1.0, 1.1 * float(np.abs(samples).max())) if samples.ndim == 2 else 1.0
    return samples_png(samples, None, extent)
