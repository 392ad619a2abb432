"""What was changed in the knobs of a run, to be undone and redone. It outlives a reload of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.config.run_config import KNOBS
from playground.engine.messages import Command, Reset, Rewind, SetKnobs, View

MOST = 100  # changes of a run
RUNS = 500  # whose changes are known
_HISTORY = "_undo"


@dataclass(frozen=True)
class Change:
    """What one command did: the knobs that it changed, before and after.

    `over`: it also put other weights in place of the run's, which was of this `generation`. They lie at the end of
    `branch`; None if there were none worth keeping.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    over: bool = False
    branch: int | None = None
    generation: int = -1

    def back(self, view: View | None) -> Command:
        """What undoes it. `view` says which moments are still kept, and whether the engine did it at all."""
        if not self.over or (view is not None and view.generation <= self.generation):
            return SetKnobs(self.before)
        marks = [mark for mark in view.moments if mark.branch == self.branch and mark.whole] if view else []
        return Rewind(marks[-1].id) if marks else Reset(self.before)


@dataclass
class _History:
    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)
    offered: Change | None = None


@st.cache_resource(max_entries=RUNS, show_spinner=False)
def _of(run: str) -> _History:
    return _History()


def _history() -> _History:
    history: _History = st.session_state[_HISTORY]
    return history


def open_run(run: str) -> None:
    """Go on with what was changed in a run that a page opens."""
    st.session_state[_HISTORY] = _of(run)


def note(command: Command, config: Mapping[str, Any], view: View | None) -> None:
    """Take in what a person sends to a run that has this `config`; what changes no knob and no weights is not noted."""
    match command:
        case SetKnobs(values):
            after = {name: value for name, value in values.items() if config[name] != value}
            over = any(not KNOBS[name].live for name in after)
            if not after:
                return
        case Reset(values) | Rewind(values=values):
            after, over = {name: value for name, value in values.items() if config[name] != value}, True
            if not after and not (view and view.step):
                return
        case _:
            return
    change = _change({name: config[name] for name in after}, after, over, view)
    history = _history()
    history.done.append(change)
    del history.done[:-MOST]
    history.undone.clear()
    begins = isinstance(command, Reset) or (isinstance(command, SetKnobs) and change.branch is not None)
    history.offered = change if begins else None


def _change(before: dict[str, Any], after: dict[str, Any], over: bool, view: View | None) -> Change:
    """A change of the run that `view` shows; before step 1 there are no weights to keep."""
    if not over or view is None:
        return Change(before, after, over)
    branch = view.branches[-1].id if view.step and view.branches else None
    return Change(before, after, over, branch, view.generation)


def last(redo: bool = False) -> Change | None:
    """The change that is next to be undone, or redone."""
    changes = _history().undone if redo else _history().done
    return changes[-1] if changes else None


def take(view: View | None, redo: bool = False) -> Command:
    """Undo the last change, or redo the last one undone: what to send. Raises IndexError if there is none."""
    history = _history()
    source, target = (history.undone, history.done) if redo else (history.done, history.undone)
    change = source.pop()
    target.append(_change(change.after, change.before, change.over, view))  # the other way, from where the run is now
    history.offered = None
    return change.back(view)


def offered() -> Change | None:
    """The start over that a message offers to undo; None once it is settled."""
    return _history().offered


def settle() -> None:
    """Offer no longer."""
    _history().offered = None


def version() -> tuple[object, ...]:
    """Changes whenever what can be undone or redone does."""
    history = _history()
    return len(history.done), len(history.undone), history.offered is not None
