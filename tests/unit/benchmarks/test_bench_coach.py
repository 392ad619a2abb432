"""The coach's benchmark: which configs it has, who judges a cure, and what its tables say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch

from playground import data
from playground.benchmarks.coach_cures import judged, press
from playground.benchmarks.coach_table import markdown
from playground.benchmarks.coach_words import words_after
from playground.benchmarks.lanes import Lane
from playground.benchmarks.scenarios import SCENARIOS, TRUTHS, Scenario
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.data import DATASETS
from playground.training.games.gan import GAN
from tests.unit.coach.test_coach import FINE, POOR, readings, same

NOW = {"command": "c", "commit": "abc1234", "date": "2026-11-29", "machine": "m", "torch": "t"}


def lane_of(preset: str, **knobs: Any) -> Lane:
    config = PRESETS[preset].config.changed(device="cpu", **knobs)
    samples = data.load(config.dataset)
    return Lane(GAN(config, samples), samples)


def test_every_condition_has_three_configs_that_were_not_tuned_on_and_most_are_far() -> None:
    shown, far = (Counter(s.shows for s in SCENARIOS if s.far or not only_far) for only_far in (False, True))
    assert shown.keys() == TRUTHS.keys()
    assert min(shown.values()) >= 3
    assert min(far.values()) >= 2
    for scenario in SCENARIOS:
        assert scenario.config(False) not in [other.config(True) for other in SCENARIOS]


@pytest.mark.parametrize(
    ("tune", "table", "far"),
    [
        ({"d_lr": 1e-3}, {"d_lr": 1.5e-3}, False),
        ({"d_lr": 1e-3}, {"d_lr": 2e-3}, True),
        ({"d_lr": 1e-3}, {"d_lr": 5e-4}, True),
        ({"r1": 0.1}, {"r1": 0.0}, True),
        ({"dataset": "ring"}, {"dataset": "grid"}, True),
        (None, {}, True),
    ],
)
def test_far_is_another_kind_or_a_factor_of_two(tune: dict[str, Any] | None, table: dict[str, Any], far: bool) -> None:
    assert Scenario("s", "learning", "ring", tune, table).far == far


def test_a_cure_is_judged_by_modes_of_the_average_and_of_g_itself() -> None:
    lane = lane_of("ring")
    place = torch.tensor(DATASETS["ring"].centres[0])
    with torch.no_grad():
        for net, bias in ((lane.trainer.G_ema, place), (lane.trainer.G, place + 1)):
            for parameter in net.parameters():
                parameter.zero_()
            list(net.parameters())[-1].copy_(bias)
    check = replace(lane.check((0.0, 0.0)), covered=8)
    lane.since, lane.checks = 100, [replace(check, step=s) for s in (50, 150, 200)]
    lane.checks[1] = replace(lane.checks[1], covered=7)
    found = judged(lane)
    assert (found["modes"], found["high_quality"]) == (1, 1.0)
    assert (found["raw_modes"], found["raw_high_quality"]) == (0, 0.0)
    assert found["first"] == 100


@pytest.mark.parametrize(("well", "back"), [(False, 0), (True, 10)])
def test_the_button_of_a_collapse_goes_back_and_changes_the_knobs(well: bool, back: int) -> None:
    lane = lane_of("collapse")
    first = [p.detach().clone() for p in lane.trainer.G.parameters()]
    for _step in range(20):
        lane.trainer.step()
    rows = [*[FINE] * 12, *[POOR] * 8] if well else [POOR] * 12
    lane.readings = readings(*rows)
    if well:  # the words of a long run at the steps of a short one: the collapse is seen at step 210
        first_poor = next(w.since for w in words_after(lane.readings, lane.trainer.config) if w.key == "collapse")
        lane.readings = [replace(r, step=r.step - first_poor + 210) for r in lane.readings]
    found = press(lane, lane.trainer.config)
    assert found["named"] == "collapse"
    assert found["back"] == back
    assert lane.trainer.step_count == lane.since == back
    assert lane.trainer.config == PRESETS["collapse"].config.changed(device="cpu", **found["cure"])
    assert all(torch.equal(a, b) for a, b in zip(first, lane.trainer.G.parameters(), strict=True)) == (not well)


def test_the_button_of_hopping_leaves_the_weights_where_they_are() -> None:
    lane = lane_of("hopping")
    for _step in range(5):
        lane.trainer.step()
    lane.readings = same(12, **(POOR | {"drift": 1.2}))
    found = press(lane, lane.trainer.config)
    assert (found["named"], found["back"], lane.trainer.step_count) == ("hopping", None, 5)


def test_the_table_of_cures_sets_the_modes_beside_the_word_of_the_coach() -> None:
    run = {"seed": 7, "named": "collapse", "cure": {"r1": 0.1}, "back": 0, "said": "learning", "onset": 0, "modes": 8,
           "high_quality": 0.7, "raw_modes": 8, "raw_high_quality": 0.4, "first": 900}  # fmt: skip
    poor = {**run, "seed": 9, "modes": 5, "raw_modes": 2, "first": None}
    row = {"preset": "collapse", "seeds": [7, 8, 9], "steps": 6000, "stamp": NOW,
           "runs": [run, {**run, "seed": 8, "raw_modes": 6}, poor]}  # fmt: skip
    text = markdown({"rows": [], "cures": [row]}, NOW)
    line = next(line for line in text.splitlines() if line.startswith("| collapse"))
    assert "| 6000 | 3 of 3 | 2 of 3 | 1 of 3 | 70% / 40% | 900 | seed 9: 5 of 8 |" in line
    assert "back to step 0, r1 0.1" in line
    assert "`c` (commit abc1234, 2026-11-29" in text


def test_the_table_of_conditions_names_what_was_missed_with_config_and_seed() -> None:
    def row(scenario: str, shows: str, *said: str) -> dict[str, Any]:
        runs = [{"seed": 400 + n, "onset": 100, "true": [shows], "said": word, "named": 300, "alarms": 0, "readings": 9,
                 "denied": {"converged": (3, n), "learning": (0, 0)}} for n, word in enumerate(said)]  # fmt: skip
        return {"scenario": scenario, "shows": shows, "tuning": False, "seeds": [400, 401], "steps": 1000,
                "config": RunConfig(r1=0.0).differences(RunConfig()), "stamp": NOW, "runs": runs}  # fmt: skip

    rows = [row("collapse", "collapse", "collapse", "weak"), row("busy-d-collapse", "collapse", "collapse", "collapse"),
            row("blind-d", "weak", "weak", "weak")]  # fmt: skip
    text = markdown({"rows": rows, "cures": []}, NOW)
    assert "| Mode collapse | 2 (1) | 4 | 0.75 | 1.00 | 1.00 | 200 | collapse: D is too weak (seeds 401) | none" in text
    assert "| D is too weak | 1 (1) | 2 | 1.00 | 1.00 | 0.67 | 200 | none | none |" in text
