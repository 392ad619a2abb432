"""Points spread evenly over what a person painted on a square canvas.

The canvas is [0, 1]^2 with y down, as a browser draws it; the plane of the points is [-1, 1]^2 with the second axis up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from playground.utils.errors import UserError
from playground.utils.translation import _

SIZE = 20_000  # points
SIDE = 512  # pixels of the mask
STROKES, NUMBERS = 2_000, 200_000  # the most of a drawing, all strokes together
WIDTHS = (0.002, 0.5)  # diameter of the brush as a share of the side
ROWS = 10_000_000  # the most rows of pixels that all segments together cover; about two seconds
MARGIN = 0.25  # how far a stroke may leave the canvas; from there no brush reaches it
FEWEST = 16  # painted pixels
THINNEST = 0.75  # pixels of radius; a thinner brush could pass between the centres of four pixels
BLOCK = 1024  # segments at once
APART = 64  # levels from the ground at which a pixel of an image is something


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush: `radius` in pixels, `xy` float64 (n, 2) in pixels, n > 0, second axis down."""

    erase: bool
    radius: float
    xy: np.ndarray


def points_of(strokes: object) -> np.ndarray:
    """float32 (SIZE, 2) in [-1, 1]^2 for strokes as a browser sends them; the same strokes give the same bytes.

    `strokes` is a list of {"erase": bool, "width": diameter, "points": [x0, y0, x1, y1, ...]}, in shares of the side.
    Raises UserError where it is anything else, too much, or where almost nothing is painted.
    """
    row, column = np.nonzero(painted(parse(strokes)))
    if not len(row):
        raise UserError(_("Nothing is drawn. Draw something first."))
    if len(row) < FEWEST:
        raise UserError(_("The drawing is too small. Draw a little more."))
    g = np.random.default_rng(0)
    # One draw from each of SIZE equal parts of the area leaves no clumps and no holes.
    which = ((np.arange(SIZE) + g.random(SIZE)) * (len(row) / SIZE)).astype(np.intp).clip(0, len(row) - 1)
    xy = (np.stack([column[which], row[which]], 1) + g.random((SIZE, 2))) * (2 / SIDE) - 1
    return (g.permutation(xy) * [1, -1]).astype(np.float32)


def parse(strokes: object) -> list[Stroke]:
    """The strokes in a value that nobody checked; raises UserError."""
    if not isinstance(strokes, list):
        raise _broken()
    if len(strokes) > STROKES:
        raise _too_much()
    found, left = [], NUMBERS
    for stroke in strokes:
        if not isinstance(stroke, dict) or not isinstance(stroke.get("points"), list):
            raise _broken()
        left -= len(stroke["points"])
        if left < 0:
            raise _too_much()
        found.append(_stroke(stroke.get("erase"), stroke.get("width"), stroke["points"]))
    if sum(2 * s.radius * len(s.xy) + np.abs(np.diff(s.xy[:, 1])).sum() for s in found) > ROWS:
        raise _too_much()
    return found


def _stroke(erase: object, width: object, points: list[object]) -> Stroke:
    numbers = [width, *points]
    if not isinstance(erase, bool) or not all(type(number) in (int, float) for number in numbers):
        raise _broken()
    try:
        values = np.array(numbers, np.float64)
    except OverflowError:
        raise _broken() from None
    good = len(points) >= 2 and len(points) % 2 == 0 and bool(np.isfinite(values).all())
    if not good or not WIDTHS[0] <= values[0] <= WIDTHS[1]:
        raise _broken()
    xy = values[1:].reshape(-1, 2).clip(-MARGIN, 1 + MARGIN)
    return Stroke(erase, max(THINNEST, values[0] * SIDE / 2), xy * SIDE)


def _broken() -> UserError:
    return UserError(_("The drawing did not arrive whole. Clear it and draw again."))


def _too_much() -> UserError:
    return UserError(_("The drawing has too many strokes. Clear it and draw with fewer."))


def painted(strokes: list[Stroke]) -> np.ndarray:
    """Which pixels are painted, bool (SIDE, SIDE), row 0 at the top: those whose centre the brush covered last."""
    mask = np.zeros((SIDE, SIDE), bool)
    for erase, group in groupby(strokes, key=lambda stroke: stroke.erase):
        covered = _covered(list(group))
        mask = mask & ~covered if erase else mask | covered
    return mask


def _covered(strokes: list[Stroke]) -> np.ndarray:
    """The pixels that any of the strokes covers, bool (SIDE, SIDE)."""
    start = np.concatenate([stroke.xy[: max(1, len(stroke.xy) - 1)] for stroke in strokes])
    end = np.concatenate([stroke.xy[-max(1, len(stroke.xy) - 1) :] for stroke in strokes])
    radius = np.repeat([stroke.radius for stroke in strokes], [max(1, len(stroke.xy) - 1) for stroke in strokes])
    edges = np.zeros((SIDE, SIDE + 1), np.int32)
    for first in range(0, len(start), BLOCK):
        block = slice(first, first + BLOCK)
        row, left, right = _spans(start[block], end[block], radius[block])
        np.add.at(edges, (row, left), 1)
        np.add.at(edges, (row, right), -1)
    return edges[:, :-1].cumsum(1) > 0


