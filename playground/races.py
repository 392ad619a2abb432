"""Races that teach: runs side by side that differ in the knobs of one question. Without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.config import RunConfig
from playground.presets import PRESETS


@dataclass(frozen=True)
class Lane:
    """One run of a race: a name, and the knobs that differ from the race's."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Race:
    """Two to five lanes. All start from `preset` with the knobs in `values`; `why` says what there is to see."""

    key: str
    label: str
    why: str
    preset: str
    lanes: tuple[Lane, ...]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> RunConfig:
        return PRESETS[self.preset].config.changed(**self.values)

    @property
    def configs(self) -> list[RunConfig]:
        """The config of each lane."""
        return [self.base.changed(**lane.values) for lane in self.lanes]

    @property
    def knobs(self) -> list[str]:
        """The knobs in which the lanes differ."""
        return [name for name in RunConfig.model_fields if any(name in lane.values for lane in self.lanes)]


RACES: dict[str, Race] = {
    race.key: race
    for race in (
        Race("r1", "With and without R1", "TODO", "ring", (Lane("Without R1", {"r1": 0.0}), Lane("R1", {"r1": 0.1}))),
        Race(
            "seeds",
            "Five seeds of the same thing",
            "TODO",
            "ring",
            tuple(Lane(f"Seed {seed}", {"seed": seed}) for seed in range(5)),
            {"r1": 0.0},
        ),
    )
}

DEFAULT = "r1"
