"""The coach on planted readings: each condition, its evidence, its cure; and that it does not flicker."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from playground.cli.main import main
from playground.coach import CONDITIONS, EARLY, HOLD, UNKNOWN, diagnose, name
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.utils.readings import Reading, Signals, Value
from tests.unit.coach.planted_translations import TRANSLATED

CALM: dict[str, Any] = {
    "g_gradient": 0.3, "d_gradient": 0.2, "g_update": 0.01, "d_update": 0.01, "g_turn": -0.8, "d_turn": -0.6,
    "game_turn": -0.7, "auc": 0.6, "real_right": 0.6, "fake_right": 0.6, "certainty": 0.5, "real_slope": 0.3,
    "fake_slope": 0.3, "real_scores": (-0.1, 0.05, 0.1), "fake_scores": (-0.1, -0.05, 0.1), "ema_gap": 0.1,
    "held_out_gap": math.nan, "clipped": math.nan, "layers": (),
}  # fmt: skip
FLOORS = {"modes": 8.0, "high_quality": 0.99, "jensen_shannon": 0.03, "sliced_wasserstein": 0.02, "spread": 1.0}
POOR = {
    "modes": 1.0,
    "high_quality": 0.2,
    "jensen_shannon": 0.6,
    "sliced_wasserstein": 0.8,
    "spread": 0.1,
    "drift": 0.02,
}
FINE = {
    "modes": 8.0,
    "high_quality": 0.99,
    "jensen_shannon": 0.04,
    "sliced_wasserstein": 0.02,
    "spread": 1.0,
    "drift": 0.01,
}
WIDE = POOR | {"modes": 2.0, "spread": 0.9}  # as varied as the data, but elsewhere


def readings(*rows: Mapping[str, Any], first: int = 100) -> list[Reading]:
    """A reading every 100 steps; each row has signals and metrics, where they differ from a calm run's."""
    made = []
    for n, row in enumerate(rows):
        signals = {key: row.get(key, value) for key, value in CALM.items()}
        values = {k: Value(v, FLOORS.get(k, 0.0)) for k, v in row.items() if k not in CALM}
        made.append(Reading(first + 100 * n, Signals(step=first + 100 * n, **signals), values))
    return made


def same(n: int = 12, **row: Any) -> list[Reading]:
    return readings(*[row] * n)


def seen(made: list[Reading], **knobs: Any) -> str:
    return name(made, RunConfig(**knobs))[0]


def _rising() -> Iterable[dict[str, Any]]:
    for n in range(12):
        yield POOR | {
            "spread": 1.0,
            "modes": n // 2,
            "jensen_shannon": 0.6 - 0.04 * n,
            "sliced_wasserstein": 0.1 - 0.005 * n,
        }


PLANTED: dict[str, tuple[list[Reading], dict[str, Any]]] = {
    "divergence": (same(g_gradient=2000.0, **POOR), {}),
    EARLY: (same(3, **POOR), {}),
    "memorisation": (same(copies=0.8, **FINE), {"size": 50}),
    "overfitting": (same(held_out_gap=0.8, **FINE), {"size": 50}),
    "clipping": (same(clipped=0.9, **WIDE), {"objective": "wgan", "clip": 0.01}),
    "vanishing": (same(g_gradient=1e-5, auc=1.0, certainty=1e-4, **POOR), {"objective": "minimax"}),
    "hopping": (same(**(POOR | {"drift": 1.2})), {}),
    "collapse": (same(**POOR), {}),
    "inflation": (readings(*[{**WIDE, "real_scores": (1.6**n, 1.7**n, 1.8**n)} for n in range(12)]), {"r1": 0.0}),
    "overpowering": (same(auc=1.0, **WIDE), {}),
    "weak": (same(auc=0.5, **WIDE), {}),
    "oscillation": (readings(*[{**WIDE, "jensen_shannon": 0.2 + 0.2 * (n % 2), "drift": 0.2} for n in range(12)]), {}),
    "converged": (same(14, auc=0.52, **FINE), {}),
    "stopped": (same(14, **(FINE | {"high_quality": 0.9})), {"lr_decay": 1000}),
    "learning": (readings(*_rising()), {}),
    UNKNOWN: (same(auc=0.85, **WIDE), {}),
    **TRANSLATED,
}  # fmt: skip


def test_every_condition_has_a_planted_case() -> None:
    assert PLANTED.keys() == CONDITIONS.keys()


@pytest.mark.parametrize("key", PLANTED)
def test_a_planted_condition_is_named_with_its_numbers(key: str) -> None:
    made, knobs = PLANTED[key]
    found, evidence = name(made, RunConfig(**knobs))
    assert found == key
    assert any(letter.isdigit() for letter in " ".join(evidence))


def test_evidence_speaks_of_modes_and_spread() -> None:
    _key, evidence = name(same(**(POOR | {"modes": 3.0, "spread": 0.2})), RunConfig())
    assert "3 of 8 modes" in " ".join(evidence)
    assert "generated samples vary 0.20 × as much as real ones" in " ".join(evidence)


