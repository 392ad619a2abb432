"""Functions, classes and constants of this project as they stand in its source, found without importing them."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NOT_FOR_READERS = ("noqa", "type: ignore", "fmt:")


@dataclass(frozen=True)
class Module:
    """What a file defines, and what it imports: from here as (module, name), from elsewhere as a statement."""

    name: str
    lines: tuple[str, ...]
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    ours: dict[str, tuple[str, str]] = field(default_factory=dict)  # a name here -> its module and its name there
    others: dict[str, str] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)  # by line


@cache
def module(name: str) -> Module:
    """The module "playground.losses.objectives" and so on."""
    path = ROOT.joinpath(*name.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    found = Module(name, tuple(text.splitlines()))
    for node in ast.parse(text).body:
        _note(found, node)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not any(word in token.string for word in NOT_FOR_READERS):
            found.comments[token.start[0]] = token.string
    return found


def _note(found: Module, node: ast.stmt) -> None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        found.definitions[node.name] = node
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        found.definitions[node.targets[0].id] = node
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        found.definitions.update({target.id: node for target in node.targets[0].elts if isinstance(target, ast.Name)})
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        found.definitions[node.target.id] = node
    elif isinstance(node, ast.ImportFrom | ast.Import):
        for alias in node.names:
            here = alias.asname or alias.name.partition(".")[0]
            source = getattr(node, "module", None) or ""
            if source.startswith("playground"):
                found.ours[here] = (source, alias.name)
            else:
                found.others[here] = ast.unparse(_alone(node, alias))


def _alone(node: ast.ImportFrom | ast.Import, alias: ast.alias) -> ast.stmt:
    """The import of one name of several."""
    if isinstance(node, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(node.module, [alias], 0)


def find(module_name: str, name: str) -> tuple[Module, ast.stmt] | str:
    """Where a name of a module is defined here, or the statement that imports it from elsewhere. Raises KeyError."""
    here = module(module_name)
    if name in here.definitions:
        return here, here.definitions[name]
    if name in here.ours:
        source, original = here.ours[name]
        if (source, original) == ("playground.utils.lazy_torch", "torch"):
            return "import torch"
        return find(source, original)
    return here.others[name]


def method(module_name: str, cls: str, name: str) -> ast.FunctionDef:
    """A method of a class. Raises KeyError if there is none."""
    node = module(module_name).definitions[cls]
    assert isinstance(node, ast.ClassDef)
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == name:
            return part
    raise KeyError(name)
