"""The words that a check may use: what each is, and what it is of one run now.

`python -m playground lesson words` prints them, and the table of `docs/lessons.md` is made from them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from playground import coach
from playground.config.run_config import KNOBS
from playground.utils.translation import _

Kind = Literal["number", "text", "yes or no"]
Takes = Literal["", "knob", "metric", "diagnosis", "step"]
PAGES = ("train", "race", "data", "latent", "translate", "quiz")
TOOLS = (
    "panmap", "walk", "classes", "codes", "dimensions", "directions", "arithmetic", "truncation", "find", "neighbours",
)  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A word of checks: the kind of its value, and a sentence. Of a text, `choices` are all that it can be, if known.

    A function `takes` one thing in brackets: a text in quotes, or a number.
    """

    type: Kind
    says: str
    takes: Takes = ""
    choices: Collection[str] = ()


_OF_A_RUN = {
    "step": Word("number", _("The step that the run is at.")),
    "playing": Word("yes or no", _("Whether the run plays.")),
    "started_over": Word("number", _("How often the run started over with new networks.")),
    "d_loss": Word("number", _("D's loss, the mean of the latest ten steps.")),
    "g_loss": Word("number", _("G's loss, the mean of the latest ten steps.")),
    "d_real": Word("number", _("D's score of real samples (no probability), the mean of the latest ten steps.")),
    "d_fake": Word("number", _("D's score of generated samples (no probability), the mean of the latest ten steps.")),
    "modes": Word("number", _("How many modes of the data the samples on show cover, where the data has modes.")),
    "mode_count": Word("number", _("How many modes the data has.")),
    "high_quality": Word("number", _("The share of the samples on show within 3σ of a mode, from 0 to 1.")),
    "diagnosis": Word("text", _("What the coach says now."), choices=tuple(coach.CONDITIONS)),
    "recorded": Word("number", _("How many steps were recorded in “Inside a step”.")),
    "moments": Word("number", _("How many moments are on the timeline; many are kept by themselves.")),
    "kept_moments": Word("number", _("How many of the moments a person kept.")),
    "quiz_rounds": Word("number", _("How many rounds of “Be D” were played on this run; only on that page.")),
    "quiz_accuracy": Word("number", _("The share of tiles that the person told right in these rounds, from 0 to 1.")),
    "quiz_d_accuracy": Word("number", _("The share that D told right of the same tiles, from 0 to 1.")),
    "placed_modes": Word("number", _("How many modes the points cover that were placed by hand in “Be G”.")),
    "page": Word("text", _("Which page is open."), choices=PAGES),
    "tool": Word("text", _("Which tool of the Latent page is open."), choices=TOOLS),
}
_FUNCTIONS = {
    "changed": Word("yes or no", _("Whether this live knob was changed in this run."), "knob"),
    "metric": Word("number", _("The latest value of a metric, or of another reading such as g_gradient."), "metric"),
    "floor": Word("number", _("What this metric gives for real samples."), "metric"),
    "diagnosed": Word("yes or no", _("Whether the coach said this at any time in this run."), "diagnosis"),
    "reached": Word("yes or no", _("Whether these networks came as far as this step, even if they went back."), "step"),
}


def _of_knobs() -> dict[str, Word]:
    kinds: dict[type, Kind] = {bool: "yes or no", str: "text", int: "number", float: "number"}
    return {
        knob.name: Word(
            kinds[knob.type],
            _("The knob “{label}”. {help}").format(label=_(knob.label), help=_(knob.help).split("\n")[0]),
            choices=tuple(knob.choices or ()),
        )
        for knob in KNOBS.values()
    }


VOCABULARY: dict[str, Word] = {**_OF_A_RUN, **_FUNCTIONS, **_of_knobs()}


# What they are now. The View of a run is one of these; it is made in a room above.


