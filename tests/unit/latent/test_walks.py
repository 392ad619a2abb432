"""Paths through several latents: what they hit, where they stay, how fast they go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.latent import paths, walks
from playground.latent.walks import Walk
from playground.utils import priors

MANY = settings(max_examples=30, deadline=None, derandomize=True)
SIZES = st.tuples(st.integers(2, 8), st.sampled_from([1, 2, 3, 8, 64, 200]), st.integers(1, 32), st.integers(0, 10**6))


def _walk(k: int = 3, per: int = 12, path: str = "slerp", closed: bool = False, **changes: object) -> Walk:
    anchors, labels = priors.sample("normal", k, 16, k), np.arange(k) + 2
    return Walk(anchors, labels, 10, "normal", path, closed, per, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("path", paths.PATHS)
@pytest.mark.parametrize("closed", [False, True])
@MANY
@given(SIZES)
def test_every_anchor_is_hit_exactly(path: str, closed: bool, distribution: str, size: tuple[int, ...]) -> None:
    k, z_dim, per, seed = size
    anchors = priors.sample(distribution, k, z_dim, seed)
    out = paths.walk(anchors, per, path, closed, distribution)
    loop = closed or path == "spline"
    assert out.shape == (walks.count(k, per, loop), z_dim)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out[::per], anchors)


@pytest.mark.parametrize(("path", "closed"), [("slerp", False), ("slerp", True), ("spline", True)])
@MANY
@given(SIZES.filter(lambda size: size[1] > 1))
def test_slerp_and_spline_keep_the_norm_within_one_percent(path: str, closed: bool, size: tuple[int, ...]) -> None:
    """The norm stays between those of the two anchors around it, give or take one percent; of equal ones it stays."""
    k, z_dim, per, seed = size
    anchors = priors.sample("normal", k, z_dim, seed)
    norms = np.linalg.norm(anchors, axis=1)
    after = np.roll(norms, -1)
    out = np.linalg.norm(paths.walk(anchors, per, path, closed), axis=1)
    around = np.arange(len(out)) // per % k
    assert (out >= 0.99 * np.minimum(norms, after)[around] - 1e-6).all()
    assert (out <= 1.01 * np.maximum(norms, after)[around] + 1e-6).all()
    equal = anchors / norms[:, None] * np.sqrt(z_dim).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(paths.walk(equal, per, path, closed), axis=1), np.sqrt(z_dim), rtol=0.01)


def test_lerp_leaves_the_shell_on_which_slerp_stays() -> None:
    mean, deviation = priors.shell(256)
    anchors = priors.sample("normal", 6, 256, 0)
    low = {path: np.linalg.norm(paths.walk(anchors, 24, path), axis=1).min() for path in ("lerp", "slerp", "spline")}
    assert low["lerp"] < mean - 4 * deviation
    assert min(low["slerp"], low["spline"]) > mean - 3 * deviation


@pytest.mark.parametrize("z_dim", [1, 2, 64])
def test_the_shell_is_where_normal_z_are(z_dim: int) -> None:
    norms = np.linalg.norm(np.random.default_rng(0).standard_normal((20_000, z_dim)), axis=1)
    mean, deviation = priors.shell(z_dim)
    assert abs(mean - norms.mean()) < 0.02
    assert abs(deviation - norms.std()) < 0.02


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("k", [2, 3, 8])
def test_the_spline_has_no_corner_anywhere_its_seam_included(k: int, distribution: str) -> None:
    per = 1000
    anchors = priors.sample(distribution, k, 8, k)
    turns = {}
    for path in ("spline", "lerp"):
        z = paths.walk(anchors, per, path, True, distribution).astype(np.float64)
        slope = (np.roll(z, -1, axis=0) - z) * per
        turns[path] = np.linalg.norm(slope - np.roll(slope, 1, axis=0), axis=1)[::per]  # at the anchors; 0 is the seam
    assert turns["spline"].max() < 0.05
    assert turns["lerp"].min() > 0.5


@pytest.mark.parametrize("path", ["lerp", "spline"])
@MANY
@given(SIZES)
def test_a_uniform_z_stays_in_its_cube(path: str, size: tuple[int, ...]) -> None:
    k, z_dim, per, seed = size
    anchors = priors.sample("uniform", k, z_dim, seed)
    z = paths.walk(anchors, per, path, True, "uniform")
    assert (z <= anchors.max(0) + 1e-6).all()
    assert (z >= anchors.min(0) - 1e-6).all()


def test_a_spline_between_opposite_or_zero_latents_goes_straight_and_stays_finite() -> None:
    a = priors.sample("normal", 1, 5, 0)
    for anchors in (np.concatenate([a, -a]), np.concatenate([a, 0 * a, a]), np.concatenate([a, a])):
        z = paths.walk(anchors, 16, "spline")
        assert np.isfinite(z).all()
        assert np.linalg.norm(z, axis=1).max() <= np.linalg.norm(a) * 1.0001


def test_ease_is_monotone_gentle_at_both_ends_and_has_an_inverse() -> None:
    t = np.linspace(0, 1, 1001)
    s = paths.eased(t)
    assert (s[0], s[-1]) == (0, 1)
    assert (np.diff(s) > 0).all()
    assert s[1] < 1e-5
    np.testing.assert_allclose(paths.uneased(s), t, atol=1e-6)
    assert (np.diff(paths.uneased(t)) > 0).all()


def test_the_class_stays_switches_at_the_nearest_anchor_or_blends() -> None:
    labels = np.array([3, 4, 3])
    assert set(paths.labels_along(labels, 4, False, "stay", 5)) == {3}
    assert paths.labels_along(labels, 4, False, "switch", 5).tolist() == [3, 3, 4, 4, 4, 4, 3, 3, 3]
    assert paths.labels_along(labels, 2, True, "switch", 5).tolist() == [3, 4, 4, 3, 3, 3]
    blended = paths.labels_along(labels, 4, True, "morph", 5)
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended.sum(1), 1)
    np.testing.assert_array_equal(blended[::4], np.eye(5)[labels])
    np.testing.assert_allclose(blended[1], [0, 0, 0, 0.75, 0.25])


def test_how_long_frames_stay_follows_speed_and_ease() -> None:
    plain = _walk(closed=True).seconds()
    np.testing.assert_allclose(plain, walks.SECONDS / 12)
    np.testing.assert_allclose(_walk(closed=True, speed=2.0).seconds(), plain / 2)
    gentle = _walk(closed=True, ease=True).seconds()
    assert np.isclose(gentle.sum(), plain.sum())
    assert gentle[0] > 2 * gentle[6]
    assert _walk().seconds()[-1] == walks.REST
    assert len(_walk().seconds()) == _walk().count == 25


@pytest.mark.parametrize("segments", range(1, 9))
def test_a_walk_of_images_has_enough_frames_and_not_too_many(segments: int) -> None:
    per = walks.frames_per_segment(segments)
    assert per % 4 == 0
    assert 32 <= per * segments <= walks.FRAMES


def test_walks_are_the_same_where_their_frames_are() -> None:
    assert _walk().same(_walk(speed=2.0, ease=True))
    assert _walk(path="spline").same(_walk(path="spline", closed=True))
    for other in (_walk(k=4), _walk(per=8), _walk(path="lerp"), _walk(closed=True), _walk(how="morph")):
        assert not _walk().same(other)


def test_a_digest_tells_samples_apart_to_the_last_bit() -> None:
    samples = np.zeros((2, 3), np.float32)
    other = samples.copy()
    other[1, 2] = np.nextafter(np.float32(0), np.float32(1))
    assert walks.digest(samples) == walks.digest(samples.copy(order="F"))
    assert len({walks.digest(x) for x in (samples, other, samples.reshape(3, 2), samples.view(np.int32))}) == 4
