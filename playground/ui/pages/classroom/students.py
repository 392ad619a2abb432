"""The rows of the board of a class: what is known of each student, in words and in numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from playground.coach import CONDITIONS, EARLY
from playground.engine.classrooms import Classroom, Student
from playground.engine.gate import Gate
from playground.engine.messages import View
from playground.ui.components import board as cards
from playground.ui.modalities import ON_PAGES
from playground.utils.errors import UserError
from playground.utils.translation import _, number

NEED, NAME, JOINED = "need", "name", "joined"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is a formula to a spreadsheet


@dataclass(frozen=True)
class Row:
    """One student, and their run as it is now; None while it cannot be seen."""

    student: Student
    view: View | None
    away: bool

    @property
    def alarm(self) -> bool:
        """Whether the coach sees something wrong in the run, or it failed."""
        view = self.view
        if view is None:
            return False
        return view.status == "failed" or (view.diagnosis is not None and CONDITIONS[view.diagnosis.key].alarm)

    @property
    def says(self) -> str:
        """What the coach says of the run in two words, or what it does."""
        view = self.view
        if self.away:
            return _("away")
        if view is None or view.status == "loading":
            return _("getting ready")
        if view.status == "failed":
            return _("The run failed.")
        if view.diagnosis is not None and view.diagnosis.key != EARLY:
            return _(CONDITIONS[view.diagnosis.key].label)
        return _("training") if view.status == "playing" else _("paused")

    @property
    def done(self) -> int:
        """Ticked steps of the lesson."""
        return len(self.student.done)


def rows(host: Gate, room: Classroom, now: float) -> list[Row]:
    """All students of a class, with their runs."""
    return [Row(one, _view(host, one.run), one.away(now)) for one in room.students.values()]


def _view(host: Gate, run: str) -> View | None:
    if not run:
        return None
    try:
        view: View | None = host.view(run)
    except UserError:
        return None
    return view


def ordered(found: Sequence[Row], by: str) -> list[Row]:
    """The rows by who needs help (what is wrong first, then who is behind), by name, or as they joined."""
    if by == NAME:
        return sorted(found, key=lambda row: row.student.name.casefold())
    if by == JOINED:
        return sorted(found, key=lambda row: row.student.number)
    return sorted(found, key=lambda row: (not row.alarm, not row.away, row.done, row.student.number))


def card(row: Row, shown: int) -> tuple[cards.Student, cards.Miniature]:
    """A row as a card of the board."""
    one, view = row.student, row.view
    done = _("{done} of {n} steps").format(done=row.done, n=one.steps) if one.steps else ""
    if one.of:
        done = " · ".join(filter(None, (done, _("quiz {right}/{of}").format(right=one.right, of=one.of))))
    step = _("step {n}").format(n=number(view.step)) if view else ""
    small = ON_PAGES[view.kind].miniature(view) if view else cards.Miniature()
    return cards.Student(one.number, one.name, step, done, row.says, row.alarm, row.away, one.number == shown), small


def table(found: Sequence[Row], now: float) -> str:
    """All that is known of the students, as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["name", "minutes", "step", "state", "lesson", "steps_done", "steps", "quiz_right", "quiz_of"])
    for row in ordered(found, JOINED):
        one, minutes = row.student, (now - row.student.joined) / 60
        step = row.view.step if row.view else ""
        cells = [one.name, f"{minutes:.1f}", step, row.says, one.lesson, row.done, one.steps, one.right, one.of]
        writer.writerow([_safe(cell) for cell in cells])
    return file.getvalue()


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
