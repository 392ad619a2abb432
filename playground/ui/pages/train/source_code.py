"""Functions and methods as they stand in the source today, read without importing it: it needs torch, pages do not."""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def source(module: str, name: str) -> str:
    """The function "f" or the method "C.m" of a module. Raises KeyError if there is none."""
    return _functions(module)[name]


@cache
def _functions(module: str) -> dict[str, str]:
    """The source of each function of a module and of each method of its classes."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text("utf-8")
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _segment(text, node)
        elif isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}": _segment(text, method) for method in methods}
    return found


def _segment(text: str, node: ast.FunctionDef) -> str:
    """The lines of a function, from the margin on."""
    return textwrap.dedent(ast.get_source_segment(text, node, padded=True) or "")
