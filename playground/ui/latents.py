"""What the Latent page holds and which latents it shows; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import streamlit as st

from playground import latent
from playground.engine.messages import View
from playground.i18n import _

STATE = "_latent_state"
LETTERS = "ABCD"
TILES_IMAGES, TILES_POINTS = 40, 48
PATH_FRAMES, GRID_SIDE, SWEEP_FRAMES, WALK_FRAMES, WALK_ANCHORS = 33, 9, 17, 64, 8
FIXED_ROWS, FIXED_IMAGES = 10, 100  # of the Train page's grid
FINER_LINES, FINER_GRID = 4, 3  # for points, which cost little and are drawn as curves

Mode = Literal["interpolate", "dimensions", "walk"]
Class = int | Literal["a", "switch"]  # one class for every frame, that of A, or that of the nearest pick


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
    images: bool
    positions: dict[str, int] = field(default_factory=dict)  # frame by token
    working: np.ndarray | None = None  # (z_dim,) of the Dimensions tab; None: follow the interpolation
    restarts: int = 0  # counts how often `working` was replaced by something else than its slider
    seed: int = 0  # of the walk
    draws: int = 0  # of the random working z

    @property
    def anchors(self) -> np.ndarray:
        """The latents of the picks: (k, z_dim)."""
        return self.z[self.picked]

    def along(self, frames: int) -> int:
        """How many frames an open path has that would have `frames` of images."""
        return frames if self.images else FINER_LINES * (frames - 1) + 1

    def pick(self, indices: list[int]) -> None:
        """Take over the picks."""
        self.picked = [i for i in indices if 0 <= i < len(self.z)][: len(LETTERS)]
        self.follow()

    def follow(self, working: np.ndarray | None = None) -> None:
        """Let the Dimensions tab start from `working`, or from the interpolation again."""
        self.working = working
        self.restarts += 1


@dataclass(frozen=True)
class Frames:
    """Latents to show one after the other: `z` (n, z_dim), `y` (n,) or None, a caption for each.

    A slider keeps its position for as long as `token` stays; it starts at frame `start`. `marks` are (letter, frame).
    """

    token: str
    shape: Literal["line", "loop", "grid"]
    z: np.ndarray
    y: np.ndarray | None
    captions: list[str]
    label: str
    start: int = 0
    across: int = 0  # of a grid
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
    n = min(len(view.fixed_z), TILES_IMAGES if view.kind == "images" else TILES_POINTS)
    y = None if view.labels is None else np.asarray(view.labels[:n], np.int64)
    first = 0 if y is None else min(2, n - 1)
    among = np.setdiff1d(np.arange(n) if y is None else np.flatnonzero(y == y[first]), [first])
    picked = [first] if len(among) == 0 else [first, latent.farthest(view.samples[:n], first, among)]
    return Latents(view.run, view.generation, view.fixed_z[:n].copy(), y, picked, view.kind == "images")


def span(distribution: str) -> tuple[float, float]:
    """The values of one dimension of z that G has met in training."""
    return (-1.0, 1.0) if distribution == "uniform" else (-3.0, 3.0)


def interpolation(state: Latents, blend: str, choice: Class) -> Frames | None:
    """The path through two or three picks or the grid between four; None for fewer than two."""
    k = len(state.picked)
    if k < 2:
        return None
    mix = latent.BLENDS[blend]
    if k == 4:
        n = GRID_SIDE if state.images else FINER_GRID * (GRID_SIDE - 1) + 1
        share = np.linspace(0, 100, n).round().astype(int)
        captions = [_("{x} % to the right, {y} % down").format(x=x, y=y) for y in share for x in share]
        return Frames(
            "grid",
            "grid",
            latent.bilinear(state.anchors, n, mix),
            _classes(state, choice, latent.nearest_corner(n)),
            captions,
            _("Position between A, B, C and D"),
            start=state.positions.get("grid", 0),
            across=n,
            marks=tuple(zip(LETTERS, (0, n - 1, n * (n - 1), n * n - 1), strict=True)),
        )
    n = state.along(PATH_FRAMES)
    at = latent.positions(k, n)
    return Frames(
        "path",
        "line",
        latent.path(state.anchors, n, mix),
        _classes(state, choice, latent.nearest_anchor(k, n)),
        [_between(t) for t in at],
        _("Position between {first} and {last}").format(first="A", last=LETTERS[k - 1]),
        start=state.positions.get("path", 0),
        marks=tuple((LETTERS[i], round(i * (n - 1) / (k - 1))) for i in range(k)),
    )


def working(state: Latents, path: Frames | None) -> tuple[np.ndarray, int | None] | None:
    """What the Dimensions tab starts from, z (z_dim,) and its label: its own z, else the place on the path, else A."""
    if path is None:
        if not state.picked:
            return None
        z, y = state.anchors[0], None if state.y is None else int(state.y[state.picked[0]])
    else:
        at = min(state.positions.get(path.token, 0), len(path.z) - 1)
        z, y = path.z[at], None if path.y is None else int(path.y[at])
    return (z if state.working is None else state.working), y


def dimension(state: Latents, z: np.ndarray, y: int | None, k: int, distribution: str) -> Frames:
    """`z` (z_dim,) with z_k (counted from 0) swept through its span; one frame has exactly its own value."""
    n = state.along(SWEEP_FRAMES)
    frames = latent.sweep(z, k, *span(distribution), n)
    start = int(np.abs(frames[:, k] - z[k]).argmin())
    frames[start, k] = z[k]
    return Frames(
        f"z{k}:{state.restarts}",
        "line",
        frames,
        None if y is None else np.full(n, y, np.int64),
        [_("z{k} = {value}").format(k=_below(k + 1), value=_number(value)) for value in frames[:, k]],
        _("Value of z{k}").format(k=_below(k + 1)),
        start=start,
    )


def walk(state: Latents, distribution: str, blend: str, choice: Class) -> Frames:
    """A closed loop through random latents."""
    n = WALK_FRAMES if state.images else FINER_LINES * WALK_FRAMES
    anchors = latent.draw(distribution, WALK_ANCHORS, state.z.shape[1], state.seed)
    return Frames(
        f"walk:{state.seed}",
        "loop",
        latent.closed_walk(anchors, n, latent.BLENDS[blend]),
        _classes(state, choice, np.zeros(n, np.int64)),
        [_("frame {i} of {n}").format(i=i + 1, n=n) for i in range(n)],
        _("Position on the walk"),
    )


def sentence(state: Latents, mode: Mode, distribution: str, choice: Class, names: Sequence[str]) -> str:
    """One line that says what the frames are."""
    if mode == "dimensions":
        return _("One number of z changes, all others stay. A release keeps the value.")
    if mode == "walk":
        return _("A closed loop through {n} random z.").format(n=WALK_ANCHORS)
    if state.y is not None and len(set(state.y[state.picked])) > 1 and choice != "switch":
        y = state.y[state.picked[0]] if choice == "a" else choice
        return _("The class stays {y}, only z moves: labels are whole numbers and cannot be blended.").format(
            y=names[y]
        )
    if distribution == "uniform":
        return _("A uniform z fills a cube: lerp, the straight line, stays inside it.")
    return _("A normal z lives near a sphere: slerp stays on it, lerp cuts through its empty middle.")


def fixed(frames: Frames, classes: int) -> tuple[np.ndarray, np.ndarray | None]:
    """`frames` as fixed z (m, z_dim) and labels (m,). With `classes`, whose samples the Train page shows in one column
    each, some frames along the path (of a grid: from A to D), each in every class: one row a frame.
    """
    if not classes:
        return frames.z, None
    rows = max(1, min(FIXED_ROWS, FIXED_IMAGES // classes))
    diagonal = np.arange(frames.across) * (frames.across + 1)
    line = diagonal if frames.shape == "grid" else np.arange(len(frames.z))
    at = line[np.linspace(0, len(line) - 1, rows).round().astype(int)]
    return frames.z[at].repeat(classes, axis=0), np.tile(np.arange(classes), rows)


def _classes(state: Latents, choice: Class, nearest: np.ndarray) -> np.ndarray | None:
    """The label of each frame (n,): that of the pick `nearest` (n,) to it, that of A, or the class chosen."""
    if state.y is None:
        return None
    if isinstance(choice, int):
        return np.full(len(nearest), choice, np.int64)
    picked = state.y[state.picked] if state.picked else state.y[:1]
    return picked[nearest] if choice == "switch" else np.full(len(nearest), picked[0], np.int64)


def _between(t: float) -> str:
    """Such as “75 % A, 25 % B” for t = 0.25, or “B” at 1."""
    i, share = int(t), round((t - int(t)) * 100)
    if share == 0:
        return LETTERS[i]
    return _("{x} % {first}, {y} % {last}").format(x=100 - share, first=LETTERS[i], y=share, last=LETTERS[i + 1])


def _number(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _below(k: int) -> str:
    return str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def titles(y: np.ndarray | None, n: int, names: Sequence[str]) -> list[str]:
    """What `n` samples to pick from are called, with their classes where there are labels `y` (n,)."""
    if y is None:
        return [_("Sample {i}").format(i=i + 1) for i in range(n)]
    return [_("Sample {i}, class {y}").format(i=i + 1, y=names[label]) for i, label in enumerate(y)]
