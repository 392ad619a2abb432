"""Directions with names, and the small JSON file in which a person hands them on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

KIND = "gan-playground-directions"
MOST = 8  # directions kept at a time
LONGEST = 40  # characters of a name
LIMIT = 200_000  # bytes of a file
STRANGE = _("This is not a file of directions. Choose one that “Download” made.")


@dataclass(frozen=True)
class Direction:
    """A unit vector (z_dim,) float32 with the name that a person gave it."""

    name: str
    vector: np.ndarray


def clean_name(name: str) -> str:
    """A name on one line, without what cannot be seen, and not too long."""
    seen = "".join(c if c.isprintable() else " " for c in name[: 4 * LONGEST])
    return " ".join(seen.split())[:LONGEST].strip()


def write(directions: list[Direction]) -> bytes:
    """The file of at least one direction."""
    rows = [{"name": each.name, "vector": [round(float(v), 6) for v in each.vector]} for each in directions]
    return json.dumps({"kind": KIND, "z_dim": len(directions[0].vector), "directions": rows}, indent=1).encode()


def read(content: bytes, z_dim: int) -> list[Direction]:
    """The directions in a file, for latents of `z_dim` numbers. Raises UserError for what is not such a file."""
    rows = guarded(lambda: _rows(content), STRANGE)
    if not 0 < len(rows) <= MOST:
        raise UserError(_("A file of directions has 1 to {n} of them.").format(n=MOST))
    return [_row(row, z_dim) for row in rows]


def _rows(content: bytes) -> list[Any]:
    """The directions as they stand in the file. Raises many kinds of errors."""
    if len(content) > LIMIT:
        raise ValueError("size")
    found = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    if found["kind"] != KIND or not isinstance(found["directions"], list):
        raise ValueError("kind")
    rows: list[Any] = found["directions"]
    return rows


def _row(row: Any, z_dim: int) -> Direction:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not isinstance(row.get("vector"), list):
        raise UserError(STRANGE)
    numbers = row["vector"]
    if not all(type(v) in (int, float) and abs(v) <= 1.001 for v in numbers):
        raise UserError(STRANGE)
    if len(numbers) != z_dim:
        raise UserError(
            _("These directions have {n} numbers each, and z of this run has {z_dim}.").format(
                n=len(numbers), z_dim=z_dim
            )
        )
    vector = np.array(numbers, np.float64)
    norm = float(np.linalg.norm(vector))
    if abs(norm - 1) > 1e-3:
        raise UserError(_("A direction in this file does not have length 1."))
    return Direction(clean_name(row["name"]) or _("Unnamed"), (vector / norm).astype(np.float32))


def _refuse(constant: str) -> float:
    raise ValueError(constant)
