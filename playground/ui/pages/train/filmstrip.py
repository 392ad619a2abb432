"""One of the fixed z, or of the inputs, through time: what G made of it at each moment."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from math import ceil

import numpy as np
import streamlit as st

from playground.data.modality import tiles_of
from playground.engine.messages import Film, Translation
from playground.ui import past
from playground.ui.charts import tiles
from playground.ui.pages.train.display import Display
from playground.utils.sample_grid import enlarge
from playground.utils.translation import _, number

MOST, SIDE = 20, 48  # frames that are shown; pixels of a smooth frame's side, about


@dataclass(frozen=True)
class Frame:
    """An image (h, w, c) uint8 with its caption: a step if G `made` it, or what it is. `hidden` is (h, w) bool."""

    image: np.ndarray
    caption: str
    made: bool = False
    hidden: np.ndarray | None = None


def render(film: Film, translation: Translation | None, backwards: bool, settings: Display) -> None:
    """The filmstrip of the sample that is followed, with a button that ends it.

    With a `translation`, that of its pair: the input first and, where it is known, the truth last; `backwards`, where
    there is a way from B to A, of that.
    """
    reverse = translation.reverse if backwards and translation is not None else None
    if reverse is not None:
        title = _("Pair {n} from B to A through time")
    else:
        title = _("Sample {n} through time") if translation is None else _("Pair {n} through time")
    with st.container(key="strip", gap="small"):
        _draw(film, translation if reverse is None else reverse, title, settings)


def _draw(film: Film, translation: Translation | None, title: str, settings: Display) -> None:
    tile = past.tile() or 0
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = title.format(n=tile + 1)
        st.markdown(f"**{title}**", width="stretch")
        back = _("Back to what D says")
        st.button(back, icon=":material/close:", key="strip_close", help=back,
                  on_click=past.follow_tile, args=(None,))  # fmt: skip
    st.html(html(frames_of(film, translation, tile), settings.smooth))


def frames_of(film: Film, translation: Translation | None, tile: int) -> list[Frame]:
    """The frames shown of a film of the sample `tile`, between the input and the truth of its pair."""
    keep, images = spread(len(film.steps)), tiles_of(film.samples)
    frames = [Frame(images[i], number(film.steps[i]), made=True) for i in keep]
    if translation is not None and tile < len(translation.inputs):
        hidden = None if translation.hidden is None else translation.hidden[tile]
        frames.insert(0, Frame(tiles_of(translation.inputs[[tile]])[0], _("input"), hidden=hidden))
        if translation.truth is not None:
            frames.append(Frame(tiles_of(translation.truth[[tile]])[0], _("truth")))
    return frames


def spread(n: int) -> list[int]:
    """Which of `n` frames are shown: evenly, with the first and the last."""
    return [int(i) for i in np.unique(np.linspace(0, n - 1, min(n, MOST)).round())]


def html(frames: list[Frame], smooth: bool) -> str:
    """The frames in rows, each with its caption under it."""
    kind = "strip" if smooth else "strip crisp"
    return f'<div class="{kind}">' + "".join(_figure(frame, smooth) for frame in frames) + "</div>"


def _figure(frame: Frame, smooth: bool) -> str:
    scale = max(1, ceil(SIDE / frame.image.shape[0]))
    image = enlarge(frame.image[None], scale)[0] if smooth else frame.image.repeat(scale, 0).repeat(scale, 1)
    image = np.where(image == tiles.CLEAR, np.uint8(0), image)
    if frame.hidden is not None:
        image = hatched(image, frame.hidden.repeat(scale, 0).repeat(scale, 1))
    data = base64.b64encode(tiles.png(image)).decode()
    caption = escape(frame.caption)
    alt = _("The sample at step {n}").format(n=caption) if frame.made else caption
    return f'<figure><img alt="{alt}" src="data:image/png;base64,{data}"><figcaption>{caption}</figcaption></figure>'


def hatched(image: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """An image (h, w, c) whose `hidden` pixels (h, w) are striped: that is no grey of the picture."""
    rows, columns = np.indices(hidden.shape)
    stripes = np.where((rows + columns) % 8 < 3, np.uint8(70), np.uint8(235))
    return np.where(hidden[..., None], stripes[..., None], image)
