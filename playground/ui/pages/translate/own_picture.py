"""Where the visitor's own picture comes from: drawn, from a file, from the camera; brought to the form of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from playground.config.run_config import RunConfig
from playground.data import drawing, single_picture
from playground.data.single_picture import Fit
from playground.engine.messages import View
from playground.ui import session
from playground.ui.components.drawer import drawer
from playground.ui.drawn import once, strokes_of
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _

Source = Literal["draw", "upload", "camera"]
SOURCE, DRAWER, FILE, CAMERA = "translate_source", "translate_drawer", "translate_file", "translate_camera"
WHOLE, SWAP = "translate_whole", "translate_swap"
_LIKE = "_translate_like"


@dataclass(frozen=True)
class Own:
    """`picture` (h, w, c) uint8 in the form of the data, and in a sentence what was `done` to it."""

    picture: np.ndarray
    done: str


def choose(view: View) -> Own | None:
    """Let the visitor bring a picture; None until there is one."""
    names: dict[Source, str] = {"draw": _("Draw"), "upload": _("Upload"), "camera": _("Camera")}
    source: Source = st.segmented_control(
        _("Your own picture"),
        list(names),
        default="draw",
        format_func=names.__getitem__,
        required=True,
        key=SOURCE,
        label_visibility="collapsed",
        persist_state="session",
    )
    like = _like(view)
    try:
        if source == "draw":
            return _drawn(view, like)
        return _from_file(source, like)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        return None


def _like(view: View) -> np.ndarray | None:
    """Some pictures of the data (n, h, w, c), which say what form a picture is to have; None until they are known."""
    config = RunConfig.checked(view.config)
    of = config.dataset, config.source, config.choice
    if st.session_state.get(_LIKE, (None, None))[0] != of:
        card = session.card(*of)
        if card is None or card.sheet is None:
            return None
        st.session_state[_LIKE] = of, card.sheet
    found: np.ndarray = st.session_state[_LIKE][1]
    return found


def _size(like: np.ndarray) -> str:
    height, width, channels = like.shape[1:]
    words = _("{width}×{height} pixels, grey") if channels == 1 else _("{width}×{height} pixels, in colour")
    return words.format(width=width, height=height)


# Drawn


def _drawn(view: View, like: np.ndarray | None) -> Own | None:
    token = f"translate:{view.run}"
    drawer(key=DRAWER, token=token, on_change=lambda: None, plane=False, size="broad")
    strokes = strokes_of(DRAWER, token)
    if not strokes or like is None:
        return None
    owner = view.config["dataset"], like.shape
    picture = once("translate_draw", (strokes, owner), lambda: drawing.picture_of(strokes, like))
    return Own(picture, _("As large and where things are in the data: {size}.").format(size=_size(like)))


# From a file or the camera


def _from_file(source: Source, like: np.ndarray | None) -> Own | None:
    file: Any
    if source == "camera":
        help_ = _("The browser asks for your leave. It gives the camera only to pages at localhost or with https.")
        file = st.camera_input(_("Camera"), key=CAMERA, help=help_)
    else:
        file = st.file_uploader(_("A picture"), key=FILE)  # any file: the browser would not say why it refuses one
    with st.container(horizontal=True, gap="medium"):
        whole = st.toggle(
            _("Whole picture"), key=WHOLE, persist_state="session", help=_("With a border, and not cut to a square.")
        )
        swap = st.toggle(_("Swap dark and bright"), key=SWAP, persist_state="session")
    if file is None or like is None:
        return None
    fit: Fit = "pad" if whole else "crop"
    height, width, channels = like.shape[1:]
    picture = once(
        f"translate_{source}",
        (file.file_id, height, width, channels, fit),
        lambda: single_picture.read(file.getvalue(), height, width, channels, fit),
    )
    words = _("Filled up to a square, made {size}.") if whole else _("Cut to a square at the centre, made {size}.")
    return Own(255 - picture if swap else picture, words.format(size=_size(like)))