def _spans(a: np.ndarray, b: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pixels that segments from `a` to `b` (n, 2) with round ends cover: rows, first columns, ends of columns.

    Such a segment is convex: in a row it covers one span, whose ends lie on its two circles or its two long sides.
    """
    top = np.ceil(np.minimum(a, b)[:, 1] - radius - 0.5).clip(0, SIDE).astype(np.intp)
    foot = np.floor(np.maximum(a, b)[:, 1] + radius + 0.5).clip(0, SIDE).astype(np.intp)
    rows = foot - top
    row = np.arange(rows.sum()) - np.repeat(rows.cumsum() - foot, rows)
    a, b, radius = np.repeat(a, rows, 0), np.repeat(b, rows, 0), np.repeat(radius, rows)
    crossings = _crossings(row + 0.5, a, b, radius)
    left = np.ceil(np.fmin.reduce(crossings) - 0.5)
    right = np.floor(np.fmax.reduce(crossings) + 0.5)
    there = (left < right) & (left < SIDE) & (right > 0)
    return row[there], left[there].clip(0, SIDE).astype(np.intp), right[there].clip(0, SIDE).astype(np.intp)


def _crossings(y: np.ndarray, a: np.ndarray, b: np.ndarray, radius: np.ndarray) -> list[np.ndarray]:
    """Where horizontal lines at `y` (n,) meet the circles at `a` and `b` and the long sides; NaN where not."""
    along = b - a
    out = radius / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    found = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for centre in (a, b):
            half = np.sqrt(radius**2 - (y - centre[:, 1]) ** 2)
            found += [centre[:, 0] - half, centre[:, 0] + half]
        for sign in (1, -1):
            x0, y0 = a[:, 0] - sign * out * along[:, 1], a[:, 1] + sign * out * along[:, 0]
            share = (y - y0) / along[:, 1]
            found.append(np.where((share >= 0) & (share <= 1), x0 + share * along[:, 0], np.nan))
    return found


# Pictures of strokes


def picture_of(strokes: object, like: np.ndarray) -> np.ndarray:
    """uint8 (h, w, c): what is painted, as large and where it usually is in the images `like` (n, h, w, c) uint8.

    The ground has the colour of their borders; the ink is white on dark, black on bright. Raises UserError.
    """
    rows, columns = np.nonzero(mask := painted(parse(strokes)))
    if len(rows) < FEWEST:
        raise UserError(_("Nothing is drawn. Draw something first."))
    ground = np.median(np.concatenate([like[:, 0], like[:, -1], like[:, :, 0], like[:, :, -1]], 1), (0, 1))
    (top, foot), (left, right) = _usual(like, ground)
    height, width = like.shape[1:3]
    scale = min((foot - top) / _length(rows), width / _length(columns))  # pixels of the picture for one of the mask
    middle = [(a.min() + a.max() + 1) / 2 for a in (columns, rows)]
    corner = middle[0] - (left + right) / 2 / scale, middle[1] - (top + foot) / 2 / scale
    box = corner[0], corner[1], corner[0] + width / scale, corner[1] + height / scale
    share = _averaged(mask, box, (width, height))[..., None]
    ink = 255 * (ground.mean() < 128)
    picture: np.ndarray = (ground * (1 - share) + ink * share).round().astype(np.uint8)
    return picture


def shown(strokes: object, height: int, width: int) -> np.ndarray:
    """bool (height, width): the pixels of a picture that strokes over it cover, a third of each at least."""
    return _averaged(painted(parse(strokes)), (0, 0, SIDE, SIDE), (width, height)) > 1 / 3


def _usual(like: np.ndarray, ground: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where in the images something is: (top, foot) and (left, right), medians, in pixels."""
    there = (np.abs(like - ground) > APART).any(3)
    spans = []
    for axis in (2, 1):
        line = there.any(axis)
        line = line[line.any(1)]
        if not len(line):
            line = np.ones((1, line.shape[1]), bool)
        spans.append((float(np.median(line.argmax(1))), float(line.shape[1] - np.median(line[:, ::-1].argmax(1)))))
    return spans[0], spans[1]


def _length(places: np.ndarray) -> int:
    return int(places.max() - places.min() + 1)


def _averaged(mask: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int]) -> np.ndarray:
    """The share of each pixel that is painted, where `box` of the mask (left, top, right, foot) fills `size`."""
    edges = [np.linspace(box[i], box[i + 2], size[i] + 1) for i in (0, 1)]
    sums = np.pad(mask.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    for axis, edge in ((1, edges[0]), (0, edges[1])):
        edge = edge.clip(0, SIDE)
        first = np.floor(edge).astype(int).clip(0, SIDE - 1)
        part = (edge - first).reshape((-1, 1) if axis == 0 else (1, -1))
        sums = np.take(sums, first, axis) * (1 - part) + np.take(sums, first + 1, axis) * part
    area = (box[2] - box[0]) / size[0] * (box[3] - box[1]) / size[1]
    out: np.ndarray = (np.diff(np.diff(sums, axis=0), axis=1) / area).clip(0, 1)
    return out
