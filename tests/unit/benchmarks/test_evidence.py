"""Every file of evidence says where it comes from, and `docs/measured.md` says of measurements what these files say."""

from __future__ import annotations

import json
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.benchmarks import readme
from playground.benchmarks.phrasing import sections, source, span, table
from playground.benchmarks.readme import END, EVIDENCE, START, measured
from playground.benchmarks.readme_parts import PARTS
from playground.benchmarks.tables import markdown
from playground.ui.pages.race import form
from playground.utils.errors import UserError

ROOT = EVIDENCE.parents[1]
INDEX = "README.md"
COMMAND = re.compile(r"`(python -m (playground|tests)\S*|pytest) [^`]+`")
COMMIT = re.compile(r"\bcommit [0-9a-f]{7,}")
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def heads(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What says where the figures of a report come from: its own head, or that of each row."""
    return [report] if "command" in report else [row.get("stamp", row) for row in report["rows"]]


@pytest.mark.parametrize("path", sorted(EVIDENCE.iterdir()), ids=lambda path: path.name)
def test_every_file_says_command_commit_and_date(path: Path) -> None:
    if path.suffix == ".json":
        found = heads(json.loads(path.read_text()))
        assert found
        for head in found:
            assert head["command"].startswith(("python -m playground bench ", "python -m tests."))
            assert re.match(r"[0-9a-f]{7}", head["commit"])
            assert DAY.fullmatch(head["date"])
    elif path.suffix == ".md":
        text = path.read_text()
        assert COMMAND.search(text)
        if path.name != INDEX:
            assert COMMIT.search(text)
            assert DAY.search(text)
    else:
        rows = {row["picture"].strip("`"): row for row in index()}
        assert COMMAND.fullmatch(rows[path.name]["command"])
        assert re.fullmatch(r"[0-9a-f]{7}", rows[path.name]["commit"])
        assert DAY.fullmatch(rows[path.name]["date"])


def index() -> list[dict[str, str]]:
    return sections((EVIDENCE / INDEX).read_text().replace("# Evidence", "## Evidence"))["Evidence"]


def test_the_index_names_only_pictures_that_are_there() -> None:
    assert all((EVIDENCE / row["picture"].strip("`")).exists() for row in index())


def test_the_page_of_figures_says_what_the_evidence_says() -> None:
    """After new evidence: `python -m playground bench readme --write docs/measured.md`."""
    before, _start, rest = (ROOT / "docs" / "measured.md").read_text().partition(START)
    text, _end, after = rest.partition(END)
    assert text == measured(EVIDENCE)
    assert not re.search(r"\d", before + after), "a figure that no file of evidence holds"


def test_the_tables_of_modes_are_those_of_the_report_and_say_what_the_names_stand_for() -> None:
    text, report = (EVIDENCE / "modes.md").read_text(), json.loads((EVIDENCE / "modes.json").read_text())
    assert text == markdown(report)
    head = " ".join(text.partition("Made by:")[0].split())
    assert all(words in head for words in ("R1: γ = 0.1", "GP: λ = 1 with 1 update of D", "SN: gain 2"))
    report["shared"]["sn_gain"] = 1.5
    assert "SN: gain 1.5" in " ".join(markdown(report).split())


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Every number in a report, and the keys that lead to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, int | float):
            yield (*at, key), item
        else:
            yield from leaves(item, (*at, key))


@pytest.mark.parametrize("name", [name for name in PARTS if name.endswith(".json")])
def test_figures_are_those_of_the_report(name: str) -> None:
    """Other numbers in a report give another text: nothing in it is typed by hand."""
    report = json.loads((EVIDENCE / name).read_text())
    text = PARTS[name](report)
    figures = len(re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"`[^`]*`|\(20\d\d-\d\d-\d\d[^)]*\)", "", text)))
    changed = 0
    for (*path, last), value in list(leaves(report)):
        where = report
        for key in path:
            where = where[key]
        where[last] = not value if isinstance(value, bool) else 3 * value + 1
        changed += PARTS[name](report) != text
        where[last] = value
        if changed >= 3:
            break
    assert changed >= min(3, figures)


def test_the_race_page_says_the_cost_that_was_measured() -> None:
    cost = json.loads((EVIDENCE / "race.json").read_text())["presets"]["ring"]
    assert (round(cost["batched"], 1), round(cost["in_turn"], 1)) == (form.AT_ONCE, form.IN_TURN)


def test_the_command_writes_between_the_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert readme.run(Namespace(write=None)) == 0
    text = capsys.readouterr().out
    file = tmp_path / "README.md"
    file.write_text(f"before\n{START}old{END}\nafter\n")
    assert readme.run(Namespace(write=file)) == 0
    assert file.read_text() == f"before\n{START}{text}{END}\nafter\n"
    file.write_text("no marks")
    with pytest.raises(UserError, match="marks"):
        readme.run(Namespace(write=file))
    assert file.read_text() == "no marks"


def test_a_report_that_is_missing_or_torn_gets_a_sentence(tmp_path: Path) -> None:
    shutil.copytree(EVIDENCE, tmp_path / "evidence", ignore=shutil.ignore_patterns("*.png"))
    (tmp_path / "evidence" / "race.json").write_text("{")
    with pytest.raises(UserError, match=r"race\.json"):
        measured(tmp_path / "evidence")


def test_how_figures_are_written() -> None:
    report = {"command": "python -m playground bench race --rounds 9 --json race.json", "date": "2026-11-26"}
    assert source(report) == "`python -m playground bench race --rounds 9` (2026-11-26)"
    assert span([0.8, 2.4, 1.0]) == "1 to 2"
    assert span([1.01, 0.99]) == "1"
    assert table(("a", "b"), [(1, 2)]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert sections("# t\n\n## One\n\n| a | b |\n|---|---|\n| 1 |  |\n") == {"One": [{"a": "1", "b": ""}]}
