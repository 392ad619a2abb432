"""Names that nobody reads."""

from __future__ import annotations

import ast


def overwritten(statement: ast.stmt, rest: list[ast.stmt]) -> bool:
    """Whether a name gets None, and then something else before it is read."""
    if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
        return False
    name = statement.targets[0].id
    if not (isinstance(statement.value, ast.Constant) and statement.value.value is None):
        return False
    for later in rest:
        used = [n for n in ast.walk(later) if isinstance(n, ast.Name) and n.id == name]
        if used:
            return isinstance(later, ast.Assign) and all(isinstance(n.ctx, ast.Store) for n in used)
    return False


def drop_unused(function: ast.FunctionDef) -> None:
    """Leave out local names that get a plain value and are not read."""
    while True:
        read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        dropper = _Dropper(read)
        dropper.visit(function)
        if not dropper.dropped:
            return


class _Dropper(ast.NodeTransformer):
    def __init__(self, read: set[str]) -> None:
        self.read, self.dropped = read, 0

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        target = node.targets[0]
        plain = isinstance(node.value, ast.Constant | ast.Name | ast.Dict | ast.ListComp)
        if isinstance(target, ast.Name) and target.id not in self.read and plain:
            self.dropped += 1
            return None
        return node
