"""The coach's benchmark: which configs it has, who judges a cure, and what its tables say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch

from playground import data
from playground.benchmarks.coach import result, trace
from playground.benchmarks.coach_contradictions import denied
from playground.benchmarks.coach_cures import judged, press
from playground.benchmarks.coach_table import markdown
from playground.benchmarks.coach_words import words_after
from playground.benchmarks.lanes import Lane
from playground.benchmarks.readme_parts import coach as paragraph_of
from playground.benchmarks.scenarios import SCENARIOS, TRUTHS, Check, Scenario, Turn
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
    rows[0] |= {"seeds": [400, 401, 402, 800, 801]}
    assert "| 400 to 402, 800 to 801 | 2 of 2 |" in markdown({"rows": rows, "cures": []}, NOW)


def check(step: int, **values: Any) -> Check:
    usual = {"dominant": 0, "share": 0.2, "covered": 8, "modes": 8, "high_quality": 0.98, "distance": 0.04,
             "g_gradient": 0.1, "d_gradient": 0.1, "real": 0.0, "fake": 0.0, "auc": 0.5, "gap": 0.0, "clipped": 0.0,
             "spread": 1.0, "moved": 0.01}  # fmt: skip
    return Check(step, **(usual | values))


def checks(**values: Any) -> list[Check]:
    return [check(50 * n, **values) for n in range(1, 13)]


@pytest.mark.parametrize(
    ("word", "values", "wrong"),
    [
        ("converged", {}, 0),
        ("converged", {"high_quality": 0.91}, 1),
        ("converged", {"covered": 7}, 1),
        ("converged", {"auc": 0.7}, 1),
        ("converged", {"near": 0.5}, 1),
        ("converged", {"modes": 0, "covered": 0, "high_quality": 0.0}, 0),
        ("learning", {"high_quality": 0.5}, 0),
        ("learning", {"covered": 0, "high_quality": 0.0}, 1),
    ],
)
def test_a_good_word_is_denied_by_the_checks_of_its_time(word: str, values: dict[str, Any], wrong: int) -> None:
    assert denied([(400, word), (600, "weak")], checks(**values))[word] == (1, wrong)


def test_who_gets_better_from_a_bad_start_is_learning() -> None:
    rising = [check(50 * n, covered=0, high_quality=0.01 * n) for n in range(1, 13)]
    assert denied([(600, "learning")], rising)["learning"] == (1, 0)
    assert denied([(600, "learning")], [*rising[:6], *checks(covered=0, high_quality=0.0)[6:]])["learning"] == (1, 1)


def test_another_word_is_right_only_where_its_own_criterion_holds_too() -> None:
    few = {"modes": 0, "covered": 0, "high_quality": 0.0, "distance": 0.5}
    for spread, true in ((0.3, ["weak", "collapse"]), (0.9, ["weak"])):
        found = result(("weak", "collapse"), checks(spread=spread, **few), same(12, **POOR), RunConfig())
        assert (found["said"], found["true"]) == ("collapse", true)
        assert (found["named"] is None) == (true == ["weak"])
    assert result(("stopped", "collapse"), checks(), same(12, **POOR), RunConfig())["onset"] is None


@pytest.mark.parametrize("seeds", [[3], [3, 4]])
def test_after_a_turn_only_what_comes_then_is_seen_and_its_knobs_hold(seeds: list[int]) -> None:
    config = PRESETS["ring"].config.changed(device="cpu")
    turned = trace(config, seeds, 200, Turn(100, {"d_lr": 0.05}))
    plain = trace(config, seeds, 200)
    assert [[c["step"] for c in run["checks"]] for run in turned] == [[150, 200]] * len(seeds)
    assert [[r["step"] for r in run["readings"]] for run in turned] == [[200]] * len(seeds)
    assert [c["step"] for c in plain[0]["checks"]] == [50, 100, 150, 200]
    assert turned[0]["checks"][-1]["real"] != plain[0]["checks"][-1]["real"]


def test_a_d_that_says_the_same_of_all_samples_ranks_half_of_the_pairs_right() -> None:
    lane = lane_of("ring")
    with torch.no_grad():
        for parameter in lane.trainer.D.parameters():
            parameter.zero_()
    assert lane.check((0.0, 0.0)).auc == 0.5


def test_the_paragraph_names_what_is_below_nine_in_ten_and_what_was_denied() -> None:
    def row(scenario: str, shows: str, true: list[str], *said: str) -> dict[str, Any]:
        runs = [{"seed": n, "onset": 100, "true": true, "said": word, "named": 300, "alarms": 0, "readings": 9,
                 "denied": {"converged": (1200, 7), "learning": (0, 0)}} for n, word in enumerate(said)]  # fmt: skip
        return {"scenario": scenario, "shows": shows, "tuning": False, "seeds": [0, 1], "steps": 1000, "config": {},
                "stamp": NOW, "runs": runs}  # fmt: skip

    rows = [row("ring", "learning", ["learning"], "learning", "weak"),
            row("blind-spirals", "weak", ["weak", "collapse"], "collapse", "weak")]  # fmt: skip
    text = markdown({"rows": rows, "cures": []}, NOW)
    assert "| D is too weak | 1 (1) | 2 | 1.00 | 1.00 | 0.50 | 200 | none | blind-spirals: Mode collapse" in text
    said = " ".join(paragraph_of(text).split())
    assert "except for recall 0.50 (Learning normally) and precision 0.50 (D is too weak)" in said
    assert "in 1 runs it names another one that is true too" in said
    assert "Converged after 28 of 4,800 and Learning normally after 0 of 0 readings" in said
