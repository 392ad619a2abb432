"""A run as one zip: config, curves and events to read, and all that brings it back. Nothing in it is unpickled.

`config.json`, `history.csv`, `events.json` are for people. `checkpoint.pt` is the run, `timeline.json`, `views.pt`,
`stories.pt` and `moments/ID.pt` are its past, `own.npz` is the set of one's own that it was trained on.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, get_args

import numpy as np
import torch

from playground import checkpoint
from playground.config import RunConfig
from playground.data import DATASETS, own, zips
from playground.engine.history import History
from playground.engine.messages import Branch, Kind, View, Weights
from playground.engine.run import MAX_STEP, WRONG, Run, config_in, events_in, words_in
from playground.engine.timeline import BUDGET, MOST, MOST_BRANCHES, PICTURES, SACRIFICE, Moment, Story, Timeline
from playground.errors import UserError
from playground.i18n import _
from playground.tables import config_json, history_csv

SCHEMA = 1
ENTRIES = 10_000  # of a file in the zip, which is one itself
LARGEST = BUDGET + 208 * 2**20  # bytes of a zip of a run, packed and unpacked
_SKIPPED = {
    "run", "generation", "version", "status", "waiting", "notice", "history", "events", "moments", "branches", "origin",
    "real", "fixed_z", "saliency", "readings", "floors", "measured", "prepared", "diagnosis",
}  # fmt: skip
FITS: dict[str, Callable[[tuple[int, ...]], bool]] = {  # the shapes of a View's arrays
    "samples": lambda s: len(s) in (2, 4) and s[-1] in (1, 2, 3) and s[0] > 0,
    "plane": lambda s: len(s) == 2 and s[0] == s[1] > 1,
    "push": lambda s: len(s) == 2 and s[1] == 2,
    "mesh": lambda s: len(s) == 3 and s[0] == s[1] > 1 and s[2] == 2,
    **dict.fromkeys(("labels", "scores", "scores_real", "scores_fake"), lambda s: len(s) == 1),
}
KINDS = {"samples": (np.float32, np.uint8), "labels": (np.int64,)}  # of the other arrays: float32
_NOT_ONE = _("This is not a run of GAN Playground. Choose a zip that “The run” made.")
_DAMAGED = _("This run is damaged or was made by another version of GAN Playground.")


def pack(run: Run) -> bytes:
    """The whole run. Raises UserError if it is broken right now."""
    current = run.keep_moment()
    if current is None:
        raise UserError(_("A number of this run is infinite or undefined (NaN). Reset or rewind it first."))
    members = {
        "config.json": config_json(run.config.model_dump()),
        "history.csv": history_csv(run.history.columns()),
        "events.json": json.dumps([asdict(event) for event in run.events], indent=1, ensure_ascii=False).encode(),
        "checkpoint.pt": current,
        **_timeline(run.timeline),
    }
    if DATASETS[run.config.dataset].asks == "own" and (path := own.place(run.config.own)):
        members["own.npz"] = path.read_bytes()
    return _zipped(members)


def pack_timeline(timeline: Timeline) -> bytes:
    """The moments and branches alone."""
    return _zipped(_timeline(timeline))


def unpack(content: bytes) -> tuple[bytes, Timeline]:
    """The checkpoint and the past in the zip of a run; its own set is put where the run finds it. Raises UserError."""
    members = _unzipped(content)
    if "checkpoint.pt" not in members:
        raise UserError(_NOT_ONE)
    _check_inside(members["checkpoint.pt"])
    config = config_in(members["checkpoint.pt"])
    timeline = _read_timeline(members)
    if "own.npz" in members and own.about(config.own) is None:
        _take_in(members["own.npz"], config)
    return members["checkpoint.pt"], timeline


def unpack_timeline(content: bytes) -> Timeline:
    """The inverse of `pack_timeline`. Raises UserError."""
    return _read_timeline(_unzipped(content))


# The zip


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # a fixed date: equal runs give equal files
    return out.getvalue()


def _unzipped(content: bytes) -> dict[str, bytes]:
    """All members. Raises UserError before anything too large is unpacked."""
    try:
        archive = zips.opened(io.BytesIO(content), "") if len(content) <= LARGEST else None
    except UserError:
        archive = None
    if archive is None:
        raise UserError(_NOT_ONE)
    with _checked(archive, _NOT_ONE):
        try:
            return {e.filename: zips.reader(archive, e)(e.file_size) for e in archive.infolist() if not e.is_dir()}
        except Exception as error:  # many kinds: a broken member may say anything
            raise UserError(_DAMAGED) from error


def _checked(archive: zipfile.ZipFile, sentence: str) -> zipfile.ZipFile:
    """A zip that does not unpack to too much. Raises UserError with a sentence for another one."""
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > LARGEST or any(entry.flag_bits & 0x41 for entry in entries):
        raise UserError(sentence)
    return archive


def _check_inside(content: bytes) -> None:
    """A file of PyTorch is a zip itself, and so is one of NumPy. Raises UserError for one that unpacks to too much."""
    if content.count(b"PK\x01\x02") > ENTRIES:
        raise UserError(_DAMAGED)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # many kinds: a broken directory may say anything
        raise UserError(_DAMAGED) from error
    _checked(archive, _DAMAGED).close()


def _load(content: bytes) -> dict[str, Any]:
    _check_inside(content)
    return checkpoint.from_bytes(content)


# The past


def _timeline(timeline: Timeline) -> dict[str, bytes]:
    moments = timeline.moments
    about = {
        "schema": SCHEMA,
        "next": timeline.next,
        "branches": [[b.id, b.parent, b.start, b.end] for b in timeline.branches],
        "moments": [[m.id, m.branch, m.kind, m.text, m.rows] for m in moments],
    }
    stories = {
        str(key): {"history": s.history.state(), "events": [[e.step, e.kind, e.text] for e in s.events]}
        for key, s in timeline.stories.items()
    }
    return {
        "timeline.json": json.dumps(about, ensure_ascii=False).encode(),
        "views.pt": checkpoint.to_bytes({"views": [_view_state(m.view) for m in moments]}),
        "stories.pt": checkpoint.to_bytes({"stories": stories}),
        **{f"moments/{m.id}.pt": m.state for m in moments if m.state is not None},
    }


def _read_timeline(members: Mapping[str, bytes]) -> Timeline:
    """Raises UserError."""
    try:
        about = json.loads(members["timeline.json"])
        if about["schema"] != SCHEMA or len(about["moments"]) > MOST or not 0 < len(about["branches"]) <= MOST_BRANCHES:
            raise ValueError("timeline")
        timeline = Timeline()
        timeline.branches = [
            Branch(int(key), None if parent is None else int(parent), int(start), int(end))
            for key, parent, start, end in about["branches"]
        ]
        stories = _load(members["stories.pt"])["stories"]
        timeline.stories = {int(branch): _story(state) for branch, state in stories.items()}
        views = _load(members["views.pt"])["views"]
        timeline.moments = [
            _moment(row, view, members.get(f"moments/{int(row[0])}.pt"))
            for row, view in zip(about["moments"], views, strict=True)
        ]
        timeline.next = int(about["next"])
        _check(timeline)
    except (*WRONG, RecursionError, UserError) as error:
        raise UserError(_DAMAGED) from error
    return timeline


def _story(state: dict[str, Any]) -> Story:
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
        _check_inside(state)
    return Moment(int(key), int(branch), kind, words_in(text)[0], _view(view), int(rows), state)


def _view_state(view: View) -> dict[str, Any]:
    """What is kept of a moment's View, in tensors and primitives."""
    values = {f.name: getattr(view, f.name) for f in fields(View) if f.name not in _SKIPPED}
    return {k: torch.from_numpy(np.ascontiguousarray(v)) if isinstance(v, np.ndarray) else v for k, v in values.items()}


