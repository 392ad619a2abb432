"""How the figures of a report are written as Markdown: for `docs/measured.md`, see `bench readme`."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable
from typing import Any

WIDTH = 120
FILES = {"--json", "--markdown", "--sheet"}  # flags that name a file to write: nothing to whoever repeats a command


def source(report: dict[str, str]) -> str:
    """The command that made a report, without the files that it wrote, and the day."""
    words = shlex.split(report["command"])
    kept = [word for i, word in enumerate(words) if word not in FILES and (i == 0 or words[i - 1] not in FILES)]
    return f"`{shlex.join(kept)}` ({report['date']})"


def paragraph(text: str) -> str:
    """`text` in lines that are not too long; code and links are not broken at hyphens."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [list(map(str, head)), *(list(map(str, row)) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def span(values: Iterable[float], digits: int = 0, unit: str = "") -> str:
    """From the least to the greatest of `values`."""
    low, high = (f"{pick:,.{digits}f}" for pick in _ends(values))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _ends(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    return min(known), max(known)


def listed(words: Iterable[Any]) -> str:
    """Words with commas and “and”."""
    *first, last = map(str, words)
    return f"{', '.join(first)} and {last}" if first else last


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def sections(text: str) -> dict[str, list[dict[str, str]]]:
    """The table under each heading of a Markdown file, as rows of its columns."""
    found: dict[str, list[dict[str, str]]] = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _newline, body = part.partition("\n")
        lines = [line.strip()[1:-1] for line in body.splitlines() if line.startswith("| ")]
        rows = [[cell.strip() for cell in line.split("|")] for line in lines]
        if rows:
            found[heading] = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return found
