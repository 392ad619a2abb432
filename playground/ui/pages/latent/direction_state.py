"""What the Directions tool holds: start sample, groups, positions, and the directions that were kept; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.latent import arithmetic, direction_file
from playground.latent.direction_file import Direction

STATE, KEPT = "_directions_state", "_directions_kept"
ROWS = 5  # directions at a time: more sliders help nobody (Dang et al., GANSlider, 2022)
VALUES = np.linspace(-3, 3, 25)  # of sigma
REMEMBERED = 24  # sets of positions
FIXED_FRAMES = 10  # of a direction in a row of the Train page

Method = Literal["pca", "sefa", "classes", "groups", "random", "kept"]
Group = Literal["A", "B", "start"]


@dataclass(frozen=True)
class Rows:
    """Directions on show: unit `vectors` (k, z_dim), each with a name and a note. Positions stay as `token` does.

    `step`: of the weights in which they were found, if they were.
    """

    token: str
    vectors: np.ndarray
    names: list[str]
    notes: list[str]
    step: int | None = None


@dataclass
class Steering:
    """What a visitor did with the directions of a run. Lives in the session."""

    run: str
    generation: int
    start: int = 0  # the number of the start sample
    groups: dict[str, list[int]] = field(default_factory=lambda: {"A": [], "B": []})
    seed: int = 0  # of the random directions
    since: dict[str, int] = field(default_factory=dict)  # by method: the step from which the weights may be
    resets: int = 0  # counts how often the positions were put to 0
    repicks: int = 0  # and how often the browser had to take the start sample again
    at: dict[str, list[int]] = field(default_factory=dict)  # frame of each row, by token

    def positions(self, rows: Rows) -> list[int]:
        """The frame of each row; 0 sigma where nothing was moved."""
        return list(self.at.get(rows.token) or [len(VALUES) // 2] * len(rows.vectors))

    def move(self, token: str, at: Sequence[int]) -> None:
        """Take over the positions."""
        self.at.pop(token, None)
        while len(self.at) >= REMEMBERED:
            del self.at[next(iter(self.at))]
        self.at[token] = list(at)


def state(view: View) -> Steering:
    """What the visitor did in this run, made on arrival and again when the run starts over."""
    found: Steering | None = st.session_state.get(STATE)
    if found is None or (found.run, found.generation) != (view.run, view.generation):
        found = st.session_state[STATE] = Steering(view.run, view.generation)
    return found


def held() -> Steering:
    """The same, for a callback."""
    found: Steering = st.session_state[STATE]
    return found


def frames(z: np.ndarray, rows: Rows, at: Sequence[int], distribution: str) -> np.ndarray:
    """Where each row leads from the position of the others: (rows, frames, z_dim) for a start `z` (z_dim,)."""
    k, n = len(rows.vectors), len(VALUES)
    amounts = np.tile(VALUES[list(at)], (k, n, 1))
    for row in range(k):
        amounts[row, :, row] = VALUES
    return arithmetic.move(z, rows.vectors, amounts, distribution)


def fixed(
    z: np.ndarray, y: int | None, rows: Rows, distribution: str, classes: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Latents (m, z_dim) for the Train page, and labels: each direction as a row from -3 to 3 sigma.

    With `classes`, whose samples that page shows in one column each: two rows a direction, its ends, in every class.
    """
    swept = frames(z, rows, [len(VALUES) // 2] * len(rows.vectors), distribution)
    if not classes:
        some = np.linspace(0, len(VALUES) - 1, FIXED_FRAMES).round().astype(int)
        return swept[:, some].reshape(-1, len(z)), None
    ends = swept[:, [0, -1]].reshape(-1, len(z))
    ends = ends[: max(1, 100 // classes)]
    return ends.repeat(classes, axis=0), np.tile(np.arange(classes), len(ends))


# The directions that were kept


@dataclass
class Kept:
    """A direction of this visitor; `id` stays while its name changes."""

    id: int
    direction: Direction


def kept(z_dim: int) -> list[Kept]:
    """Those for latents of `z_dim` numbers."""
    everything: list[Kept] = st.session_state.setdefault(KEPT, [])
    return [each for each in everything if len(each.direction.vector) == z_dim]


def keep(direction: Direction) -> Direction | None:
    """Keep a direction under a name that no other has; gives it, or None if there are too many."""
    z_dim = len(direction.vector)
    present = kept(z_dim)
    if len(present) >= direction_file.MOST:
        return None
    names = {each.direction.name for each in present}
    name, n = direction.name, 1
    while name in names:
        n += 1
        name = f"{direction.name[: direction_file.LONGEST - 4]} ({n})"
    everything: list[Kept] = st.session_state[KEPT]
    new = Direction(name, direction.vector)
    everything.append(Kept(1 + max((each.id for each in everything), default=0), new))
    return new


def rename(id: int, name: str) -> None:
    """Give a kept direction another name; an empty one changes nothing."""
    for each in st.session_state.get(KEPT, []):
        if each.id == id and direction_file.clean_name(name):
            each.direction = Direction(direction_file.clean_name(name), each.direction.vector)


def remove(id: int) -> None:
    """Forget a kept direction."""
    st.session_state[KEPT] = [each for each in st.session_state.get(KEPT, []) if each.id != id]
