"""Points in files: over D's plane, among the real ones; a walk is a point on the whole path."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from playground.data.modality import POINTS
from playground.engine.messages import Frame
from playground.export import rasterize
from playground.export.frame import Paint, Scene
from playground.export.modalities.in_file import InFile
from playground.utils.colors import rgb

HEAT = 0.75  # opacity of D's plane
WALK, STRIP = 384, 96  # pixels of a picture of a walk, and in a strip of them
SHEET = 800  # pixels of the picture of samples
TRIANGLE = (2.6, 1.5), (-2.6, 1.5), (0.0, -3.0)  # pixels around its middle
BLUE, VERMILION, PAPER = (0, 114, 178), (213, 94, 0), (255, 255, 255)


def _painter(scene: Scene, like: Frame, side: int, bands: int) -> Paint:
    return painter(scene, side, bands)


def painter(scene: Scene, side: int, bands: int = 256) -> Paint:
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
    """Where the first of points (n, 2) lie in a picture with a margin: x and y of those that are on it."""
    points = points[: POINTS.drawn].astype(np.float64)
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


# A walk


def _walk(points: np.ndarray, scene: Scene, chosen: Sequence[int], strip: bool) -> list[np.ndarray]:
    paint = _on_path(points, scene, STRIP if strip else WALK)
    return [paint(i) for i in chosen]


def _on_path(points: np.ndarray, scene: Scene, side: int) -> Callable[[int], np.ndarray]:
    """Paints the point with a number over the data and the whole path."""
    paint = painter(scene, side)
    ground = paint(np.zeros((0, 2), np.float32), None)
    xy = (np.clip(np.nan_to_num(points), -2 * scene.extent, 2 * scene.extent) * (1, -1) / scene.extent + 1) * (side / 2)
    ImageDraw.Draw(ground).line([tuple(p) for p in xy.tolist()], fill=rgb(scene.palette.ink), width=max(1, side // 200))
    radius = side / 40

    def at(i: int) -> np.ndarray:
        picture = ground.copy()
        x, y = xy[i]
        corners = [(x, y - radius), (x + 0.87 * radius, y + radius / 2), (x - 0.87 * radius, y + radius / 2)]
        ImageDraw.Draw(picture).polygon(corners, fill=rgb(scene.palette.generated), outline=scene.paper)
        return np.asarray(picture)

    return at


# One picture of samples


def _sheet(points: np.ndarray, real: np.ndarray | None, extent: float) -> Image.Image:
    picture = Image.new("RGB", (SHEET, SHEET), PAPER)
    draw = ImageDraw.Draw(picture)
    behind = np.zeros((0, 2), np.float32) if real is None else real
    for where, colour, corners in ((behind, BLUE, ()), (points, VERMILION, TRIANGLE)):
        inside = where[np.isfinite(where).all(1) & (np.abs(where) < 10 * extent).all(1)]
        for x, y in ((inside * (1, -1) / extent + 1) * (SHEET / 2)).tolist():
            if corners:
                draw.polygon([(x + dx, y + dy) for dx, dy in corners], fill=colour)
            else:
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
    return picture


IN_FILE = InFile(
    key=POINTS.key,
    painter=_painter,
    marks=True,
    move=True,
    grey=lambda samples: False,
    sheet=_sheet,
    walk=_walk,
)
