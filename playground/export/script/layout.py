"""Code as text that reads like ours: lines of at most 120 letters, double quotes, and the comments of the source."""

from __future__ import annotations

import ast
import io
import textwrap
import tokenize
from typing import Any

from playground.export.script.definitions import NOT_FOR_READERS, Module

WIDTH = 120
_INDENT = "    "


def text(node: ast.stmt, source: Module, before: int = 0) -> list[str]:
    """The lines of a statement that comes from a module, after its line `before`."""
    lines: list[str] = []
    _statement(node, source, 0, before, lines)
    return lines


def _statement(node: ast.stmt, source: Module, depth: int, before: int, out: list[str], also: bool = False) -> None:
    margin, first = _INDENT * depth, getattr(node, "lineno", 0)
    above = first - 1
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
        above = node.decorator_list[0].lineno - 1
    notes = []
    while above > before and source.lines[above - 1].strip().startswith("#") and above in source.comments:
        notes.append(margin + source.comments[above])
        above -= 1
    out += reversed(notes)
    blocks = [getattr(node, name) for name in ("body", "orelse", "finalbody") if getattr(node, name, None)]
    if not blocks:
        comment = source.comments.get(getattr(node, "end_lineno", None) or 0, "")
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            out += _docstring(node.value.value, margin)
        elif (own := _own_lines(node, source)) is not None:
            out += [margin + line if line else "" for line in own]
        else:
            out += _line(margin + _quoted(_unparsed(node)), comment)
        return
    for part, (head, body) in enumerate(_parts(node)):
        comment = (
            source.comments.get(first, "") if not part and not isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
        )
        if head == ["else:"] and len(body) == 1 and isinstance(body[0], ast.If) and isinstance(node, ast.If):
            _statement(body[0], source, depth, first, out, also=True)
            continue
        out += [margin + line for line in head[:-1]]
        out += _line(margin + "el" * (also and not part) + _quoted(head[-1]), comment)
        last = first
        for n, inner in enumerate(body):
            if n and isinstance(node, ast.ClassDef) and isinstance(inner, ast.FunctionDef):
                out.append("")
            if n and isinstance(body[n - 1], ast.FunctionDef) and not isinstance(node, ast.ClassDef):
                out.append("")
            if not n and isinstance(inner, ast.FunctionDef) and not isinstance(node, ast.ClassDef):
                pass
            elif n and isinstance(inner, ast.FunctionDef) and not isinstance(node, ast.ClassDef):
                out.append("")
            _statement(inner, source, depth + 1, last, out)
            if n == 0 and isinstance(node, ast.ClassDef) and len(body) > 1 and not isinstance(body[1], ast.FunctionDef):
                out.append("")
            last = getattr(inner, "end_lineno", None) or last


def _own_lines(node: ast.stmt, source: Module) -> list[str] | None:
    """The lines as they stand in the source, where they say the same; None where they do not."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
    if not 0 < first <= last:
        return None
    lines = textwrap.dedent("\n".join(source.lines[first - 1 : last]))
    try:
        [found] = ast.parse(lines).body
    except (SyntaxError, ValueError):
        return None
    same = ast.unparse(found) == ast.unparse(ast.fix_missing_locations(node))
    words = [word for line in lines.splitlines()[-1:] for word in NOT_FOR_READERS if word in line]
    return lines.splitlines() if same and not words else None


def _unparsed(node: ast.stmt) -> str:
    """One line of code; tuples that are assigned or returned have no brackets."""
    ast.fix_missing_locations(node)
    value = getattr(node, "value", None)
    if isinstance(node, ast.Return):
        return f"return {_bare(value)}" if value else "return"
    if isinstance(node, ast.Assign) and value is not None:
        return f"{_bare(node.targets[0])} = {_bare(value)}"
    return ast.unparse(node)


def _bare(node: ast.expr) -> str:
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return ", ".join(map(ast.unparse, node.elts))
    return ast.unparse(node)


def _parts(node: ast.stmt) -> list[tuple[list[str], list[ast.stmt]]]:
    """The heads of a compound statement, each in lines, with what stands below them."""
    found = []
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if not body:
            continue
        head = _head(node) if name == "body" else ["finally:" if name == "finalbody" else "else:"]
        found.append((head, body))
    return found


def _head(node: ast.stmt) -> list[str]:
    bare: dict[str, Any] = {name: [] for name in ("orelse", "finalbody", "handlers") if hasattr(node, name)}
    kind: Any = type(node)
    values: dict[str, Any] = {name: getattr(node, name, None) for name in node._fields} | bare | {"body": [ast.Pass()]}
    if isinstance(node, ast.Try):
        return ["try:"]
    shell = ast.fix_missing_locations(kind(**values))
    return ast.unparse(shell).splitlines()[:-1]


def _docstring(said: str, margin: str) -> list[str]:
    lines = said.rstrip().splitlines()
    if len(lines) == 1:
        return [f'{margin}"""{lines[0]}"""']
    body = [f"{margin}{line.strip()}" if line.strip() else "" for line in lines[1:]]
    return [f'{margin}"""{lines[0]}', *body, f'{margin}"""']


def _quoted(line: str) -> str:
    """The same with double quotes."""
    tokens = list(tokenize.generate_tokens(io.StringIO(line + "\n").readline))
    for token in reversed(tokens):
        if token.type == tokenize.STRING and token.string.startswith("'") and '"' not in token.string:
            line = f'{line[: token.start[1]]}"{token.string[1:-1]}"{line[token.end[1] :]}'
    return line


def _line(line: str, comment: str) -> list[str]:
    """A line with its comment, wrapped where it is too long."""
    if comment and len(line) + 2 + len(comment) <= WIDTH:
        return [f"{line}  {comment}"]
    above = [line[: len(line) - len(line.lstrip())] + comment] if comment else []
    return above + wrapped(line)


def wrapped(line: str) -> list[str]:
    """A line, broken at its brackets where it is too long."""
    if len(line) <= WIDTH:
        return [line]
    margin = line[: len(line) - len(line.lstrip())]
    opening, closing = _last_bracket(line)
    if opening < 0:
        return [line]
    inner = line[opening + 1 : closing].strip()
    middle = [margin + _INDENT + inner]
    if len(middle[0]) > WIDTH:
        parts = _at_commas(inner)
        comma = "," if len(parts) > 1 else ""  # none after a comprehension
        middle = [f"{margin}{_INDENT}{part.strip()}{comma}" for part in parts]
    return [line[: opening + 1], *(found for part in middle for found in wrapped(part)), margin + line[closing:]]


def _last_bracket(line: str) -> tuple[int, int]:
    """The places of the last pair of brackets that nothing is around, in a line of whole brackets; -1 for none."""
    depth, opening, found = 0, -1, (-1, -1)
    for place, letter in _outside_strings(line):
        if letter in "([{":
            opening = place if depth == 0 else opening
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0 and place - opening > 20:
                found = opening, place
    return found


def _at_commas(inner: str) -> list[str]:
    depth, start, parts = 0, 0, []
    for place, letter in _outside_strings(inner):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(inner[start:place])
            start = place + 1
    return [part for part in (*parts, inner[start:]) if part.strip()]


def _outside_strings(line: str) -> list[tuple[int, str]]:
    """The letters of a line with their places, but for those in strings."""
    out, quote = [], ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            out.append((place, letter))
    return out
