"""The past of one run as a folder: a table of its moments, and files that are written once and never changed.

`moments.json` names what belongs to the past. What a moment looked like is `ID.view.safetensors`, its state
`ID.state.safetensors`, and the story of a branch that ended `ID.story.safetensors`. The table is written last, so a
process that is killed at any time leaves the past of before or of after.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playground.engine import timeline_state
from playground.engine.messages import Branch
from playground.engine.timeline import Moment, Story, Timeline
from playground.training import checkpoint
from playground.utils import files, tensorfile
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

TABLE = "moments.json"
LIMIT = 2**21  # bytes of the table
_DAMAGED = _("The moments of this run cannot be read: their files are damaged.")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """A timeline at one time, so that another thread can write it while the run goes on."""

    next: int
    branches: tuple[Branch, ...]
    moments: tuple[Moment, ...]
    stories: dict[int, Story]

    @classmethod
    def of(cls, timeline: Timeline) -> Snapshot:
        return cls(timeline.next, tuple(timeline.branches), tuple(timeline.moments), dict(timeline.stories))


def write(folder: Path, snapshot: Snapshot, wanted: Callable[[Moment], bool] = lambda moment: True) -> None:
    """Write the moments that are `wanted` and keep those that are there already. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    there = _named(_table(folder))
    moments = [m for m in snapshot.moments if wanted(m) or _view(m.id) in there]
    whole = [m for m in moments if m.state is not None and (wanted(m) or _state(m.id) in there)]
    contents: dict[str, Callable[[], bytes]] = {
        **{_view(m.id): partial(_view_bytes, m) for m in moments},
        **{_state(m.id): partial(bytes, m.state or b"") for m in whole},
        **{_story(key): partial(_story_bytes, story) for key, story in snapshot.stories.items()},
    }
    for name, content in contents.items():
        if name not in there:
            files.write(folder / name, content())
    table = timeline_state.table(snapshot.next, snapshot.branches, moments)
    table |= {"whole": [m.id for m in whole], "stories": [*snapshot.stories]}
    files.write(folder / TABLE, json.dumps(table, ensure_ascii=False).encode())
    for path in folder.iterdir():
        if path.name not in contents and path.name != TABLE:
            path.unlink(missing_ok=True)


def _view_bytes(moment: Moment) -> bytes:
    return checkpoint.to_bytes(timeline_state.view_state(moment.view))


def _story_bytes(story: Story) -> bytes:
    return checkpoint.to_bytes(timeline_state.story_state(story))


def read(folder: Path) -> Timeline | None:
    """The past in a folder, without the moments whose files are damaged; None if there is none. Raises UserError."""
    if not folder.is_dir():
        return None
    about = _table(folder)
    if not about:
        raise UserError(_DAMAGED)

    def work() -> Timeline:
        stories = {int(key): tensorfile.read((folder / _story(key)).read_bytes(), _DAMAGED) for key in about["stories"]}
        views, states = {}, {}
        for key in [int(row[0]) for row in about["moments"]]:
            try:
                views[key] = guarded(partial(_checked, folder / _view(key)), _DAMAGED)
                if key in about["whole"]:
                    states[key] = guarded((folder / _state(key)).read_bytes, _DAMAGED)
                    tensorfile.values(states[key], _DAMAGED)
            except UserError as error:
                log.warning("moment %s in %s: %s", key, folder.name, error)
                states.pop(key, None)
        rows = [row for row in about["moments"] if int(row[0]) in views]
        return timeline_state.timeline_in({**about, "moments": rows}, views, stories, states)

    return guarded(work, _DAMAGED)


def _checked(path: Path) -> dict[str, Any]:
    """A view in a file. Raises many kinds of errors."""
    values = tensorfile.read(path.read_bytes(), _DAMAGED)
    timeline_state.view_in(values)
    return values


def _table(folder: Path) -> dict[str, Any]:
    """The table in a folder; {} if there is none that can be read."""

    def work() -> dict[str, Any]:
        with (folder / TABLE).open("rb") as file:
            about = json.loads(file.read(LIMIT))
        _named(about)
        return dict(about)

    if not (folder / TABLE).exists():
        return {}
    try:
        return guarded(work, _DAMAGED)
    except UserError:
        return {}


def _named(about: dict[str, Any]) -> set[str]:
    """The files that belong to the past in a table."""
    if not about:
        return set()
    views = {_view(int(row[0])) for row in about["moments"]}
    return views | {_state(int(key)) for key in about["whole"]} | {_story(int(key)) for key in about["stories"]}


def _view(key: int) -> str:
    return f"{key}.view.safetensors"


def _state(key: int) -> str:
    return f"{key}.state.safetensors"


def _story(key: int) -> str:
    return f"{key}.story.safetensors"
