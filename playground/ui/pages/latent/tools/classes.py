"""The axis between two classes of a conditional run, with z fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.ui.components.frames import heard
from playground.ui.components.picker import picker, picks
from playground.ui.components.scrubber import scrubber
from playground.ui.model_source import Subject
from playground.ui.pages.latent import equation, sample_pool
from playground.ui.pages.latent.sample_pool import Frames, Latents
from playground.ui.pages.latent.tools.tool import Tool
from playground.utils.translation import _

STATE, PICKER, SCRUBBER = "_classes_state", "classes_picker", "classes_scrubber"
FRAMES = 33
SHORT = 3  # letters of a name for which a narrow list is enough
FIRST = (3, 8)  # the morph on arrival, where there are so many classes


@dataclass
class Axis:
    """What a visitor chose in this run. Lives in the session."""

    run: str
    generation: int
    start: int = 0
    repicks: int = 0  # counts how often the browser had to take the sample again
    position: int = FRAMES // 2

    @property
    def token(self) -> str:
        return f"{self.run}:{self.generation}:{self.repicks}"


def render(subject: Subject) -> None:
    """Draw the tool."""
    if not subject.classes:
        st.info(
            _("In this run G is not told a class; “Use labels” on the Train page changes that.")
            + " "
            + _("In Directions, “Classes” shows how they differ in z."),
            icon=":material/label:",
        )
        return
    view, pool = subject.view, sample_pool.state(subject.view)
    axis: Axis | None = st.session_state.get(STATE)
    if axis is None or (axis.run, axis.generation) != (view.run, view.generation):
        axis = st.session_state[STATE] = Axis(view.run, view.generation)
    left, right = st.columns([2, 5], gap="medium")
    with right:
        in_each, ends = st.container(), st.container(horizontal=True, vertical_alignment="center")
        with ends:
            first, last = _ends(view.names)
    frames = _frames(axis, pool.z[axis.start], first, last, view.names)
    picked, every, morph = _samples(subject, pool, axis, frames)
    crisp = not st.session_state.get("smooth", True)
    with left:
        st.caption(_("Pick the sample whose z to keep."))
        picker(
            picked,
            sample_pool.titles(pool.y, len(pool.z), view.names),
            [(axis.start, "A")],
            key=PICKER,
            token=axis.token,
            on_change=_picked,
            crisp=crisp,
            most=1,
        )
    with right:
        in_each.html(equation.named(every, view.names, not crisp))
        ends.caption(_("G was trained with whole classes only: nobody taught it what lies in between."))
        scrubber(frames, morph, key=SCRUBBER, on_change=_moved, crisp=crisp)


def _ends(names: tuple[str, ...]) -> tuple[int, int]:
    """The two classes."""
    classes = range(len(names))
    defaults = FIRST if len(names) > max(FIRST) else (0, len(names) - 1)
    width = 160 if max(map(len, names)) > SHORT else 90
    chosen: list[int] = []
    for label, default, key in zip((_("From"), _("To")), defaults, ("from", "to"), strict=True):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(label, width="content")
            chosen.append(
                st.selectbox(
                    label,
                    classes,
                    index=default,
                    format_func=names.__getitem__,
                    key=f"classes_{key}_{len(names)}",
                    label_visibility="collapsed",
                    width=width,
                    persist_state="session",
                )
            )
    return chosen[0], chosen[1]


def _frames(axis: Axis, z: np.ndarray, first: int, last: int, names: tuple[str, ...]) -> Frames:
    """Weights (1 - t) e_a + t e_b of the classes along the way, all with one `z` (z_dim,)."""
    unit, t = np.eye(len(names), dtype=np.float32), np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None]
    short = max(len(names[first]), len(names[last])) == 1
    return Frames(
        f"class:{axis.run}:{axis.generation}",
        "line",
        np.repeat(z[None], FRAMES, axis=0),
        (1 - t) * unit[first] + t * unit[last],
        [_share(float(x), names[first], names[last]) for x in t[:, 0]],
        _("Position between {first} and {last}").format(first=names[first], last=names[last]),
        start=axis.position,
        marks=((names[first], 0), (names[last], FRAMES - 1)) if short else (),
    )


def _share(t: float, first: str, last: str) -> str:
    if t in (0, 1):
        return last if t else first
    x = round(100 * (1 - t))
    return _("{x} % {first}, {y} % {last}").format(x=x, first=first, y=100 - x, last=last)


def _samples(subject: Subject, pool: Latents, axis: Axis, frames: Frames) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images of what there is to pick, of the one z in every class, and along the way."""
    unit, n, k = np.eye(subject.classes, dtype=np.float32), len(pool.z), subject.classes
    assert pool.y is not None
    assert frames.y is not None
    z = np.concatenate([pool.z, np.repeat(pool.z[axis.start][None], k, axis=0), frames.z])
    images = subject.sample(z, np.concatenate([unit[pool.y], unit, frames.y]))
    return images[:n], images[n : n + k], images[n + k :]


def _picked() -> None:
    axis: Axis = st.session_state[STATE]
    found = picks(PICKER, axis.token)
    if found:
        axis.start = found[0][0]
    elif found is not None:  # one sample has to be the start
        axis.repicks += 1


def _moved() -> None:
    axis: Axis = st.session_state[STATE]
    position = heard(SCRUBBER, "position")
    if position:
        axis.position = min(max(int(position["index"]), 0), FRAMES - 1)


TOOL = Tool(
    "Classes",
    3,
    render,
    "explore",
    "What the class decides and what z decides: the same z in every class.",
    lacks={"points": "The points of a 2-D run have no classes: this tool needs images with labels."},
    term="conditional",
)
