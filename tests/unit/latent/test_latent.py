"""The maths of single segments, and of what is drawn from the prior."""

import numpy as np
import pytest

from playground.latent import paths
from playground.utils import interpolation, priors

A, B = np.array([3.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


def test_lerp_is_the_straight_line() -> None:
    out = interpolation.lerp(A, B, np.array([0, 0.5, 1]))
    np.testing.assert_allclose(out, [[3, 0], [1.5, 0.5], [0, 1]])
    assert out.dtype == np.float32


def test_slerp_turns_evenly_while_the_norm_goes_linearly() -> None:
    out = interpolation.slerp(A, B, np.array([0, 1 / 3, 0.5, 1]))
    angles = np.degrees(np.arctan2(out[:, 1], out[:, 0]))
    np.testing.assert_allclose(angles, [0, 30, 45, 90], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), [3, 3 - 2 / 3, 2, 1], rtol=1e-6)


@pytest.mark.parametrize("b", [[-3.0, 0.0], [6.0, 0.0], [0.0, 0.0], [3.0, 0.0]])
def test_slerp_is_straight_where_no_great_circle_exists(b: list[float]) -> None:
    t = np.linspace(0, 1, 9)
    np.testing.assert_allclose(interpolation.slerp(A, np.array(b), t), interpolation.lerp(A, np.array(b), t), atol=1e-5)


def test_slerp_keeps_a_normal_z_near_its_sphere_where_lerp_cuts_through() -> None:
    z = priors.sample("normal", 2, 256, 0)
    t = np.linspace(0, 1, 33)
    assert np.linalg.norm(interpolation.slerp(*z, t), axis=1).min() >= np.linalg.norm(z, axis=1).min() - 1e-4
    assert np.linalg.norm(interpolation.lerp(*z, t), axis=1).min() < 0.8 * np.linalg.norm(z, axis=1).min()


def test_sweep_moves_one_dimension_only() -> None:
    z = priors.sample("normal", 1, 4, 4)[0]
    out = paths.sweep(z, 2, -3, 3, 17)
    np.testing.assert_allclose(out[:, 2], np.linspace(-3, 3, 17))
    np.testing.assert_array_equal(np.delete(out, 2, axis=1), np.delete(np.tile(z, (17, 1)), 2, axis=1))


def test_draw_is_seeded_and_follows_the_distribution() -> None:
    uniform = priors.sample("uniform", 500, 4, 0)
    assert uniform.dtype == np.float32
    assert 0.9 < np.abs(uniform).max() <= 1
    assert abs(uniform.std() - 3**-0.5) < 0.02
    assert abs(priors.sample("normal", 500, 4, 0).std() - 1) < 0.05
    np.testing.assert_array_equal(uniform, priors.sample("uniform", 500, 4, 0))
    assert not np.array_equal(uniform, priors.sample("uniform", 500, 4, 1))


def test_natural_blend_keeps_z_where_it_was_drawn() -> None:
    assert interpolation.natural_blend("normal") == "slerp"
    assert interpolation.natural_blend("uniform") == "lerp"
    assert set(paths.PATHS) == {"lerp", "slerp", "spline"}


def test_farthest_looks_least_alike() -> None:
    samples = np.array([[0], [250], [10], [200]], np.uint8)
    assert paths.farthest(samples, 0, np.array([1, 2, 3])) == 1
    assert paths.farthest(samples, 0, np.array([2, 3])) == 3


def test_a_spline_through_points_on_a_circle_is_that_circle_at_an_even_speed() -> None:
    """Four anchors, 90 degrees apart: Catmull and Rom's slope puts Shoemake's inner points at 30 and 60 degrees."""
    anchors = np.array([[2, 0], [0, 2], [-2, 0], [0, -2]], np.float32)
    out = paths.spline(anchors, 12)
    angles = np.degrees(np.arctan2(out[:12, 1], out[:12, 0]))
    np.testing.assert_allclose(angles, 90 * np.arange(12) / 12, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 2, rtol=1e-6)


def test_a_spline_of_uniform_latents_has_the_slopes_of_fritsch_and_butland() -> None:
    """At an anchor the slope is the harmonic mean of the two differences around it, and 0 where they change sign."""
    values, per = np.array([0.0, 0.1, 0.5, 0.9]), 2000
    out = paths.spline(values[:, None].astype(np.float32), per, "uniform")[:, 0].astype(np.float64)
    slope = [(out[k * per + 2] - out[k * per]) / 2 * per for k in range(4)]
    np.testing.assert_allclose(slope, [0, 2 * 0.1 * 0.4 / 0.5, 0.4, 0], atol=5e-3)
