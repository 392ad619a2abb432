"""Films and strips: what is in the files, decoded again with Pillow."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageSequence

from playground.engine.messages import Frame
from playground.export import film as films
from playground.export.film import SIDE, STRIP, Scene, film, spread, strip
from playground.utils.colors import DARK, LIGHT, PAPER, rgb
from playground.utils.errors import UserError

KINDS = ("webp", "gif")
CORNERS = np.array([[-0.9, -0.9], [0.9, 0.9]], np.float32)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def pictures(content: bytes) -> list[np.ndarray]:
    return [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(opened(content))]


def durations(content: bytes) -> list[int]:
    picture = opened(content)
    found = []
    for i in range(getattr(picture, "n_frames", 1)):
        picture.seek(i)
        picture.load()
        found.append(picture.info["duration"])
    return found


def moving(n: int = 5) -> list[Frame]:
    """A point that goes from the left to the right at the height 0.5, on a plane that turns from generated to real."""
    return [
        Frame(100 * k, np.array([[-0.8 + 1.6 * k / (n - 1), 0.5]], np.float32), None, np.full((8, 8), 20.0 * k - 40))
        for k in range(n)
    ]


def tinted(n: int = 6, channels: int = 3, shape: tuple[int, int] = (4, 4)) -> list[Frame]:
    """Nine images that grow lighter."""
    return [Frame(k * k, np.full((9, *shape, channels), 20 + 40 * k, np.uint8)) for k in range(n)]


def place_of(picture: np.ndarray, color: str, tolerance: int) -> np.ndarray:
    """The mean row and column of what has this colour, above the line of text."""
    found = np.abs(picture[:SIDE] - rgb(color)).max(-1) <= tolerance
    assert found.any()
    return np.argwhere(found).mean(0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_points_has_the_frames_the_pace_and_the_loop_that_it_should(kind):
    content = film(moving(), kind, Scene(CORNERS), seconds=2)
    picture = opened(content)
    assert picture.format == kind.upper()
    assert picture.size == (SIDE, round(SIDE * 1.065))
    assert picture.info["loop"] == 0
    assert picture.n_frames == 2 * films.RATES[kind]
    pace = durations(content)
    assert set(pace[:-1]) == {1000 // films.RATES[kind]}
    assert pace[-1] == 1500


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_point_moves_smoothly_through_its_places(kind):
    frames = [Frame(f.step, f.samples) for f in moving()]
    found = np.array([place_of(p, LIGHT.generated, 24) for p in pictures(film(frames, kind, Scene(CORNERS), 2))])
    rows, columns = found.T
    assert np.allclose(rows, SIDE * 0.25, atol=3)
    assert abs(columns[0] - SIDE * 0.1) < 2
    assert abs(columns[-1] - SIDE * 0.9) < 2
    strides = np.diff(columns)
    assert np.allclose(strides, strides.mean(), atol=1.5)


@pytest.mark.parametrize("dark", [False, True])
def test_the_plane_and_the_marks_have_their_colours(dark):
    """In a GIF and a PNG colours are exact to the level."""
    palette = DARK if dark else LIGHT
    scene = Scene(CORNERS, 1.0, True, (), dark)
    for picture in (pictures(film(moving(), "gif", scene, 2))[-1], pictures(strip(moving()[-1:], scene))[0]):
        side = picture.shape[1]
        full = 0.75 * np.array(rgb(palette.real)) + 0.25 * np.array(PAPER[dark])
        assert np.abs(picture[side // 2, side // 2] - full).max() <= 3
    plain = pictures(strip([Frame(0, np.zeros((1, 2)))], Scene(dark=dark)))[0]
    assert (np.abs(plain - rgb(palette.generated)).max(-1) == 0).sum() > 4
    assert tuple(plain[0, 0]) == PAPER[dark]


def test_the_plane_has_its_row_0_at_the_bottom_and_spans_the_picture():
    plane = np.full((5, 5), -50.0)
    plane[0, 4] = 50.0  # real: the lower right corner
    picture = pictures(film([Frame(0, np.zeros((0, 2)), None, plane)], "gif", Scene(None, 1.0, True)))[0]
    blue = picture[:SIDE, :, 2] - picture[:SIDE, :, 0]
    assert blue[SIDE - 4, SIDE - 4] > 100
    assert max(blue[4, 4], blue[4, SIDE - 4], blue[SIDE - 4, 4]) < 0


def test_real_points_are_circles_of_their_own_colour():
    picture = pictures(strip([Frame(0, np.zeros((0, 2)))], Scene(np.repeat([[0.5, 0.5]], 99, 0))))[0]
    gap, side = films.STRIP_SIDE // 32, films.STRIP_SIDE
    row, column = np.argwhere(np.abs(picture - rgb(LIGHT.real)).max(-1) <= 20).mean(0)
    assert abs(row - gap - side * 0.25) < 2
    assert abs(column - gap - side * 0.75) < 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_images_shows_each_frame(kind):
    content = film(tinted(), kind, Scene(), 3)
    shown = pictures(content)
    assert len(shown) == len(tinted())
    middle = [picture[SIDE // 2, SIDE // 2] for picture in shown]
    for k, pixel in enumerate(middle):
        assert np.abs(pixel - (20 + 40 * k)).max() <= 6
    assert opened(content).info["loop"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_steps_and_bar_only_go_forwards(kind, monkeypatch):
    steps = []
    write = films.drawn_frame.step_text
    monkeypatch.setattr(films.drawn_frame, "step_text", lambda step: write(steps.append(step) or step))
    shown = pictures(film([*moving()[::-1], moving()[2]], kind, Scene(), 2))
    del shown[0]
    asked = [step for step in steps if step != 10**5][-len(shown) :]
    assert asked == sorted(asked)
    assert (asked[0] > 0, asked[-1]) == (True, 400)
    bar = [int((picture[-2].mean(-1) < 190).sum()) for picture in shown]
    assert bar == sorted(bar)
    assert bar[-1] >= SIDE - 2


def test_a_gif_has_one_palette_and_does_not_flicker():
    """What does not change keeps its colours, to the level, in every picture."""
    frames = [Frame(k, np.array([[0.1 * k, 0.5]])) for k in range(9)]
    content = film(frames, "gif", Scene(CORNERS), 4)
    still_part = [picture[SIDE * 2 // 3 : SIDE] for picture in pictures(content)]
    assert all(np.array_equal(part, still_part[0]) for part in still_part)
    # In each image block after the first, bit 7 of its flags says whether it brings colours of its own.
    assert not any(flags & 0x80 for flags in flags_of_images(content))


def flags_of_images(content: bytes) -> list[int]:
    at, found = 13 + 3 * 2 ** ((content[10] & 7) + 1), []
    while content[at] != 0x3B:
        if content[at] == 0x2C:
            found.append(content[at + 9])
            at += 11
        else:
            at += 2
        while content[at]:
            at += 1 + content[at]
        at += 1
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_equal_frames_give_equal_files(kind):
    assert film(moving(), kind, Scene(CORNERS), 1) == film(moving(), kind, Scene(CORNERS), 1)


def test_notes_are_kept_in_the_files():
    note = '{"dataset": "Käse"}'
    webp, gif = (film(tinted(), kind, Scene(), 1, note) for kind in KINDS)
    assert opened(webp).getexif()[films.DESCRIPTION].encode("latin-1").decode() == note
    assert opened(gif).info["comment"].decode() == note
    assert opened(strip(tinted(), Scene(), note)).info["Description"] == note


def test_classes_stand_in_columns_below_their_names():
    labels = np.array([1, 0, 1, 0])
    images = np.zeros((4, 4, 4, 1), np.uint8)
    images[labels == 1] = 200
    frame = [Frame(0, images, labels)]
    picture = pictures(film(frame, "gif", Scene(names=("no", "yes"))))[0]
    left, right = picture[60:480, SIDE // 4], picture[60:480, 3 * SIDE // 4]
    assert np.median(left) <= 4
    assert np.abs(np.median(right) - 200) <= 4
    without = pictures(film(frame, "gif", Scene()))[0]
    assert picture.shape[0] > without.shape[0]


def test_a_strip_shows_each_frame_with_its_step():
    picture = pictures(strip(tinted(3), Scene()))[0]
    gap, side = films.STRIP_SIDE // 32, films.STRIP_SIDE
    middles = picture[gap + side // 2, [gap + side // 2 + k * (side + gap) for k in range(3)]]
    assert np.abs(middles - [[20], [60], [100]]).max() <= 1
    assert (picture[-20:].min(), picture[-20:].max()) == (min(rgb(LIGHT.ink)), 255)


def test_what_is_chosen_for_a_strip_lies_by_equal_factors_and_has_both_ends():
    steps = list(range(0, 100_000, 50))
    chosen = [steps[i] for i in spread(steps, STRIP)]
    assert (len(set(chosen)), chosen[0], chosen[-1]) == (STRIP, 0, steps[-1])
    factors = np.array(chosen[3:]) / chosen[2:-1]
    assert factors.min() > 1.4
    assert factors.max() < 2.7


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60, unique=True), st.integers(3, 12))
def test_any_steps_are_spread(steps, most):
    steps = sorted(steps)
    chosen = spread(steps, most)
    assert chosen == sorted(set(chosen))
    assert (chosen[0], chosen[-1]) == (0, len(steps) - 1)
    assert len(chosen) == min(most, len(steps))


def test_no_frame_is_said_in_a_sentence():
    for draw in (lambda: film([], "webp", Scene()), lambda: strip([], Scene())):
        with pytest.raises(UserError, match="no picture yet"):
            draw()


FAR = np.array([[np.nan, 0], [np.inf, -np.inf], [3e38, -3e38], [0.5, 0.5]], np.float32)
ODD = [
    [Frame(0, FAR)],
    [Frame(0, FAR), Frame(1, -FAR)],
    [Frame(0, np.zeros((3, 2))), Frame(1, np.zeros((5, 2)))],
    [Frame(0, np.zeros((0, 2))), Frame(9, np.zeros((0, 2)))],
    [Frame(0, FAR, None, np.full((3, 3), np.nan)), Frame(1, FAR, None, np.array([[np.inf, -np.inf], [3e38, 0]]))],
    [Frame(0, FAR, None, np.zeros((1, 1)), 3, np.nan), Frame(1, FAR, None, None, 0, 0.5)],
    [Frame(0, FAR), Frame(1, np.zeros((1, 4, 4, 1), np.uint8))],
    [Frame(0, np.zeros((1, 1, 1, 3), np.uint8))],
    [Frame(0, np.zeros((0, 8, 8, 1), np.uint8))],
    [Frame(0, np.zeros((2, 3, 40, 3), np.uint8)), Frame(1, np.zeros((1, 3, 40, 3), np.uint8))],
    [Frame(5, np.zeros((101, 128, 64, 1), np.uint8), np.full(101, 7))],
]


@pytest.mark.parametrize("probability", [False, True])
@pytest.mark.parametrize("frames", ODD)
def test_odd_frames_are_drawn(frames, probability):
    scene = Scene(FAR, 1.0, probability, ("a", "\x00", "漢" * 99))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in KINDS:
            assert pictures(film(frames, kind, scene, 0.3))
        assert pictures(strip(frames, scene))


floats = st.floats(width=32, allow_nan=True, allow_infinity=True)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(hnp.arrays(np.float32, st.tuples(st.integers(0, 5), st.just(2)), elements=floats), min_size=1, max_size=4),
    hnp.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=floats),
    st.floats(allow_nan=True),
    st.sampled_from(KINDS),
)
def test_any_points_make_a_film(points, plane, extent, kind):
    frames = [Frame(k, samples, None, plane) for k, samples in enumerate(points)]
    assert pictures(film(frames, kind, Scene(points[0], extent), 0.2))


@settings(max_examples=12, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(0, 12), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))),
    st.lists(st.text(max_size=8), max_size=12),
    st.sampled_from(KINDS),
)
def test_any_images_make_a_film_and_a_strip(images, names, kind):
    labels = np.arange(len(images)) % max(1, len(names))
    frames = [Frame(k, np.roll(images, k), labels) for k in range(3)]
    assert pictures(film(frames, kind, Scene(names=tuple(names)), 0.2))
    assert pictures(strip(frames, Scene(names=tuple(names))))
