"""The records of the coach: a condition that a run may be in, the diagnosis of one run, the readings behind both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from playground.config.games import TRANSLATIONS
from playground.config.run_config import RunConfig
from playground.utils.readings import Reading, Value

RECENT = 8  # readings that show what happens now
LEAD = 200  # steps by which the trouble may have started before it was detected
LOG2 = math.log(2)
FAR = {"frechet": 100.0, "sliced_wasserstein": 20.0}  # times the floor: nothing is right


@dataclass(frozen=True)
class Window:
    """The readings since the last change of a knob, oldest first; never empty. `failed` is the step of a failure."""

    readings: Sequence[Reading]
    config: RunConfig
    failed: int | None = None

    def signal(self, name: str, n: int = RECENT) -> list[float]:
        """A signal in the last n readings, without NaN."""
        found = (float(getattr(r.signals, name)) for r in self.readings[-n:])
        return [x for x in found if not math.isnan(x)]

    def values(self, key: str, n: int = RECENT) -> list[Value]:
        """A metric in those of the last n readings in which it was measured and is defined."""
        return [found for r in self.readings[-n:] if (found := defined(r, key)) is not None]

    def latest(self, key: str) -> Value | None:
        """The last value of a metric; expensive ones are measured seldom."""
        return next((found for r in reversed(self.readings) if (found := defined(r, key)) is not None), None)

    def typical(self, name: str, n: int = RECENT) -> float:
        """The median of a signal over the last n readings; NaN if there is no value."""
        found = self.signal(name, n)
        return median(found) if found else math.nan

    def usual(self, key: str, n: int = RECENT) -> float:
        """The same of a metric."""
        found = [v.value for v in self.values(key, n)]
        return median(found) if found else math.nan

    def qualities(self, n: int) -> list[float]:
        """The quality of the samples in those of the last n readings in which it was measured."""
        found = (quality(r) for r in self.readings[-n:])
        return [q for q in found if not math.isnan(q)]


def quality(reading: Reading) -> float:
    """How good the samples are, from 0 to 1 (as good as real ones); NaN if it was not measured.

    For points from the Jensen-Shannon divergence, for images from the coverage, both relative to their floor. Of a
    translation the SSIM with the truth, or where that is not known, from how many times the floor the distance is.
    """
    if (ssim := defined(reading, "ssim")) is not None:
        return _unit(ssim.value)
    if (js := defined(reading, "jensen_shannon")) is not None and js.floor < LOG2:
        return _unit((LOG2 - js.value) / (LOG2 - js.floor))
    if (coverage := defined(reading, "coverage")) is not None and coverage.floor > 0:
        return _unit(coverage.value / coverage.floor)
    if "change" in reading.values or "cycle_error" in reading.values:
        for key, far in FAR.items():
            if (found := defined(reading, key)) is not None and found.floor > 0:
                return _unit(1 - math.log(max(found.value / found.floor, 1e-12)) / math.log(far))
    return math.nan


def defined(reading: Reading, key: str) -> Value | None:
    """A metric, if it was measured and is not NaN; its floor may be NaN."""
    found = reading.values.get(key)
    return None if found is None or math.isnan(found.value) else found


def _unit(x: float) -> float:
    return min(1.0, max(0.0, x))


Evidence = tuple[str, ...]
Given = Literal["latents", "translations"]  # what G is given: z, or other samples
EVERY: tuple[Given, ...] = ("latents", "translations")


def given(config: RunConfig) -> Given:
    """What G of a run with these knobs is given."""
    return "translations" if config.game in TRANSLATIONS else "latents"


@dataclass(frozen=True)
class Condition:
    """What a run may be in. `alarm`: something is wrong.

    `see` gives the evidence, sentences with numbers, or None; `cure` the knobs to change, {} where there is no button.
    `back`: these weights seldom learn again, so the cure first goes back to the step `Diagnosis.before`. `of`: the runs
    that may be in it, by what their G is given.
    """

    key: str
    label: str
    see: Callable[[Window], Evidence | None]
    explanation: str
    advice: str
    cure: Callable[[RunConfig], dict[str, Any]] = lambda config: {}
    alarm: bool = True
    back: bool = False
    of: tuple[Given, ...] = ("latents",)

    def suits(self, config: RunConfig) -> bool:
        """Whether a run with these knobs may be in it."""
        return given(config) in self.of


@dataclass(frozen=True)
class Diagnosis:
    """The condition of a run by its key, the evidence, the step since when, and whether the run was `well` before.

    `broke` is the step since which the weights seldom learn again; None if that never happened, or the run recovered.
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
