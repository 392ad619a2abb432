"""Directions in z as sliders with filmstrips: principal components, factors, differences, random ones, kept ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.engine.messages import UseFixedZ, View
from playground.latent import direction_file
from playground.latent.direction_file import Direction
from playground.ui import calls, session
from playground.ui.components import sliders as component
from playground.ui.components.picker import picker, picks
from playground.ui.model_source import Subject
from playground.ui.pages.latent import direction_methods, direction_state, sample_pool
from playground.ui.pages.latent.direction_state import Group, Method, Rows, Steering
from playground.ui.pages.latent.sample_pool import Latents
from playground.ui.pages.latent.tools.tool import Tool
from playground.ui.style import escape_markdown
from playground.utils.translation import _

PICKER, SLIDERS = "directions_picker", "directions_sliders"
METHOD, GROUP = "directions_method", "directions_group"
SHOWN = "_directions_shown"


@dataclass(frozen=True)
class Shown:
    """What callbacks need of the last drawing."""

    rows: Rows
    ids: list[int]  # of kept directions
    z: np.ndarray  # (z_dim,) of the start sample
    y: int | None
    distribution: str
    classes: int


def render(subject: Subject) -> None:
    """Draw the tool."""
    view, pool, state = subject.view, sample_pool.state(subject.view), direction_state.state(subject.view)
    state.start = min(state.start, len(pool.z) - 1)
    with st.container(horizontal=True, vertical_alignment="center", key="directions_head"):
        method = _method(view.classes)
        buttons = st.container(horizontal=True, width="content")
    left, right = st.columns([2, 5], gap="medium")
    with right, st.container(horizontal=True, vertical_alignment="center"):
        rows, ids = direction_methods.rows(subject, pool, state, method)
    y = None if pool.y is None else int(pool.y[state.start])
    shown = None
    if rows is not None:
        shown = Shown(rows, ids, pool.z[state.start], y, subject.distribution, subject.classes)
    st.session_state[SHOWN] = shown
    tiles, frames = _samples(subject, pool, state, shown)
    with left:
        _pick(view, pool, state, method, tiles)
    with right:
        if shown is not None:
            _sliders(state, shown, frames, method)
    with buttons:
        _buttons(subject, state, method, shown)


def _method(classes: int) -> Method:
    titles: dict[Method, str] = {
        "pca": _("PCA"),
        "sefa": _("SeFa"),
        "classes": _("Classes"),
        "groups": _("Picked groups"),
        "random": _("Random"),
        "kept": _("Kept"),
    }
    if classes:  # which has an axis of its own, not one in z
        del titles["classes"]
    chosen: Method = st.segmented_control(
        _("Method"),
        list(titles),
        default="pca",
        format_func=titles.__getitem__,
        required=True,
        key=f"{METHOD}_{bool(classes)}",
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _buttons(subject: Subject, state: Steering, method: Method, shown: Shown | None) -> None:
    if method == "random":
        st.button(_("Others"), icon=":material/casino:", key="directions_others", on_click=_others)
    if method in ("pca", "sefa", "classes") and subject.live:
        found = shown.rows.step if shown else None
        st.button(
            _("Find again"),
            icon=":material/refresh:",
            key="directions_again",
            help=_("With the weights of the present."),
            disabled=found is None or found >= subject.step,
            on_click=_find_again,
            args=(method, subject.step),
        )
    st.button(
        _("Reset"),
        key="directions_reset",
        disabled=shown is None,
        help=_("All sliders back to 0. A double click puts one back."),
        on_click=_reset,
    )
    st.button(
        _("Show on Train"),
        icon=":material/grid_view:",
        key="directions_fixed",
        help=_("The samples on the Train page then follow these directions."),
        disabled=shown is None or session.watching(),
        on_click=_use_as_fixed_z,
    )


def _others() -> None:
    direction_state.held().seed += 1


def _find_again(method: Method, step: int) -> None:
    direction_state.held().since[method] = step


def _reset() -> None:
    direction_state.held().resets += 1


def _use_as_fixed_z() -> None:
    shown: Shown = st.session_state[SHOWN]
    z, y = direction_state.fixed(shown.z, shown.y, shown.rows, shown.distribution, shown.classes)
    session.send(UseFixedZ(z, y))
    if not calls.problem():
        session.say(
            _("On the Train page, each direction now has two rows, its ends, and columns are the classes.")
            if shown.classes
            else _("On the Train page, each row now follows one direction from −3 σ to 3 σ.")
        )


# Left: the start sample, or groups


def _pick(view: View, pool: Latents, state: Steering, method: Method, tiles: np.ndarray) -> None:
    group: Group = _group(state) if method == "groups" else "start"
    if group == "start":
        st.caption(_("Pick the sample to start from."))
    token = _pick_token(state, group)
    start = [(state.start, "A")]
    picker(
        tiles,
        sample_pool.titles(pool.y, len(pool.z), view.names),
        start if group == "start" else [(i, letter) for letter, found in state.groups.items() for i in found],
        key=PICKER,
        token=token,
        on_change=_picked,
        crisp=not st.session_state.get("smooth", True),
        most=1,
        group="" if group == "start" else group,
    )


def _group(state: Steering) -> Group:
    titles: dict[Group, str] = {
        "A": _("Group A ({n})").format(n=len(state.groups["A"])),
        "B": _("Group B ({n})").format(n=len(state.groups["B"])),
        "start": _("Start"),
    }
    chosen: Group = st.segmented_control(
        _("A click picks for"),
        list(titles),
        default="A",
        format_func=titles.__getitem__,
        required=True,
        key=GROUP,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _pick_token(state: Steering, group: Group) -> str:
    what = f"start:{state.repicks}" if group == "start" else "groups"
    return f"{state.run}:{state.generation}:{what}"


def _picked() -> None:
    state = direction_state.held()
    groups = picks(PICKER, _pick_token(state, "A"))
    start = picks(PICKER, _pick_token(state, "start"))
    if groups is not None:
        state.groups = {letter: [i for i, its in groups if its == letter] for letter in ("A", "B")}
    elif start:
        state.start = start[0][0]
    elif start is not None:  # one sample has to be the start
        state.repicks += 1


# Right: the sliders


def _samples(subject: Subject, pool: Latents, state: Steering, shown: Shown | None) -> tuple[np.ndarray, np.ndarray]:
    """Images of what there is to pick, and of the frames: (rows, frames, h, w, c)."""
    z, y = pool.z, pool.y
    if shown is not None:
        swept = direction_state.frames(shown.z, shown.rows, state.positions(shown.rows), shown.distribution)
        z = np.concatenate([z, swept.reshape(-1, z.shape[1])])
        y = None if y is None else np.concatenate([y, np.full(len(z) - len(y), shown.y)])
    samples, n = subject.sample(z, y), len(pool.z)
    k = 0 if shown is None else len(shown.rows.vectors)
    return samples[:n], samples[n:].reshape(k, len(direction_state.VALUES), *samples.shape[1:])


def _sliders(state: Steering, shown: Shown, frames: np.ndarray, method: Method) -> None:
    rows, stops, at = shown.rows, direction_state.VALUES, state.positions(shown.rows)
    zero = int(np.abs(stops).argmin())
    word, about = _("Keep"), _("Keep this direction under “Kept”.")
    if method == "kept":
        word, about = _("Remove"), _("Forget this direction.")
    row = next((i for i, stop in enumerate(at) if stop != zero), 0)
    component.sliders(
        list(zip(rows.names, rows.notes, strict=True)),
        stops[at],
        stops,
        frames.reshape(-1, *frames.shape[2:]),
        row * len(stops) + at[row],
        key=SLIDERS,
        token=rows.token,
        on_move=_moved,
        directions=component.Directions(zero, word, about, _chosen),
        crisp=not st.session_state.get("smooth", True),
    )


def _moved() -> None:
    shown: Shown | None = st.session_state[SHOWN]
    if shown is None:
        return
    rows, state = shown.rows, direction_state.held()
    if found := component.moved(SLIDERS, rows.token, len(rows.vectors), len(direction_state.VALUES)):
        state.move(rows.token, [found.get(i, stop) for i, stop in enumerate(state.positions(rows))])


def _chosen() -> None:
    """Keep the direction of a row, or forget it."""
    shown: Shown | None = st.session_state[SHOWN]
    row = None if shown is None else component.chosen(SLIDERS, shown.rows.token, len(shown.rows.vectors))
    if shown is None or row is None:
        return
    if shown.ids:
        direction_state.remove(shown.ids[row])
        return
    new = direction_state.keep(Direction(shown.rows.names[row], shown.rows.vectors[row]))
    session.say(
        _("{n} directions are kept already. Remove one first.").format(n=direction_file.MOST)
        if new is None
        else _("Kept as “{name}”.").format(name=escape_markdown(new.name))
    )


TOOL = Tool(
    "Directions",
    5,
    render,
    "edit",
    "Which directions in the latent space change one thing that a person can name, such as thickness or slant.",
    lacks={"points": "Points have no looks to change: a 2-D run shows all that z does under “Map” and “z”."},
    term="direction",
)
