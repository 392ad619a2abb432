"""The device that a run computes on."""

from __future__ import annotations

import torch

from playground.utils.errors import UserError
from playground.utils.translation import _


def pick_device(name: str) -> torch.device:
    """The torch device for the knob `device`. Raises UserError for one that is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(key for key, found in there.items() if found))
    if not there[name]:
        raise UserError(_("There is no device “{name}” on this machine. Choose auto or cpu.").format(name=name))
    return torch.device(name)
