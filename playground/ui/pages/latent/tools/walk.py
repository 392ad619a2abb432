"""A walk through picked samples: its frames to scrub through, |z| and what D says along it, and a file to take home."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from playground.engine.messages import View
from playground.latent import paths
from playground.latent.walks import SPEEDS, Walk
from playground.ui import session
from playground.ui.components.frames import heard
from playground.ui.components.picker import picker, picks
from playground.ui.components.scrubber import scrubber
from playground.ui.modalities import ON_PAGES
from playground.ui.model_source import Subject
from playground.ui.pages.latent import sample_pool, walk_download, walk_state
from playground.ui.pages.latent.sample_pool import Latents
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.pages.latent.walk_state import CLOSED, Choice, Walking
from playground.ui.style import escape_markdown
from playground.utils import interpolation
from playground.utils.translation import _

PICKER, SCRUBBER, SHOWN = "walk_picker", "walk_scrubber", "_walk_shown"
MANY = 5  # samples of a random walk


@dataclass(frozen=True)
class Shown:
    """What was drawn last: the walk, if there is one, and samples of what there is to pick and of its frames."""

    walk: Walk | None
    tiles: np.ndarray
    samples: np.ndarray


def render(subject: Subject) -> None:
    """Draw the tool."""
    pool, state = sample_pool.state(subject.view), walk_state.state(subject.view)
    left, right = st.columns([2, 5], gap="medium")
    with right:
        controls = st.container(horizontal=True, vertical_alignment="center", key="walk_controls")
        with controls:
            path, closed = _path(subject.distribution, len(pool.picked))
            choice = _class_select(subject.view, pool)
        walk = walk_state.walk(subject, pool, state, path, closed, choice)
        shown = st.session_state[SHOWN] = _samples(subject, pool, walk)
        with controls:
            walk_download.popover(subject, walk, shown.samples)
            st.button(
                _("Show on Train"),
                icon=":material/grid_view:",
                help=_("The samples on the Train page then come from these latents."),
                key="walk_fixed",
                disabled=walk is None or session.watching(),
                on_click=_use_as_fixed_z,
                args=(subject.classes,),
            )
        _stage(subject, state, shown, choice)
    with left:
        _pick(subject.view, pool, state, subject.drawn(shown.tiles))


# Left: the samples


def _pick(view: View, pool: Latents, state: Walking, tiles: np.ndarray) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(_("Pick 2 to {n} samples.").format(n=len(sample_pool.LETTERS)), width="content")
        st.button(_("Random"), icon=":material/casino:", key="walk_random", on_click=_random, args=(view.classes,))
    picker(
        tiles,
        sample_pool.titles(pool.y, len(pool.z), view.names),
        list(zip(pool.picked, sample_pool.LETTERS, strict=False)),
        key=PICKER,
        token=state.token,
        on_change=_picked,
        across=5 if len(pool.z) <= ON_PAGES[view.kind].pool else 7,
        real=view.real,
        extent=view.extent,
        crisp=_crisp(),
        most=len(sample_pool.LETTERS),
    )


def _picked() -> None:
    state = walk_state.kept()
    if (found := picks(PICKER, state.token)) is not None:
        sample_pool.kept().pick([index for index, _letter in found])
        state.per = 0


def _random(classes: int) -> None:
    """Some of the samples in any order: of one class if that is to stay."""
    pool, state, rng = sample_pool.kept(), walk_state.kept(), np.random.default_rng()
    among = np.arange(len(pool.z))
    if pool.y is not None and st.session_state.get(walk_state.class_key(classes), "a") == "a":
        among = np.flatnonzero(pool.y == pool.y[rng.integers(len(pool.y))])
    if len(among) < 2:
        among = np.arange(len(pool.z))
    pool.pick(rng.permutation(among)[:MANY].tolist())
    state.restarts += 1
    state.per = state.position = 0


# Right: the controls


def _path(distribution: str, picked: int) -> tuple[str, bool]:
    """The kind of path, and whether it comes back to its beginning."""
    path = st.segmented_control(
        _("Path"),
        list(paths.PATHS),
        default=interpolation.natural_blend(distribution),
        required=True,
        key=walk_state.path_key(distribution),
        label_visibility="collapsed",
        persist_state="session",
    )
    if path == "spline":
        st.toggle(_("Closed"), True, key="walk_closed_spline", disabled=True, help=_("A spline always comes back."))
        return path, True
    return path, st.toggle(_("Closed"), key=CLOSED, disabled=picked < 2, persist_state="session")


def _class_select(view: View, pool: Latents) -> Choice:
    """What the class does along the walk."""
    if pool.y is None:
        return "a"
    first = pool.y[pool.picked[0]] if pool.picked else pool.y[0]
    names: dict[Choice, str] = {
        "a": _("Class of A ({y})").format(y=view.names[first]),
        "switch": _("Switch at the nearest"),
        "morph": _("Morph the class"),
    }
    names |= {y: _("Class {y}").format(y=view.names[y]) for y in range(view.classes)}
    chosen: Choice = st.selectbox(
        _("Class"),
        list(names),
        format_func=names.__getitem__,
        key=walk_state.class_key(view.classes),
        width=190,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _use_as_fixed_z(classes: int) -> None:
    shown: Shown = st.session_state[SHOWN]
    if shown.walk is not None:
        sample_pool.use_as_fixed_z(shown.walk.z(), classes)


def _crisp() -> bool:
    """Whether tiles show their pixels, as on the Train page."""
    return not st.session_state.get("smooth", True)


# Right: the pictures


def _samples(subject: Subject, pool: Latents, walk: Walk | None) -> Shown:
    """The frames are asked for apart from the samples to pick from, so that they depend on nothing else to the bit."""
    tiles = subject.sample(pool.z, pool.y)
    samples = tiles[:0] if walk is None else subject.sample(walk.z(), walk.y())
    return Shown(walk, tiles, samples)


def _stage(subject: Subject, state: Walking, shown: Shown, choice: Choice) -> None:
    view, walk = subject.view, shown.walk
    if walk is None:
        st.info(_("Pick two samples, and a path leads from one to the other."), icon=":material/touch_app:")
        return
    said = walk_state.sentence(walk, view.names, choice)
    if file := walk_state.of_file(walk, state, shown.samples, subject.step):
        said = f"{file} {said}"
    st.caption(escape_markdown(said))
    frames = walk_state.frames(walk, state)
    planes = subject.on_page.planes(view)
    if planes is not None and subject.z_dim == 2:
        planes = replace(planes, latents=view.fixed_z)
    scrubber(
        frames,
        subject.drawn(shown.samples),
        key=SCRUBBER,
        on_change=_moved,
        planes=planes,
        crisp=_crisp(),
        curves=walk_state.curves(subject, walk, state),
        pace=walk_state.pace(walk, state),
        on_pace=_paced,
    )


def _moved() -> None:
    """Note where the slider was released."""
    state, said = walk_state.kept(), heard(SCRUBBER, "position")
    if said and said["token"] == state.token:
        state.position = max(0, int(said["index"]))


def _paced() -> None:
    """Note speed and ease, for a file."""
    state, said = walk_state.kept(), heard(SCRUBBER, "pace")
    if said:
        speed = float(said["speed"])
        state.speed, state.ease = speed if speed in SPEEDS else state.speed, bool(said["ease"])


TOOL = Tool(
    "Walk",
    2,
    render,
    "explore",
    "How one sample turns into another: without jumps, where G has learned a smooth space.",
    modalities=(),
    term="interpolation",
)