class _Event(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


class _Moment(Protocol):
    @property
    def kind(self) -> str: ...


class _Branch(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def parent(self) -> int | None: ...
    @property
    def end(self) -> int: ...


class Seen(Protocol):
    """What is read of the View of a run."""

    @property
    def generation(self) -> int: ...
    @property
    def config(self) -> Mapping[str, Any]: ...
    @property
    def status(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def history(self) -> Mapping[str, Any]: ...
    @property
    def events(self) -> Sequence[_Event]: ...
    @property
    def modes(self) -> int | None: ...
    @property
    def mode_count(self) -> int: ...
    @property
    def recorded(self) -> int: ...
    @property
    def high_quality(self) -> float | None: ...
    @property
    def moments(self) -> Sequence[_Moment]: ...
    @property
    def branches(self) -> Sequence[_Branch]: ...
    @property
    def readings(self) -> Mapping[str, Any]: ...
    @property
    def floors(self) -> Mapping[str, float]: ...
    @property
    def diagnosis(self) -> coach.Diagnosis | None: ...


def readings(view: Seen | None, **page: Any) -> dict[str, Any]:
    """The value of every word for this run and page; None for what is not there yet. Plain data.

    A function's value is what it looks its argument up in: "changed" and "diagnosed" are sets, "metric" and "floor"
    dicts, "reached" is the greatest step. `page` has the words that no run knows: `page="latent", tool="walk"`.
    """
    if view is None:
        return dict(page)
    values: dict[str, Any] = {name: view.config.get(name) for name in KNOBS}
    values |= {name: _last(view.history.get(name)) for name in ("d_loss", "g_loss", "d_real", "d_fake")}
    return values | {
        "step": view.step,
        "playing": view.status == "playing",
        "started_over": view.generation,
        "modes": view.modes,
        "mode_count": view.mode_count or None,
        "high_quality": _number(view.high_quality),
        "diagnosis": None if view.diagnosis is None else view.diagnosis.key,
        "recorded": view.recorded,
        "moments": len(view.moments),
        "kept_moments": sum(moment.kind == "kept" for moment in view.moments),
        "changed": _changed(view.events),
        "metric": {key: _last(column) for key, column in view.readings.items()},
        "floor": {key: _number(value) for key, value in view.floors.items()},
        "diagnosed": _diagnosed(view),
        "reached": _reached(view),
        "tool": None,
        **dict.fromkeys(("quiz_rounds", "quiz_accuracy", "quiz_d_accuracy", "placed_modes")),
        **page,
    }


def _number(x: Any) -> float | None:
    return None if x is None or math.isnan(x) else float(x)


def _last(column: Any) -> float | None:
    """The last value of a column that is a number."""
    return None if column is None else next((float(x) for x in reversed(column) if not math.isnan(x)), None)


def _changed(events: Sequence[_Event]) -> frozenset[str]:
    """The knobs that the events name, as the engine writes them; before the label may stand who changed it."""
    texts = [event.text for event in events if event.kind == "knob"]
    return frozenset(
        knob.name
        for knob in KNOBS.values()
        if any(text.startswith(f"{_(knob.label)}: ") or f": {_(knob.label)}: " in text for text in texts)
    )


def _diagnosed(view: Seen) -> frozenset[str]:
    """The keys of all that the coach said."""
    texts = [event.text for event in view.events if event.kind == "coach"]
    said = {key for key in coach.CONDITIONS if any(text.endswith(coach.announced(key)) for text in texts)}
    return frozenset(said if view.diagnosis is None else said | {view.diagnosis.key})


def _reached(view: Seen) -> int:
    """The greatest step of all branches that began with the same networks as the present one."""
    parents = {branch.id: branch.parent for branch in view.branches}

    def root(branch: int) -> int:
        for _again in parents:
            above = parents.get(branch)
            if above is None:
                break
            branch = above
        return branch

    if not view.branches:
        return view.step
    now = root(view.branches[-1].id)
    return max(view.step, *(branch.end for branch in view.branches if root(branch.id) == now))
