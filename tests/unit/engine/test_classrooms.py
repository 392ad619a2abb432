"""Classes: who may join, what each of them gets to know, and that nothing outlives the class."""

from __future__ import annotations

import pytest

from playground.engine.classrooms import AWAY_AFTER, FORGOTTEN_AFTER, MOST_CLASSES, MOST_STUDENTS, Classrooms, Start
from playground.utils.errors import UserError

START = Start({"dataset": "ring"}, lesson="two-networks")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def rooms() -> Classrooms:
    return Classrooms(Clock())


def code(rooms: Classrooms, secret: str) -> str:
    room = rooms.board(secret)
    assert room is not None
    return room.code


def test_students_join_by_the_code_under_names_of_their_own(rooms: Classrooms) -> None:
    secret = rooms.open(START)
    by = code(rooms, secret)
    seats = [rooms.join(f" {by.lower()} ", name) for name in ("Mei", "Mei", "", "a\u202e\n" + 90 * "b")]
    room = rooms.board(secret)
    assert room is not None
    assert [one.name for one in room.students.values()] == ["Mei", "Mei 2", "Student 3", "a " + 18 * "b"]
    assert len({secret, by, *seats}) == 6
    orders = [rooms.report(seat) for seat in seats]
    assert all(each is not None and each.start == START and not each.shown for each in orders)


@pytest.mark.parametrize("guess", ["", "AAAAAA", "ring", "a" * 500, "\x00", "ÄÖÜ"])
def test_who_knows_no_secret_gets_nowhere(rooms: Classrooms, guess: str) -> None:
    secret = rooms.open(START)
    seat = rooms.join(code(rooms, secret), "Mei")
    for wrong in (guess, code(rooms, secret), seat):
        assert rooms.board(wrong) is None
        with pytest.raises(UserError, match="has ended"):
            rooms.begin(wrong, START)
        rooms.end(wrong)
    assert rooms.report(guess) is None
    assert rooms.report(secret) is None
    assert rooms.quiz_board(guess) == ()
    rooms.leave(guess)
    with pytest.raises(UserError, match="no class with this code"):
        rooms.join(guess, "Eve")
    room = rooms.board(secret)
    assert room is not None
    assert [one.name for one in room.students.values()] == ["Mei"]


def test_orders_reach_a_student_once_each(rooms: Classrooms) -> None:
    secret = rooms.open(START)
    mei, ada = (rooms.join(code(rooms, secret), name) for name in ("Mei", "Ada"))
    first = rooms.report(mei, run="r" * 22, done=frozenset({0}))
    assert first is not None
    assert (first.starts, first.turns) == (1, 0)
    other = Start({"dataset": "grid"})
    rooms.begin(secret, other)
    rooms.turn_to(secret, 2)
    rooms.show(secret, 1)
    second, of_ada = rooms.report(mei), rooms.report(ada)
    assert second is not None
    assert of_ada is not None
    assert (second.starts, second.start, second.turns, second.at, second.shown) == (2, other, 1, 2, True)
    assert not of_ada.shown
    room = rooms.board(secret)
    assert room is not None
    assert room.students[mei].done == {0}
    assert room.students[mei].run == "r" * 22


def test_joining_is_closed_full_and_opened_again(rooms: Classrooms) -> None:
    secret = rooms.open(START)
    by = code(rooms, secret)
    rooms.let_in(secret, False)
    with pytest.raises(UserError, match="at the moment"):
        rooms.join(by, "Mei")
    rooms.let_in(secret, True)
    for _n in range(MOST_STUDENTS):
        rooms.join(by, "Mei")
    with pytest.raises(UserError, match="is full"):
        rooms.join(by, "Mei")
    rooms.remove(secret, 1)
    assert rooms.join(by, "Mei")


def test_a_class_ends_by_its_teacher_or_when_nobody_looks_at_it(rooms: Classrooms) -> None:
    clock = rooms._clock
    assert isinstance(clock, Clock)
    first, second = rooms.open(START), rooms.open(START)
    seat = rooms.join(code(rooms, second), "Mei")
    rooms.end(first)
    assert rooms.board(first) is None
    clock.now = FORGOTTEN_AFTER - 1
    assert rooms.board(second) is not None
    clock.now += AWAY_AFTER + 1
    room = rooms.board(second)
    assert room is not None
    assert room.students[seat].away(clock.now)
    clock.now += FORGOTTEN_AFTER
    third = rooms.open(START)
    assert rooms.board(second) is None
    assert rooms.report(seat) is None
    for _n in range(MOST_CLASSES - 1):
        rooms.open(START)
    with pytest.raises(UserError, match="takes no more"):
        rooms.open(START)
    assert rooms.board(third) is not None


def test_the_quiz_is_counted_in_the_class(rooms: Classrooms) -> None:
    secret = rooms.open(START)
    seats = [rooms.join(code(rooms, secret), f"S{n}") for n in range(30)]
    for n, seat in enumerate(seats):
        for _round in range(2):
            rooms.score(seat, n % 13, 12)
    board = rooms.quiz_board(seats[0])
    assert len(board) == 30
    assert [row.accuracy for row in board] == sorted((row.accuracy for row in board), reverse=True)
    assert {row.name: (row.right, row.of) for row in board}["S5"] == (10, 24)
    rooms.leave(seats[5])
    assert len(rooms.quiz_board(seats[0])) == 29
