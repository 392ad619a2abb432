"""Metrics against closed forms, planted corruptions and other implementations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from prdc import compute_prdc
from scipy import linalg
from torchmetrics.image.kid import KernelInceptionDistance

from playground.metrics import kernel
from playground.metrics.class_balance import imbalance
from playground.metrics.frechet import frechet
from playground.metrics.histogram import jensen_shannon
from playground.metrics.identity import Given, repeatable
from playground.metrics.inception_score import inception_score
from playground.metrics.modes import mode_statistics
from playground.metrics.path import EPS, path_length
from playground.metrics.prdc import prdc, radii
from playground.metrics.similarity import similarity
from playground.utils.chunked import run_to_end


def _normal(n: int, d: int, seed: int) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_frechet_of_two_gaussians_is_the_closed_form() -> None:
    """Of N(0, I) and N(m, s^2 I): |m|^2 + d (1 - s)^2."""
    x = _normal(4000, 3, 0)
    x = (x - x.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T  # exactly N(0, I) in its moments
    assert frechet(x, 2 * x + torch.tensor([1.0, 2.0, 2.0])) == pytest.approx(9 + 3, rel=1e-6)
    assert frechet(x, x) == pytest.approx(0, abs=1e-6)


def test_frechet_agrees_with_the_matrix_square_root_of_scipy() -> None:
    a, b = _normal(500, 6, 0) @ _normal(6, 6, 1), _normal(400, 6, 2) @ _normal(6, 6, 3) + 0.3
    s1, s2 = np.cov(a.numpy().T), np.cov(b.numpy().T)
    expected = float(((a.mean(0) - b.mean(0)) ** 2).sum()) + np.trace(s1 + s2 - 2 * linalg.sqrtm(s1 @ s2).real)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-6)


def kernel_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return run_to_end(kernel.in_pieces(a, b))


def test_kernel_distance_of_equal_distributions_is_unbiased_around_zero() -> None:
    values = [kernel_distance(_normal(200, 4, 2 * k), _normal(200, 4, 2 * k + 1)) for k in range(24)]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * error
    assert min(values) < 0 < max(values)
    assert kernel_distance(_normal(200, 4, 0), _normal(200, 4, 1) + 1) > 10 * np.std(values)


def test_kernel_distance_agrees_with_the_definition() -> None:
    a, b = _normal(60, 4, 0), _normal(60, 4, 1) + 0.5

    def k(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x @ y.T / 4 + 1) ** 3

    n = len(a)
    off = 1 - torch.eye(n)
    within = ((k(a, a) + k(b, b)) * off).sum() / (n * (n - 1))
    assert kernel_distance(a, b) == pytest.approx(float(within - 2 * k(a, b).mean()), rel=1e-4)


def test_kernel_distance_agrees_with_torchmetrics() -> None:
    a, b = _normal(400, 8, 0).float(), _normal(400, 8, 1).float() * 1.3
    with repeatable():
        metric = KernelInceptionDistance(feature=Given(8), subsets=1, subset_size=400)
    metric.update(a, real=True)
    metric.update(b, real=False)
    assert kernel_distance(a, b) == pytest.approx(float(metric.compute()[0]), rel=1e-3)


def test_precision_recall_density_and_coverage_agree_with_their_package() -> None:
    a, b = _normal(150, 4, 0), _normal(120, 4, 1) * 0.8 + 0.3
    expected = compute_prdc(real_features=a.numpy(), fake_features=b.numpy(), nearest_k=5)
    assert run_to_end(prdc(a, run_to_end(radii(a, 5)), b, 5))._asdict() == pytest.approx(expected)


def test_inception_score_reaches_its_ends() -> None:
    assert inception_score(100 * torch.eye(10).repeat(20, 1)) == pytest.approx(10, rel=1e-4)
    assert inception_score(torch.zeros(50, 10)) == pytest.approx(1)
    assert inception_score(100 * torch.eye(10)[:5].repeat(20, 1)) == pytest.approx(5, rel=1e-4)


def test_metrics_consume_no_random_numbers_and_repeat() -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    x, y = _normal(150, 4, 0), _normal(150, 4, 1)
    values = [
        (kernel_distance(x, y), inception_score(x), similarity(x.view(-1, 1, 2, 2).repeat(1, 1, 4, 4))) for _ in "ab"
    ]
    assert values[0] == values[1]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_jensen_shannon_of_a_perfect_sampler_is_at_its_floor() -> None:
    """About (occupied bins - 1) / (4 n) for two samples of n points, here of a uniform square."""
    rng = np.random.default_rng(0)
    floors = [jensen_shannon(rng.uniform(-1, 1, (20_000, 2)), rng.uniform(-1, 1, (20_000, 2)), 1.0) for _ in range(5)]
    assert np.mean(floors) == pytest.approx((24 * 24 - 1) / (4 * 20_000), rel=0.1)


def test_jensen_shannon_of_strangers_is_log_two() -> None:
    x = np.random.default_rng(0).uniform(-0.5, 0, (500, 2))
    assert jensen_shannon(x, -x - 1e-9, 1.0) == pytest.approx(np.log(2))
    assert jensen_shannon(x, np.full((500, 2), np.nan), 1.0) == pytest.approx(np.log(2))
    assert jensen_shannon(np.full((5, 2), 9.0), np.full((5, 2), np.inf), 1.0) == 0  # both outside


@pytest.mark.parametrize("corrupt", ["noise", "dropped", "bridges"])
def test_each_falls_as_a_corruption_shrinks(corrupt: str) -> None:
    rng = np.random.default_rng(0)
    centres = 2 * np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], 1)

    def ring(n: int, modes: int = 8) -> np.ndarray:
        return centres[rng.integers(modes, size=n)] + 0.02 * rng.normal(size=(n, 2))

    def bridges(share: float) -> np.ndarray:
        between = rng.random((4000, 1)) < share
        return np.where(between, (ring(4000) + ring(4000)) / 2, ring(4000))

    real = ring(4000)
    levels = {
        "noise": [ring(4000) + s * rng.normal(size=(4000, 2)) for s in (1.0, 0.4, 0.1, 0.0)],
        "dropped": [ring(4000, modes) for modes in (1, 3, 6, 8)],
        "bridges": [bridges(share) for share in (0.8, 0.4, 0.2, 0.0)],
    }[corrupt]
    divergence = [jensen_shannon(x, real, 3.0) for x in levels]
    assert divergence == sorted(divergence, reverse=True)
    features = [torch.from_numpy(np.concatenate([x, x**2], 1)) for x in (*levels, real)]
    for metric in (frechet, kernel_distance):
        values = [metric(x[:1000], features[-1][:1000]) for x in features[:-1]]
        assert values == sorted(values, reverse=True), (metric, values)


def test_similarity_of_flat_greys_is_the_closed_form_in_0_to_1() -> None:
    """Of constants a and b: (2 a b + c) / (a^2 + b^2 + c), c = 0.01^2; on [-1, 1] it would be far below 0."""
    a, b = 121 / 255, 134 / 255
    x = torch.stack([torch.full((1, 16, 16), 2 * grey - 1) for grey in (a, b)])
    expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    assert expected == pytest.approx(0.995, abs=5e-4)
    assert similarity(x) == pytest.approx(expected, abs=3e-4)


def test_precision_and_the_like_of_one_image_again_and_again_are_not_defined() -> None:
    constant = torch.ones(200, 3)
    found = run_to_end(prdc(constant, run_to_end(radii(constant, 5)), _normal(200, 3, 0).float(), 5))
    assert np.isnan(found).all()


def test_similarity_is_one_for_copies_and_less_for_variety() -> None:
    x = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert similarity(x[:1].repeat(40, 1, 1, 1)) == pytest.approx(1)
    assert similarity(x) < 0.3
    y = torch.arange(40) // 20
    classes = x[:2].repeat_interleave(20, 0)  # variety between the classes only
    assert similarity(classes, y) == pytest.approx(1)
    assert similarity(classes) < 0.9
    assert np.isnan(similarity(x[:2], torch.tensor([0, 1])))
    large = torch.rand(4, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    assert similarity(large) < 0.5


def test_imbalance_is_total_variation() -> None:
    real = torch.arange(10).repeat(10)
    assert imbalance(real, real, 10) == 0
    assert imbalance(torch.zeros(50, dtype=torch.long), real, 10) == pytest.approx(0.9)
    assert imbalance(torch.arange(5).repeat(4), real, 10) == pytest.approx(0.5)


def test_a_mode_is_covered_from_a_tenth_of_its_fair_share_on() -> None:
    """800 points and 8 modes: the fair share is 100 points, a tenth of it 10."""
    centres = [(float(k), 0.0) for k in range(8)]
    for n, covered in ((9, 1), (10, 2)):
        points = np.zeros((800, 2), np.float32)
        points[:n, 0] = 1
        assert mode_statistics(points, centres, 0.01).covered == covered


def test_path_length_leaves_out_the_lowest_and_highest_hundredth() -> None:
    """Speeds 2 on 296 of 300 paths; 0 on two and 1,000 on two others."""
    speed = torch.full((300,), 2.0, dtype=torch.float64)
    speed[:2], speed[-2:] = 0, 1000
    before = torch.zeros(300, 1, dtype=torch.float64)
    assert path_length(before, before + EPS * speed[:, None], 1.0) == pytest.approx(4)
