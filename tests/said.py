"""What the coach says at most, for tests of the place in which it says it."""

from __future__ import annotations

from playground.coach import CONDITIONS, UNKNOWN, Diagnosis, name
from playground.coach.diagnosis import Window
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading, Signals, Value
from tests.unit.coach.test_coach import CALM, PLANTED

POINTS = {"modes": Value(24.0, 25.0), "high_quality": Value(1.0, 1.0), "spread": Value(0.04, 1.0)}
IMAGES = {"spread": Value(0.04, 1.0), "recall": Value(0.01, 0.88), "frechet": Value(1234.5, 0.01234)}


def lengthy(key: str) -> list[Diagnosis]:
    """The planted evidence of a condition with long metrics in it, once of points and once of images."""
    made, knobs = PLANTED[key]
    evidence = name(made, RunConfig(**knobs))[1]
    said = []
    for values in (POINTS, IMAGES):
        reading = Reading(100, Signals(step=100, **CALM), values)
        metrics = CONDITIONS[UNKNOWN].see(Window([reading], RunConfig())) or ()
        long = tuple(metrics[0] if "of 8 modes" in sentence else sentence for sentence in evidence)
        said.append(Diagnosis(key, long, 100))
    return said
