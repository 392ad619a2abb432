"""The two nouns that cross the wall. Both are small, plain and pickle; neither needs torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from playground.coach import Diagnosis
from playground.utils.readings import Measured
from playground.utils.step_record import Part

Weights = Literal["ema", "raw"]
Source = Weights | int  # the present weights, or those of the moment with this id
Status = Literal["loading", "playing", "paused", "failed"]
Metric = str  # of the quality of samples: one of LARGER, or the key of a modality: a distance, see `engine.quality`
LARGER = ("modes", "ssim")  # those of which more is better


# Commands: applied by the engine's worker between two steps, in the order in which they were sent.


@dataclass(frozen=True)
class _Sent:
    by: Literal["", "co-teacher"] = field(default="", kw_only=True)  # as the gate of the engine knows it


@dataclass(frozen=True)
class Play(_Sent):
    """Go on training."""


@dataclass(frozen=True)
class Pause(_Sent):
    """Stop before the next step."""


@dataclass(frozen=True)
class Step(_Sent):
    """Train exactly one step and stay paused."""


@dataclass(frozen=True)
class StepThrough(_Sent):
    """Train one step, or what it does to D or to G alone, record it phase by phase, and stay paused."""

    part: Part = "both"


@dataclass(frozen=True)
class SetKnobs(_Sent):
    """Change knobs. Live ones keep the weights; a structural one starts the run over."""

    values: dict[str, Any]


@dataclass(frozen=True)
class Reset(_Sent):
    """Start over with new networks, from the same seed and the same config but for `values`."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UseFixedZ(_Sent):
    """Replace the first latents of the fixed z by `z` (n, z_dim) and, where there are labels, `y` (n,)."""

    z: np.ndarray
    y: np.ndarray | None = None


@dataclass(frozen=True)
class Remember(_Sent):
    """Keep the present as a moment until there is no room for it."""


@dataclass(frozen=True)
class Rewind(_Sent):
    """Go on from a moment, with its knobs but for `values`; what came after it is kept as a branch."""

    moment: int
    values: dict[str, Any] = field(default_factory=dict)


Command = Play | Pause | Step | StepThrough | SetKnobs | Reset | UseFixedZ | Remember | Rewind


@dataclass(frozen=True)
class Event:
    """Something a person did or the run met, in a sentence. Kinds: knob, failure, restored, z, rewind, fork, part.

    Those of the kind coach are what the coach began to say, of steer what a co-teacher pressed.
    """

    step: int
    kind: str
    text: str


@dataclass(frozen=True)
class Mark:
    """A moment on the timeline: `kind` is start, auto, kept, change or end. One may rewind to it if it is `whole`.

    `data` is the dataset that the run then learned from, and where it lies if it asks for that.
    """

    id: int
    step: int
    branch: int
    kind: str
    text: str
    whole: bool
    data: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Branch:
    """One past of a run, from step `start`, where it left branch `parent` (None: new networks), to step `end`."""

    id: int
    parent: int | None
    start: int
    end: int


class Placed(Protocol):
    """Something that lies at a step of a branch."""

    @property
    def step(self) -> int: ...

    @property
    def branch(self) -> int: ...


P = TypeVar("P", bound=Placed)


def lineage(moments: Sequence[P], branches: Sequence[Branch]) -> list[P]:
    """Those of the moments that led to the present, the end of the last branch, in the order of their steps."""
    found: list[P] = []
    known = {branch.id: branch for branch in branches}
    branch: Branch | None = branches[-1] if branches else None
    until = math.inf
    while branch is not None:
        found = [m for m in moments if m.branch == branch.id and m.step <= until] + found
        until, branch = branch.start, known.get(-1 if branch.parent is None else branch.parent)
    return found


@dataclass(frozen=True)
class Translation:
    """What a translation made of its inputs: arrays as `View.samples`, (n, ...), all of the same n.

    `samples` are the outputs (None where they are those of the View), `truth` what they should be, where it is known.
    `back` is what came back from the outputs, where there is a way back. `hidden` (n, height, width) bool says which
    pixels G did not see. `patches` (n, rows, columns) are D's logits of the parts of each output. `reverse` is the
    other way, from B to A.
    """

    inputs: np.ndarray
    samples: np.ndarray | None = None
    truth: np.ndarray | None = None
    back: np.ndarray | None = None
    hidden: np.ndarray | None = None
    patches: np.ndarray | None = None
    reverse: Translation | None = None


@dataclass(frozen=True)
class OwnInput:
    """What a person brings for G to translate: `samples` (n, ...) as a View shows them.

    Images have the size of the data, and 1 or 3 channels. The task is applied to them as to the data, unless they are
    `direct`: inputs of G as they are. `hidden` (n, height, width) bool, where the task has a mask, says what G does not
    see; without it the task says so. With `reverse`, of a CycleGAN, they are samples of B.
    """

    samples: np.ndarray
    hidden: np.ndarray | None = None
    reverse: bool = False
    direct: bool = False


