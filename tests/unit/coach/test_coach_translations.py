"""The coach on planted readings of translations: each condition, where it begins, and what is no trouble at all."""

from __future__ import annotations

from typing import Any

import pytest

from playground.coach import CONDITIONS, UNKNOWN, name
from playground.coach.diagnosis import quality
from playground.config.run_config import KNOBS, RunConfig
from playground.utils.readings import Reading
from tests.unit.coach.planted_translations import CYCLE, CYCLED, GOOD, PAIRED, TRANSLATED, read, steady
from tests.unit.coach.test_coach import FINE, POOR, same


def seen(made: list[Reading], knobs: dict[str, Any]) -> str:
    return name(made, RunConfig(**knobs))[0]


@pytest.mark.parametrize("knobs", [PAIRED, CYCLE])
def test_a_good_translation_is_learning(knobs: dict[str, Any]) -> None:
    assert seen(steady(GOOD if knobs is PAIRED else CYCLED), knobs) == "learning"


@pytest.mark.parametrize(
    ("key", "better"),
    [
        ("blur", {"sharpness": 0.78}),
        ("blur", {"psnr": 12.5}),
        ("invention", {"label_kept": 0.75}),
        ("invention", {"sharpness": 0.78}),
        ("identity", {"change": 0.1}),
        ("identity", {"frechet": 140.0}),
        ("hidden-code", {"label_kept": 0.6}),
        ("hidden-code", {"cycle_error": 0.07}),
        ("patches", {"auc": 0.97}),
        ("patches", {"ssim": 0.7}),
    ],
)
def test_each_condition_ends_where_one_of_its_numbers_is_better(key: str, better: dict[str, float]) -> None:
    made, knobs = TRANSLATED[key]
    values = {k: v.value for k, v in made[-1].values.items()} | {"auc": made[-1].signals.auc}
    assert seen(steady(values), knobs) == key
    assert seen(steady(values | better), knobs) != key


@pytest.mark.parametrize(
    ("key", "metric", "step"),
    [("blur", "sharpness", 0.03), ("invention", "label_kept", 0.025), ("patches", "frechet", -90)],
)
def test_what_gets_better_is_no_trouble_yet(key: str, metric: str, step: float) -> None:
    made, knobs = TRANSLATED[key]
    values = {k: v.value for k, v in made[-1].values.items()} | {"auc": made[-1].signals.auc}
    start = values[metric] - 9 * step
    assert seen(read(*[values | {metric: start + n * step} for n in range(10)]), knobs) != key


def test_labels_that_come_back_are_an_invention_as_long_as_the_mean_is_nearer_to_the_truth() -> None:
    free, rising = PAIRED | {"reconstruction_weight": 0.0}, [0.1 + 0.025 * n for n in range(10)]
    for psnr, named in ((11.0, True), (13.0, False)):
        made = read(*[GOOD | {"psnr": psnr, "ssim": 0.5, "label_kept": kept} for kept in rising])
        assert (seen(made, free) == "invention") == named


def test_without_labels_an_invention_is_farther_from_the_truth_than_the_mean() -> None:
    unlabelled = {key: value for key, value in GOOD.items() if key != "label_kept"}
    free = PAIRED | {"reconstruction_weight": 0.0}
    assert seen(steady(unlabelled, psnr=11.5), free) == "invention"
    assert seen(steady(unlabelled, psnr=12.5), free) != "invention"


def test_outputs_of_another_class_are_not_learning_though_they_look_real() -> None:
    lost = CYCLED | {"label_kept": 0.3, "cycle_error": 0.09}
    assert seen(steady(CYCLED), CYCLE) == "learning"
    assert seen(steady(lost), CYCLE) == UNKNOWN
    returning = [lost | {"label_kept": 0.1 + 0.04 * n} for n in range(10)]
    assert seen(read(*returning), CYCLE) == "learning"


def test_points_that_stay_where_they_are_are_copied() -> None:
    points = CYCLE | {"task": "turn", "dataset": "moons", "network": "mlp"}
    moved = {"change": 0.19, "cycle_error": 0.02, "sliced_wasserstein": 0.05}
    assert seen(steady(moved), points) == "learning"
    assert seen(steady(moved | {"change": 0.01, "sliced_wasserstein": 0.6}), points) == "identity"


def test_conditions_of_a_gan_are_silent_of_a_translation_and_the_other_way_round() -> None:
    alike = same(**(POOR | {"copies": 0.9, "auc": 0.5}))
    assert seen(alike, {}) == "memorisation"
    assert seen(alike, PAIRED) == UNKNOWN
    for key, (made, _knobs) in TRANSLATED.items():
        assert seen(made, {}) not in TRANSLATED, key
    assert seen(same(14, auc=0.52, **FINE), {}) == "converged"


def test_a_broken_translation_has_diverged() -> None:
    assert seen(steady(GOOD, g_gradient=2000.0), PAIRED) == "divergence"


def test_a_large_weight_of_a_loss_makes_large_gradients_and_nothing_diverges() -> None:
    assert seen(steady(GOOD, g_gradient=900.0), PAIRED | {"reconstruction_weight": 100.0}) == "learning"
    assert seen(steady(CYCLED, g_gradient=900.0), CYCLE | {"cycle_weight": 100.0}) == "learning"
    assert seen(steady(CYCLED, g_gradient=4000.0), CYCLE | {"cycle_weight": 10.0}) == "divergence"


def test_quality_is_the_likeness_to_the_truth_or_how_many_times_the_floor_the_distance_is() -> None:
    assert quality(steady(GOOD)[-1]) == pytest.approx(0.74)
    assert quality(steady(CYCLED, frechet=100.0)[-1]) == pytest.approx(0.5)
    assert quality(steady(CYCLED, frechet=5.0)[-1]) == 1


@pytest.mark.parametrize(
    ("key", "knobs", "cure"),
    [
        ("blur", {"adversarial_weight": 0.0}, {"adversarial_weight": 1.0}),
        ("blur", {"reconstruction_weight": 100.0}, {"reconstruction_weight": 1.0}),
        ("invention", {"reconstruction_weight": 0.0}, {"reconstruction_weight": 1.0}),
        ("invention", {}, {"reconstruction_weight": 10.0}),
        ("patches", {"r1": 0.0, "d_lr": 0.01}, {"r1": 0.1, "d_lr": 2e-3}),
    ],
)
def test_cures_of_pairs(key: str, knobs: dict[str, Any], cure: dict[str, Any]) -> None:
    assert CONDITIONS[key].cure(RunConfig(**(PAIRED | knobs))) == cure


@pytest.mark.parametrize(
    ("key", "knobs", "cure"),
    [
        ("identity", {"adversarial_weight": 0.0}, {"adversarial_weight": 1.0}),
        ("identity", {"identity_weight": 50.0, "cycle_weight": 200.0}, {"identity_weight": 0.0, "cycle_weight": 10.0}),
        ("identity", {}, {"adversarial_weight": 5.0}),
        ("hidden-code", {}, {"identity_weight": 5.0}),
        ("hidden-code", {"identity_weight": 5.0}, {"cycle_weight": 5.0}),
    ],
)
def test_cures_of_cycles(key: str, knobs: dict[str, Any], cure: dict[str, Any]) -> None:
    config = RunConfig(**(CYCLE | knobs))
    assert CONDITIONS[key].cure(config) == cure
    assert all(KNOBS[knob].live for knob in cure)
    assert config.changed(**cure).differences(config) == cure
