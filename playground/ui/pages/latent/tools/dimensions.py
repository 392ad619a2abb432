"""The numbers of z, one slider each, with pictures of where each leads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.latent import paths
from playground.ui import session
from playground.ui.components import sliders as component
from playground.ui.components.picker import picker, picks
from playground.ui.model_source import Subject
from playground.ui.pages.latent import sample_pool
from playground.ui.pages.latent.sample_pool import Latents
from playground.ui.pages.latent.tools.tool import Tool
from playground.utils import priors
from playground.utils.priors import Codes
from playground.utils.translation import _

STATE, PICKER, SLIDERS, BLOCK = "_dimensions_state", "dimensions_picker", "dimensions_sliders", "dimensions_block"
AT_ONCE, SOME = 16, 8  # so many rows, if that is all of z; else so many at a time


@dataclass
class Numbers:
    """Lives in a visitor's session; made anew when the run starts over."""

    run: str
    generation: int
    start: int  # the sample it begins with
    z: np.ndarray | None = None  # (z_dim,); None: that of the sample
    restarts: int = 0  # counts how often z became another one than by a slider
    first: int = 0  # the number in the first row
    draws: int = 0
    stops: np.ndarray = field(default_factory=lambda: np.zeros(1))  # the values of a slider, as shown last

    @property
    def token(self) -> str:
        """Of the sliders."""
        return f"{self.run}:{self.generation}:{self.restarts}:{self.first}"

    def begin(self, z: np.ndarray | None) -> None:
        """Go on from `z`, or from the sample."""
        self.z = z
        self.restarts += 1

    def now(self, pool: Latents) -> np.ndarray:
        """The z that the sliders make, (z_dim,)."""
        return pool.z[self.start] if self.z is None else self.z


def state(view: View, pool: Latents) -> Numbers:
    """What the visitor has done here in this run."""
    found: Numbers | None = st.session_state.get(STATE)
    if found is None or (found.run, found.generation) != (view.run, view.generation):
        first = pool.picked[0] if pool.picked else 0
        found = st.session_state[STATE] = Numbers(view.run, view.generation, first)
    return found


def render(subject: Subject) -> None:
    """Draw the tool."""
    pool = sample_pool.state(subject.view)
    numbers = state(subject.view, pool)
    left, right = st.columns([2, 5], gap="medium")
    with right:
        with st.container(horizontal=True, vertical_alignment="center", key="dimensions_controls"):
            shown = _block(subject.z_dim, numbers)
            z, y = numbers.now(pool), None if pool.y is None else pool.y[numbers.start : numbers.start + 1]
            _buttons(subject, z)
        _sliders(subject, numbers, z, y, shown)
    with left:
        st.caption(_("Pick the sample to begin with."))
        _pick(subject, pool, numbers)


def _pick(subject: Subject, pool: Latents, numbers: Numbers) -> None:
    view = subject.view
    picker(
        subject.drawn(subject.sample(pool.z, pool.y)),
        sample_pool.titles(pool.y, len(pool.z), view.names),
        [(numbers.start, "A")],
        key=PICKER,
        token=f"{numbers.run}:{numbers.generation}",
        on_change=_picked,
        real=view.real,
        extent=view.extent,
        crisp=_crisp(),
        most=1,
    )


def _picked() -> None:
    numbers: Numbers = st.session_state[STATE]
    found = picks(PICKER, f"{numbers.run}:{numbers.generation}")
    if found and 0 <= found[0][0] < len(sample_pool.kept().z):
        numbers.start = found[0][0]
    if found is not None:
        numbers.begin(None)


