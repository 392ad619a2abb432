"""Sums of latents stay where z is drawn; kept directions survive their file, and hostile files get a sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.latent import arithmetic, direction_file
from playground.latent.direction_file import Direction
from playground.utils.errors import UserError

RNG = np.random.default_rng(0)


@given(st.integers(1, 40), st.lists(st.floats(-3, 3), min_size=1, max_size=5), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_move_keeps_a_normal_z_on_its_sphere_and_a_uniform_z_in_its_cube(
    d: int, amounts: list[float], seed: int
) -> None:
    vectors = arithmetic.random_directions(d, len(amounts), seed)
    amounts = amounts[: len(vectors)]
    z = np.random.default_rng(seed).standard_normal(d)
    moved = arithmetic.move(z, vectors, amounts, "normal")
    stayed = np.allclose(z + np.asarray(amounts) @ vectors, 0, atol=1e-6)
    assert stayed or np.linalg.norm(moved) == pytest.approx(np.linalg.norm(z), rel=1e-4)
    assert np.abs(arithmetic.move(z.clip(-1, 1), vectors, amounts, "uniform")).max() <= 1


def test_a_move_is_in_units_of_sigma_and_zero_is_no_move() -> None:
    z, vectors = RNG.uniform(-0.1, 0.1, 4), np.eye(4)[:2]
    steps = np.array([[0, 0], [1, 0], [0, -1]])
    moved = arithmetic.move(z, vectors, steps, "uniform")
    np.testing.assert_allclose(moved - z, steps @ vectors / 3**0.5, atol=1e-6)
    np.testing.assert_allclose(arithmetic.move(z, vectors, steps, "normal")[0], z, atol=1e-6)
    turned = arithmetic.move(z, vectors, [2.0, 0], "normal")
    np.testing.assert_allclose(turned, (z + 2 * vectors[0]) * np.linalg.norm(z) / np.linalg.norm(z + 2 * vectors[0]))
    assert arithmetic.spread("normal") == 1
    assert np.std(RNG.uniform(-1, 1, 100_000)) == pytest.approx(arithmetic.spread("uniform"), rel=0.01)


def test_the_sum_of_groups_is_on_the_sphere_and_means_what_it_says() -> None:
    a, b, c = (RNG.standard_normal((n, 50)) for n in (3, 4, 5))
    result = arithmetic.combine(a, b, c, "normal")
    assert np.linalg.norm(result) == pytest.approx(50**0.5, rel=1e-5)
    straight = a.mean(0) - b.mean(0) + c.mean(0)
    assert result @ straight / np.linalg.norm(result) / np.linalg.norm(straight) == pytest.approx(1)
    np.testing.assert_allclose(arithmetic.combine(a, a, c, "normal"), arithmetic.home(c.mean(0), "normal"), atol=1e-5)
    assert np.linalg.norm(RNG.standard_normal((9, 4000)).mean(0)) == pytest.approx((4000 / 9) ** 0.5, rel=0.1)
    np.testing.assert_array_equal(arithmetic.combine(a, b, c, "uniform"), straight.clip(-1, 1).astype(np.float32))
    np.testing.assert_array_equal(arithmetic.home(np.zeros(4), "normal"), np.zeros(4))


def test_classes_are_summed_like_latents() -> None:
    same, other = np.array([3, 3, 3]), np.array([8, 8])
    np.testing.assert_array_equal(arithmetic.weights(same, same, other, 10), np.eye(10)[8])
    mixed = arithmetic.weights(same, np.array([3, 1]), other, 10)
    np.testing.assert_allclose(mixed[[1, 3, 8]], [-0.5, 0.5, 1])
    assert mixed.sum() == pytest.approx(1)


def test_around_a_result_are_eight_near_ones() -> None:
    for distribution in ("normal", "uniform"):
        z = arithmetic.home(RNG.standard_normal(64), distribution)
        near = arithmetic.around(z, distribution)
        np.testing.assert_allclose(near[4], z, atol=1e-6)
        apart = np.linalg.norm(near - z, axis=1) / np.linalg.norm(z)
        assert (np.delete(apart, 4) > 0.05).all()
        assert (apart < 0.4).all()
        np.testing.assert_array_equal(near, arithmetic.around(z, distribution))


def test_a_difference_of_groups_points_from_one_mean_to_the_other() -> None:
    b = RNG.standard_normal((3, 8))
    np.testing.assert_allclose(arithmetic.difference(b + 2 * np.eye(8)[5], b), np.eye(8)[5], atol=1e-6)
    assert arithmetic.difference(b, b) is None


def test_random_directions_are_at_right_angles_and_the_same_again() -> None:
    vectors = arithmetic.random_directions(64, 5, 7)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(5), atol=1e-5)
    np.testing.assert_array_equal(vectors, arithmetic.random_directions(64, 5, 7))
    assert arithmetic.random_directions(2, 5, 7).shape == (2, 2)


# The file


def _file(**changes: Any) -> dict[str, Any]:
    vector = [0.6, 0.8, 0.0]
    return {"kind": direction_file.KIND, "z_dim": 3, "directions": [{"name": "bold", "vector": vector}]} | changes


def test_directions_survive_their_file() -> None:
    kept = [Direction(f"Nr {i} – “x”", vector) for i, vector in enumerate(arithmetic.random_directions(512, 8, 1))]
    content = direction_file.write(kept)
    assert len(content) < direction_file.LIMIT
    found = direction_file.read(content, 512)
    assert [each.name for each in found] == [each.name for each in kept]
    for old, new in zip(kept, found, strict=True):
        np.testing.assert_allclose(new.vector, old.vector, atol=1e-5)
        assert np.linalg.norm(new.vector) == pytest.approx(1, abs=1e-6)


def test_names_are_made_fit_to_show() -> None:
    content = json.dumps(_file(directions=[{"name": "\u202e a\n\tb \x00" + "c" * 99, "vector": [1, 0, 0]}])).encode()
    (found,) = direction_file.read(content, 3)
    assert found.name.startswith("a b cc")
    assert len(found.name) <= direction_file.LONGEST
    assert direction_file.clean_name("\u200b \n") == ""
    assert direction_file.read(json.dumps(_file(directions=[{"name": " ", "vector": [1, 0, 0]}])).encode(), 3)[0].name


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a file"),
        (b"\xff\xfe", "not a file"),
        (b"[" * 100_000, "not a file"),
        (b" " * (direction_file.LIMIT + 1), "not a file"),
        (b"[]", "not a file"),
        (_file(kind="other"), "not a file"),
        (_file(directions={}), "not a file"),
        (_file(directions=[]), "1 to 8"),
        (_file(directions=[{"name": "a", "vector": [1, 0, 0]}] * 9), "1 to 8"),
        (_file(directions=["a"]), "not a file"),
        (_file(directions=[{"name": 5, "vector": [1, 0, 0]}]), "not a file"),
        (_file(directions=[{"name": "a", "vector": "1"}]), "not a file"),
        (_file(directions=[{"name": "a", "vector": [1, 0, None]}]), "not a file"),
        (_file(directions=[{"name": "a", "vector": [True, 0, 0]}]), "not a file"),
        (_file(directions=[{"name": "a", "vector": [float("nan"), 0, 0]}]), "not a file"),
        (_file(directions=[{"name": "a", "vector": [float("inf"), 0, 0]}]), "not a file"),
        (json.dumps(_file(directions=[{"name": "a", "vector": [5, 0, 0]}])).replace("5", "1e999"), "not a file"),
        (json.dumps(_file(directions=[{"name": "a", "vector": [5, 0, 0]}])).replace("5", "1" + "0" * 400), "not a"),
        (json.dumps(_file(directions=[{"name": "a", "vector": [5, 0, 0]}])).replace("5", "1" * 5000), "not a file"),
        (_file(directions=[{"name": "a", "vector": [1, 0]}]), "2 numbers each, and z of this run has 3"),
        (_file(directions=[{"name": "a", "vector": [0.5, 0, 0]}]), "length 1"),
        (_file(directions=[{"name": "a", "vector": [0, 0, 0]}]), "length 1"),
    ],
)
def test_hostile_files_get_a_sentence(content: Any, sentence: str) -> None:
    raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UserError, match=sentence):
        direction_file.read(raw if isinstance(raw, bytes) else raw.encode(), 3)
