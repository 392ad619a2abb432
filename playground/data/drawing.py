"""Points spread evenly over what a person painted on a square canvas.

The canvas is [0, 1]^2 with y down, as a browser draws it; the plane of the points is [-1, 1]^2 with the second axis up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from playground.errors import UserError
from playground.i18n import _

SIZE = 20_000  # points
SIDE = 512  # pixels of the mask
STROKES, NUMBERS = 2_000, 200_000  # the most of a drawing, all strokes together
WIDTHS = (0.002, 0.5)  # diameter of the brush as a share of the side
ROWS = 10_000_000  # the most rows of pixels that all segments together cover; about two seconds
MARGIN = 0.25  # how far a stroke may leave the canvas; from there no brush reaches it
FEWEST = 16  # painted pixels
THINNEST = 0.75  # pixels of radius; a thinner brush could pass between the centres of four pixels
BLOCK = 1024  # segments at once


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
