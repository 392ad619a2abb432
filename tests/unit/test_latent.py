"""The maths of single segments, and of what is drawn from the prior."""

import numpy as np
import pytest

from playground import latent

A, B = np.array([3.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


def test_lerp_is_the_straight_line() -> None:
    out = latent.lerp(A, B, np.array([0, 0.5, 1]))
    np.testing.assert_allclose(out, [[3, 0], [1.5, 0.5], [0, 1]])
    assert out.dtype == np.float32


def test_slerp_turns_evenly_while_the_norm_goes_linearly() -> None:
    out = latent.slerp(A, B, np.array([0, 1 / 3, 0.5, 1]))
    angles = np.degrees(np.arctan2(out[:, 1], out[:, 0]))
    np.testing.assert_allclose(angles, [0, 30, 45, 90], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), [3, 3 - 2 / 3, 2, 1], rtol=1e-6)


@pytest.mark.parametrize("b", [[-3.0, 0.0], [6.0, 0.0], [0.0, 0.0], [3.0, 0.0]])
def test_slerp_is_straight_where_no_great_circle_exists(b: list[float]) -> None:
    t = np.linspace(0, 1, 9)
    np.testing.assert_allclose(latent.slerp(A, np.array(b), t), latent.lerp(A, np.array(b), t), atol=1e-5)


def test_slerp_keeps_a_normal_z_near_its_sphere_where_lerp_cuts_through() -> None:
    z = latent.draw("normal", 2, 256, 0)
    t = np.linspace(0, 1, 33)
    assert np.linalg.norm(latent.slerp(*z, t), axis=1).min() >= np.linalg.norm(z, axis=1).min() - 1e-4
    assert np.linalg.norm(latent.lerp(*z, t), axis=1).min() < 0.8 * np.linalg.norm(z, axis=1).min()


def test_sweep_moves_one_dimension_only() -> None:
    z = latent.draw("normal", 1, 4, 4)[0]
    out = latent.sweep(z, 2, -3, 3, 17)
    np.testing.assert_allclose(out[:, 2], np.linspace(-3, 3, 17))
    np.testing.assert_array_equal(np.delete(out, 2, axis=1), np.delete(np.tile(z, (17, 1)), 2, axis=1))


def test_draw_is_seeded_and_follows_the_distribution() -> None:
    uniform = latent.draw("uniform", 500, 4, 0)
    assert uniform.dtype == np.float32
    assert 0.9 < np.abs(uniform).max() <= 1
    assert abs(uniform.std() - 3**-0.5) < 0.02
    assert abs(latent.draw("normal", 500, 4, 0).std() - 1) < 0.05
    np.testing.assert_array_equal(uniform, latent.draw("uniform", 500, 4, 0))
    assert not np.array_equal(uniform, latent.draw("uniform", 500, 4, 1))


def test_natural_blend_keeps_z_where_it_was_drawn() -> None:
    assert latent.natural_blend("normal") == "slerp"
    assert latent.natural_blend("uniform") == "lerp"
    assert set(latent.PATHS) == {"lerp", "slerp", "spline"}


def test_farthest_looks_least_alike() -> None:
    samples = np.array([[0], [250], [10], [200]], np.uint8)
    assert latent.farthest(samples, 0, np.array([1, 2, 3])) == 1
    assert latent.farthest(samples, 0, np.array([2, 3])) == 3
