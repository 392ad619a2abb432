"""`python -m playground script`: a config as plain PyTorch, a script or a notebook, and its data."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from playground import data
from playground.cli import train
from playground.export import run_folder, script
from playground.utils import files, shares, terminal
from playground.utils.errors import UserError
from playground.utils.translation import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    train.add_config_arguments(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=_("the folder to write to"))
    parser.add_argument("--notebook", action="store_true", help=_("a Jupyter notebook in place of a script"))
    parser.add_argument("--overwrite", action="store_true", help=_("replace files of the same names in DIR"))


def run(options: argparse.Namespace) -> int:
    """Write the file, and its data; gives the exit code. Raises UserError."""
    config = train.config_of(options)
    if reason := script.refuses(config.model_dump()):
        raise UserError(reason)
    name = script.NOTEBOOK if options.notebook else script.SCRIPT
    for file in (name, script.DATA):
        if not options.overwrite and os.path.lexists(options.out / file):
            words = _("{path} is there already. Choose another --out, or replace it with --overwrite.")
            raise UserError(words.format(path=options.out / file))
    from playground.training import as_code, games  # imports torch

    samples = data.load(config.dataset, config.source, config.choice)
    recipe = as_code.recipe(games.start(config, samples))
    if script.needs_data(recipe.config):
        recipe = replace(recipe, data=as_code.data_npz(samples, recipe.classes > 0, shares.limit("zips")))
    made = script.files(recipe, name)
    run_folder.create(options.out)
    files.write_set(options.out, made, run_folder.MODE)
    terminal.say(_("{files} in {folder}.").format(files=", ".join(made), folder=options.out))
    return 0