def test_a_number_of_samples_is_named_only_where_one_was_set() -> None:
    few, own = (" ".join(name(same(held_out_gap=0.8, **FINE), RunConfig(size=n))[1]) for n in (50, 0))
    assert "from 50 samples" in few
    assert "real ones that it never saw at 80 %" in few
    assert "0 samples" not in own


def test_what_is_tiny_is_a_power_of_ten_beside_what_is_too_little() -> None:
    made = same(g_gradient=4e-7, auc=1.0, certainty=8e-12, **POOR)
    words = " ".join(name(made, RunConfig(objective="minimax"))[1])
    assert "norm of 4·10⁻⁷; below 0.001 G stands still" in words
    assert "generated samples a chance of 8·10⁻¹² to be real" in words


def test_copies_are_set_against_those_of_real_samples() -> None:
    made = same(copies=0.8, **FINE)
    assert "80 % of the samples are near copies" in " ".join(name(made, RunConfig(size=50))[1])
    usual = [replace(r, values={**r.values, "copies": Value(0.4, 0.2)}) for r in same(**FINE)]
    assert name(usual, RunConfig(size=50))[0] != "memorisation"  # twice as many as among real samples


def test_what_is_not_defined_is_no_evidence() -> None:
    """A metric or its floor may be NaN, as where all real samples are equal or too few."""
    undefined = same(copies=math.nan, **(FINE | {"spread": math.nan}))
    assert seen(undefined, size=50) in ("learning", "converged")
    no_floor = [replace(r, values={**r.values, "copies": Value(0.8, math.nan)}) for r in same(**FINE)]
    key, evidence = name(no_floor, RunConfig(size=50))
    assert key == "memorisation"
    assert "80 % of the samples" in evidence[0]
    assert "nan" not in " ".join(evidence)
    recall = [replace(r, values={"recall": Value(0.5, 0.0), "precision": Value(0.5, math.nan)}) for r in same(auc=0.85)]
    assert seen(recall) == UNKNOWN


def test_the_advice_on_a_collapse_speaks_of_what_its_cure_does() -> None:
    condition = CONDITIONS["collapse"]
    assert "r1" in condition.cure(RunConfig(r1=0.0))
    assert "d_lr" in condition.cure(RunConfig(r1=0.1, d_lr=2e-4))
    assert "beta1" in condition.cure(RunConfig(beta1=0.5))
    assert condition.back
    for words in ("R1", "D learn as fast as G", "without momentum", "Go back"):
        assert words in condition.advice


def test_losses_at_their_equilibrium_say_nothing_alone() -> None:
    balanced = {"auc": 0.5, "real_right": 0.5, "fake_right": 0.5, "certainty": 0.5}
    assert seen(same(14, **balanced, **FINE)) == "converged"
    assert seen(same(14, **balanced, **WIDE)) == "weak"


def test_g_that_waits_for_d_is_not_collapsed() -> None:
    assert seen(same(g_gradient=math.nan, auc=1.0, **POOR), d_head_start=5000) == EARLY


def test_samples_that_open_up_are_not_collapsed() -> None:
    opening = [POOR | {"auc": 0.8, "spread": 0.1 + 0.05 * n, "sliced_wasserstein": 0.8 - 0.06 * n} for n in range(8)]
    assert seen(readings(*opening)) == "learning"


def test_a_failure_is_divergence_at_once_and_says_where() -> None:
    found = diagnose(same(**FINE), RunConfig(), None, failed=1234)
    assert found.key == "divergence"
    assert found.since == 1234
    assert "NaN" in found.evidence[0]


def test_a_word_changes_only_after_some_readings_in_a_row() -> None:
    made = readings(*[FINE] * 14, *[POOR] * 12)
    words, word = [], None
    for n in range(1, len(made) + 1):
        word = diagnose(made[:n], RunConfig(), word)
        words.append(word.key)
    changes = [n for n in range(1, len(words)) if words[n] != words[n - 1]]
    assert words[-1] == "collapse"
    assert all(b - a >= HOLD for a, b in pairwise(changes))


def test_one_strange_reading_changes_no_word() -> None:
    calm = same(14, **FINE)
    word = diagnose(calm, RunConfig(), None)
    strange = readings(*[FINE] * 14, POOR | {"g_gradient": 1e6})
    assert diagnose(strange, RunConfig(), word).key == word.key


def test_readings_that_disagree_do_not_silence_the_coach_for_ever() -> None:
    mixed = readings(*[POOR | ({"high_quality": 0.3} if n % 3 else {"g_gradient": 1e6}) for n in range(14)])
    word = None
    for n in range(1, len(mixed) + 1):
        word = diagnose(mixed[:n], RunConfig(), word)
    assert word is not None
    assert word.key == "collapse"


def test_a_diagnosis_keeps_its_first_step_and_renews_its_evidence() -> None:
    first = diagnose(same(12, **POOR), RunConfig(), None)
    later = diagnose(same(13, **(POOR | {"modes": 2.0})), RunConfig(), first)
    assert later.since == first.since
    assert later.evidence != first.evidence


