"""A run as one zip: config, curves and events to read, and all that brings it back. Nothing in it is unpickled.

`config.json`, `history.csv`, `events.json` are for people. `checkpoint.safetensors` is the run, `timeline.json`,
`views.safetensors`, `stories.safetensors` and `moments/ID.safetensors` are its past, `own.npz` is the set of one's own
that it was trained on. In zips of earlier versions they end in `.pt`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from playground.data import DATASETS, npz, own, zips
from playground.engine import schema2, timeline_state
from playground.engine.timeline import Timeline
from playground.engine.untrusted import config_in
from playground.training import checkpoint
from playground.utils import shares, tensorfile
from playground.utils.csv_json import config_json, history_csv
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.engine.run import Run

LARGEST = shares.limit("zips")  # bytes of a zip of a run, packed and unpacked
GROWTH = 16  # how many times as large what is in a zip, or in a set, may be as the file; what we write is not packed
SMALL = 2**24  # bytes that may be in any zip
TABLE = 2**21  # bytes of `timeline.json`
ENDING, OLD_ENDING = ".safetensors", ".pt"
MEMBER = re.compile(r"timeline\.json|own\.npz|(?:checkpoint|views|stories|moments/[0-9]{1,16})\.(?:safetensors|pt)")
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
        checkpoint.FILE: current,
        **_timeline(run.timeline),
    }
    if DATASETS[run.config.dataset].asks == "own" and (path := own.place(run.config.own)):
        members["own.npz"] = path.read_bytes()
    return _zipped(members)


def pack_timeline(timeline: Timeline) -> bytes:
    """The moments and branches alone."""
    return _zipped(_timeline(timeline))


def unpack(content: bytes) -> tuple[bytes, Timeline]:
    """The checkpoint and the past in the zip of a run; its own set is put where the run finds it. Raises UserError.

    Only for a zip that is trusted not to be made for harm; others go through `engine.sandbox`.
    """
    moment, timeline, own_set = _run_in(content)
    take_in(own_set, moment)
    return moment, timeline


def unpack_timeline(content: bytes) -> Timeline:
    """The inverse of `pack_timeline`. Raises UserError."""
    return _read_timeline(_unzipped(content))


def take_in(own_set: bytes, moment: bytes) -> None:
    """Keep the run's own set, as a reader in the sandbox gave it, unless it is here or none. Raises UserError."""
    config = config_in(moment)
    if not own_set or own.about(config.own) is not None:
        return
    values = tensorfile.read(own_set, _DAMAGED)
    about = values["about"]

    def add() -> str:
        return own.add(
            about["name"], values["x"], values["y"], tuple(about["classes"]), about["source"], tuple(about["findings"])
        )

    if guarded(add, _DAMAGED) != config.own:
        raise UserError(_DAMAGED)


# What the sandbox runs


def _run_in(content: bytes) -> tuple[bytes, Timeline, bytes]:
    """The checkpoint, the past and the own set, or b"", of a zip that anybody may have made. Raises UserError."""
    members = _unzipped(content)
    if checkpoint.FILE not in members:
        raise UserError(_NOT_ONE)
    moment = members[checkpoint.FILE]
    checkpoint.check_schema(tensorfile.read(moment, _DAMAGED))
    config_in(moment)
    own_set = members.get("own.npz", b"")
    return moment, _read_timeline(members), own_set and _own_set(own_set)


def _run_parts(content: bytes) -> list[bytes]:
    moment, timeline, own_set = _run_in(content)
    return [moment, pack_timeline(timeline), own_set]


def _own_set(content: bytes) -> bytes:
    """A set of one's own as a file of tensors. Raises UserError."""
    arrays = npz.read(content, _DAMAGED, limit=SMALL + 2 * GROWTH * len(content))

    def work() -> bytes:
        about = json.loads(arrays["about"].tobytes())
        return tensorfile.write({"about": about, "x": arrays["x"], "y": arrays.get("y")})

    return guarded(work, _DAMAGED)


READERS: dict[str, Callable[[bytes], list[bytes]]] = {
    "checkpoint": lambda content: [schema2.converted(content)],
    "past": lambda content: [pack_timeline(unpack_timeline(content))],
    "run": _run_parts,
}


# The zip


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # a fixed date: equal runs give equal files
    return out.getvalue()


def _unzipped(content: bytes) -> dict[str, bytes]:
    """The members that a run has, as this version names and writes them. Raises UserError."""
    try:
        archive = zips.opened(io.BytesIO(content), "") if len(content) <= LARGEST else None
    except UserError:
        archive = None
    if archive is None:
        raise UserError(_NOT_ONE)
    entries = [entry for entry in archive.infolist() if MEMBER.fullmatch(entry.filename)]
    if sum(entry.file_size for entry in entries) > min(LARGEST, SMALL + GROWTH * len(content)):
        raise UserError(_NOT_ONE)
    return guarded(lambda: dict(_member(archive, entry) for entry in entries), _DAMAGED)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, bytes]:
    """One member under its present name. Raises many kinds of errors."""
    if entry.flag_bits & 0x41 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(entry.filename)
    content = zips.reader(archive, entry)(entry.file_size)
    if not entry.filename.endswith(OLD_ENDING):
        return entry.filename, content
    return entry.filename.removesuffix(OLD_ENDING) + ENDING, schema2.converted(content)


# The past


def _timeline(timeline: Timeline) -> dict[str, bytes]:
    moments = timeline.moments
    stories = {str(key): timeline_state.story_state(story) for key, story in timeline.stories.items()}
    about = timeline_state.table(timeline.next, timeline.branches, moments)
    return {
        "timeline.json": json.dumps(about, ensure_ascii=False).encode(),
        f"views{ENDING}": checkpoint.to_bytes({"views": [timeline_state.view_state(m.view) for m in moments]}),
        f"stories{ENDING}": checkpoint.to_bytes({"stories": stories}),
        **{f"moments/{m.id}{ENDING}": m.state for m in moments if m.state is not None},
    }


def _read_timeline(members: Mapping[str, bytes]) -> Timeline:
    """Raises UserError."""

    def work() -> Timeline:
        if len(members["timeline.json"]) > TABLE:
            raise ValueError("timeline")
        about: dict[str, Any] = json.loads(members["timeline.json"])
        ids = [int(row[0]) for row in about["moments"]]
        views = tensorfile.read(members[f"views{ENDING}"], _DAMAGED)["views"]
        stories = tensorfile.read(members[f"stories{ENDING}"], _DAMAGED)["stories"]
        states = {key: state for key in ids if (state := members.get(f"moments/{key}{ENDING}")) is not None}
        return timeline_state.timeline_in(
            about,
            dict(zip(ids, views, strict=True)),
            {int(branch): state for branch, state in stories.items()},
            states,
        )

    try:
        return guarded(work, _DAMAGED)
    except UserError as error:
        raise UserError(_DAMAGED) from error
