"""The Class page and the pages of its students against a host without an engine."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from playground.config.presets import PRESETS
from playground.engine.gate import Gate
from playground.engine.messages import Pause, Play
from playground.ui.components import board as cards
from playground.ui.components import frames
from playground.ui.pages.classroom import students
from tests.app.fakes import FakeHost

TEACHER = "t" * 22


def _script() -> None:
    import streamlit as st

    from playground.ui import lesson_state, seat
    from playground.ui.pages.classroom import entrance
    from playground.ui.pages.classroom.page import render

    lesson_state.begin()
    seat.begin()
    if st.session_state.get("_at") == "train":
        from playground.ui.pages.quiz.page import render as other  # a page of which the class hears

        other()
    else:
        entrance.to_train = lambda: st.session_state.update(_at="train")
        render()


def _page(host: FakeHost, **query: str) -> AppTest:
    app = AppTest.from_function(_script, default_timeout=30)
    app.session_state["_host"] = host
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def _opened(host: FakeHost, **query: str) -> tuple[AppTest, str]:
    teacher = _page(host, **query)
    teacher.button(key="class_open").click().run()
    assert not teacher.exception
    room = host.classrooms.board(teacher.session_state["_class_secret"])
    assert room is not None
    return teacher, room.code


def _joined(host: FakeHost, code: str, name: str) -> AppTest:
    student = _page(host, join=code)
    assert student.text_input(key="class_code").value == code
    student.text_input(key="class_name").set_value(name)
    student.button[0].click().run()
    assert not student.exception
    return student


def _run(student: AppTest) -> str:
    run: str = student.session_state["_run"]
    return run


def _room(host: FakeHost, teacher: AppTest) -> Any:
    room = host.classrooms.board(teacher.session_state["_class_secret"])
    assert room is not None
    return room


def _rows(host: FakeHost, teacher: AppTest) -> list[students.Row]:
    return students.rows(cast(Gate, host), _room(host, teacher), 0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    found: list[bytes] = []
    monkeypatch.setattr(cards, "_mount", lambda data, **_more: found.append(data))
    return found


def test_students_join_train_and_are_seen_commanded_and_taken_along(sent: list[bytes]) -> None:
    host = FakeHost()
    teacher, code = _opened(host, preset="digits", lesson="two-networks")
    assert "_run" not in teacher.session_state, "a page of a class makes no run"
    mei, ada = _joined(host, code, "Mei"), _joined(host, code, "=cmd()")
    assert _run(mei) != _run(ada)
    assert host.runs[_run(mei)].config["dataset"] == "digits"
    assert mei.session_state["_lesson"] == "two-networks"
    for student in (mei, ada):
        student.run()
        assert not student.exception
    teacher.run()
    assert not teacher.exception
    assert b"Mei" in sent[-1]
    assert b"0 of 9 steps" in sent[-1]
    assert len(sent[-1]) < 5000
    teacher.button(key="class_play").click().run()
    assert [type(command) for command in host.commands] == [Play, Play]
    teacher.button(key="class_pause").click().run()
    assert isinstance(host.commands[-1], Pause)
    assert all(host.runs[_run(each)].status == "paused" for each in (mei, ada))
    teacher.button(key="class_next").click().run()
    mei.run()
    assert mei.session_state["_lesson_progress"].at == 1
    before = _run(mei)
    teacher.button(key="class_start_yes").click().run()
    mei.run()
    assert _run(mei) != before
    assert [type(command) for command in host.commands].count(Pause) == 3, "two by the teacher, and of the run before"
    mei.button(key="class_before").click().run()
    assert _run(mei) == before
    row = list(csv.DictReader(io.StringIO(students.table(_rows(host, teacher), 0))))[1]
    assert row["name"] == "'=cmd()"
    assert row["steps"] == "9"


def test_a_student_shown_to_all_is_told_and_one_removed_keeps_the_run(sent: list[bytes]) -> None:
    host = FakeHost()
    teacher, code = _opened(host)
    mei = _joined(host, code, "Mei")
    mei.run()
    host.classrooms.show(teacher.session_state["_class_secret"], 1)
    teacher.run()
    assert not teacher.exception
    assert any("class_name" in html.proto.body for html in teacher.get("html"))
    mei.run()
    assert any("The class sees your run" in each.value for each in mei.markdown)
    teacher.button(key="class_remove_yes").click().run()
    assert not _room(host, teacher).students
    run = _run(mei)
    mei.run()
    assert _run(mei) == run
    assert "seat" not in mei.query_params
    assert any("stays yours" in each.value for each in mei.toast)


def test_nobody_becomes_the_teacher_or_another_student(sent: list[bytes]) -> None:
    host = FakeHost()
    teacher, code = _opened(host)
    mei = _joined(host, code, "Mei")
    secret = teacher.session_state["_class_secret"]
    assert teacher.query_params["class"] in (secret, [secret])
    for guess in (code, mei.session_state["_seat"], "x" * 500):
        eve = _page(host, **{"class": guess})
        assert any("has ended" in each.value for each in eve.warning)
        assert not [each for each in eve.button if each.key == "class_pause"]
    eve = _page(host, seat="guess")
    assert not eve.session_state["_seat"]
    assert secret not in repr(mei.session_state)
    for n in range(2):
        wrong = _page(host)
        wrong.text_input(key="class_code").set_value(("", "ABCDEF<b>")[n])
        wrong.button[0].click().run()
        assert any("no class with this code" in each.value for each in wrong.warning)
    host.classrooms.end(secret)
    teacher.run()
    assert any("has ended" in each.value for each in teacher.warning)


def test_who_needs_help_comes_first() -> None:
    host = FakeHost()
    teacher, code = _opened(host)
    for name in ("b", "a", "c"):
        host.create(22 * name, PRESETS["ring"].config.model_dump())
        host.classrooms.report(host.classrooms.join(code, name), run=22 * name)
    host.runs["c" * 22].status = "failed"
    found = _rows(host, teacher)
    assert [row.student.name for row in students.ordered(found, students.NEED)] == ["c", "b", "a"]
    assert [row.student.name for row in students.ordered(found, students.NAME)] == ["a", "b", "c"]
    assert [row.student.name for row in students.ordered(found, students.JOINED)] == ["b", "a", "c"]


def test_a_board_of_thirty_is_small(sent: list[bytes]) -> None:
    host = FakeHost()
    teacher, code = _opened(host, preset="shapes")
    for n in range(30):
        run = f"{n:022}"
        host.create(run, PRESETS["shapes"].config.model_dump())
        host.classrooms.report(host.classrooms.join(code, f"Student with a name {n}"), run=run)
    teacher.run()
    assert not teacher.exception
    assert len(sent[-1]) < 60_000
    assert frames.packed({})
