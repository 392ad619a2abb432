"""`python -m playground model`: the averaged G of a run to use elsewhere, as safetensors and, if asked for, as ONNX."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from playground.cli import models
from playground.export import run_folder, script
from playground.utils import files, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _

ONNX = "G.onnx"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", type=Path, help=_("a folder of “train --out”, its checkpoint, or the zip of a run")
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=_("the folder to write to"))
    parser.add_argument("--onnx", action="store_true", help=_("also as ONNX; needs requirements-onnx.txt"))
    parser.add_argument("--overwrite", action="store_true", help=_("replace files of the same names in DIR"))


def run(options: argparse.Namespace) -> int:
    """Write weights, code and card; gives the exit code. Raises UserError."""
    run = models.run_in(models.content_of(options.model))
    if reason := script.refuses(run.config.model_dump()):
        raise UserError(reason)
    from playground.engine.snapshot import snapshot  # these import torch
    from playground.training import as_code, onnx_file

    recipe = as_code.recipe(run.trainer, with_weights=True)
    made = script.model_files(recipe, script.title(recipe.config), snapshot(run, 0, "ema"))
    if options.onnx:
        made[ONNX] = onnx_file.onnx(run.trainer)
    for file in made:
        if not options.overwrite and os.path.lexists(options.out / file):
            words = _("{path} is there already. Choose another --out, or replace it with --overwrite.")
            raise UserError(words.format(path=options.out / file))
    run_folder.create(options.out)
    files.write_set(options.out, made, run_folder.MODE)
    terminal.say(_("{files} in {folder}.").format(files=", ".join(made), folder=options.out))
    return 0
