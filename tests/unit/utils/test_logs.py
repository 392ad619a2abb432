"""One line of JSON for each event, and nothing in it that is nobody's business."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from types import FunctionType

import pytest

from playground.config.presets import PRESETS
from playground.engine import mailbox, run_pool
from playground.engine.run import Run
from playground.utils import logs, shares
from playground.utils.errors import UserError

SECRET = "a-run-of-somebody"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.delenv(logs.SETTING, raising=False)
    end = logs.prepare("pages")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    end()


def raised() -> Exception:
    try:
        raise ValueError(f"/home/teacher/{SECRET}\n<script>")
    except ValueError as error:
        return error


def test_an_event_is_a_line(lines: Lines) -> None:
    logging.getLogger("playground.x").info("engine starts", extra=logs.extra("engine_started", pid=7))
    [row] = lines()
    assert {"level": "info", "process": "pages", "event": "engine_started", "pid": 7}.items() <= row.items()
    assert set(row) == {"time", "level", "process", "event", "pid"}


def test_a_failure_has_a_name_and_a_place_and_no_data(lines: Lines) -> None:
    name = logs.failure(logging.getLogger("playground.x"), raised())
    [row] = lines()
    assert (row["event"], row["id"], row["error"], row["level"]) == ("failure", name, "ValueError", "error")
    assert SECRET not in json.dumps(row)
    assert str(row["trace"]).startswith("['tests/unit/utils/test_logs.py:")


def test_any_other_line_is_a_form_without_what_was_put_in(lines: Lines) -> None:
    log = logging.getLogger("playground.engine.anything")
    log.warning("run %s: %s", SECRET, raised())
    log.debug("nobody asked")
    [row] = lines()
    assert (row["event"], row["form"], row["error"]) == ("note", "run %s: %s", "ValueError")
    assert SECRET not in json.dumps(row)


def test_the_level_is_a_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    log, counts = logging.getLogger("playground.x"), {}
    for level in ("debug", "info", "warning", "error", "off", "loud"):
        monkeypatch.setenv(logs.SETTING, level)
        end = logs.prepare("pages")
        log.debug("%s", SECRET)
        log.info("%s", SECRET)
        log.warning("%s", SECRET)
        log.error("%s", SECRET)
        end()
        text = capsys.readouterr().err
        counts[level] = len(text.splitlines())
        assert (SECRET in text) == (level == "debug")
    assert counts == {"debug": 4, "info": 3, "warning": 2, "error": 1, "off": 0, "loud": 4}, "loud is none, said once"


def test_a_limit_that_is_met_again_and_again_is_not(lines: Lines) -> None:
    shares._logged.clear()
    for _ in range(50):
        shares.hit("exports")
    [row] = lines()
    assert (row["event"], row["limit"]) == ("limit_hit", "exports")


def test_the_person_is_told_the_name_in_the_log(lines: Lines) -> None:
    said = mailbox.words(raised())
    [row] = lines()
    assert str(row["id"]) in said
    assert SECRET not in said
    assert mailbox.words(UserError("A sentence.")) == "A sentence."
    assert lines() == []
    run = Run(SECRET, PRESETS["ring"].config.changed(device="cpu"))
    run_pool.stumble(run, raised())
    [row] = lines()
    assert str(row["id"]) in run.notice
    assert SECRET not in json.dumps(row)


def test_a_deep_error_also_says_where_the_program_was() -> None:
    def deep(n: int) -> None:
        deep(n - 1) if n else float("x")

    def work(inner: Callable[[], None]) -> None:
        inner()

    file = str(logs.ROOT / "playground" / "made.py")
    try:
        FunctionType(work.__code__.replace(co_filename=file), {})(lambda: deep(20))
    except ValueError as error:
        places = logs._places(error)
    assert len(places) == logs.PLACES + 1
    assert places[0].startswith("playground/made.py:")
