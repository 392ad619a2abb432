"""The Markdown of lessons, which anybody may have written."""

from __future__ import annotations

import re

from playground.ui.style import escape_markdown

_KEPT = re.compile(  # code, formulas, bold, italic
    r"^(?P<fence>```|~~~).*?^(?P=fence)[ \t]*$|`[^`\n]+`|\$[^$\n]+\$"
    r"|(?P<mark>\*\*?)(?P<words>[^*\s](?:[^*\n]*[^*\s])?)(?P=mark)",
    re.MULTILINE | re.DOTALL,
)
_POINT = re.compile(r"\s*(?:[-*]|\d+[.)])\s+")


def shown(text: str) -> str:
    """Markdown without links and pictures: anybody may have written it, and with them a page would call other servers.

    Paragraphs, lists, code, formulas, bold and italic words are left.
    """
    parts, end = [], 0
    for found in _KEPT.finditer(text):
        mark, words = found["mark"], found["words"]
        parts += [_plain(text[end : found.start()]), f"{mark}{escape_markdown(words)}{mark}" if mark else found[0]]
        end = found.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    """Each line escaped, but that it is a point of a list."""
    rows = []
    for line in text.split("\n"):
        point = _POINT.match(line)
        start = point[0] if point else ""
        rows.append(start + escape_markdown(line[len(start) :]))
    return "\n".join(rows)
