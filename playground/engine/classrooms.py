"""Classes: a teacher opens one, students join it by its code, and each of them trains a run of their own.

All of it is in memory only, and it is gone when the class ends. The teacher is whoever knows the secret of the class,
a student whoever knows their seat; the code only lets people join.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from playground.engine.quiz_boards import QuizRow, nickname
from playground.utils.errors import UserError
from playground.utils.translation import _

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # of a code, without those that are easily mistaken for another
LENGTH = 6  # of a code
MOST_STUDENTS, MOST_CLASSES = 60, 30
FORGOTTEN_AFTER = 2 * 3600.0  # seconds after which a class ends at whose board nobody has looked
AWAY_AFTER = 15.0  # seconds without a word from a student's page until they count as away


@dataclass(frozen=True)
class Start:
    """What each student begins with: a new run of this config, or a copy of the run behind `link`; and a lesson."""

    config: dict[str, Any]
    link: str = ""
    lesson: str = ""
    at: int = 0  # the index of the step of the lesson


@dataclass(frozen=True)
class Student:
    """What a class knows of one student; `number` counts the students of the class, from 1."""

    seat: str
    number: int
    name: str
    joined: float
    seen: float
    run: str = ""
    held: tuple[str, ...] = ()  # all runs and races that their page has
    lesson: str = ""
    at: int = 0
    done: frozenset[int] = frozenset()  # steps of that lesson
    steps: int = 0  # of the lesson
    right: int = 0  # tiles of the quiz
    of: int = 0

    def away(self, now: float) -> bool:
        """Whether their page has not been heard of for a while."""
        return now - self.seen > AWAY_AFTER


@dataclass(frozen=True)
class Orders:
    """What a student's page has to know: `starts` and `turns` grow with each order to start, or to go to a step."""

    code: str
    name: str
    starts: int
    start: Start
    turns: int
    at: int
    shown: bool  # whether the teacher shows their run to all


@dataclass
class Classroom:
    """One class. What `Classrooms.board` gives is a copy."""

    code: str
    start: Start
    opened: float
    seen: float
    joining: bool = True
    starts: int = 1
    turns: int = 0
    at: int = 0
    shown: int = 0  # the number of the student whose run all see; 0 for none
    count: int = 0  # of those who ever joined
    students: dict[str, Student] = field(default_factory=dict)  # by seat


class Classrooms:
    """Of all teachers. Any thread may call the methods; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._classes: dict[str, Classroom] = {}  # by secret

    # The teacher's, who has the secret

    def open(self, start: Start) -> str:
        """Open a class; gives its secret. Raises UserError where there are too many."""
        with self._lock:
            now = self._clock()
            self._classes = {s: c for s, c in self._classes.items() if now - c.seen < FORGOTTEN_AFTER}
            if len(self._classes) >= MOST_CLASSES:
                raise UserError(_("This server has {n} classes, and it takes no more.").format(n=MOST_CLASSES))
            codes = {room.code for room in self._classes.values()}
            code = next(code for code in iter(_code, "") if code not in codes)
            secret = secrets.token_urlsafe(16)
            self._classes[secret] = Classroom(code, start, now, now, at=start.at)
            return secret

    def board(self, secret: str) -> Classroom | None:
        """The class, if there is one with this secret; whoever looks keeps it open."""
        with self._lock:
            room = self._classes.get(secret)
            if room is None:
                return None
            room.seen = self._clock()
            return replace(room, students=dict(room.students))

    def begin(self, secret: str, start: Start) -> None:
        """Everybody starts from this."""
        with self._lock:
            room = self._room(secret)
            room.start, room.at = start, start.at
            room.starts += 1

    def turn_to(self, secret: str, at: int) -> None:
        """Everybody goes to a step of the lesson."""
        with self._lock:
            room = self._room(secret)
            room.at = at
            room.turns += 1

    def show(self, secret: str, number: int) -> None:
        """Show the run of a student to all; 0 for nobody's."""
        with self._lock:
            self._room(secret).shown = number

    def let_in(self, secret: str, yes: bool) -> None:
        """Whether students may join."""
        with self._lock:
            self._room(secret).joining = yes

    def remove(self, secret: str, number: int) -> None:
        """Send a student out of the class. Their run stays theirs."""
        with self._lock:
            room = self._room(secret)
            room.students = {seat: one for seat, one in room.students.items() if one.number != number}
            if room.shown == number:
                room.shown = 0

    def end(self, secret: str) -> None:
        """End the class and forget all that it knew."""
        with self._lock:
            self._classes.pop(secret, None)

    # A student's, who has a seat

    def join(self, code: str, name: str) -> str:
        """Take part; gives the seat, which is the student's secret. Raises UserError."""
        asked = "".join(code.split()).upper()[: 2 * LENGTH]
        with self._lock:
            room = next(
                (one for one in self._classes.values() if secrets.compare_digest(_b(one.code), _b(asked))), None
            )
            if room is None:
                raise UserError(_("There is no class with this code. Ask your teacher for it."))
            if not room.joining:
                raise UserError(_("Nobody can join this class at the moment. Ask your teacher."))
            if len(room.students) >= MOST_STUDENTS:
                raise UserError(_("This class is full: it has {n} students.").format(n=MOST_STUDENTS))
            room.count += 1
            seat, now = secrets.token_urlsafe(16), self._clock()
            called = _unlike(nickname(name) or _("Student {n}").format(n=room.count), room)
            room.students[seat] = Student(seat, room.count, called, now, now)
            return seat

    def report(self, seat: str, **known: Any) -> Orders | None:
        """Note what a student's page knows of them, by the names of `Student`; gives what they have to do, or None if
        they are in no class (any more).
        """
        with self._lock:
            room = self._of_seat(seat)
            if room is None:
                return None
            one = replace(room.students[seat], seen=self._clock(), **known)
            room.students[seat] = one
            shown = room.shown == one.number
            return Orders(room.code, one.name, room.starts, room.start, room.turns, room.at, shown)

    def score(self, seat: str, right: int, of: int) -> None:
        """Add a round of the quiz to what a student has."""
        with self._lock:
            if room := self._of_seat(seat):
                one = room.students[seat]
                room.students[seat] = replace(one, right=one.right + right, of=one.of + of)

    def quiz_board(self, seat: str) -> tuple[QuizRow, ...]:
        """Who of the student's class recognised how many tiles, the best one first."""
        with self._lock:
            room = self._of_seat(seat)
            rows = [QuizRow(s.name, s.right, s.of) for s in room.students.values() if s.of] if room else []
        return tuple(sorted(rows, key=lambda row: (-row.accuracy, -row.of, row.name)))

    def leave(self, seat: str) -> None:
        """Take part no longer."""
        with self._lock:
            if room := self._of_seat(seat):
                if room.shown == room.students[seat].number:
                    room.shown = 0
                del room.students[seat]

    def _room(self, secret: str) -> Classroom:
        if (room := self._classes.get(secret)) is None:
            raise UserError(_("This class has ended."))
        return room

    def _of_seat(self, seat: str) -> Classroom | None:
        return next((room for room in self._classes.values() if seat in room.students), None)


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))


def _b(text: str) -> bytes:
    return text.encode()


def _unlike(name: str, room: Classroom) -> str:
    """The name, with a number if somebody in the class has it already."""
    taken = {one.name for one in room.students.values()}
    names = (name, *(f"{name} {n}" for n in range(2, MOST_STUDENTS + 2)))
    return next(each for each in names if each not in taken)
