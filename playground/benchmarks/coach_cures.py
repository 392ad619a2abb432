"""Whether the one-click cures cure: a failure, the button that the coach offers, and who says what comes of it.

The coach says whether the run learns again; the modes are counted without it, by `metrics.modes.mode_statistics`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playground import data
from playground.benchmarks.coach_words import heard, most, words_after
from playground.benchmarks.lanes import Lane, follow
from playground.coach import CONDITIONS, EARLY, Diagnosis
from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig
from playground.training.replicas import Replicas

FAILURES = ("collapse", "hopping", "vanishing", "blow-up", "ttur")  # presets
UNTIL = 1500  # step at which the button is pressed
AFTER = 6000  # steps after it


def cured(preset: str, seeds: Sequence[int], steps: int = AFTER, until: int = UNTIL) -> list[dict[str, Any]]:
    """Train a failure, press the button that the coach offers, train on; what came of it, for each seed.

    `modes` and `high_quality` are those of the EMA at the end, `raw_modes` and `raw_high_quality` of G itself; `first`
    is the first check after the press, in steps, at which the EMA had all modes, or None.
    """
    config = PRESETS[preset].config.changed(device="cpu")
    samples = data.load(config.dataset)
    replicas = Replicas.of_seeds(config, seeds, samples)
    lanes = [Lane(lane, samples) for lane in replicas.lanes]
    follow(replicas, lanes, until)
    replicas.unstack()
    found = [press(lane, config.changed(seed=seed)) for lane, seed in zip(lanes, seeds, strict=True)]
    for same in {_kind(result): 0 for result in found}:
        alike = [lane for lane, result in zip(lanes, found, strict=True) if _kind(result) == same]
        trainer = Replicas([lane.trainer for lane in alike], samples) if len(alike) > 1 else alike[0].trainer
        follow(trainer, alike, steps)
    for seed, lane, result in zip(seeds, lanes, found, strict=True):
        result |= {"seed": seed, "said": most([word for _step, word in said(lane)][-5:]), "onset": 0, **judged(lane)}
    return found


def judged(lane: Lane) -> dict[str, Any]:
    """How many modes good samples cover, without the coach."""
    ema, raw = lane.marks(raw=False), lane.marks(raw=True)
    after = [check for check in lane.checks if check.step > lane.since]
    return {
        "modes": ema.covered,
        "high_quality": ema.high_quality,
        "raw_modes": raw.covered,
        "raw_high_quality": raw.high_quality,
        "first": next((check.step - lane.since for check in after if check.covered == check.modes), None),
    }


def _kind(result: dict[str, Any]) -> str:
    """Equal where runs go on alike."""
    return json.dumps([result["cure"], result["back"]])


def said(lane: Lane) -> list[tuple[int, str]]:
    """What the coach says after each reading since the last change."""
    return heard([r for r in lane.readings if r.step > lane.since], lane.trainer.config)


def press(lane: Lane, config: RunConfig) -> dict[str, Any]:
    """Apply the cure of what the coach says to a run that began with `config`; `back` is the step it goes back to."""
    words = words_after(lane.readings, lane.trainer.config)
    word = words[-1] if words else Diagnosis(EARLY, (), 0)
    condition = CONDITIONS[word.key]
    cure = condition.cure(lane.trainer.config)
    back = word.before if condition.back and cure else None
    if back is not None:
        lane.go_back(config, back)
    lane.trainer.tune(lane.trainer.config.changed(**cure))
    lane.since = lane.trainer.step_count
    return {"named": condition.key, "cure": cure, "back": back}
