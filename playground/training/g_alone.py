"""The G of a model that was taken home, without the run that it comes from."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import numpy as safetensors

from playground import models
from playground.config.run_config import RunConfig
from playground.models.blocks import Generator
from playground.training.model import defined, pixels
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

HEADER = 2**20  # bytes
NOT_ONE = _("This is not a model that GAN Playground made, or it is damaged.")


@dataclass(frozen=True)
class Alone:
    """G with averaged weights after so many steps, for samples of a shape."""

    config: RunConfig
    classes: int  # of a conditional run, else 0
    step: int
    G: Generator

    @torch.no_grad()
    def sample(self, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        """G at latents (n, z_dim) and labels (n,), as a View shows samples. Raises UserError for what is no number."""
        labels = None if y is None else torch.from_numpy(np.asarray(y, np.int64))
        return pixels(defined(self.G(torch.from_numpy(z), labels)))


def read(config: bytes, weights: bytes) -> Alone:
    """The G in the files `config.json` and `G.safetensors`. Raises UserError for anything else."""
    return guarded(lambda: _read(config, weights), NOT_ONE)


def _read(config_json: bytes, weights: bytes) -> Alone:
    """Raises many kinds of errors."""
    values = json.loads(config_json)
    if not isinstance(values, dict):
        raise ValueError("config")
    config, findings = RunConfig.read(values)
    about = _about(weights)
    shape = tuple(int(side) for side in about["shape"].split(","))
    classes, step = int(about["classes"]), int(about["step"])
    if findings or config.game != "gan" or not 1 <= len(shape) <= 3 or not all(1 <= side <= 1024 for side in shape):
        raise ValueError("shape")
    if classes < 0 or (classes > 0) != config.conditional or step < 0:
        raise ValueError("classes")
    plain = config.changed(g_norm="none") if config.g_norm == "spectral" else config  # norms are worked into weights
    G, _D = models.build(plain, shape, classes, torch.Generator())
    tensors = {name: torch.from_numpy(array.copy()) for name, array in safetensors.load(weights).items()}
    G.load_state_dict(tensors)
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise UserError(_("The weights in this file are not finite."))
    return Alone(config, classes, step, G.eval().requires_grad_(False))


def _about(weights: bytes) -> Mapping[str, str]:
    """What the header of the file says of itself. Raises many kinds of errors."""
    [length] = struct.unpack_from("<Q", weights)
    if not 2 <= length <= min(HEADER, len(weights) - 8):
        raise ValueError("header")
    about: dict[str, str] = json.loads(weights[8 : 8 + length].decode())["__metadata__"]
    return about
