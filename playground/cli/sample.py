"""`python -m playground sample`: what the G of a trained run makes of new z, as one picture."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.cli import models
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
        "model", metavar="MODEL", type=Path, help=_("a folder of “train --out”, the checkpoint in it, or a run's zip")
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
    model = models.run_in(options.model)
    if not model.trainer.from_latents:
        words = _("{path} holds a translation, whose G is given pictures or points and not z. Use “translate”.")
        raise UserError(words.format(path=options.model))
    samples = _samples(model, _latents(model, n, seed, limit), _labels(model, n, options.label), options.raw)
    content = _picture(model, samples)
    run_folder.create(out.parent)
    files.write_set(out.parent, {out.name: content}, run_folder.MODE)
    words = _("{n} samples of G at step {step} in {path}.")
    terminal.say(words.format(n=number(n), step=number(model.step), path=out))
    return 0


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


def _latents(model: Run, n: int, seed: int, limit: float) -> np.ndarray:
    """z (n, z_dim). Raises UserError where the run has no such truncation."""
    config = model.config
    if np.isfinite(limit) and "truncate" not in priors.natural_ways(config.z_distribution):
        raise UserError(_("The z of this run are uniform and end at 1 by themselves: leave --truncation away."))
    if not np.isfinite(limit):
        return priors.sample(config.z_distribution, n, config.z_dim, seed, config.codes)
    return priors.truncated(config.z_distribution, "truncate", limit, n, config.z_dim, seed, config.codes)


def _labels(model: Run, n: int, wanted: str | None) -> np.ndarray | None:
    """The label of each sample, (n,): the class that is wanted, or all classes in turn. Raises UserError."""
    classes, names = model.trainer.classes, model.samples.class_names
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


def _samples(model: Run, z: np.ndarray, y: np.ndarray | None, raw: bool) -> np.ndarray:
    """What G makes, as a View shows it, some at a time."""
    parts = [
        model.models.sample(z[k : k + TOGETHER], None if y is None else y[k : k + TOGETHER], "raw" if raw else "ema")
        for k in range(0, len(z), TOGETHER)
    ]
    return np.concatenate(parts)


def _picture(model: Run, samples: np.ndarray) -> bytes:
    from playground.engine.snapshot import snapshot  # imports torch

    view = snapshot(model, 0, "ema")
    return samples_png(samples, before_after.target(view), view.extent)
