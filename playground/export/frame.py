"""One picture of what G makes at a step: points over D's plane, or a grid of images, with a line of text below."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from playground.engine.messages import Frame
from playground.export import rasterize
from playground.utils.colors import DARK, LIGHT, PAPER, Palette, rgb
from playground.utils.sample_grid import by_class, resized
from playground.utils.translation import _, number

POINTS = 500  # of each kind; more hide each other
HEAT = 0.75  # opacity of D's plane
COLUMNS = 10  # of a grid, at most

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
    """`text` as one line that can be drawn: whatever a person wrote."""
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
    face = font(size, bold)
    ImageDraw.Draw(picture).text(where, text, fill=rgb(color), font=face, anchor=anchor)
    return face.getlength(text)


def step_text(step: int) -> str:
    return _("step {step}").format(step=number(step))


def footer(picture: Image.Image, scene: Scene, frame: Frame, step: int, top: int) -> None:
    """The step, what the marks mean and how many modes G covers, in the space below `top`."""
    size, ink, palette = (picture.height - top) * 0.42, scene.palette.ink, scene.palette
    middle, gap = top + (picture.height - top) * 0.48, 0.55 * size
    write(picture, (gap, middle), step_text(step), size, ink, "lm", bold=True)
    if frame.samples.ndim == 2:
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
    return " · ".join(parts)


# Points


def of_points(scene: Scene, side: int, bands: int = 256) -> Paint:
    """What draws points (n, 2) over what D says (rows, columns), 0 to 1, row 0 at the bottom: (side, side).

    `bands` is the number of colours of the plane. In a small picture the marks are small, but less so.
    """
    real_color, edge, color = (rgb(c) for c in (scene.palette.real, scene.palette.neutral, scene.palette.generated))
    unit, extent = (side / 512) ** 0.6, scene.extent if np.isfinite(scene.extent) and scene.extent > 0 else 1.0
    ramp, mark = _ramp(scene, bands), rasterize.stamp(rasterize.triangle, color, edge, unit, 1.0)
    pad = mark.size
    shape = (side + 2 * pad, side + 2 * pad, 3)
    keep, add = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    if scene.real is not None:
        rasterize.put(
            keep,
            add,
            rasterize.stamp(rasterize.circle, real_color, edge, unit, 0.6),
            *_pixels(scene.real, extent, side, pad),
        )

    def paint(points: np.ndarray, belief: np.ndarray | None) -> Image.Image:
        picture = np.zeros(shape, np.float32)
        picture[pad:-pad, pad:-pad] = scene.paper if belief is None else _heat(belief, ramp, side)
        picture *= keep
        picture += add
        rasterize.put(picture, None, mark, *_pixels(points, extent, side, pad))
        return Image.fromarray((picture[pad:-pad, pad:-pad] + 0.5).astype(np.uint8))

    return paint


def _pixels(points: np.ndarray, extent: float, side: int, pad: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the first `POINTS` of points (n, 2) lie in a picture with a margin: x and y of those that are on it."""
    points = points[:POINTS].astype(np.float64)
    inside = points[np.isfinite(points).all(1) & (np.abs(points) < 1.1 * extent).all(1)]
    x, y = ((inside * (1, -1) / extent + 1) * (side / 2) + pad).T
    return x, y


def _ramp(scene: Scene, bands: int) -> np.ndarray:
    """The colours of D's plane, (256, 3) float32, from generated over neutral to real."""
    ends = [rgb(c) for c in (scene.palette.generated, scene.palette.neutral, scene.palette.real)]
    at = np.rint(np.arange(256) / 255 * (bands - 1)) / (bands - 1)
    ramp = np.stack([np.interp(at, (0, 0.5, 1), channel) for channel in zip(*ends, strict=True)], 1)
    return (HEAT * ramp + (1 - HEAT) * np.array(scene.paper)).astype(np.float32)


def _heat(belief: np.ndarray, ramp: np.ndarray, side: int) -> np.ndarray:
    """The plane in colours, (side, side, 3)."""
    rows, columns = belief.shape
    small = Image.fromarray(np.ascontiguousarray(belief[::-1], np.float32))
    # The outer points of the plane lie on its edge, not half a point inside.
    box = (0.5, 0.5, columns - 0.5, rows - 0.5) if min(rows, columns) > 1 else None
    large = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC, box))
    out: np.ndarray = np.take(ramp, (large * 255 + 0.5).clip(0, 255).astype(np.uint8), 0)
    return out


# Images


def of_images(scene: Scene, frame: Frame, side: int) -> Paint:
    """What draws images (n, h, w, c) like those of `frame` in a grid: about `side` pixels on the longer side."""
    n, h, w = frame.samples.shape[:3]
    across = min(COLUMNS, max(1, int(np.ceil(np.sqrt(n)))))
    across = max(across, min(COLUMNS, len(scene.names)))
    down = max(1, min(COLUMNS, -(-n // across)))
    places, heads = by_class(frame.labels, scene.names, down, across, n)
    places = places[(places >= 0).any(1)] if (places >= 0).any() else places
    rows, columns = places.shape
    pitch = side / max(rows * h, columns * w)
    gap = max(1, round(0.07 * pitch * min(h, w)))
    height, width = max(1, int(pitch * h) - gap), max(1, int(pitch * w) - gap)
    top = round(side / 24) if heads else 0

    def paint(images: np.ndarray, _belief: np.ndarray | None) -> Image.Image:
        size = (rows * (height + gap) + gap + top, columns * (width + gap) + gap, 3)
        sheet = np.full(size, scene.paper, np.uint8)
        tiles = resized(images, height, width)
        for (row, column), i in np.ndenumerate(places):
            if 0 <= i < len(tiles):
                y, x = gap + top + row * (height + gap), gap + column * (width + gap)
                sheet[y : y + height, x : x + width] = tiles[i]
        picture = Image.fromarray(sheet)
        _write_heads(picture, heads, scene, top)
        return picture

    return paint


def _write_heads(picture: Image.Image, heads: Sequence[str], scene: Scene, height: int) -> None:
    for k, head in enumerate(heads):
        each = picture.width / len(heads)
        text = shortened(head, each - 2, font(0.66 * height))
        write(picture, ((k + 0.5) * each, height * 0.6), text, 0.66 * height, scene.palette.ink, "mm")
