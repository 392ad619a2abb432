"""Where the pretrained weights of Inception are stored, and what is needed to use them. All else works without them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from playground.utils import files
from playground.utils.translation import _, joined

FOLDER = "weights"  # in the data folder
PACKAGE = "torch-fidelity==0.4.0"  # knows the network; not among the requirements, as few want it and it is large
INCEPTION = "weights-inception-2015-12-05-6726825d.pth"
DIGEST = INCEPTION.rpartition("-")[2].removesuffix(".pth")  # begins its SHA-256, as names of weights for PyTorch say
RELEASE = "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0"


def inception() -> Path:
    """The file of Inception's weights, there or not."""
    return files.home() / FOLDER / INCEPTION


def missing() -> str:
    """What to do before the FID of Inception can be measured, in plain words; empty where everything is there."""
    steps = []
    if importlib.util.find_spec("torch_fidelity") is None:
        words = _("Install the package that knows the network, “pip install {package}”, and start the app again.")
        steps.append(words.format(package=PACKAGE))
    if not inception().is_file():
        words = _("Put the file {file} of torch-fidelity's release v0.2.0 ({release}) into the folder {folder}.")
        steps.append(words.format(file=INCEPTION, release=RELEASE, folder=inception().parent))
    return joined(" ", [_("Inception is not here yet."), *steps]) if steps else ""
