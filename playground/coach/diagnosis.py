"""The nouns of the coach: a condition that a run may be in, a diagnosis of one run, the readings that both look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from playground.config.run_config import RunConfig
from playground.utils.readings import Reading, Value

RECENT = 8  # readings that tell what happens now
LEAD = 200  # steps before it is first seen that what breaks a run may have begun
LOG2 = math.log(2)


@dataclass(frozen=True)
class Window:
    """The readings since the last change of a knob, oldest first; never empty. `failed` is the step of a failure."""

    readings: Sequence[Reading]
    config: RunConfig
    failed: int | None = None

    def signal(self, name: str, n: int = RECENT) -> list[float]:
        """A signal in the last n readings, without those in which it is no number."""
        found = (float(getattr(r.signals, name)) for r in self.readings[-n:])
        return [x for x in found if not math.isnan(x)]

    def values(self, key: str, n: int = RECENT) -> list[Value]:
        """A metric in the last n readings, where it was measured and is defined."""
        return [found for r in self.readings[-n:] if (found := defined(r, key)) is not None]

    def latest(self, key: str) -> Value | None:
        """A metric when it was measured last; expensive ones are measured seldom."""
        return next((found for r in reversed(self.readings) if (found := defined(r, key)) is not None), None)

    def typical(self, name: str, n: int = RECENT) -> float:
        """The median of a signal over the last n readings; NaN where there is none."""
        found = self.signal(name, n)
        return median(found) if found else math.nan

    def usual(self, key: str, n: int = RECENT) -> float:
        """The same of a metric."""
        found = [v.value for v in self.values(key, n)]
        return median(found) if found else math.nan

    def qualities(self, n: int) -> list[float]:
        """How good the samples were, in the last n readings in which it was measured."""
        found = (quality(r) for r in self.readings[-n:])
        return [q for q in found if not math.isnan(q)]


def quality(reading: Reading) -> float:
    """How good samples are, from 0 to 1, where they cannot be told from real ones; NaN where it was not measured.

    Of points, from the Jensen-Shannon divergence; of images, their coverage of the real ones. Both by their floor.
    """
    if (js := defined(reading, "jensen_shannon")) is not None and js.floor < LOG2:
        return _unit((LOG2 - js.value) / (LOG2 - js.floor))
    if (coverage := defined(reading, "coverage")) is not None and coverage.floor > 0:
        return _unit(coverage.value / coverage.floor)
    return math.nan


def defined(reading: Reading, key: str) -> Value | None:
    """A metric, if it was measured and is a number; its floor need not be one."""
    found = reading.values.get(key)
    return None if found is None or math.isnan(found.value) else found


def _unit(x: float) -> float:
    return min(1.0, max(0.0, x))


Evidence = tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """What a run may be in. `alarm`: something is wrong.

    `see` gives the evidence, sentences with numbers, or None; `cure` the knobs to change, {} where there is no button.
    `back`: these weights seldom learn again, and the cure begins with those of `Diagnosis.before`.
    """

    key: str
    label: str
    see: Callable[[Window], Evidence | None]
    explanation: str
    advice: str
    cure: Callable[[RunConfig], dict[str, Any]] = lambda config: {}
    alarm: bool = True
    back: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """What the coach says of a run: the key of a condition, why, since which step, and if it was `well` before.

    `broke` is the step since which the weights seldom learn again; None if they never did so, or were well again.
    """

    key: str
    evidence: Evidence
    since: int
    well: bool = False
    broke: int | None = None

    @property
    def before(self) -> int:
        """The latest step at which the run was still well; 0 if it never was."""
        return max(0, (self.since if self.broke is None else self.broke) - LEAD) if self.well else 0
