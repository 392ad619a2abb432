"""The past of a run as plain values, and back: its moments, what they looked like, and the stories of its branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, get_args

import numpy as np

from playground.config.run_config import RunConfig
from playground.data.modality import MODALITIES
from playground.engine import translation_state
from playground.engine.history import History
from playground.engine.messages import Branch, View, Weights
from playground.engine.timeline import BUDGET, MOST, MOST_BRANCHES, PICTURES, SACRIFICE, Moment, Story, Timeline
from playground.engine.untrusted import MAX_STEP, events_in, words_in
from playground.utils import tensorfile

SCHEMAS = (1, 2)  # of the table; they differ in the names of the files beside it
_SKIPPED = {
    "run", "generation", "version", "status", "waiting", "notice", "history", "events", "moments", "branches", "origin",
    "real", "fixed_z", "saliency", "readings", "floors", "floor_stds", "layers", "measured", "prepared", "diagnosis",
    "translation", "baselines",
}  # fmt: skip
FITS: dict[str, Callable[[tuple[int, ...]], bool]] = {  # the shapes of a View's arrays
    "samples": lambda s: len(s) > 1 and s[0] > 0,  # the rest is told by their modality
    "plane": lambda s: len(s) == 2 and s[0] == s[1] > 1,
    "push": lambda s: len(s) == 2 and s[1] == 2,
    "mesh": lambda s: len(s) == 3 and s[0] == s[1] > 1 and s[2] == 2,
    **dict.fromkeys(("labels", "scores", "scores_real", "scores_fake"), lambda s: len(s) == 1),
}
KINDS = {"samples": (np.float32, np.uint8, np.int64), "labels": (np.int64,)}  # of the other arrays: float32


def table(next_id: int, branches: Sequence[Branch], moments: Sequence[Moment]) -> dict[str, Any]:
    """The moments and branches without the arrays, for JSON."""
    return {
        "schema": SCHEMAS[-1],
        "next": next_id,
        "branches": [[b.id, b.parent, b.start, b.end] for b in branches],
        "moments": [[m.id, m.branch, m.kind, m.text, m.rows] for m in moments],
    }


def timeline_in(
    about: dict[str, Any],
    views: Mapping[int, dict[str, Any]],
    stories: Mapping[int, dict[str, Any]],
    states: Mapping[int, bytes],
) -> Timeline:
    """The past in such a table, with the Views and states of its moments. Raises many kinds of errors."""
    if about["schema"] not in SCHEMAS or len(about["moments"]) > MOST:
        raise ValueError("timeline")
    if not 0 < len(about["branches"]) <= MOST_BRANCHES:
        raise ValueError("branches")
    timeline = Timeline()
    timeline.branches = [
        Branch(int(key), None if parent is None else int(parent), int(start), int(end))
        for key, parent, start, end in about["branches"]
    ]
    timeline.stories = {branch: story_in(state) for branch, state in stories.items()}
    timeline.moments = [_moment(row, views[int(row[0])], states.get(int(row[0]))) for row in about["moments"]]
    timeline.next = int(about["next"])
    _check(timeline)
    return timeline


def story_state(story: Story) -> dict[str, Any]:
    """A branch's curves and events as plain values."""
    return {"history": story.history.state(), "events": [[e.step, e.kind, e.text] for e in story.events]}


def story_in(state: dict[str, Any]) -> Story:
    """The inverse. Raises many kinds of errors."""
    return Story(History.from_state(state["history"]), events_in(state["events"]))


def _check(timeline: Timeline) -> None:
    """Raises ValueError for a past that cannot be."""
    branches, ids = [branch.id for branch in timeline.branches], [moment.id for moment in timeline.moments]
    ends_well = branches == sorted(set(branches)) and ids == sorted(set(ids)) and timeline.next > max(ids, default=0)
    known = {moment.branch for moment in timeline.moments} | set(timeline.stories) <= set(branches)
    of_old = all(b.parent is None or b.parent < b.id for b in timeline.branches)
    forwards = all(0 <= b.start <= b.end <= MAX_STEP and _forwards(timeline, b.id) for b in timeline.branches)
    if not (ends_well and known and of_old and forwards) or set(branches[:-1]) - set(timeline.stories):
        raise ValueError("timeline")
    if timeline.size > BUDGET or timeline.next > MAX_STEP:
        raise ValueError("timeline")


def _forwards(timeline: Timeline, branch: int) -> bool:
    """Whether the moments of a branch lie in the order of their steps."""
    steps = [moment.step for moment in timeline.moments if moment.branch == branch]
    return steps == sorted(steps)


def _moment(row: list[Any], view: dict[str, Any], state: bytes | None) -> Moment:
    key, branch, kind, text, rows = row
    if kind not in SACRIFICE or int(rows) < 0:
        raise ValueError("moment")
    if state is not None:
        tensorfile.values(state, "moment")
    return Moment(int(key), int(branch), kind, words_in(text)[0], view_in(view), int(rows), state)


def view_state(view: View) -> dict[str, Any]:
    """What is kept of a moment's View, in arrays and primitives."""
    kept = {f.name: getattr(view, f.name) for f in fields(View) if f.name not in _SKIPPED}
    return kept | {"translation": translation_state.plain(view.translation)}


def view_in(state: dict[str, Any]) -> View:
    """The inverse. Raises many kinds of errors for what no page could draw."""
    values: dict[str, Any] = {}
    for f in fields(View):
        if f.name not in _SKIPPED and f.name in state:
            values[f.name] = _plain(str(f.type), f.name, state[f.name])
    config, findings = RunConfig.read(values["config"])
    samples, labels = values["samples"], values["labels"]
    if findings or not MODALITIES[values["kind"]].is_shown(samples):
        raise ValueError("view")
    if values["weights"] not in get_args(Weights) or values["extent"] <= 0:
        raise ValueError("view")
    if labels is not None and (len(labels) < len(samples) or labels.min() < 0 or labels.max() >= values["classes"]):
        raise ValueError("labels")
    values["labels"] = None if labels is None else labels[: len(samples)]  # older files have those of all points
    values["config"] = config.model_dump()
    shown = translation_state.translation_in(state.get("translation"), values["kind"], len(samples), PICTURES)
    return View(**values, run="", generation=0, version=0, status="paused", translation=shown)


def _plain(kind: str, name: str, value: Any) -> Any:
    """A value of a View in the type that it has there. Raises many kinds of errors."""
    if value is None and kind.endswith("None"):
        return None
    if kind.startswith("np.ndarray"):
        array: np.ndarray = value
        if not FITS[name](array.shape) or array.nbytes > PICTURES or array.dtype not in KINDS.get(name, (np.float32,)):
            raise ValueError(name)  # numbers that are not finite are drawn as those of the present are
        return np.ascontiguousarray(array)
    if kind.startswith("tuple[str"):
        return tuple(words_in(*value))
    if kind.startswith(("int", "float")):
        number = int(value) if kind.startswith("int") else float(value)
        if not abs(number) <= MAX_STEP or (kind.startswith("int") and number < 0):
            raise ValueError(name)
        return number
    return value if kind.startswith("dict") else words_in(value)[0]