@dataclass(frozen=True)
class View:
    """What a page needs to draw one run: immutable, plain NumPy and numbers.

    `history` maps "step" and the statistics' names to float arrays of at most about 600 rows. `samples` are points
    (n, 2) float32, images (n, height, width, channels) uint8, or what else their modality shows, made from `fixed_z`
    (n, z_dim) and `labels` (n,).
    `plane` is D's logit over [-extent, extent]^2, row 0 at the bottom, and `level` the logit at which D cannot tell.
    `scores`, `push` and `saliency` belong to `samples`, whichever `weights` made them; `scores_*` are the logits of the
    latest batch, which G made as it was. `readings` maps "step" and the names of signals and metrics to arrays of at
    most 240 rows, NaN where something was not measured; a metric is of the average of G, and "raw_" before its name is
    the same of G as it is. `floors` maps the metrics to the mean of what random splits of real samples give, and
    `floor_stds` to the standard deviation.
    """

    run: str
    generation: int  # counts the times the run started over
    version: int  # grows whenever anything below changes
    config: dict[str, Any]
    status: Status
    weights: Weights
    step: int = 0
    notice: str = ""  # a sentence about a failure or a restart; "" if all is well
    waiting: str = ""  # for what: a run whose data is being read first
    steps_per_second: float = 0.0
    device: str = ""
    history: dict[str, np.ndarray] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    kind: str = "points"  # the key of the modality of the samples
    classes: int = 0  # of a conditional run, else 0
    names: tuple[str, ...] = ()  # of those classes
    samples: np.ndarray | None = None
    labels: np.ndarray | None = None
    fixed_z: np.ndarray | None = None  # None also where G is given samples
    translation: Translation | None = None  # where G is given samples
    real: np.ndarray | None = None  # points (m, 2), always the same; None for images
    plane: np.ndarray | None = None
    extent: float = 1.0
    scores_real: np.ndarray | None = None
    scores_fake: np.ndarray | None = None
    modes: int | None = None  # covered, of mode_count; only where the data has modes
    mode_count: int = 0
    recorded: int = 0  # counts the steps of this run that were recorded; 0 if there is no record to read
    high_quality: float | None = None  # share of samples within 3 sigma of a mode
    other_modes: int | None = None  # the same two of the weights that are not shown
    other_high_quality: float | None = None
    scores: np.ndarray | None = None  # D's logit of the first samples, (n,)
    push: np.ndarray | None = None  # for points: the gradient of that logit at the first samples, (k, 2)
    mesh: np.ndarray | None = None  # for points: G at a grid of latents, (m, m, 2)
    saliency: np.ndarray | None = None  # for images, only where asked for: what that logit hangs on, (n, h, w) uint8
    level: float = 0.0
    moments: tuple[Mark, ...] = ()
    branches: tuple[Branch, ...] = ()  # the last one is where the run is
    origin: tuple[str, int] | None = None  # the run and the step that a fork came from
    readings: dict[str, np.ndarray] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)
    floor_stds: dict[str, float] = field(default_factory=dict)
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)  # of a translation, see `readings.Value`
    layers: dict[str, float] = field(default_factory=dict)  # gradient norms at the latest reading, see `Signals.layers`
    measured: Measured | None = None  # how the metrics are
    prepared: float = 0.0  # how much of the features for the metrics of images is there, of 1
    diagnosis: Diagnosis | None = None  # what the coach says; None before it says anything

    @property
    def averaged(self) -> bool:
        """Whether there is an average of G, so that its samples differ from those of G as it is."""
        return bool(self.config.get("ema_half_life", 0.0))

    @property
    def coverage(self) -> tuple[tuple[int, float], ...]:
        """(modes covered, share of samples within 3 sigma) of the average of G and of G as it is, in this order.

        Only one pair where there is no average; none where the data has no modes.
        """
        if self.modes is None or self.high_quality is None:
            return ()
        shown = (self.modes, self.high_quality)
        if not self.averaged or self.other_modes is None or self.other_high_quality is None:
            return (shown,)
        other = (self.other_modes, self.other_high_quality)
        return (shown, other) if self.weights == "ema" else (other, shown)

    @property
    def line(self) -> list[Mark]:
        """The moments that led to the present one, in the order of their steps."""
        return lineage(self.moments, self.branches)

    @property
    def user_events(self) -> tuple[Event, ...]:
        """The events without what the coach said of them."""
        return tuple(event for event in self.events if event.kind != "coach")


@dataclass(frozen=True)
class Film:
    """One of the fixed z through time: its `samples` (k, ...), as in a View, at `steps` (k,)."""

    steps: tuple[int, ...]
    samples: np.ndarray


@dataclass(frozen=True)
class RaceView:
    """What a page needs to draw a race, besides the Views of its lanes, which are runs.

    `history` has the columns "step" (n,) and "quality" (n, lanes) in the measure `metric`; see `engine.quality`.
    """

    race: str
    lanes: tuple[str, ...]  # ids of runs
    status: Status
    step: int = 0  # that all lanes have made
    steps_per_second: float = 0.0  # of each lane
    batched: bool = False  # whether one step trains all lanes
    metric: Metric = "modes"
    history: dict[str, np.ndarray] = field(default_factory=dict)
    ahead: tuple[int, ...] = ()  # the lanes that are clearly ahead of all others


@dataclass(frozen=True)
class Frame:
    """The samples from the fixed z at one step, as in a View: what films are made of."""

    step: int
    samples: np.ndarray
    labels: np.ndarray | None = None
    plane: np.ndarray | None = None
    modes: int | None = None
    high_quality: float | None = None


@dataclass(frozen=True)
class Card:
    """What a page needs to describe a dataset, or, while `status` is not "ready", the sentence that says why not.

    `sheet` are some samples (m, ...), as in a View, and `sheet_labels` (m,) their classes. `counts` has the number of
    samples of each class, `names` their names; both are empty without labels.
    """

    status: Literal["working", "missing", "failed", "ready"]
    sentence: str = ""
    done: int = 0  # of `total`, which is 0 where it is not known
    total: int = 0
    bytes: bool = False  # whether these two are bytes, else samples
    n: int = 0
    shape: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    sheet: np.ndarray | None = None
    sheet_labels: np.ndarray | None = None
    extent: float = 1.0
    findings: tuple[str, ...] = ()  # what was mended, left out or not used
