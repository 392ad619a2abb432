"""The Markdown of lessons, which anybody may have written."""

from __future__ import annotations

import re

from playground.lessons.reader import CODE
from playground.ui.style import escape_markdown

_KEPT = re.compile(r"`[^`]+`|\$[^$]+\$|(?P<mark>\*\*?)(?P<words>[^*\s](?:[^*]*[^*\s])?)(?P=mark)")  # in a line
_LEADS_AWAY = re.compile(r"\]\s*[\[(:]|<\s*[a-z/!]|//|www\.|@", re.IGNORECASE)  # no formula has it
_POINT = re.compile(r"\s*(?:[-*]|\d+[.)])\s+")
_UNDERLINE = re.compile(r"\s*=+\s*")  # it would make a heading of the line above
_RUN = re.compile("`+")
JOINER = "\u2060"  # nobody sees it


def shown(text: str) -> str:
    """Markdown without links and pictures: anybody may have written it, and with them a page would call other servers.

    Paragraphs, lists, code, formulas, bold and italic words are left.
    """
    rows: list[str] = []
    code: list[str] = []
    mark = ""  # what ends the code that is written out here
    for line in text.split("\n"):
        starts = next((known for known in CODE if line.startswith(known)), "")
        if not mark and not starts:
            rows.append(_line(line))
        elif not mark:
            mark, code = starts, []
        elif starts == mark:
            rows.append(_fenced(code))
            mark = ""
        else:
            code.append(line)
    return "\n".join(rows + ([_fenced(code)] if mark else []))


def _fenced(code: list[str]) -> str:
    """Code between marks that are longer than any in it."""
    text = "\n".join(code)
    mark = "`" * max(3, 1 + max(map(len, _RUN.findall(text)), default=0))
    return f"{mark}\n{text}\n{mark}"


def _line(line: str) -> str:
    """One line, escaped but for code, formulas, bold and italic words, and the mark of a point of a list."""
    if _UNDERLINE.fullmatch(line):
        return line.replace("=", "\\=", 1)
    point = _POINT.match(line)
    end = point.end() if point else 0
    parts = [line[:end]]
    for found in _KEPT.finditer(line, end):
        mark, whole = found["mark"], found[0]
        touches = len(parts) > 1 and found.start() == end  # the one before it
        parts.append(JOINER if touches else escape_markdown(line[end : found.start()]))
        if mark:
            parts.append(f"{mark}{escape_markdown(found['words'])}{mark}")
        else:
            formula = whole.startswith("$") and _LEADS_AWAY.search(whole)
            parts.append(escape_markdown(whole) if formula else whole)
        end = found.end()
    return "".join([*parts, escape_markdown(line[end:])])
