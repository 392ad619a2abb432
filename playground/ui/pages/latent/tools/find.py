"""Which z makes a picture: found, and what that is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from playground.data import drawing
from playground.latent.questions import Anomaly, Errors, Find
from playground.ui import drawn, jobs
from playground.ui.charts import pictures
from playground.ui.components.drawer import drawer
from playground.ui.model_source import Subject
from playground.ui.pages.latent import find_results, image_source
from playground.ui.pages.latent.find_results import About
from playground.ui.pages.latent.image_source import Wanted
from playground.ui.pages.latent.tools.tool import Tool
from playground.utils.translation import _

MODE, NOISE, HIDDEN, CLASS, PAINTER = "find_mode", "find_noise", "find_hidden", "find_class", "find_painter"
ANY = -1  # class
COUNT = 32  # training images whose errors are measured
PARTS = ("left", "right", "top", "bottom", "middle", "paint")


Made = tuple[Any, About | None] | None


@dataclass(frozen=True)
class Mode:
    """`prepare` draws the controls and gives the question and the pictures it is about, None before it can be asked;
    `show` draws the answer.
    """

    title: str
    button: str
    hint: str
    prepare: Callable[[Subject, Wanted | None], Made]
    show: Callable[[Subject, jobs.Asked], None]


def render(subject: Subject) -> None:
    """Draw the tool."""
    left, right = st.columns([3, 5], gap="medium")
    with left:
        wanted = image_source.choose(subject)
    with right:
        key: str = st.segmented_control(
            _("What to do"),
            list(MODES),
            default="find",
            format_func=lambda key: _(MODES[key].title),
            required=True,
            key=MODE,
            label_visibility="collapsed",
            persist_state="session",
        )
        mode, name = MODES[key], f"find_{key}"
        with st.container(horizontal=True, vertical_alignment="bottom"):
            made = mode.prepare(subject, wanted)
            asked = jobs.latest(subject, name)
            jobs.buttons(subject, name, _(mode.button), None if made is None else lambda: made, asked)
        if key == "fill" and wanted is not None and st.session_state[HIDDEN] == "paint":
            _paint(subject, wanted.picture)
        jobs.problem(asked)
        if asked is None or asked.shown is None or (asked.finished and _other(made, asked)):
            _before(made, _(mode.hint))
        else:
            mode.show(subject, asked)


def _other(made: Made, asked: jobs.Asked) -> bool:
    """Whether the visitor has chosen something else since."""
    return made is not None and made[1] is not None and not made[1].same(asked.extra)


def _before(made: Made, hint: str) -> None:
    """What is going to be looked for, or how to begin."""
    if made is None or made[1] is None:
        st.info(hint, icon=":material/search:")
        return
    about = made[1]
    shown = [(about.picture, _("The picture"))]
    if about.given is not about.picture:
        shown.append((about.given, _("What G is shown")))
    st.html(pictures.html(shown, find_results.smooth()))


def _class(subject: Subject) -> int | None:
    """The class that a conditional G is to make the picture of; None: it tries all."""
    if not subject.classes:
        return None
    names = subject.view.names
    label: int = st.selectbox(
        _("Class"),
        [ANY, *range(subject.classes)],
        format_func=lambda k: _("Any class") if k == ANY else _("Class {y}").format(y=names[k]),
        key=f"{CLASS}_{subject.classes}",
        label_visibility="collapsed",
        width=160,
        persist_state="session",
    )
    return None if label == ANY else label


def _find(subject: Subject, wanted: Wanted | None) -> Made:
    label = _class(subject)
    if wanted is None:
        return None
    return Find(wanted.picture, label=label), About(wanted.picture, wanted.picture, z=wanted.z)


def _denoise(subject: Subject, wanted: Wanted | None) -> Made:
    level: int = st.slider(_("Noise"), 0, 100, 30, 5, format="%d %%", key=NOISE, width=320, persist_state="session")
    if wanted is None:
        return None
    noise = np.random.default_rng(0).normal(size=wanted.picture.shape) * 255 * level / 100
    noisy = (wanted.picture + noise).round().clip(0, 255).astype(np.uint8)
    return Find(noisy), About(wanted.picture, noisy)


def _fill(subject: Subject, wanted: Wanted | None) -> Made:
    names = {
        "left": _("Left half"),
        "right": _("Right half"),
        "top": _("Top half"),
        "bottom": _("Bottom half"),
        "middle": _("Middle"),
        "paint": _("Paint"),
    }
    part: str = st.segmented_control(
        _("Hide"),
        PARTS,
        default="bottom",
        format_func=names.__getitem__,
        required=True,
        key=HIDDEN,
        label_visibility="collapsed",
        persist_state="session",
    )
    if wanted is None:
        return None
    height, width = wanted.picture.shape[:2]
    hidden = _painted(subject, wanted.picture) if part == "paint" else _half(part, height, width)
    if not hidden.any():
        return None
    return Find(wanted.picture, ~hidden), About(wanted.picture, find_results.covered(wanted.picture, hidden), hidden)


def _half(part: str, height: int, width: int) -> np.ndarray:
    """bool (height, width): a half of the picture, or the middle of it."""
    row, column = (np.arange(height)[:, None] + 0.5) / height, (np.arange(width)[None] + 0.5) / width
    inside = {
        "left": column < 0.5,
        "right": column > 0.5,
        "top": row < 0.5,
        "bottom": row > 0.5,
        "middle": (abs(row - 0.5) < 0.25) & (abs(column - 0.5) < 0.25),
    }
    return np.broadcast_to(inside[part], (height, width)).copy()


def _paint(subject: Subject, picture: np.ndarray) -> None:
    """Let a person paint over the picture."""
    with st.container(key="find_paint", width=230):
        drawer(
            key=PAINTER,
            token=_painting(subject),
            on_change=lambda: None,
            plane=False,
            picture=pictures.address(picture, find_results.smooth()),
            size="broad",
        )


def _painted(subject: Subject, picture: np.ndarray) -> np.ndarray:
    """bool (h, w): what a person painted over the picture."""
    height, width = picture.shape[:2]
    strokes = drawn.strokes_of(PAINTER, _painting(subject))
    if not strokes:
        return np.zeros((height, width), bool)
    return drawn.once("find_hide", (strokes, height, width), lambda: drawing.shown(strokes, height, width))


def _painting(subject: Subject) -> str:
    return f"hide:{subject.view.run}"


def _anomaly(subject: Subject, wanted: Wanted | None) -> Made:
    return None if wanted is None else (Anomaly(wanted.picture, COUNT), About(wanted.picture, wanted.picture))


def _memory(subject: Subject, wanted: Wanted | None) -> Made:
    return Errors(COUNT), None


MODES = {
    "find": Mode(
        _("Find"),
        _("Find it"),
        _(
            "Draw or choose a picture first. Then the z that makes it is looked for: gradient descent from many "
            "random z."
        ),
        _find,
        find_results.found,
    ),
    "denoise": Mode(
        _("Denoise"),
        _("Take the noise away"),
        _("G cannot make noise: what it makes instead is clean."),
        _denoise,
        find_results.denoised,
    ),
    "fill": Mode(
        _("Fill in"), _("Fill it in"), _("Hide a part; G must agree with the rest."), _fill, find_results.filled
    ),
    "anomaly": Mode(
        _("Anomaly"),
        _("Score it"),
        _("What G cannot make is unlike what it has learned."),
        _anomaly,
        find_results.anomaly,
    ),
    "memory": Mode(
        _("Memorised?"),
        _("Compare"),
        _("If G makes training images better than others of the same kind, it has memorised them."),
        _memory,
        find_results.errors,
    ),
}
TOOL = Tool(
    "Find",
    8,
    render,
    "check",
    "Whether G can make a given picture: what it makes badly, it has not learned.",
    lacks={
        "points": "In a 2-D run there is no picture to look for; on the Train page, the pointer shows the z of a point."
    },
    term="inversion",
)
