"""The maths of paths through the latent space."""

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


def test_path_passes_through_every_anchor_in_order() -> None:
    anchors = latent.draw("normal", 3, 5, 1)
    out = latent.path(anchors, 33, latent.slerp)
    assert out.shape == (33, 5)
    np.testing.assert_allclose(out[[0, 16, 32]], anchors, atol=1e-6)
    steps = np.linalg.norm(np.diff(out, axis=0), axis=1)
    assert steps.max() < 0.5


@pytest.mark.parametrize("blend", [latent.lerp, latent.slerp])
def test_bilinear_has_the_corners_and_edges_it_was_given(blend: latent.Blend) -> None:
    corners = latent.draw("normal", 4, 6, 2)
    grid = latent.bilinear(corners, 9, blend).reshape(9, 9, 6)
    np.testing.assert_allclose(grid[[0, 0, -1, -1], [0, -1, 0, -1]], corners, atol=1e-5)
    np.testing.assert_allclose(grid[0], latent.path(corners[:2], 9, blend), atol=1e-5)
    np.testing.assert_allclose(grid[:, 0], latent.path(corners[[0, 2]], 9, blend), atol=1e-5)


def test_bilinear_lerp_centre_is_the_mean_and_slerp_keeps_the_norm() -> None:
    corners = latent.draw("normal", 4, 128, 3)
    centre = latent.bilinear(corners, 9, latent.lerp)[40]
    np.testing.assert_allclose(centre, corners.mean(0), atol=1e-6)
    norms = np.linalg.norm(latent.bilinear(corners, 9, latent.slerp), axis=1)
    assert norms.min() >= np.linalg.norm(corners, axis=1).min() - 1e-3
    assert np.linalg.norm(centre) < 0.7 * norms.min()


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


def test_closed_walk_meets_its_anchors_and_closes_without_a_jump() -> None:
    anchors = latent.draw("normal", 8, 16, 5)
    walk = latent.closed_walk(anchors, 64, latent.slerp)
    assert walk.shape == (64, 16)
    np.testing.assert_allclose(walk[::8], anchors, atol=1e-5)
    steps = np.linalg.norm(np.diff(np.concatenate([walk, walk[:1]]), axis=0), axis=1)
    assert steps.max() < 2.5 * steps.mean()


def test_classes_switch_in_the_middle() -> None:
    assert latent.nearest_anchor(2, 33).tolist() == [0] * 16 + [1] * 17
    assert latent.nearest_anchor(3, 5).tolist() == [0, 1, 1, 2, 2]
    corner = latent.nearest_corner(9).reshape(9, 9)
    assert corner[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [0, 1, 2, 3]
    assert (np.bincount(corner.ravel()) > 10).all()


def test_natural_blend_keeps_z_where_it_was_drawn() -> None:
    assert latent.natural_blend("normal") == "slerp"
    assert latent.natural_blend("uniform") == "lerp"
    assert set(latent.BLENDS) == {"lerp", "slerp"}


def test_farthest_looks_least_alike() -> None:
    samples = np.array([[0], [250], [10], [200]], np.uint8)
    assert latent.farthest(samples, 0, np.array([1, 2, 3])) == 1
    assert latent.farthest(samples, 0, np.array([2, 3])) == 3
