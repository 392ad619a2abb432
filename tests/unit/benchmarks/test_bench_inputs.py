"""Inputs that were made for harm, a few of them; and that the benchmark sees what it is to see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from playground.benchmarks import inputs
from playground.benchmarks.forged_inputs import KINDS, Input, made
from playground.benchmarks.forged_page import ForgedPage
from playground.cli.main import main


@pytest.mark.slow
def test_a_few_do_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "inputs.json"
    kinds = ["url", "folder", "file", "message"]
    assert main(["bench", "inputs", "--n", "16", "--seed", "5", "--kinds", *kinds, "--json", str(file)]) == 0
    report = json.loads(file.read_text())
    assert (report["n"], report["tracebacks"], report["files_outside"], report["trains"]) == (16, 0, 0, True)
    assert 0 < report["peak_mib"] < report["budget_mib"]
    assert "0 tracebacks on pages" in capsys.readouterr().out


def test_the_seed_makes_the_inputs(tmp_path: Path) -> None:
    def names(seed: int, folder: str) -> list[tuple[str, str]]:
        (tmp_path / folder).mkdir()
        return [(one.kind, one.name.replace(folder, "")) for one in made(80, seed, list(KINDS), tmp_path / folder)]

    assert names(3, "given-1") == names(3, "given-2") != names(4, "given-3")
    assert {kind for kind, _name in names(3, "given-4")} == set(KINDS)


def test_a_page_notes_a_traceback() -> None:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    page = ForgedPage.__new__(ForgedPage)
    page.tracebacks, page.errors, page.widgets, page.fragments = [], [], {}, []
    message = ForwardMsg()
    message.delta.new_element.exception.message = "it broke"
    page._take(message.SerializeToString())
    assert (page.tracebacks, page.errors) == ([], ["it broke"])
    message.delta.new_element.exception.stack_trace.append("line 7")
    page._take(message.SerializeToString())
    assert page.tracebacks == ["it broke"]
    other = ForwardMsg()
    other.delta.new_element.markdown.body = "Traceback (most recent call last): x"
    page._take(other.SerializeToString())
    assert len(page.tracebacks) == 2


def test_errors_of_ours_are_told_from_those_within_streamlit() -> None:
    rows = [
        {"level": "error", "trace": ["playground/ui/a.py:1 f", "streamlit/runtime/state/b.py:2 g"]},
        {"level": "error", "trace": ["streamlit/runtime/b.py:2 g", "playground/ui/a.py:1 f"]},
        {"level": "error", "trace": ["playground/ui/a.py:1 f", "numpy/core/c.py:3 h"]},
        {"level": "error", "trace": ["playground/ui/a.py:1 f", "streamlit/b.py:2 g", "json/decoder.py:3 h"]},
        {"level": "error"},
        {"level": "info"},
    ]
    ours, others = inputs._errors("words of a library\n" + "\n".join(map(json.dumps, rows)))
    assert ours == [*rows[1:3], rows[4]]
    assert others == 2


def test_files_outside_are_seen(tmp_path: Path) -> None:
    for name in ("data", "home", "tmp", "given"):
        (tmp_path / name).mkdir()
    before = inputs._outside(tmp_path)
    (tmp_path / "data" / "a").touch()
    assert inputs._outside(tmp_path) == before
    (tmp_path / "tmp" / "b").touch()
    assert inputs._outside(tmp_path) - before == {"tmp/b"}


def test_the_memory_of_children_counts() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in inputs._family(inputs.os.getpid())
        assert child.stdin is not None
        child.stdin.close()


def test_a_page_that_answers_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def __init__(self, port: int) -> None:
            self.port, self.closed, self.tracebacks, self.errors = port, False, list[str](), list[str]()

        def close(self) -> None:
            pass

    monkeypatch.setattr("playground.benchmarks.forged_inputs.ForgedPage", Silent)
    found = Input("url", "x", lambda _page: False).send(1)
    assert found == {"tracebacks": 0, "errors": 0, "answered": False, "failure": ""}
