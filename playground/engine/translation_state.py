"""What a run that translates showed at a moment, as plain values, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from playground.data.modality import MODALITIES
from playground.engine.messages import Translation

SHOWN = ("inputs", "samples", "truth", "back")  # arrays as `View.samples`


def arrays(translation: Translation | None) -> Iterator[np.ndarray]:
    """All arrays of it."""
    for field in fields(Translation) if translation is not None else ():
        value = getattr(translation, field.name)
        if isinstance(value, np.ndarray):
            yield value
        elif value is not None:
            yield from arrays(value)


def plain(translation: Translation | None) -> dict[str, Any] | None:
    """Its arrays by their names, and those of the other way."""
    if translation is None:
        return None
    values = {field.name: getattr(translation, field.name) for field in fields(Translation)}
    return values | {"reverse": plain(translation.reverse)}


def translation_in(state: Mapping[str, Any] | None, kind: str, n: int, most: int) -> Translation | None:
    """The inverse, for `n` samples of a `kind` and arrays of at most so many bytes. Raises many kinds of errors."""
    if state is None:
        return None
    there = _one_way(state, kind, n, most)
    back = state.get("reverse")
    if back is None:
        return Translation(**there)
    if back.get("reverse") is not None or back["samples"] is None:
        raise ValueError("reverse")
    return Translation(**there, reverse=Translation(**_one_way(back, kind, len(back["inputs"]), most)))


def _one_way(state: Mapping[str, Any], kind: str, n: int, most: int) -> dict[str, Any]:
    found = {
        f.name: state[f.name] for f in fields(Translation) if f.name != "reverse" and state.get(f.name) is not None
    }
    if any(not isinstance(x, np.ndarray) or len(x) != n or x.nbytes > most for x in found.values()):
        raise ValueError("translation")
    inputs = found["inputs"]
    for name in SHOWN:
        x = found.get(name, inputs)
        if not MODALITIES[kind].is_shown(x) or x.shape[1:-1] != inputs.shape[1:-1]:
            raise ValueError(name)
    hidden, patches = found.get("hidden"), found.get("patches")
    if hidden is not None and (hidden.dtype != np.bool_ or hidden.shape != inputs.shape[:-1]):
        raise ValueError("hidden")
    if patches is not None and (patches.dtype != np.float32 or patches.ndim != 3 or not patches.size):
        raise ValueError("patches")
    return {name: np.ascontiguousarray(x) for name, x in found.items()}
