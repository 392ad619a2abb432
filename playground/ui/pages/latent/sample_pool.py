"""What the Latent page holds: the samples that there are to pick from, and latents to show in turn. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from playground.engine.messages import UseFixedZ, View
from playground.latent import paths
from playground.ui import calls, session
from playground.ui.modalities import ON_PAGES
from playground.utils.translation import _

STATE = "_latent_state"
LETTERS = "ABCDEFGH"
BROUGHT = 16  # samples that files may add
FIXED_ROWS, FIXED_IMAGES = 10, 100  # of the Train page's grid


@dataclass
class Latents:
    """The samples to pick from and what was done with them. Lives in a visitor's session.

    `z` (n, z_dim) and `y` (n,) are the fixed z as they were on arrival, so that "use as fixed z" does not pull the
    picks away from under the path.
    """

    run: str
    generation: int
    z: np.ndarray
    y: np.ndarray | None
    picked: list[int]
    own: int  # how many of them there were on arrival
    brought: int = 0  # counts those that came from files

    @property
    def anchors(self) -> np.ndarray:
        """The latents of the picks: (k, z_dim)."""
        return self.z[self.picked]

    def pick(self, indices: list[int]) -> None:
        """Take over the picks."""
        self.picked = [i for i in indices if 0 <= i < len(self.z)][: len(LETTERS)]

    def bring(self, z: np.ndarray, y: np.ndarray | None, any_class: bool = False) -> list[int]:
        """The places of latents (k, z_dim) of classes (k,), or of `any_class`, among the samples; what is not is added.

        The last `BROUGHT` of those that were added are kept, and no place is ever gone.
        """
        places: list[int] = []
        for i, each in enumerate(z):
            same = (self.z == each).all(1)
            if self.y is not None and y is not None and not any_class:
                same &= self.y == y[i]
            places.append(int(same.argmax()) if same.any() else self._add(each, 0 if y is None else int(y[i]), places))
        return places

    def _add(self, z: np.ndarray, y: int, taken: list[int]) -> int:
        """The place of a new sample; it is none of those `taken`."""
        while (at := self.own + self.brought % BROUGHT) in taken:
            self.brought += 1
        self.brought += 1
        self.z = np.concatenate([self.z[:at], z[None], self.z[at + 1 :]])
        if self.y is not None:
            self.y = np.concatenate([self.y[:at], [y], self.y[at + 1 :]]).astype(np.int64)
        return at


@dataclass(frozen=True)
class Frames:
    """Latents to show one after the other: `z` (n, z_dim), `y` (n,), (n, classes) or None, a caption for each.

    A slider keeps its position for as long as `token` stays; it starts at frame `start`. `marks` are (letter, frame).
    """

    token: str
    shape: Literal["line", "loop"]
    z: np.ndarray
    y: np.ndarray | None
    captions: list[str]
    label: str
    start: int = 0
    marks: tuple[tuple[str, int], ...] = ()


def state(view: View) -> Latents:
    """What the visitor has picked in this run, made on arrival and again when the run starts over."""
    found: Latents | None = st.session_state.get(STATE)
    if found is None or (found.run, found.generation) != (view.run, view.generation):
        found = st.session_state[STATE] = arrive(view)
    return found


def kept() -> Latents:
    """The same, for a callback."""
    found: Latents = st.session_state[STATE]
    return found


def arrive(view: View) -> Latents:
    """The first samples of `view`, two of them picked: of one class if there are any, and as unlike as can be."""
    assert view.samples is not None
    assert view.fixed_z is not None
    n = min(len(view.fixed_z), ON_PAGES[view.kind].pool)
    y = None if view.labels is None else np.asarray(view.labels[:n], np.int64)
    first = 0 if y is None else min(2, n - 1)
    among = np.setdiff1d(np.arange(n) if y is None else np.flatnonzero(y == y[first]), [first])
    picked = [first] if len(among) == 0 else [first, paths.farthest(view.samples[:n], first, among)]
    return Latents(view.run, view.generation, view.fixed_z[:n].copy(), y, picked, n)


def span(distribution: str) -> tuple[float, float]:
    """The values of one dimension of z that G has met in training."""
    return (-1.0, 1.0) if distribution == "uniform" else (-3.0, 3.0)


def titles(y: np.ndarray | None, n: int, names: Sequence[str]) -> list[str]:
    """What `n` samples to pick from are called, with their classes where there are labels `y` (n,)."""
    if y is None:
        return [_("Sample {i}").format(i=i + 1) for i in range(n)]
    return [_("Sample {i}, class {y}").format(i=i + 1, y=names[label]) for i, label in enumerate(y)]


def fixed(z: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Latents along a path (n, z_dim) as fixed z (m, z_dim) and labels (m,). With `classes`, whose samples the Train
    page shows in one column each, some of them, each in every class: one row a latent.
    """
    if not classes:
        return z, None
    rows = min(len(z), max(1, min(FIXED_ROWS, FIXED_IMAGES // classes)))
    at = np.linspace(0, len(z) - 1, rows).round().astype(int)
    return z[at].repeat(classes, axis=0), np.tile(np.arange(classes), rows)


def use_as_fixed_z(z: np.ndarray, classes: int) -> None:
    """Have the Train page show what comes from latents along a path (n, z_dim); for a callback."""
    session.send(UseFixedZ(*fixed(z, classes)))
    if calls.problem():
        return
    sentence = _("The Train page now starts with this sample.")
    if len(z) > 1:
        sentence = _("The Train page now starts with these {n} samples.").format(n=len(z))
    if classes:
        sentence = _("On the Train page, its first row is now this z in every class.")
    if classes and len(z) > 1:
        sentence = _("On the Train page, rows now follow the path and columns are the classes.")
    session.say(sentence)


def signed(value: float) -> str:
    """A number of z to read."""
    return f"{value:+.2f}".replace("-", "−")


def below(k: int) -> str:
    """A number as an index below the line."""
    return str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
