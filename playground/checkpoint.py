"""A moment to bytes and back, bit-exact. Tensors and primitives only: nothing is unpickled."""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from typing import Any

import torch

from playground.errors import UserError
from playground.i18n import _

SCHEMA = 2
PARTS = 1_000_000  # of a state, counted as often as they are referred to


def to_bytes(state: dict[str, Any]) -> bytes:
    """`state` (nested dicts and lists of tensors, numbers, strings) as bytes; equal states give equal bytes."""
    buffer = io.BytesIO()
    torch.save(_canonical({"schema": SCHEMA, **state}), buffer)
    return buffer.getvalue()


def _canonical(value: Any) -> Any:
    """`value` in plain dicts and lists, equal strings as one object, no tensor with more storage than it shows."""
    if isinstance(value, dict):
        return {_canonical(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, str):
        return sys.intern(value)
    if isinstance(value, torch.Tensor) and value.untyped_storage().nbytes() != value.nbytes:
        return value.clone()
    return value


def from_bytes(data: bytes) -> dict[str, Any]:
    """The state in `data`, on the CPU. Raises UserError for anything that is not such a checkpoint."""
    not_one = UserError(_("This is not a checkpoint of GAN Playground."))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.testzip() is not None:
                raise UserError(_("This checkpoint is damaged."))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise not_one from error
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, KeyError, OSError) as error:
        raise not_one from error
    if not isinstance(state, dict) or "schema" not in state or not _plain(state):
        raise not_one
    if state["schema"] != SCHEMA:
        raise UserError(_("This checkpoint was written by another version of GAN Playground."))
    return state


def _plain(state: Any) -> bool:
    """Whether `state` is made as `to_bytes` does: no maze of references, no tensor that shows more than it stores."""
    todo = [state]
    for _part in range(PARTS):
        if not todo:
            return True
        value = todo.pop()
        if isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, torch.Tensor):
            if value.layout != torch.strided or value.untyped_storage().nbytes() < value.nbytes:
                return False
        elif not isinstance(value, str | int | float | None):
            return False
    return False
