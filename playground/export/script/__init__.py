"""A GAN run to go on with elsewhere: a script of plain PyTorch, or a notebook, made of the source that runs.

How: the functions of a step, of the losses and of the networks are read from the source of this project as a tree.
What the config decides is put in, branches that are never taken are left out, and what is left is written with the
comments that it has there (`specialise`, `collect`, `layout`). The layers of the networks are read off the very ones
that train (`training.as_code`). Only the frame around them is written here (`templates`), and a test compares the
losses of scripts with those of the trainer.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.engine.messages import View
from playground.export.script.model import files as model_files
from playground.export.script.notebook import notebook
from playground.export.script.write import formula, script
from playground.utils.recipe import Recipe
from playground.utils.translation import _

__all__ = [
    "DATA",
    "NOTEBOOK",
    "SCRIPT",
    "files",
    "formula",
    "model",
    "model_files",
    "needs_data",
    "packed",
    "refuses",
    "script",
    "title",
]

KINDS = ("points", "images")
SCRIPT, NOTEBOOK, DATA = "train.py", "train.ipynb", "data.npz"


def refuses(values: Mapping[str, Any]) -> str:
    """Why a run with these knobs cannot be written down as a script; "" if it can."""
    if values["game"] != "gan":
        return _("Only a GAN can be taken home as a script yet: this game is not written down as one.")
    if DATASETS[values["dataset"]].kind not in KINDS:
        return _("Only a GAN of points or of images can be taken home as a script yet.")
    return ""


def needs_data(values: Mapping[str, Any]) -> bool:
    """Whether the script reads a file beside it; else a formula makes the data."""
    return formula(RunConfig.read(values)[0]) is None


def title(values: Mapping[str, Any]) -> str:
    """The name of the preset that these knobs are, or else of the dataset."""
    config = RunConfig.read(values)[0]
    preset = next((preset.label for preset in PRESETS.values() if preset.config == config), "")
    return preset or DATASETS[config.dataset].label


def files(recipe: Recipe, name: str = SCRIPT) -> dict[str, bytes]:
    """The script or the notebook, and the data that it reads."""
    write = notebook if name == NOTEBOOK else script
    made = {name: write(recipe, title(recipe.config)).encode()}
    return made | ({DATA: recipe.data} if recipe.data else {})


def packed(recipe: Recipe, name: str = SCRIPT) -> bytes:
    """The file, or a zip of it with its data where it reads some; equal runs give equal bytes."""
    found = files(recipe, name)
    return found[name] if len(found) == 1 else _zipped(found)


def model(recipe: Recipe, view: View | None = None) -> bytes:
    """A zip with the averaged G: weights, code and a card; equal runs give equal bytes."""
    return _zipped(model_files(recipe, title(recipe.config), view))


def _zipped(found: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, content in found.items():
            archive.writestr(zipfile.ZipInfo(member), content)
    return out.getvalue()
