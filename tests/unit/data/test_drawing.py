"""Drawings become points: evenly, where the paint is, the same each time; anything else is refused with a sentence."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import drawing
from playground.data.drawing import points_of
from playground.utils.errors import UserError


def stroke(*points, width=0.1, erase=False):
    return {"erase": erase, "width": width, "points": list(points)}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
STROKE = st.fixed_dictionaries(
    {
        "erase": st.booleans(),
        "width": st.floats(0.002, 0.3),
        "points": st.lists(st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)), min_size=1, max_size=6).map(
            lambda pairs: [v for pair in pairs for v in pair]
        ),
    }
)
HALF_GOOD = st.fixed_dictionaries(
    {"erase": st.booleans() | JSON, "width": st.floats(0, 1) | JSON, "points": st.lists(st.floats(0, 1) | SCALARS)}
)


def reference(strokes):
    """Paint by the distance of each pixel's centre to each segment."""
    at = (np.arange(drawing.SIDE) + 0.5) / drawing.SIDE
    centres = np.stack(np.meshgrid(at, at), -1)
    mask = np.zeros(centres.shape[:2], bool)
    for one in strokes:
        xy = np.clip(np.reshape(one["points"], (-1, 2)), -drawing.MARGIN, 1 + drawing.MARGIN)
        radius = max(one["width"] / 2, drawing.THINNEST / drawing.SIDE)
        for a, b in zip(xy, np.concatenate([xy[1:], xy[-1:]]), strict=True):
            along = b - a
            share = ((centres - a) @ along / max(along @ along, 1e-300)).clip(0, 1)
            mask[np.hypot(*np.moveaxis(centres - a - share[..., None] * along, -1, 0)) <= radius] = not one["erase"]
    return mask


def pixels(points):
    """The pixels that points of the plane lie in: rows, columns."""
    column = ((points[:, 0] + 1) / 2 * drawing.SIDE).astype(int).clip(0, drawing.SIDE - 1)
    row = ((1 - points[:, 1]) / 2 * drawing.SIDE).astype(int).clip(0, drawing.SIDE - 1)
    return row, column


@settings(derandomize=True, deadline=None)
@given(JSON | st.lists(JSON | HALF_GOOD | STROKE, max_size=4))
def test_whatever_comes_is_points_or_a_sentence(strokes):
    try:
        points = points_of(strokes)
    except UserError as error:
        assert str(error).endswith(".")  # noqa: PT017
        return
    assert points.shape == (20_000, 2)
    assert points.dtype == np.float32
    assert np.abs(points).max() <= 1


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(STROKE, min_size=1, max_size=4))
def test_the_paint_is_what_is_nearer_than_the_radius(strokes):
    mask, expected = drawing.painted(drawing.parse(strokes)), reference(strokes)
    assert (mask != expected).sum() <= 8  # centres that lie on an edge to the last bit
    if mask.sum() >= drawing.FEWEST:
        near = np.lib.stride_tricks.sliding_window_view(np.pad(mask, 1), (3, 3)).any((2, 3))
        assert near[pixels(points_of(strokes))].all()


def test_a_dot_is_a_disc_of_its_width():
    points = points_of([stroke(0.5, 0.5, width=0.2)])
    far = np.hypot(*points.T)
    assert 0.19 < far.max() < 0.205
    assert abs(np.mean(far < 0.1) - 0.25) < 0.01


def test_the_top_of_the_canvas_is_up_and_its_left_is_left():
    points = points_of([stroke(0.1, 0.2, 0.3, 0.2)])
    assert points[:, 1].min() > 0.4
    assert points[:, 0].max() < -0.2


def test_the_eraser_removes_what_came_before_it():
    line, rub = stroke(0.1, 0.5, 0.9, 0.5), stroke(0.5, 0.5, width=0.3, erase=True)
    assert np.abs(points_of([line, rub])[:, 0]).min() > 0.28
    assert np.abs(points_of([rub, line])[:, 0]).min() < 0.01


def test_equal_areas_get_equal_shares():
    def square(x, y):
        lines = np.linspace(y - 0.08, y + 0.08, 33).tolist()
        return [stroke(x - 0.08, line, x + 0.08, line, width=0.02) for line in lines]

    points = points_of(square(0.25, 0.25) + square(0.75, 0.25) + square(0.5, 0.75))
    shares = [np.mean((points[:, 1] > 0) & (points[:, 0] < 0)), np.mean((points[:, 1] > 0) & (points[:, 0] > 0))]
    assert np.allclose(shares, 1 / 3, atol=0.01)


def test_paint_over_paint_is_not_denser():
    points = points_of([stroke(0.1, 0.5, 0.9, 0.5), *[stroke(0.1, 0.5, 0.3, 0.5)] * 9])
    assert abs(np.mean(points[:, 0] < 0) - 0.5) < 0.01


def test_the_points_come_in_no_order():
    points = points_of([stroke(0.5, 0.1, 0.5, 0.9)])
    assert abs(points[:200, 1].mean() - points[-200:, 1].mean()) < 0.2


def test_the_same_strokes_give_the_same_bytes():
    strokes = [stroke(0.1, 0.2, 0.6, 0.7), stroke(0.5, 0.5, erase=True, width=0.05)]
    assert points_of(strokes).tobytes() == points_of(json.loads(json.dumps(strokes))).tobytes()


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        ([], "Draw something first"),
        ([stroke(0.5, 0.5, erase=True)], "Draw something first"),
        ([stroke(1.4, 1.4)], "Draw something first"),
        ([stroke(0.5, 0.5, width=0.002)], "too small"),
        ([stroke(0.5, 0.5)] * 2_001, "too many"),
        ([stroke(*[0.5] * 200_002)], "too many"),
        ([stroke(*[0.1, 0.9] * 500, width=0.5)] * 100, "too many"),
        ([stroke(0.5, 0.5, 0.5)], "did not arrive whole"),
        ([stroke()], "did not arrive whole"),
        ([stroke(0.5, float("nan"))], "did not arrive whole"),
        ([stroke(0.5, 10**400)], "did not arrive whole"),
        ([stroke(0.5, True)], "did not arrive whole"),
        ([stroke(0.5, "0.5")], "did not arrive whole"),
        ([stroke(0.5, 0.5, width=0.6)], "did not arrive whole"),
        ([stroke(0.5, 0.5, width=0.001)], "did not arrive whole"),
        ([stroke(0.5, 0.5, erase=1)], "did not arrive whole"),
        ("[]", "did not arrive whole"),
        ([[]], "did not arrive whole"),
    ],
)
def test_what_is_refused(strokes, sentence):
    with pytest.raises(UserError, match=sentence):
        points_of(strokes)


def test_a_drawing_needs_neither_torch_nor_streamlit():
    code = "import sys, playground.data.drawing; sys.exit(bool({'torch', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
