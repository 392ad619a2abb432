"""The Latent page: walk through the latent space of the run that the Train page trains. Never changes the training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from playground import latent
from playground.engine.messages import UseFixedZ, View
from playground.errors import UserError
from playground.i18n import _
from playground.ui import latents, session
from playground.ui.components.picker import picker
from playground.ui.components.scrubber import Planes, scrubber
from playground.ui.latents import Class, Frames, Latents, Mode
from playground.ui.pages.record import Page
from playground.ui.style import plain

TICK_PLAYING, TICK_PAUSED = 1.0, 3.0  # seconds
STATE, SHOWN, _SAID = "_latent_state", "_latent_shown", "_latent_said"
PICKER, SCRUBBER = "latent_picker", "latent_scrubber"
MODE, BLEND, CLASS, DIMENSION = "latent_mode", "latent_blend", "latent_class", "latent_dimension"


@dataclass(frozen=True)
class Shown:
    """The last frames that the engine served: `tiles` to pick from, `samples` along `frames`."""

    version: tuple[object, ...]
    frames: Frames | None
    tiles: np.ndarray
    samples: np.ndarray


def render() -> None:
    """Draw the page."""
    view = session.view()
    tick = TICK_PAUSED if view and view.status == "paused" else TICK_PLAYING
    st.fragment(_live, run_every=tick)(tick)


def _live(tick: float) -> None:
    """What is drawn again at each tick; `tick` is the rate at which that happens."""
    view = session.view()
    if (TICK_PAUSED if view and view.status == "paused" else TICK_PLAYING) != tick:
        st.rerun()
    if notice := session.notice() or (view.notice if view else "") or session.findings():
        st.warning(plain(notice))
    if said := st.session_state.pop(_SAID, ""):
        st.toast(said, icon=":material/grid_view:")
    if view is None or view.samples is None or view.fixed_z is None:
        if view is None or view.status != "failed":
            st.info(_("The engine is starting. Samples appear here in a moment."), icon=":material/hourglass_top:")
        return
    state = _state(view)
    mode, frames = _controls(view, state)
    shown = _shown(view, state, frames)
    if shown is None:
        return
    left, right = st.columns([3, 5], gap="medium")
    with left:
        _pick(view, state, shown)
    with right:
        distribution = view.config["z_distribution"]
        st.caption(plain(latents.sentence(state, mode, distribution, _class(view), view.names)))
        _stage(view, shown)


def _state(view: View) -> Latents:
    """What the visitor has picked in this run, made on arrival and again when the run starts over."""
    state: Latents | None = st.session_state.get(STATE)
    if state is None or (state.run, state.generation) != (view.run, view.generation):
        state = latents.arrive(view)
        st.session_state[STATE] = state
        st.session_state.pop(SHOWN, None)
    return state


# Left: the samples


def _pick(view: View, state: Latents, shown: Shown) -> None:
    if view.step == 0:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Not trained yet: these samples are noise."), width="content")
            _link_to_train()
    elif len(state.picked) == 3:
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
        state.picked,
        key=PICKER,
        token=f"{state.run}:{state.generation}",
        on_change=_picked,
        real=view.real,
        extent=view.extent,
        crisp=_crisp(),
    )


def _link_to_train() -> None:
    from playground.ui.pages import PAGES  # the registry imports this module

    page = PAGES["train"]
    st.page_link(
        st.Page(page.render, title=_(page.title), url_path="train"),
        label=_("Train it"),
        icon=page.icon,
        width="content",
    )


def _picked() -> None:
    state: Latents = st.session_state[STATE]
    picked = st.session_state[PICKER]["picked"]
    if picked and picked["token"] == f"{state.run}:{state.generation}":
        state.pick([int(i) for i in picked["indices"]])


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
    st.session_state[STATE].seed += 1


def _random_z(distribution: str) -> None:
    state: Latents = st.session_state[STATE]
    state.draws += 1
    state.follow(latent.draw(distribution, 1, state.z.shape[1], 10_000 + state.draws)[0])


def _use_as_fixed_z(frames: Frames, classes: int) -> None:
    session.send(UseFixedZ(*latents.fixed(frames, classes)))
    if session.notice():
        return
    sentence = _("The Train page now starts with these {n} samples.").format(n=len(frames.z))
    if classes:
        sentence = _("On the Train page, rows now follow the path and columns are the classes.")
    st.session_state[_SAID] = sentence  # a callback must not draw


# Right: the pictures


def _shown(view: View, state: Latents, frames: Frames | None) -> Shown | None:
    """Samples of what there is to pick and of the frames; the last ones where nothing is new or the engine declines."""
    old: Shown | None = st.session_state.get(SHOWN)
    wanted: list[Latents | Frames] = [state] if frames is None else [state, frames]
    z = np.concatenate([part.z for part in wanted])
    y = None if state.y is None else np.concatenate([part.y for part in wanted if part.y is not None])
    weights = session.weights()
    version = (view.run, view.version, weights, z.tobytes(), None if y is None else y.tobytes())
    if old is not None and old.version == version:
        shown = replace(old, frames=frames)  # the same latents, maybe with another token or start
    else:
        try:
            samples = session.host().sample(view.run, z, y, weights)
        except UserError as error:
            st.warning(plain(str(error)))
            return old
        n = len(state.z)
        shown = Shown(version, frames, samples[:n], samples[n:])
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
    state: Latents = st.session_state[STATE]
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


PAGE = Page("Latent", ":material/route:", 3, render)
