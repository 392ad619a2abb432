"""Paths between samples, one number of z at a time, and a random walk; each as frames to scrub through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground import latent
from playground.engine.messages import UseFixedZ, View
from playground.i18n import _
from playground.ui import latents, session
from playground.ui.components.picker import picker, picks
from playground.ui.components.scrubber import Planes, scrubber
from playground.ui.latents import Class, Frames, Latents, Mode
from playground.ui.style import plain
from playground.ui.subject import Subject
from playground.ui.tools.record import Tool

SHOWN = "_latent_shown"
PICKER, SCRUBBER = "latent_picker", "latent_scrubber"
MODE, BLEND, CLASS, DIMENSION = "latent_mode", "latent_blend", "latent_class", "latent_dimension"


@dataclass(frozen=True)
class Shown:
    """The last frames that the engine served: `tiles` to pick from, `samples` along `frames`."""

    frames: Frames | None
    tiles: np.ndarray
    samples: np.ndarray


def draw(subject: Subject) -> None:
    """Draw the tool."""
    view, state = subject.view, latents.state(subject.view)
    mode, frames = _controls(view, state)
    shown = _shown(subject, state, frames)
    left, right = st.columns([3, 5], gap="medium")
    with left:
        _pick(view, state, shown)
    with right:
        st.caption(plain(latents.sentence(state, mode, subject.distribution, _class(view), view.names)))
        _stage(view, shown)


# Left: the samples


def _pick(view: View, state: Latents, shown: Shown) -> None:
    if len(state.picked) == 3:
        st.caption(_("A path through three. Pick a fourth for a grid."))
    else:
        st.caption(_("Pick two samples for a path, four for a grid. Click again to unpick."))
    names = [
        _("Sample {i}").format(i=i + 1)
        if state.y is None
        else _("Sample {i}, class {y}").format(i=i + 1, y=view.names[state.y[i]])
        for i in range(len(state.z))
    ]
    picker(
        shown.tiles,
        names,
        list(zip(state.picked, latents.LETTERS, strict=False)),
        key=PICKER,
        token=f"{state.run}:{state.generation}",
        on_change=_picked,
        real=view.real,
        extent=view.extent,
        crisp=_crisp(),
    )


def _picked() -> None:
    state = latents.kept()
    if (found := picks(PICKER, f"{state.run}:{state.generation}")) is not None:
        state.pick([index for index, _letter in found])


# Right: what to show


def _controls(view: View, state: Latents) -> tuple[Mode, Frames | None]:
    """The mode and its few controls; gives the frames to show, or None if there are none yet."""
    modes: dict[Mode, str] = {"interpolate": _("Interpolate"), "dimensions": _("Dimensions"), "walk": _("Walk")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(
            _("Show"),
            list(modes),
            default="interpolate",
            format_func=modes.__getitem__,
            required=True,
            key=MODE,
            persist_state="session",
        )
        frames = _mode_controls(view, state, mode)
        st.button(
            _("Use as fixed z"),
            icon=":material/grid_view:",
            help=_("The samples on the Train page then come from these latents."),
            disabled=frames is None,
            on_click=_use_as_fixed_z,
            args=(frames, view.classes),
        )
    return mode, frames


def _mode_controls(view: View, state: Latents, mode: Mode) -> Frames | None:
    distribution = view.config["z_distribution"]
    natural = latent.natural_blend(distribution)
    if mode == "interpolate":
        blend = st.segmented_control(
            _("Path"),
            list(latent.BLENDS),
            default=natural,
            required=True,
            key=f"{BLEND}_{distribution}",  # each distribution has its own default
            persist_state="session",
        )
        return latents.interpolation(state, blend, _class_select(view, state, mode))
    if mode == "walk":
        choice = _class_select(view, state, mode)
        st.button(_("New walk"), icon=":material/casino:", on_click=_new_walk)
        return latents.walk(state, distribution, natural, choice)
    last = state.z.shape[1]
    k = st.number_input(
        _("Dimension, 1 to {last}").format(last=last),
        1,
        last,
        key=f"{DIMENSION}_{last}",  # what one run allows may be out of range in the next
        width=150,
        persist_state="session",
    )
    st.button(_("Reset"), on_click=state.follow, help=_("Back to the place on the path."))
    st.button(_("Random"), icon=":material/casino:", on_click=_random_z, args=(distribution,))
    blend = st.session_state.get(f"{BLEND}_{distribution}", natural)
    start = latents.working(state, latents.interpolation(state, blend, _class(view)))
    return None if start is None else latents.dimension(state, *start, int(k) - 1, distribution)


def _class(view: View) -> Class:
    """The class chosen for the path."""
    choice: Class = st.session_state.get(f"{CLASS}_interpolate_{view.classes}", "a")
    return choice


def _class_select(view: View, state: Latents, mode: Mode) -> Class:
    """Which class the frames have; only a path has a half at which it can switch."""
    if state.y is None:
        return "a"
    first = state.y[state.picked[0]] if state.picked else state.y[0]
    names: dict[Class, str] = {"a": _("Class of A ({y})").format(y=view.names[first])}
    if mode == "interpolate":
        names["switch"] = _("Switch halfway")
    names |= {y: _("Class {y}").format(y=view.names[y]) for y in range(view.classes)}
    return st.selectbox(
        _("Class"),
        list(names),
        format_func=names.__getitem__,
        key=f"{CLASS}_{mode}_{view.classes}",
        width=170,
        persist_state="session",
    )


def _crisp() -> bool:
    """Whether tiles show their pixels, as on the Train page."""
    return not st.session_state.get("smooth", True)


def _new_walk() -> None:
    latents.kept().seed += 1


def _random_z(distribution: str) -> None:
    state = latents.kept()
    state.draws += 1
    state.follow(latent.draw(distribution, 1, state.z.shape[1], 10_000 + state.draws)[0])


def _use_as_fixed_z(frames: Frames, classes: int) -> None:
    session.send(UseFixedZ(*latents.fixed(frames, classes)))
    if session.notice():
        return
    sentence = _("The Train page now starts with these {n} samples.").format(n=len(frames.z))
    if classes:
        sentence = _("On the Train page, rows now follow the path and columns are the classes.")
    session.say(sentence)


# Right: the pictures


def _shown(subject: Subject, state: Latents, frames: Frames | None) -> Shown:
    """Samples of what there is to pick and of the frames."""
    wanted: list[Latents | Frames] = [state] if frames is None else [state, frames]
    z = np.concatenate([part.z for part in wanted])
    y = None if state.y is None else np.concatenate([part.y for part in wanted if part.y is not None])
    samples, n = subject.sample(z, y), len(state.z)
    shown = Shown(frames, samples[:n], samples[n:])
    st.session_state[SHOWN] = shown
    return shown


def _stage(view: View, shown: Shown) -> None:
    if shown.frames is None:
        st.info(_("Pick two samples on the left, and a path leads from one to the other."), icon=":material/touch_app:")
        return
    planes = None
    if view.kind == "points":
        assert view.real is not None
        assert view.samples is not None
        flat = shown.frames.z.shape[1] == 2
        planes = Planes(view.extent, view.real, view.samples, view.fixed_z if flat else None)
    scrubber(
        shown.frames,
        shown.samples,
        key=SCRUBBER,
        on_change=_moved,
        planes=planes,
        crisp=_crisp(),
    )


def _moved() -> None:
    """Note where a slider was released; on the Dimensions tab its frame becomes the working z."""
    state = latents.kept()
    shown: Shown = st.session_state[SHOWN]
    position = st.session_state[SCRUBBER]["position"]
    if not position or shown.frames is None or position["token"] != shown.frames.token:
        return
    index = min(max(int(position["index"]), 0), len(shown.frames.z) - 1)
    state.positions[shown.frames.token] = index
    if shown.frames.token.startswith("z"):
        state.working = shown.frames.z[index].copy()
    elif shown.frames.shape != "loop":
        state.follow()


TOOL = Tool("Paths", 1, draw, points=True)