def _block(z_dim: int, numbers: Numbers) -> range:
    """The numbers that have a slider now, counted from 0."""
    if z_dim <= AT_ONCE:
        numbers.first = 0
        return range(z_dim)
    firsts = list(range(0, z_dim, SOME))
    numbers.first = st.selectbox(
        _("Numbers of z"),
        firsts,
        format_func=lambda first: _("{first} to {last} of {n}").format(
            first=_name(first), last=_name(min(first + SOME, z_dim) - 1), n=z_dim
        ),
        key=f"{BLOCK}_{z_dim}",  # what one run allows may be out of range in the next
        label_visibility="collapsed",
        width=190,
        persist_state="session",
    )
    return range(numbers.first, min(numbers.first + SOME, z_dim))


def _name(k: int) -> str:
    return f"z{sample_pool.below(k + 1)}"


def _buttons(subject: Subject, z: np.ndarray) -> None:
    st.button(_("Reset"), key="dimensions_reset", help=_("Back to the sample."), on_click=_reset)
    st.button(
        _("Random"),
        icon=":material/casino:",
        key="dimensions_random",
        on_click=_random,
        args=(subject.distribution, subject.codes),
    )
    with st.popover(_("Copy as NumPy"), icon=":material/content_copy:"):
        st.code(as_numpy(z), language="python", wrap_lines=True)
    st.button(
        _("Show on Train"),
        icon=":material/grid_view:",
        key="dimensions_fixed",
        help=_("The samples on the Train page then come from this z."),
        disabled=session.watching(),
        on_click=_use_as_fixed_z,
        args=(subject.classes,),
    )


def _reset() -> None:
    st.session_state[STATE].begin(None)


def _random(distribution: str, codes: Codes) -> None:
    numbers, pool = st.session_state[STATE], sample_pool.kept()
    numbers.draws += 1
    numbers.begin(priors.sample(distribution, 1, pool.z.shape[1], 10_000 + numbers.draws, codes)[0])


def _use_as_fixed_z(classes: int) -> None:
    sample_pool.use_as_fixed_z(st.session_state[STATE].now(sample_pool.kept())[None], classes)


def as_numpy(z: np.ndarray) -> str:
    """A line of Python that gives exactly `z` (z_dim,) float32."""
    return f"np.array([{', '.join(_exact(value) for value in z)}], dtype=np.float32)"


def _exact(value: np.float32) -> str:
    """The shortest decimal that is read as `value`; by way of a float64, as Python does."""
    short = str(value)
    return short if np.float32(float(short)) == value else repr(float(value))


def _sliders(subject: Subject, numbers: Numbers, z: np.ndarray, y: np.ndarray | None, shown: range) -> None:
    stops = numbers.stops = _stops(subject.distribution, subject.on_page.stops)
    sweeps = [paths.sweep(z, k, stops[0], stops[-1], len(stops)) for k in shown]
    frames = np.concatenate([*sweeps, z[None]])
    samples = subject.drawn(subject.sample(frames, None if y is None else y.repeat(len(frames))))
    component.sliders(
        [(_name(k), _("code") if k < subject.codes.size else "") for k in shown],
        z[shown.start : shown.stop],
        stops,
        samples,
        len(samples) - 1,
        key=SLIDERS,
        token=numbers.token,
        on_move=_moved,
        planes=subject.on_page.planes(subject.view),
        crisp=_crisp(),
    )


def _stops(distribution: str, n: int) -> np.ndarray:
    low, high = sample_pool.span(distribution)
    return np.linspace(low, high, n).round(4).astype(np.float32)


def _moved() -> None:
    numbers: Numbers = st.session_state[STATE]
    pool = sample_pool.kept()
    rows = min(pool.z.shape[1] - numbers.first, AT_ONCE)
    if found := component.moved(SLIDERS, numbers.token, rows, len(numbers.stops)):
        z = numbers.now(pool).copy()
        for row, stop in found.items():
            z[numbers.first + row] = numbers.stops[stop]
        numbers.z = z


def _crisp() -> bool:
    """Whether tiles show their pixels, as on the Train page."""
    return not st.session_state.get("smooth", True)


TOOL = Tool(
    "z",
    4,
    render,
    "explore",
    "What each single number of z changes in a sample.",
    modalities=(),
)
