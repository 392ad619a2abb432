"""Planes through the latent space: what is at a place, that z stays where it belongs, and that nothing jumps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import data
from playground.config.presets import PRESETS
from playground.latent import plane
from playground.latent.plane import Chunk, Span
from playground.training.games.gan import GAN
from playground.training.model import Model, pixels

DIM = 16
A, B, C = np.random.default_rng(5).standard_normal((3, DIM)).astype(np.float32)
MAKERS: dict[str, Callable[[str], Span]] = {
    "seeds": lambda d: plane.seeds(3, DIM, d, 10),
    "directions": lambda d: plane.directions(3, DIM, d, 10, 4),
    "along": lambda d: plane.along(np.tanh(A), np.tanh(B) / 4, np.tanh(C) / 4, d, 10, 4),
    "two": lambda d: plane.through(np.tanh(A), np.tanh(B), None, 3, d, 10, (1, 2)),
    "three": lambda d: plane.through(np.tanh(A), np.tanh(B), np.tanh(C), 3, d, 10, (1, 2, 2)),
    "classes": lambda d: plane.between_classes(3, 8, 10, 3, DIM, d),
}
places = st.lists(
    st.tuples(st.floats(-50, 50, allow_subnormal=False), st.floats(-50, 50, allow_subnormal=False)),
    min_size=1,
    max_size=9,
)


def _at(span: Span, *where: tuple[float, float]) -> tuple[np.ndarray, np.ndarray | None]:
    u, v = np.array(where, float).T
    return span(u, v)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_whole_places_are_the_seeded_latents(distribution: str) -> None:
    z, y = _at(plane.seeds(7, DIM, distribution, 10), (0, 0), (4, 2), (-1, 3))
    for k, where in enumerate([(0, 0), (4, 2), (2**32 - 1, 3)]):
        rng = np.random.default_rng([7, *where])
        drawn = rng.uniform(-1, 1, DIM) if distribution == "uniform" else rng.standard_normal(DIM)
        np.testing.assert_allclose(z[k], drawn, rtol=1e-6, atol=1e-6)
        assert y is not None
        assert y[k, rng.integers(10)] == 1


@given(places)
@settings(max_examples=40, deadline=None)
def test_between_seeds_the_norm_is_the_mix_of_their_norms(where: list[tuple[float, float]]) -> None:
    u, v = np.array(where).T
    span = plane.seeds(1, DIM, "normal")
    i, j = np.floor(u), np.floor(v)
    norm = lambda a, b: np.linalg.norm(span(a, b)[0].astype(np.float64), axis=1)  # noqa: E731
    x, y = u - i, v - j
    mixed = (1 - y) * ((1 - x) * norm(i, j) + x * norm(i + 1, j)) + y * (
        (1 - x) * norm(i, j + 1) + x * norm(i + 1, j + 1)
    )
    np.testing.assert_allclose(norm(u, v), mixed, rtol=1e-5)


@given(places)
@settings(max_examples=40, deadline=None)
def test_directions_keep_the_norm_and_picks_stay_between_theirs(where: list[tuple[float, float]]) -> None:
    for span in (
        plane.directions(2, DIM, "normal"),
        plane.along(A, B, C, "normal"),
        plane.between_classes(1, 2, 5, 2, DIM, "normal"),
    ):
        z = _at(span, (0, 0), *where)[0].astype(np.float64)
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), np.linalg.norm(z[0]), rtol=1e-5)
    norms = [float(np.linalg.norm(z)) for z in (A, B, C)]
    z = _at(plane.through(A, B, C, 0, "normal"), *where)[0]
    assert np.all((np.linalg.norm(z, axis=1) >= min(norms) - 1e-4) & (np.linalg.norm(z, axis=1) <= max(norms) + 1e-4))


@pytest.mark.parametrize("name", MAKERS)
@given(where=places)
@settings(max_examples=20, deadline=None)
def test_a_uniform_z_stays_in_its_cube_and_class_weights_add_up(name: str, where: list[tuple[float, float]]) -> None:
    for distribution in ("uniform", "normal"):
        z, y = _at(MAKERS[name](distribution), *where)
        assert z.dtype == np.float32
        assert z.shape == (len(where), DIM)
        assert distribution == "normal" or np.abs(z).max() <= 1 + 1e-6
        assert y is not None
        if y.ndim == 2:
            np.testing.assert_allclose(y.sum(1), 1, atol=1e-5)
            assert y.min() >= 0
        else:
            assert y.dtype == np.int64


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("name", MAKERS)
def test_nothing_jumps(name: str, distribution: str) -> None:
    """Along lines through whole numbers, where the corners of the mix change, and where a path turns back."""
    t = np.arange(-3, 3, 0.002)
    for u, v in ((t, np.full_like(t, 0.3)), (np.full_like(t, -0.7), t), (t, t)):
        z, y = MAKERS[name](distribution)(u, v)
        assert np.linalg.norm(np.diff(z, axis=0), axis=1).max() < 0.1
        assert y is not None
        assert y.ndim == 1 or np.abs(np.diff(y, axis=0)).max() < 0.01


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_picks_are_where_they_are_said_to_be(distribution: str) -> None:
    a, b, c = np.tanh([A, B, C])
    span = plane.through(a, b, c, 0, distribution, 10, (4, 5, 6))
    z, y = _at(span, (0, 0), (1, 0), (0, 1))
    np.testing.assert_allclose(z, [a, b, c], atol=1e-5)
    np.testing.assert_array_equal(y, np.eye(10, dtype=np.float32)[[4, 5, 6]])
    z, y = _at(plane.through(a, b, None, 0, distribution, 10, (4, 4)), (0, 0), (1, 0), (0, 1))
    np.testing.assert_allclose(z[:2], [a, b], atol=1e-5)
    assert np.linalg.norm(z[2] - a) > 0.5
    np.testing.assert_array_equal(y, [4, 4, 4])


def test_along_given_directions_one_unit_is_about_as_far_as_they_are() -> None:
    z, _y = _at(plane.along(A, 0.1 * B, 0.1 * C, "normal"), (0, 0), (1, 0), (0, 1))
    np.testing.assert_allclose(z[0], A, atol=1e-6)
    for k, way in ((1, 0.1 * B), (2, 0.1 * C)):
        across = way - (way @ A) / (A @ A) * A
        np.testing.assert_allclose(z[k] - z[0], across, atol=0.03)
    z, _y = _at(plane.along(A, B, C, "uniform"), (0.1, 0.2))
    np.testing.assert_allclose(z[0], plane.fold(A + 0.1 * B + 0.2 * C), atol=1e-6)


def test_one_sample_picked_twice_and_one_dimension_are_no_error() -> None:
    z, _y = _at(plane.through(A, A, None, 0, "normal"), (0.5, 0.5))
    assert np.isfinite(z).all()
    for distribution in ("normal", "uniform"):
        for span in (plane.seeds(0, 1, distribution), plane.directions(0, 1, distribution)):
            assert np.isfinite(_at(span, (0.3, 1.7))[0]).all()
    _z, y = _at(plane.between_classes(2, 2, 4, 0, 1, "normal"), (0.5, 0))
    np.testing.assert_array_equal(y, [[0, 0, 1, 0]])


def test_classes_turn_into_each_other() -> None:
    z, y = _at(plane.between_classes(3, 8, 10, 0, DIM, "normal"), (0, 2), (0.25, 2), (1, 2), (2, 2))
    assert (z == z[0]).all()
    assert y is not None
    np.testing.assert_allclose(y[:, [3, 8]], [[1, 0], [0.75, 0.25], [0, 1], [1, 0]])


def test_a_plane_of_two_numbers_is_z() -> None:
    np.testing.assert_array_equal(_at(plane.itself("normal"), (0.5, -4))[0], [[0.5, -4]])
    np.testing.assert_allclose(_at(plane.itself("uniform"), (1.25, -1.5))[0], [[0.75, -0.5]])


def test_chunks_meet_and_finer_ones_have_the_places_of_the_coarser() -> None:
    side = 8
    u, v = (each.reshape(side + 1, side + 1) for each in Chunk(3, -2, 1).places(side, closed=True))
    right = Chunk(3, -1, 1).places(side)[0].reshape(side, side)
    above = Chunk(3, -2, 2).places(side)[1].reshape(side, side)
    np.testing.assert_array_equal(u[:-1, -1], right[:, 0])
    np.testing.assert_array_equal(v[-1, :-1], above[0])
    span = plane.seeds(0, DIM, "normal")
    coarse = span(*Chunk(2, 0, 0).places(side))[0].reshape(side, side, DIM)
    fine = span(*Chunk(3, 0, 0).places(side))[0].reshape(side, side, DIM)
    np.testing.assert_array_equal(coarse[: side // 2, : side // 2], fine[::2, ::2])


def test_between_places_the_marker_is_where_g_puts_it() -> None:
    """Bilinear between the places of a chunk, on a ring that is being learned: pixels of a plane of 620."""
    config = PRESETS["ring"].config
    trainer = GAN(config, data.load(config.dataset, config.source, config.choice))
    for _step in range(200):
        trainer.step()
    model = Model(trainer)
    rng = np.random.default_rng(0)
    where = rng.normal(size=(1000, 2))

    def made(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return pixels(model.sample(*model.latents(plane.itself("normal")(u, v)[0], None)))

    def error(level: int) -> float:
        low = np.floor(where * 2**level)
        x, y = (where * 2**level - low).T[..., None]
        a, b, c, d = (made(*((low + offset) / 2**level).T) for offset in ((0, 0), (1, 0), (0, 1), (1, 1)))
        between = (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d)
        far = np.linalg.norm(between - made(*where.T), axis=1)
        return float(np.quantile(far, 0.99)) * 620 / (2 * 1.3)

    assert error(7) < 1
    assert error(4) < 8
