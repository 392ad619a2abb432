"""What an expression is worth before the first step, as far as a run decides that."""

from __future__ import annotations

import ast
import copy
from typing import Any

from playground.export.script.world import ALIASES, PRESENT, UNKNOWN, World, parameters

_OPERATORS: dict[type, Any] = {
    ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b,
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
}  # fmt: skip


class Known(ast.NodeTransformer):
    """The values of expressions; `env` has what is known of local names at a place."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.signatures = parameters()
        self.env: dict[str, Any] = {}
        self.given: set[str] = set()  # parameters that are no longer there
        self.stands: dict[str, ast.expr] = {}  # what a local name that is known is written as

    # What is known

    def value(self, node: ast.expr) -> Any:
        """The value of an expression; PRESENT for one that is not None, UNKNOWN."""
        if isinstance(node, ast.Constant):
            return node.value
        text = ast.unparse(self._plain(node))
        found = UNKNOWN if isinstance(node, ast.Name) else self.world.values.get(text, UNKNOWN)
        if found is not UNKNOWN:
            return found
        if isinstance(node, ast.Name):
            return self._of_name(node.id)
        if isinstance(node, ast.BoolOp):
            return self._any(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.value(node.operand)
            return inner if inner in (UNKNOWN, PRESENT) else not inner
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._operation(node.ops[0], self.value(node.left), self.value(node.comparators[0]))
        if isinstance(node, ast.BinOp):
            return self._operation(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.IfExp):
            test = self.value(node.test)
            return UNKNOWN if test in (UNKNOWN, PRESENT) else self.value(node.body if test else node.orelse)
        if isinstance(node, ast.NamedExpr):
            return self.value(node.value)
        if isinstance(node, ast.Tuple):
            parts = [self.value(part) for part in node.elts]
            return UNKNOWN if any(p in (UNKNOWN, PRESENT) for p in parts) else tuple(parts)
        if isinstance(node, ast.Dict) and not node.keys:
            return {}
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "bool":
            inner = self.value(node.args[0])
            return inner if inner in (UNKNOWN, PRESENT) else bool(inner)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in self.world.void_calls:
            return None
        calls = isinstance(node, ast.Call) and not ast.unparse(node.func).endswith(".get")
        return PRESENT if calls else UNKNOWN

    def _of_name(self, name: str) -> Any:
        if name in self.env:
            return self.env[name]
        if name in self.world.void:
            return self.world.void[name]
        return PRESENT if name in self.world.present else UNKNOWN

    def _any(self, node: ast.BoolOp) -> Any:
        stops = isinstance(node.op, ast.Or)
        parts = [self.value(part) for part in node.values]
        decided = [p for p in parts if p not in (UNKNOWN, PRESENT) and bool(p) is stops]
        if decided:
            return decided[0]
        return UNKNOWN if any(p in (UNKNOWN, PRESENT) for p in parts) else parts[-1]

    @staticmethod
    def _operation(op: Any, left: Any, right: Any) -> Any:
        if UNKNOWN in (left, right) or type(op) not in _OPERATORS:
            return PRESENT if isinstance(op, ast.operator) else UNKNOWN
        if PRESENT in (left, right):
            is_none = isinstance(op, ast.Is | ast.IsNot) and None in (left, right)
            return isinstance(op, ast.IsNot) if is_none else PRESENT if isinstance(op, ast.operator) else UNKNOWN
        return _OPERATORS[type(op)](left, right)

    def _plain(self, node: ast.expr) -> ast.expr:
        """An expression with `self.config` for c, and so on."""
        if not any(isinstance(n, ast.Name) and (n.id in ALIASES or n.id in self.stands) for n in ast.walk(node)):
            return node
        aliases = {name: ast.parse(text, mode="eval").body for name, text in ALIASES.items()}
        return Replaced(aliases | self.stands).visit(copy.deepcopy(node))  # type: ignore[no-any-return]

    def _forget(self, node: ast.AST) -> None:
        """Nothing is known any more of the names that are stored in a part."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                self.env[part.id] = UNKNOWN


class Replaced(ast.NodeTransformer):
    """Other expressions in the place of names."""

    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self.names.get(node.id, node))
