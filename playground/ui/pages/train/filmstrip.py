"""One of the fixed z through time: what G made of it at each moment."""

from __future__ import annotations

import base64
from math import ceil

import numpy as np
import streamlit as st

from playground.data.modality import tiles_of
from playground.engine.messages import Film
from playground.ui import past
from playground.ui.charts import tiles
from playground.ui.pages.train.display import Display
from playground.utils.sample_grid import enlarge
from playground.utils.translation import _, number

MOST, SIDE = 20, 48  # frames that are shown; pixels of a smooth frame's side, about


def render(film: Film, settings: Display) -> None:
    """The filmstrip of the sample that is followed, with a button that ends it."""
    with st.container(key="strip", gap="small"):
        _draw(film, settings)


def _draw(film: Film, settings: Display) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = _("Sample {n} through time").format(n=(past.tile() or 0) + 1)
        st.markdown(f"**{title}**", width="stretch")
        back = _("Back to what D says")
        st.button(back, icon=":material/close:", key="strip_close", help=back,
                  on_click=past.follow_tile, args=(None,))  # fmt: skip
    keep = spread(len(film.steps))
    st.html(html(tiles_of(film.samples[keep]), [film.steps[i] for i in keep], settings.smooth))


def spread(n: int) -> list[int]:
    """Which of `n` frames are shown: evenly, with the first and the last."""
    return [int(i) for i in np.unique(np.linspace(0, n - 1, min(n, MOST)).round())]


def html(images: np.ndarray, steps: list[int], smooth: bool) -> str:
    """`images` (k, h, w, c) uint8 in rows, each with its step under it."""
    if smooth:
        images = enlarge(images, max(1, ceil(SIDE / images.shape[1])))
    kind = "strip" if smooth else "strip crisp"
    return f'<div class="{kind}">' + "".join(map(_frame, images, steps)) + "</div>"


def _frame(image: np.ndarray, step: int) -> str:
    data = base64.b64encode(tiles.png(np.where(image == tiles.CLEAR, np.uint8(0), image))).decode()
    alt = _("The sample at step {n}").format(n=number(step))
    return (
        f'<figure><img alt="{alt}" src="data:image/png;base64,{data}"><figcaption>{number(step)}</figcaption></figure>'
    )
