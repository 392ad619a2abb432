"""What all pictures of what G makes share: colours, text, and the line of text below. See `export.modalities`."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from playground.engine.messages import Frame
from playground.utils.colors import DARK, LIGHT, PAPER, Palette, rgb
from playground.utils.translation import _, english, joined, number

_BEYOND = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")  # letters of the Far East
Paint = Callable[[np.ndarray, np.ndarray | None], Image.Image]


@dataclass(frozen=True)
class Scene:
    """What all pictures of one run share.

    `real` are points (m, 2) in [-extent, extent]^2, None for images. `probability` says that the sigmoid of D's logit
    is one. `names` are those of the classes of a conditional run.
    """

    real: np.ndarray | None = None
    extent: float = 1.0
    probability: bool = False
    names: tuple[str, ...] = ()
    dark: bool = False

    @property
    def palette(self) -> Palette:
        return DARK if self.dark else LIGHT

    @property
    def paper(self) -> tuple[int, int, int]:
        return PAPER[self.dark]


# Text


@lru_cache(maxsize=16)
def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with Matplotlib and knows most alphabets; Matplotlib itself is not imported."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name, size)


def printable(text: str) -> str:
    """`text` as one line that can be drawn: whatever a person wrote. What the font has no letters for is in English."""
    text = english(text) if _BEYOND.search(text) else text
    return "".join(c if c.isprintable() else " " for c in text)


def shortened(text: str, width: float, face: ImageFont.FreeTypeFont) -> str:
    """`text`, cut and ended by dots if it is wider than `width` pixels."""
    text = printable(text)
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""


def write(
    picture: Image.Image,
    where: tuple[float, float],
    text: str,
    size: float,
    color: str,
    anchor: str,
    bold: bool = False,
) -> float:
    """Draw one line of text; gives its width in pixels."""
    face, text = font(size, bold), printable(text)
    ImageDraw.Draw(picture).text(where, text, fill=rgb(color), font=face, anchor=anchor)
    return face.getlength(text)


def step_text(step: int) -> str:
    return _("step {step}").format(step=number(step))


def footer(picture: Image.Image, scene: Scene, frame: Frame, step: int, top: int, marks: bool) -> None:
    """The step, what the marks mean if there are `marks`, and how many modes G covers, in the space below `top`."""
    size, ink, palette = (picture.height - top) * 0.42, scene.palette.ink, scene.palette
    middle, gap = top + (picture.height - top) * 0.48, 0.55 * size
    write(picture, (gap, middle), step_text(step), size, ink, "lm", bold=True)
    if marks:
        at = gap + font(size, True).getlength(step_text(10**5)) + 2 * gap
        keys = ((palette.real, "●", _("real")), (palette.generated, "▲", _("generated")))
        for color, sign, name in keys if scene.real is not None else keys[1:]:
            at += write(picture, (at, middle), sign, size, color, "lm") + 0.4 * gap
            at += write(picture, (at, middle), name, size, ink, "lm") + 1.6 * gap
    write(picture, (picture.width - gap, middle), _modes(frame), size, ink, "rm")


def _modes(frame: Frame) -> str:
    parts = [] if frame.modes is None else [_("modes {n}").format(n=frame.modes)]
    if frame.high_quality is not None and np.isfinite(frame.high_quality):
        parts.append(_("{share} within 3σ").format(share=f"{100 * frame.high_quality:.0f} %"))
    return joined(" · ", parts)