def _view(state: dict[str, Any]) -> View:
    """The inverse. Raises one of WRONG or UserError for what no page could draw."""
    values: dict[str, Any] = {}
    for f in fields(View):
        if f.name not in _SKIPPED and f.name in state:
            values[f.name] = _plain(str(f.type), f.name, state[f.name])
    config, findings = RunConfig.read(values["config"])
    samples, labels = values["samples"], values["labels"]
    points = values["kind"] == "points"
    wanted = (2, np.float32, (2,)) if points else (4, np.uint8, (1, 3))
    if findings or (samples.ndim, samples.dtype) != wanted[:2] or samples.shape[-1] not in wanted[2]:
        raise ValueError("view")
    if values["kind"] not in get_args(Kind) or values["weights"] not in get_args(Weights) or values["extent"] <= 0:
        raise ValueError("view")
    if labels is not None and (len(labels) < len(samples) or labels.min() < 0 or labels.max() >= values["classes"]):
        raise ValueError("labels")
    values["labels"] = None if labels is None else labels[: len(samples)]  # older files have those of all points
    values["config"] = config.model_dump()
    return View(**values, run="", generation=0, version=0, status="paused")


def _plain(kind: str, name: str, value: Any) -> Any:
    """A value of a View in the type that it has there. Raises one of WRONG."""
    if value is None and kind.endswith("None"):
        return None
    if kind.startswith("np.ndarray"):
        array = value.numpy()
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


def _take_in(content: bytes, config: RunConfig) -> None:
    """Keep the run's own set. Raises UserError."""
    _check_inside(content)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            about, x, y = json.loads(file["about"].tobytes()), file["x"], file.get("y")
        found = own.add(about["name"], x, y, tuple(about["classes"]), about["source"], tuple(about["findings"]))
    except (*WRONG, MemoryError, OSError, RecursionError, zipfile.BadZipFile) as error:
        raise UserError(_DAMAGED) from error
    if found != config.own:
        raise UserError(_DAMAGED)
