"""Where the picture comes from that is to be found."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from playground.data import drawing, single_picture
from playground.latent.questions import Example, Examples, Exhibit
from playground.ui.charts import pictures
from playground.ui.components.drawer import drawer
from playground.ui.components.picker import picker, picks
from playground.ui.drawn import once, strokes_of
from playground.ui.model_source import Subject
from playground.ui.pages.latent import sample_pool
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

Source = Literal["draw", "example", "sample", "upload"]
SOURCE, DRAWER, NUMBER, PICKER, FILE = "find_source", "find_drawer", "find_number", "find_picker", "find_file"
TILES = 25  # samples to pick from
USUAL = 100  # training images that say how large a drawing is to be
_PICKED, _ROLLS = "_find_picked", "_find_rolls"


@dataclass(frozen=True)
class Wanted:
    """`picture` (h, w, c) uint8; `z` (z_dim,), if it was made of one, and its `label`."""

    picture: np.ndarray
    z: np.ndarray | None = None
    label: int | None = None


def choose(subject: Subject) -> Wanted | None:
    """Let the visitor choose a picture; None until there is one."""
    names: dict[Source, str] = {
        "draw": _("Draw"),
        "example": _("Training image"),
        "sample": _("Sample"),
        "upload": _("Upload"),
    }
    source: Source = st.segmented_control(
        _("What to find"),
        list(names),
        default="draw",
        format_func=names.__getitem__,
        required=True,
        key=SOURCE,
        label_visibility="collapsed",
        persist_state="session",
    )
    try:
        return {"draw": _drawn, "example": _example, "sample": _sample, "upload": _uploaded}[source](subject)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        return None


def _drawn(subject: Subject) -> Wanted | None:
    token = f"find:{subject.view.run}"
    drawer(key=DRAWER, token=token, on_change=lambda: None, plane=False, size="broad")
    strokes = strokes_of(DRAWER, token)
    usual = subject.study(Examples(USUAL)).result
    if not strokes or usual is None:
        return None
    owner = subject.view.run, subject.view.generation
    return Wanted(once("find_draw", (strokes, owner), lambda: drawing.picture_of(strokes, usual)))


def _example(subject: Subject) -> Wanted | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.number_input(
            _("Number"), 1, value=1, key=NUMBER, width=150, persist_state="session", label_visibility="collapsed"
        )
        st.button(_("Random"), icon=":material/casino:", key="find_random", on_click=_roll, args=(subject,))
    study = subject.study(Example(int(place) - 1))
    if study.problem:
        raise UserError(study.problem)
    found: Exhibit | None = study.result
    if found is None:
        return None
    caption = _("Training image {i} of {n}").format(i=number(min(int(place), found.count)), n=number(found.count))
    st.html(pictures.html([(found.picture, caption)], bool(st.session_state.get("smooth", True))))
    return Wanted(found.picture)


def _roll(subject: Subject) -> None:
    """Another number, among those that there are."""
    st.session_state[_ROLLS] = rolls = st.session_state.get(_ROLLS, 0) + 1
    count = USUAL
    with suppress(UserError):  # the page says it, too
        found: Exhibit | None = subject.study(Example(0)).result
        count = count if found is None else found.count
    st.session_state[NUMBER] = int(np.random.default_rng(rolls).integers(count)) + 1


def _sample(subject: Subject) -> Wanted | None:
    state = sample_pool.state(subject.view)
    z, y = state.z[:TILES], None if state.y is None else state.y[:TILES]
    samples = subject.sample(z, y)
    token = f"{state.run}:{state.generation}"
    mark, index = st.session_state.get(_PICKED, (token, None))
    picked = [] if mark != token or index is None or index >= len(z) else [(index, "A")]
    picker(
        samples,
        [_("Sample {i}").format(i=i + 1) for i in range(len(z))],
        picked,
        key=PICKER,
        token=token,
        on_change=_pick,
        most=1,
        crisp=not st.session_state.get("smooth", True),
    )
    if not picked:
        st.caption(_("Pick a sample: its z is known."))
        return None
    k = picked[0][0]
    return Wanted(samples[k], z[k], None if y is None else int(y[k]))


def _pick() -> None:
    state = sample_pool.kept()
    token = f"{state.run}:{state.generation}"
    found = picks(PICKER, token)
    if found is not None:
        st.session_state[_PICKED] = token, found[0][0] if found else None


def _uploaded(subject: Subject) -> Wanted | None:
    file = st.file_uploader(_("A picture"), key=FILE)  # any file: the browser would not say why it refuses one
    invert = st.toggle(_("Swap dark and bright"), key="find_swap", persist_state="session")
    if file is None or subject.view.samples is None:
        return None
    shape = subject.view.samples.shape[1:]
    picture = once("find_upload", (file.file_id, shape), lambda: single_picture.read(file.getvalue(), *shape))
    return Wanted(255 - picture if invert else picture)
