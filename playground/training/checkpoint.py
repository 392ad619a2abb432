"""A moment to bytes and back, bit-exact, as a safetensors file. Nothing is unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from playground.utils import tensorfile
from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

SCHEMA = 3
FILE = "checkpoint.safetensors"  # its name in a folder or in a zip
OLD_FILE = "checkpoint.pt"  # that of schema 2, see `engine.schema2`
NOT_ONE = _("This is not a checkpoint of GAN Playground.")


def file_in(folder: Path) -> Path:
    """The checkpoint in a folder of a run, which an earlier version may have written."""
    old = folder / OLD_FILE
    return old if old.is_file() and not (folder / FILE).is_file() else folder / FILE


def to_bytes(state: dict[str, Any]) -> bytes:
    """`state` (nested dicts and lists of tensors, numbers, strings) as bytes; equal states give equal bytes."""
    return tensorfile.write({"schema": SCHEMA, **state})


def from_bytes(data: bytes) -> dict[str, Any]:
    """The state in `data`, on the CPU. Raises UserError for anything that is not such a checkpoint."""
    state: dict[str, Any] = _tensors(tensorfile.read(data, NOT_ONE))
    check_schema(state)
    return state


def check_schema(state: dict[str, Any]) -> None:
    """Raises UserError for values that `to_bytes` did not write."""
    if "schema" not in state:
        raise UserError(NOT_ONE)
    if state["schema"] != SCHEMA:
        raise UserError(_("This checkpoint was written by another version of GAN Playground."))


def _tensors(value: Any) -> Any:
    """The same with tensors in place of arrays."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value)
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    return [_tensors(item) for item in value] if isinstance(value, list) else value
