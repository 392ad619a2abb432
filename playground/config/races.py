"""Races that teach: runs side by side that differ in the knobs of one question. Without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.config.presets import PRESETS
from playground.config.run_config import RunConfig


@dataclass(frozen=True)
class Lane:
    """One run of a race: a name, and the knobs that differ from the race's."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Race:
    """Two to five lanes. All start from `preset` with the knobs in `values`; `why` says what there is to see.

    `exact`: lanes that differ only in the seed take turns too, so that each is the single run to the bit.
    """

    key: str
    label: str
    why: str
    preset: str
    lanes: tuple[Lane, ...]
    values: dict[str, Any] = field(default_factory=dict)
    exact: bool = False

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


_SEEDS = tuple(Lane(f"Seed {seed}", {"seed": seed}) for seed in range(5))


def _terms(adversary: float) -> tuple[Lane, ...]:
    """The lanes of a paired translation; `adversary` is the weight of the adversary beside the reconstruction."""
    return (
        Lane("L2 only", {"reconstruction_weight": 1.0, "adversarial_weight": 0.0}),
        Lane("Both", {"reconstruction_weight": 1.0, "adversarial_weight": adversary}),
        Lane("Adversary only", {"reconstruction_weight": 0.0, "adversarial_weight": 1.0}),
    )


RACES: dict[str, Race] = {
    race.key: race
    for race in (
        Race("r1", "With and without R1",
             "Without R1 all samples end on one mode and look good there. With it G is slower but finds all modes.",
             "collapse-cured", (Lane("Without R1", {"r1": 0.0}), Lane("With R1", {"r1": 0.1}))),
        Race("losses", "Minimax against non-saturating",
             "The same game, but one G stops learning where D is sure. The other one finds the modes sooner.",
             "ring", (Lane("Minimax", {"objective": "minimax"}),
                      Lane("Non-saturating", {"objective": "non-saturating"})), {"r1": 0.0, "seed": 2}),
        Race("d-lr", "How fast D learns",
             "With a slow D, G keeps no mode. With a D ten times as fast as G, all starts well and then breaks down.",
             "ring", (Lane("D ÷10", {"d_lr": 2e-4}), Lane("D as fast as G", {"d_lr": 2e-3}),
                      Lane("D ×10", {"d_lr": 2e-2}))),
        Race("batch", "Batch of 16 against 256",
             "Few samples are a noisy teacher: the modes are found, but they stay blurred. Each step is cheaper, too.",
             "ring", (Lane("Batch of 16", {"batch_size": 16}), Lane("Batch of 256", {"batch_size": 256}))),
        Race("seeds", "Five seeds of the same thing",
             "All knobs are the same; only luck differs. Never judge a knob by a single run.",
             "ring", _SEEDS,
             {"objective": "minimax", "r1": 0.0}),
        Race("unrolled", "Looking ahead",
             "A slow D chases G from mode to mode. A G that looks five updates of D ahead stays. Each step costs more.",
             "hopping-cured", (Lane("Not ahead", {"unroll": 0}), Lane("Five updates ahead", {"unroll": 5}))),
        Race("average", "G and its average",
             "Both train the same weights. One shows G as it is at this step, the other its average over 500 steps.",
             "ring", (Lane("As it is", {"ema_half_life": 0.0}), Lane("Average", {"ema_half_life": 500.0}))),
        Race("inpaint-half", "What fills the hidden half",
             "L2 draws a grey cloud where it does not know, both draw a stroke, the adversary alone another digit.",
             "inpaint-half", _terms(1.0)),
        Race("superres", "What makes it sharp",
             "L2 alone is nearest to the truth pixel by pixel, and blurred. With the adversary the strokes are sharp.",
             "superres", _terms(2.0)),
        Race("denoise", "What takes the noise away",
             "L2 alone smooths the strokes with the noise. With the adversary they keep their edges.",
             "denoise", _terms(8.0)),
        Race("colourise", "What gives the colour",
             "L2 alone paints the mean of all colours, which is dull. The adversary asks for vivid guesses.",
             "colourise", _terms(1.0)),
        Race("moons-to-circle", "With and without the way back",
             "Without the cycle term G meets the circle best, but nobody knows which point came from where.",
             "moons-to-circle", (Lane("Without the cycle", {"cycle_weight": 0.0}),
                                 Lane("λ = 10", {"cycle_weight": 10.0}))),
        Race("clouds", "Invertible is not right",
             "Only luck differs. In every seed the points find back, but mostly from the wrong clouds.",
             "clouds", _SEEDS, exact=True),
        Race("black-white", "A hidden code, or none",
             "Only luck differs. In each lane the way back works; in some what stands between is no digit.",
             "black-white", _SEEDS, exact=True),
    )
}  # fmt: skip

DEFAULT = "r1"
