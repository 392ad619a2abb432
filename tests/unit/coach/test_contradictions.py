"""The coach's good words and the numbers beside them: none is said that the latter deny."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from playground.coach import CONDITIONS, name
from playground.coach.signs import BAND
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading, Value
from tests.unit.coach.test_coach import FINE, POOR, readings, same, seen

DONE = {**FINE, "auc": 0.5}
DIGITS = {"coverage": 0.97, "precision": 0.97, "recall": 0.97, "spread": 1.0, "drift": 0.01, "auc": 0.5}


def banded(made: Sequence[Reading], std: float, **floors: float) -> list[Reading]:
    """The same readings, with these values of real samples and this standard deviation of them."""
    return [
        replace(r, values={k: Value(v.value, floors.get(k, v.floor), std if k in floors else 0.0)
                           for k, v in r.values.items()}) for r in made
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.69, 0.85, 0.91, 0.97])
def test_what_is_short_of_real_samples_has_not_converged(share: float) -> None:
    made = banded(same(14, **(DONE | {"high_quality": share})), 0.002, high_quality=0.989)
    assert seen(made) == "learning"


@pytest.mark.parametrize(("beyond", "key"), [(0.9, "converged"), (1.1, "learning")])
@pytest.mark.parametrize(("metric", "sign"), [("high_quality", -1), ("sliced_wasserstein", 1)])
def test_converged_ends_at_the_edge_of_the_band(metric: str, sign: int, beyond: float, key: str) -> None:
    std, real = 0.002, {"high_quality": 0.98, "sliced_wasserstein": 0.02}[metric]
    made = same(14, **(DONE | {metric: real + sign * beyond * BAND * std}))
    assert seen(banded(made, std, **{metric: real})) == key


@pytest.mark.parametrize(("copies", "key"), [(0.05, "converged"), (0.07, "converged"), (0.09, "learning")])
def test_with_more_copies_than_among_real_samples_it_has_not_converged(copies: float, key: str) -> None:
    floors = {"coverage": 0.97, "precision": 0.97, "recall": 0.97, "copies": 0.05}
    assert seen(banded(same(14, **DIGITS, copies=copies), 0.014, **floors)) == key


def test_losses_that_leave_their_equilibrium_have_not_converged() -> None:
    def drifting(end: float) -> list[Reading]:
        return readings(*[{**DONE, "auc": 0.5 + (end - 0.5) * n / 199} for n in range(200)])

    assert seen(drifting(0.5)) == "converged"
    assert seen(drifting(0.56)) == "learning"  # still near it, but on its way
    assert seen(drifting(0.8)) == "learning"


def test_right_after_trouble_it_has_not_converged() -> None:
    wild = {**DONE, "drift": 1.2, "spread": 0.3, "modes": 1.0, "high_quality": 0.3}
    made = readings(*[{**DONE}] * 12, *[wild] * 6, *[{**DONE}] * 6)
    assert seen(made) != "converged"
    assert seen([*made, *readings(*[DONE] * 14, first=2500)]) == "converged"


def test_no_modes_and_getting_worse_is_not_learning() -> None:
    rows: list[dict[str, Any]] = [
        {**POOR, "spread": 0.9, "modes": 0.0, "jensen_shannon": js, "auc": 0.7}
        for js in (0.6, 0.5, 0.4, 0.3, 0.3, 0.3, 0.5, 0.6, 0.65)
    ]
    assert seen(readings(*rows[:6])) == "learning"
    assert seen(readings(*rows)) == "unknown"


def test_ups_and_downs_of_bad_samples_are_not_learning() -> None:
    quality = (0.40, 0.55, 0.38, 0.52, 0.41, 0.56, 0.43, 0.57, 0.42, 0.58)  # of JS: 0.42 to 0.29 nats
    rows = [{**POOR, "spread": 0.9, "modes": 1.0, "jensen_shannon": 0.69 * (1 - q), "auc": 0.75} for q in quality]
    assert seen(readings(*rows)) == "unknown"


def test_a_d_that_says_the_same_of_all_samples_is_too_weak_at_once() -> None:
    rising = [{**POOR, "spread": 0.9, "modes": 2.0, "jensen_shannon": 0.6 - 0.05 * n, "auc": 0.55} for n in range(8)]
    dead = [row | {"g_gradient": 0.0, "auc": 0.5, "jensen_shannon": 0.3} for row in rising[:2]]
    assert seen(readings(*rising)) == "learning"
    key, evidence = name(readings(*rising, *dead), RunConfig())
    assert key == "weak"
    assert "the same score" in evidence[0]
    good = same(14, **(DONE | {"g_gradient": 0.0, "high_quality": 0.9}))
    assert seen(good) == "learning"  # nothing is left to say


def test_rates_that_have_ended_are_named_and_can_end_later() -> None:
    made = same(14, **(DONE | {"high_quality": 0.91}))
    key, evidence = name(made, RunConfig(lr_decay=1400))
    assert key == "stopped"
    assert evidence[0] == "The learning rates fell to 0 at step 1\u202f400."
    assert seen(made, lr_decay=1500) == "learning"
    assert seen(same(14, **DONE), lr_decay=1000) == "converged"
    assert CONDITIONS["stopped"].cure(RunConfig(lr_decay=1400)) == {"lr_decay": 2800}


@pytest.mark.parametrize(
    ("size", "recall", "precision", "key"),
    [(60, 0.3, 0.95, "memorisation"), (60, 0.6, 0.95, "unknown"), (60, 0.3, 0.5, "unknown"), (0, 0.3, 0.95, "unknown")],
)
def test_samples_like_real_ones_that_leave_most_out_are_learned_by_heart(
    size: int, recall: float, precision: float, key: str
) -> None:
    row = DIGITS | {"coverage": 0.4, "recall": recall, "precision": precision, "auc": 0.9}
    assert seen(banded(same(**row), 0.01, coverage=0.97, precision=0.97, recall=0.97), size=size) == key
