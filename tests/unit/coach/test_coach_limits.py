"""Where the coach's verdicts begin and end: its thresholds from both sides, and how long a verdict must hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from playground.coach import CONDITIONS, EARLY, Diagnosis, diagnose, name
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading
from tests.unit.coach.test_coach import FINE, POOR, WIDE, readings, same, seen


def verdicts(made: list[Reading], previous: Diagnosis | None) -> list[str]:
    """What the coach says after each reading, if `previous` was said before the first one."""
    found = []
    for n in range(1, len(made) + 1):
        previous = diagnose(made[:n], RunConfig(), previous)
        found.append(previous.key)
    return found


def test_a_verdict_changes_with_the_third_reading_in_a_row_that_says_the_other_one() -> None:
    made = readings(*[FINE] * 14, *[POOR] * 12)
    alone = [name(made[:n], RunConfig())[0] for n in range(1, len(made) + 1)]
    said = verdicts(made, None)
    turned = alone.index("collapse")
    assert alone[turned:] == ["collapse"] * (len(made) - turned)
    assert said.index("collapse") == turned + 2


def test_after_a_long_silence_two_of_three_readings_suffice() -> None:
    before = Diagnosis("unknown", (), 100)
    mixed = same(12, auc=0.85, **WIDE) + readings(*[{"auc": 1.0, **WIDE}] * 8, first=1300)
    alone = [name(mixed[:n], RunConfig())[0] for n in range(1, len(mixed) + 1)]
    turned = alone.index("overpowering")
    assert verdicts(mixed, before).index("overpowering") == turned + 1


@pytest.mark.parametrize(("auc", "key"), [(0.985, "vanishing"), (0.975, "collapse")])
def test_a_gradient_vanishes_only_where_d_ranks_98_percent_of_the_pairs_right(auc: float, key: str) -> None:
    assert seen(same(g_gradient=1e-5, auc=auc, **POOR), objective="minimax") == key


@pytest.mark.parametrize(("gradient", "key"), [(9e-4, "vanishing"), (1.1e-3, "collapse")])
def test_the_gradient_of_g_is_gone_below_a_thousandth(gradient: float, key: str) -> None:
    assert seen(same(g_gradient=gradient, auc=1.0, **POOR), objective="minimax") == key


@pytest.mark.parametrize(("auc", "key"), [(0.985, "overpowering"), (0.975, "unknown")])
def test_d_overpowers_g_only_where_it_ranks_98_percent_of_the_pairs_right(auc: float, key: str) -> None:
    assert seen(same(auc=auc, **WIDE)) == key


@pytest.mark.parametrize(
    ("auc", "key"), [(0.34, "unknown"), (0.36, "weak"), (0.5, "weak"), (0.62, "weak"), (0.64, "unknown")]
)
def test_d_guesses_between_35_and_63_percent(auc: float, key: str) -> None:
    assert seen(same(auc=auc, **WIDE)) == key


@pytest.mark.parametrize(("n", "key"), [(4, EARLY), (5, "collapse")])
def test_nothing_is_said_before_five_readings(n: int, key: str) -> None:
    assert seen(same(n, **POOR)) == key


BORDERS: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], str, dict[str, Any]]] = {
    "most of D's weights are clipped": (
        {"clipped": 0.52, **WIDE}, {"clipped": 0.48, **WIDE}, "clipping", {"objective": "wgan", "clip": 0.01}),
    "the score of unseen samples": (
        {"held_out_gap": 0.42, **FINE}, {"held_out_gap": 0.38, **FINE}, "overfitting", {"size": 50}),
    "gradients by themselves": (
        {"g_gradient": 320.0, **WIDE}, {"g_gradient": 280.0, **WIDE}, "divergence", {}),
    "samples that jump": (
        {**POOR, "drift": 0.32}, {**POOR, "drift": 0.28}, "hopping", {}),
    "samples that are narrow": (
        {**POOR, "spread": 0.48}, {**POOR, "spread": 0.52}, "collapse", {}),
}  # fmt: skip


@pytest.mark.parametrize("border", BORDERS)
def test_a_condition_is_named_on_one_side_of_its_threshold_only(border: str) -> None:
    inside, outside, key, knobs = BORDERS[border]
    assert seen(same(14, **inside), **knobs) == key
    assert seen(same(14, **outside), **knobs) != key


def test_conditions_that_seldom_mend_go_back_first() -> None:
    assert {key for key, condition in CONDITIONS.items() if condition.back} == {"divergence", "vanishing", "collapse"}
