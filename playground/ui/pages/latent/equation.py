"""Pictures with words: A - B + C = result, the result among its neighbours, a row with a name above each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import NamedTuple

import numpy as np

from playground.ui.charts import tiles
from playground.utils.sample_grid import enlarge

IN_A_ROW = 12  # named pictures
SIDE = 160  # pixels of a smooth picture's side, about: the browser enlarges the rest

_CSS = """
.sum { display: flex; align-items: center; gap: 0.6rem; justify-content: space-between; max-width: 56rem; }
.sum figure { margin: 0; flex: 1 1 0; min-width: 0; max-width: calc((100dvh - 29rem) * 0.62); }
.sum .sign { font-size: 2rem; font-weight: 600; margin-bottom: 3.6rem; }
.sum .none { aspect-ratio: 1; display: grid; place-items: center; text-align: center; padding: 0.4rem; opacity: 0.7; }
.sum .none { border: 1px dashed; border-radius: 0.4rem; }
.sum img, .near img { display: block; width: 100%; border-radius: 0.3rem; }
.crisp img { image-rendering: pixelated; }
.sum .of { display: grid; grid-template-columns: repeat(6, 1fr); gap: 0.15rem; height: 2rem; overflow: hidden; }
.sum figcaption { text-align: center; white-space: nowrap; line-height: 1.6rem; font-variant-numeric: tabular-nums; }
.near { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.2rem; width: min(100%, 100dvh - 35rem, 20rem); }
.near img:nth-child(5) { outline: 3px solid var(--primary-color, #0A7F66); outline-offset: -1px; }
.named { display: grid; gap: 0.2rem; grid-template-columns: repeat(var(--columns), minmax(0, 5.5rem)); }
.named figure { margin: 0; min-width: 0; }
.named img { display: block; width: 100%; border-radius: 0.2rem; }
.named figcaption { text-align: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
"""


class Term(NamedTuple):
    """A picture (h, w, c) uint8 of the equation with those it is the mean of, or what stands in its place."""

    title: str
    image: np.ndarray | None
    members: np.ndarray | None = None
    missing: str = ""


def html(terms: list[Term], smooth: bool) -> str:
    """The equation of four terms, the last one its result."""
    parts = [f"<style>{_CSS}</style>"]
    for sign, term in zip(("", "−", "+", "="), terms, strict=True):
        if sign:
            parts.append(f'<span class="sign">{sign}</span>')
        parts.append(_term(term, smooth))
    return f'<div class="sum{_crisp(smooth)}">' + "".join(parts) + "</div>"


def neighbours(images: np.ndarray, alt: str, smooth: bool) -> str:
    """Nine pictures (9, h, w, c) uint8 around the one in the middle."""
    return (
        f'<style>{_CSS}</style><div class="near{_crisp(smooth)}">'
        + "".join(_image(image, alt, smooth) for image in images)
        + "</div>"
    )


def named(images: np.ndarray, names: Sequence[str], smooth: bool) -> str:
    """`images` (n, h, w, c) uint8 in rows, each under its name."""
    pairs = zip(images, names, strict=True)
    cells = (
        f"<figure><figcaption>{escape(each)}</figcaption>{_image(image, each, smooth)}</figure>"
        for image, each in pairs
    )
    columns = min(len(names), IN_A_ROW)
    style = f"<style>{_CSS}</style>"
    return f'{style}<div class="named{_crisp(smooth)}" style="--columns: {columns}">' + "".join(cells) + "</div>"


def _term(term: Term, smooth: bool) -> str:
    shown = f'<div class="none">{escape(term.missing)}</div>'
    if term.image is not None:
        shown = _image(term.image, term.title, smooth)
    small = "" if term.members is None else "".join(_image(image, "", smooth) for image in term.members[:6])
    return f'<figure>{shown}<figcaption>{escape(term.title)}</figcaption><div class="of">{small}</div></figure>'


def _image(image: np.ndarray, alt: str, smooth: bool) -> str:
    if smooth:
        image = enlarge(image[None], max(1, ceil(SIDE / image.shape[0])))[0]
    picture = tiles.uri(tiles.png(np.where(image == tiles.CLEAR, np.uint8(0), image)))
    return f'<img alt="{escape(alt)}" src="{picture}">'


def _crisp(smooth: bool) -> str:
    return "" if smooth else " crisp"