def test_a_diagnosis_knows_until_when_the_run_was_well() -> None:
    made = readings(*[FINE] * 14, *[POOR | {"g_gradient": 2000.0}] * 6)
    word = None
    for n in range(1, len(made) + 1):
        word = diagnose(made[:n], RunConfig(), word)
    assert word is not None
    assert (word.key, word.well) == ("divergence", True)
    assert 1000 < word.before < word.since <= 1600
    broken = diagnose(made, RunConfig(), word, failed=2050)
    assert broken.well
    never = diagnose(same(g_gradient=2000.0, **POOR), RunConfig(), None)
    assert (never.well, never.before) == (False, 0)


def test_a_knob_that_is_turned_in_a_broken_run_makes_nothing_well() -> None:
    config, steep = RunConfig(), {"g_gradient": 1000.0, **POOR}
    well = diagnose(same(**FINE), config, None)
    broken = diagnose([], config, well, failed=1500)
    assert (broken.key, broken.before) == ("divergence", 1300)
    turned = readings(*[steep] * 8, first=3100)
    word = diagnose([], config, broken)
    for n in range(1, len(turned) + 1):
        word = diagnose(turned[:n], config, word)
    assert word.key == "divergence"
    assert word.since > 3000
    assert word.before == broken.before
    mended = diagnose(same(**FINE), config, diagnose([], config, word))
    assert mended.key in ("learning", "converged", EARLY)
    for _look in range(HOLD):
        mended = diagnose(same(**FINE), config, mended)
    assert diagnose([], config, mended, failed=5000).before == 4800


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("key", CONDITIONS)
def test_cures_are_live_knobs_that_differ_and_go_together(key: str, preset: str) -> None:
    config = PRESETS[preset].config
    cure = CONDITIONS[key].cure(config)
    assert all(KNOBS[knob].live for knob in cure)
    assert config.changed(**cure).differences(config) == cure


CURED = [("collapse", "collapse"), ("hopping", "hopping"), ("hopping", "ttur"), ("vanishing", "vanishing")]


@pytest.mark.parametrize(("key", "preset"), CURED)
def test_cures_of_failures_lead_to_what_most_runs_learn_with(key: str, preset: str) -> None:
    """One rate that is not too low, no momentum, R1, an average of G on show, a loss that does not saturate."""
    config = PRESETS[preset].config
    cured = config.changed(**CONDITIONS[key].cure(config))
    assert (cured.d_lr, cured.g_lr, cured.d_steps, cured.g_steps) == (2e-3, 2e-3, 1, 1)
    assert (cured.beta1, cured.beta2, cured.r1, cured.ema_half_life) == (0.0, 0.99, 0.1, 500.0)
    assert (cured.objective, cured.g_optimiser, cured.d_head_start) == ("non-saturating", "adam", 0)


def test_a_wasserstein_d_keeps_its_loss_and_gets_a_gradient_penalty() -> None:
    blow_up = PRESETS["blow-up"].config
    cured = blow_up.changed(**CONDITIONS["divergence"].cure(blow_up))
    assert (cured.objective, cured.clip, cured.gp, cured.beta1) == ("wgan", 0.0, 1.0, 0.0)
    both = RunConfig(objective="wgan", clip=0.01, gp=10.0, r1=0.0)
    assert CONDITIONS["clipping"].cure(both) == {"clip": 0.0}


def test_images_learn_at_half_the_rate_of_points() -> None:
    assert CONDITIONS["collapse"].cure(PRESETS["digits"].config.changed(d_lr=1e-4))["d_lr"] == 1e-3


@pytest.mark.parametrize(("key", "more"), [("collapse", {"objective": "rpgan", "r2": 0.1}), ("hopping", {"unroll": 5})])
def test_where_a_run_has_the_usual_settings_already_the_cure_is_another_one(key: str, more: dict[str, Any]) -> None:
    assert CONDITIONS[key].cure(RunConfig()) == more


def test_copies_that_are_counted_seldom_are_remembered() -> None:
    rows: list[dict[str, Any]] = [FINE | ({"copies": 0.8} if n % 10 == 0 else {}) for n in range(19)]
    assert seen(readings(*rows), size=50) == "memorisation"


def test_copies_that_are_not_defined_are_none() -> None:
    rows: list[dict[str, Any]] = [FINE | {"copies": float("nan")}] * 12
    assert seen(readings(*rows), size=50) != "memorisation"


def test_a_vanished_gradient_asks_for_adam_only_where_g_has_plain_sgd() -> None:
    cure = CONDITIONS["vanishing"].cure
    assert cure(PRESETS["vanishing"].config)["g_optimiser"] == "adam"
    assert "g_optimiser" not in cure(RunConfig(objective="minimax"))


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"rows": 3}'])
def test_another_file_than_a_report_gets_a_sentence(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    assert main(["bench", "coach", "--scenarios", "ring", "--json", str(path)]) != 0
    assert capsys.readouterr().err == f"{path} is not a report of this benchmark.\n"
    assert path.read_text() == content
