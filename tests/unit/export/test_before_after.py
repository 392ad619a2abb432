"""Inputs and outputs of a translation beside each other: one sheet, films, and the picture of a run's folder."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from playground.engine.messages import Frame, Translation, View
from playground.export import before_after, film, run_folder
from playground.export.frame import Scene
from playground.utils.colors import PAPER

RED, GREEN, BLUE = 40, 120, 220  # levels that stand for input, output and truth


def flat(n: int, level: int, channels: int = 1, side: int = 8) -> np.ndarray:
    return np.full((n, side, side, channels), level, np.uint8)


def view_of(shown: Translation | None, samples: np.ndarray, step: int = 7, kind: str = "images") -> View:
    return View("run", 0, 0, {}, "paused", "ema", step, kind=kind, samples=samples, translation=shown)


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def levels(picture: np.ndarray) -> list[int]:
    """The grey levels of whole tiles along a line, from left to right, each once a tile."""
    row = picture[before_after.HEAD + before_after.TILE // 2, :, 0].astype(int)
    found = [int(level) for level in row if level in (RED, GREEN, BLUE)]
    return [found[i] for i in range(0, len(found), before_after.TILE)]


def test_a_row_has_input_output_and_truth_in_this_order() -> None:
    shown = Translation(flat(1, RED), truth=flat(1, BLUE))
    picture = opened(before_after.sheet(before_after.sections(view_of(shown, flat(1, GREEN)))))
    assert levels(picture) == [RED, GREEN, BLUE]


def test_all_samples_are_there_several_rows_beside_each_other() -> None:
    shown = Translation(flat(24, RED), truth=flat(24, BLUE))
    picture = opened(before_after.sheet(before_after.sections(view_of(shown, flat(24, GREEN))), foot="step 7"))
    each = before_after.TILE**2
    for level in (RED, GREEN, BLUE):
        assert (picture == level).all(-1).sum() == pytest.approx(24 * each, rel=0.02)  # and a few pixels of letters
    assert levels(picture) == [RED, GREEN, BLUE] * 3


def test_both_directions_of_a_cycle_and_what_came_back() -> None:
    back = Translation(flat(2, BLUE), flat(2, GREEN), back=flat(2, BLUE))
    shown = Translation(flat(2, RED), back=flat(2, RED), reverse=back)
    parts = before_after.sections(view_of(shown, flat(2, GREEN)))
    assert [title for title, _columns in parts] == ["From A to B, and back", "From B to A, and back"]
    heads = [[head for head, _pictures in columns] for _title, columns in parts]
    assert heads == [["Input", "Output", "Back again"]] * 2
    assert [pictures[0, 0, 0, 0] for _head, pictures in parts[0][1]] == [RED, GREEN, RED]
    assert [pictures[0, 0, 0, 0] for _head, pictures in parts[1][1]] == [BLUE, GREEN, BLUE]
    one = opened(before_after.sheet(parts[:1]))
    assert opened(before_after.sheet(parts)).shape[0] == 2 * one.shape[0]


def test_grey_inputs_stand_beside_outputs_in_colour_and_words_are_drawn() -> None:
    colour = flat(1, 0, 3)
    colour[..., 0] = 250
    picture = opened(before_after.sheet(before_after.sections(view_of(Translation(flat(1, RED)), colour)), dark=True))
    assert (picture == (250, 0, 0)).all(-1).sum() == before_after.TILE**2
    assert tuple(picture[-1, -1]) == PAPER[True]
    assert (picture[: before_after.HEAD] != PAPER[True]).any()


def test_the_note_is_kept_in_the_file() -> None:
    parts = before_after.sections(view_of(Translation(flat(1, RED)), flat(1, GREEN)))
    assert Image.open(io.BytesIO(before_after.sheet(parts, note="λ = 1"))).text["Description"] == "λ = 1"  # type: ignore[attr-defined]


def test_what_is_hidden_is_chequered() -> None:
    hidden = np.zeros((1, 8, 8), bool)
    hidden[0, 4:] = True
    shown = before_after.covered(Translation(flat(1, RED), hidden=hidden))
    assert (shown[0, :4] == RED).all()
    assert len(np.unique(shown[0, 4:])) == 2
    assert RED not in shown[0, 4:]


def test_more_rows_than_a_sheet_has_are_left_out() -> None:
    n = before_after.MOST + 5
    picture = opened(before_after.sheet([("", before_after.columns(Translation(flat(n, RED), flat(n, GREEN))))]))
    assert (picture == GREEN).all(-1).sum() == pytest.approx(before_after.MOST * before_after.TILE**2, rel=0.02)


# Films


def test_a_film_shows_the_input_beside_the_output_through_time() -> None:
    shown = Translation(flat(4, RED))
    views = [view_of(None if k == 0 else shown, flat(4, 60 + 40 * k), step=k) for k in range(3)]
    paired = before_after.beside(views)  # the first one is from a file and knows its outputs alone
    for k, view in enumerate(paired):
        assert view.samples is not None
        assert view.samples.shape == (4, 8, 16, 1)
        assert (view.samples[:, :, :8] == RED).all()
        assert (view.samples[:, :, 8:] == 60 + 40 * k).all()
    frames = [Frame(view.step, view.samples) for view in paired if view.samples is not None]
    strip = opened(film.strip(frames, Scene()))
    for k in range(3):
        assert (np.abs(strip.astype(int) - (60 + 40 * k)).max(-1) < 3).mean() > 0.05
    assert (np.abs(strip.astype(int) - RED).max(-1) < 3).mean() > 0.2  # three times as much


def test_views_without_a_translation_and_points_stay_as_they_are() -> None:
    gan = view_of(None, flat(4, GREEN))
    assert before_after.beside([gan])[0] is gan
    xy = np.zeros((5, 2), np.float32)
    points = view_of(Translation(xy), xy, kind="points")
    assert before_after.beside([points])[0] is points
    other = view_of(Translation(flat(4, RED, side=4)), flat(4, GREEN))  # of data of another size
    assert before_after.beside([other])[0] is other


def test_points_are_compared_with_where_they_should_go() -> None:
    xy, there = np.zeros((5, 2), np.float32), np.ones((5, 2), np.float32)
    view = replace(view_of(Translation(xy, truth=there), xy, kind="points"), real=xy)
    assert before_after.target(view) is there
    cycle = replace(view, translation=Translation(xy, reverse=Translation(there, xy)))
    assert before_after.target(cycle) is there
    assert before_after.target(replace(view, translation=None)) is xy


# The folder of a run


def test_the_samples_of_a_folder_are_rows_of_a_translation_and_a_grid_of_a_gan() -> None:
    shown = Translation(flat(3, RED), truth=flat(3, BLUE))
    rows = opened(run_folder.samples_png(view_of(shown, flat(3, GREEN))))
    assert {RED, GREEN, BLUE} <= set(np.unique(rows).tolist())
    grid = opened(run_folder.samples_png(view_of(None, flat(3, GREEN))))
    assert RED not in grid
    assert GREEN in grid
