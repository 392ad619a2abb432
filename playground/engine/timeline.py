"""The moments of one run: dense now, sparse in the past, within a budget; and the branches that they lie on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from playground.data import DATASETS
from playground.data.modality import MODALITIES
from playground.engine.messages import Branch, Event, Mark, View, lineage
from playground.utils.errors import UserError
from playground.utils.translation import _, number

if TYPE_CHECKING:
    from playground.engine.history import History

BUDGET = 48 * 2**20  # bytes of all moments of a run
PICTURES = 12 * 2**20  # of which what the moments looked like may take
MOST = 120  # moments
MOST_BRANCHES = 8
YOUNG = 20  # steps: closer to the present, or to the start, nothing counts as closer still
SACRIFICE = ("auto", "end", "change", "kept", "start")  # the kinds in the order in which they go when there is no room


@dataclass(frozen=True)
class Moment:
    """A run as it was. Without `state` it can be looked at only. `view` has neither history nor events."""

    id: int
    branch: int
    kind: str  # one of SACRIFICE
    text: str
    view: View
    rows: int  # of the history, counted before it was thinned
    state: bytes | None

    @property
    def step(self) -> int:
        return self.view.step

    @property
    def data(self) -> tuple[str, str]:
        """The dataset, and the folder or set of it."""
        config = self.view.config
        key = config.get("dataset", "")
        asks = DATASETS[key].asks if key in DATASETS else ""
        return key, str(config[asks]) if asks else ""

    @property
    def picture(self) -> int:
        """Bytes of what it looked like."""
        values = (getattr(self.view, f.name) for f in fields(self.view) if f.name not in ("real", "fixed_z"))
        return sum(value.nbytes for value in values if isinstance(value, np.ndarray))

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.picture + len(self.state or b"")


def bare(view: View) -> View:
    """What a moment keeps of a View."""
    most = MODALITIES[view.kind].drawn
    if view.samples is not None and len(view.samples) > most:
        labels = None if view.labels is None else view.labels[:most].copy()
        view = replace(view, samples=view.samples[:most].copy(), labels=labels)
    return replace(
        view,
        translation=None,  # what of it is the same at every step is added again
        history={},
        events=(),
        moments=(),
        branches=(),
        notice="",
        waiting="",
        readings={},
        floors={},
        floor_stds={},
        measured=None,
        prepared=0.0,
        diagnosis=None,
    )


@dataclass(frozen=True)
class Story:
    """The curves and events of a branch."""

    history: History
    events: list[Event]

    def until(self, moment: Moment) -> Story:
        """As it was at a moment of this branch."""
        return Story(self.history.until(moment.rows), [event for event in self.events if event.step <= moment.step])


class Timeline:
    """Moments in the order of their ids, and branches in the order in which they began."""

    def __init__(self, step: int = 0) -> None:
        self.moments: list[Moment] = []
        self.branches = [Branch(0, None, step, step)]
        self.stories: dict[int, Story] = {}  # of the branches that have ended
        self.next = 1

    @property
    def branch(self) -> int:
        """The branch on which the run is."""
        return self.branches[-1].id

    @property
    def version(self) -> tuple[int, int]:
        """Changes with every moment and branch that is added."""
        return self.next, self.branch

    @property
    def kept(self) -> tuple[int, int]:
        """The latest moment that a person kept, or 0, and the branch: what must not wait to be written."""
        return max((m.id for m in self.moments if m.kind == "kept"), default=0), self.branch

    @property
    def reach(self) -> int:
        """The step of the latest moment of that branch, or 0."""
        return max((m.step for m in self.moments if m.branch == self.branch), default=0)

    def find(self, id: int) -> Moment:
        """Raises UserError if it was forgotten."""
        for moment in self.moments:
            if moment.id == id:
                return moment
        raise UserError(_("This moment is no longer kept. Choose another one."))

    def whole(self, id: int) -> bytes:
        """The state of a moment. Raises UserError if only what it looked like was kept."""
        state = self.find(id).state
        if state is None:
            raise UserError(_("Only the picture of this moment is kept. Choose one with a filled mark."))
        return state

    def line(self) -> list[Moment]:
        """The moments that led to the present one, in the order of their steps."""
        return lineage(self.moments, self.branches)

    def marks(self) -> tuple[Mark, ...]:
        """What a page shows of the moments."""
        return tuple(Mark(m.id, m.step, m.branch, m.kind, m.text, m.state is not None, m.data) for m in self.moments)

    def add(self, kind: str, text: str, view: View, rows: int, state: bytes | None) -> Moment:
        """Keep a moment on the present branch, and let go of others until all fit."""
        if state is not None and len(state) > BUDGET - PICTURES:
            state = None
        moment = Moment(self.next, self.branch, kind, text, bare(view), rows, state)
        self.next += 1
        self.moments.append(moment)
        self._make_room()
        return moment

    # Branches

    def branch_off(self, parent: int | None, step: int, end: int, story: Story) -> None:
        """The present branch ended at step `end` with `story`; the run goes on from `step` of branch `parent`."""
        self.stories[self.branch] = story
        self.branches[-1] = replace(self.branches[-1], end=end)
        self.branches.append(Branch(self.branch + 1, parent, step, step))
        while len(self.branches) > MOST_BRANCHES:
            self._forget(next(b.id for b in self.branches if b.id not in self._kin()))

    def _kin(self) -> set[int]:
        """The present branch and those that it came from, up to the number that may be kept."""
        parents = {branch.id: branch.parent for branch in self.branches}
        line: list[int | None] = [self.branch]
        while line[-1] is not None and len(line) < MOST_BRANCHES:
            line.append(parents.get(line[-1]))
        return {kin for kin in line if kin is not None}

    def _forget(self, id: int) -> None:
        self.branches = [b if b.parent != id else replace(b, parent=None) for b in self.branches if b.id != id]
        self.moments = [moment for moment in self.moments if moment.branch != id]
        self.stories.pop(id, None)

    def shown_branches(self, step: int) -> tuple[Branch, ...]:
        """All branches, the present one up to `step`."""
        return (*self.branches[:-1], replace(self.branches[-1], end=step))

    # Room

    def _make_room(self) -> None:
        while sum(len(m.state or b"") for m in self.moments) > BUDGET - PICTURES:
            self._replace_state(self._least([m for m in self.moments if m.state is not None]))
        while len(self.moments) > MOST or sum(m.picture for m in self.moments) > PICTURES:
            self.moments.remove(self._least(self.moments))

    def _replace_state(self, moment: Moment) -> None:
        self.moments[self.moments.index(moment)] = replace(moment, state=None)

    def _least(self, moments: list[Moment]) -> Moment:
        """The one that is missed least: of the humblest kind, in the tightest place for its age and its step."""
        kind = min((SACRIFICE.index(m.kind) for m in moments[:-1]), default=0)
        some = [m for m in moments[:-1] if SACRIFICE.index(m.kind) == kind]  # never the latest
        if not some:
            return moments[0]
        if SACRIFICE[kind] != "auto":
            return some[0]
        gaps = _gaps(moments)
        return min(some, key=lambda m: gaps[m.id])

    @property
    def size(self) -> int:
        """Bytes of all moments."""
        return sum(moment.size for moment in self.moments)


def _gaps(moments: list[Moment]) -> dict[int, float]:
    """The steps that would lie open without each, against its distance to the end of its branch and to step 0."""
    branches: dict[int, list[Moment]] = {}
    for moment in moments:
        branches.setdefault(moment.branch, []).append(moment)
    gaps = {}
    for some in branches.values():
        steps = [m.step for m in some]
        around = zip(some, [steps[0], *steps], [*steps[1:], steps[-1]], strict=False)
        for m, before, after in around:
            gaps[m.id] = (after - before) * (1 / (steps[-1] - m.step + YOUNG) + 1 / (m.step + YOUNG))
    return gaps


def label(step: int) -> str:
    """The name of a moment that nobody named."""
    return _("Step {n}").format(n=number(step))
