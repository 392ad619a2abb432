"""Code of this project with what a run decides beforehand put in, and with what it never comes to left out.

It changes nothing but that: a condition whose value is known goes, with the branch that is not taken, and so does what
then has no use. Replicas, which a script has not, go as well: a mean of each of them is a mean.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from playground.export.script.expressions import Expressions
from playground.export.script.known import Replaced
from playground.export.script.unused import drop_unused, overwritten
from playground.export.script.world import ALIASES, PRESENT, UNKNOWN


class Specialiser(Expressions):
    """One function after the other, statement by statement."""

    # Functions

    def function(self, node: ast.FunctionDef, **known: Any) -> ast.FunctionDef:
        """A function or method without what is not needed; `known` are values of its parameters."""
        outer, self.env = self.env, {**self.env, **known}
        given, self.given = self.given, self.given | known.keys()
        stands, self.stands = self.stands, dict(self.stands)
        out = copy.deepcopy(node)
        self._parameters(out.args, set(known))
        out.returns, out.decorator_list = None, [d for d in out.decorator_list if "property" not in ast.unparse(d)]
        out.body = self.block(out.body)
        drop_unused(out)
        out.body = out.body or [ast.Pass()]
        self.env, self.given, self.stands = outer, given, stands
        return out

    def _parameters(self, args: ast.arguments, known: set[str]) -> None:
        first = len(args.args) - len(args.defaults)
        kept, defaults = [], []
        for i, arg in enumerate(args.args):
            if arg.arg in self.world.void or arg.arg in known:
                continue
            self.env.pop(arg.arg, None)
            if arg.arg in ALIASES:
                self.stands[arg.arg] = ast.Name(arg.arg, ast.Load())
            if i >= first and arg.arg == "code":  # one may be asked for latents without saying how they begin
                self.env[arg.arg] = UNKNOWN
            kept.append(ast.arg(arg.arg))
            if i >= first:
                defaults.append(args.defaults[i - first])
        args.args, args.defaults = kept, defaults
        args.vararg = ast.arg(args.vararg.arg) if args.vararg else None

    # Statements

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Statements one after the other."""
        out: list[ast.stmt] = []
        for statement in statements:
            made = self._statement(statement)
            out += [ast.copy_location(new, statement) if new is not statement else new for new in made]
        ends = next((i for i, statement in enumerate(out) if isinstance(statement, ast.Return)), len(out))
        out = out[: ends + 1]
        return [statement for i, statement in enumerate(out) if not overwritten(statement, out[i + 1 :])]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        method = getattr(self, f"_on_{type(node).__name__}", None)
        return method(node) if method else [self.generic_visit(node)]  # type: ignore[list-item]

    def _on_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        return []

    def _on_If(self, node: ast.If) -> list[ast.stmt]:
        test = self.value(node.test)
        if test not in (UNKNOWN, PRESENT):
            if isinstance(node.test, ast.NamedExpr):
                self.env[node.test.target.id] = test
                self.given.add(node.test.target.id)
            return self.block(node.body if test else node.orelse)
        node.test = self.visit(node.test)
        before = dict(self.env)
        node.body = self.block(node.body)
        self.env = dict(before)
        node.orelse = self.block(node.orelse)
        self.env = before
        self._forget(node)
        same = [
            part
            for part in node.orelse
            if isinstance(part, ast.If) and ast.unparse(part.test) == ast.unparse(node.test)
        ]
        if same and len(node.orelse) == 1:
            node.orelse = same[0].orelse
        if not node.body:
            if not node.orelse:
                return []
            node.test, node.body, node.orelse = ast.UnaryOp(ast.Not(), node.test), node.orelse, []
        return [node]

    def _on_For(self, node: ast.For) -> list[ast.stmt]:
        if self.value(node.iter) == ():
            return []
        self._forget(node)
        node.iter, node.body = self.visit(node.iter), self.block(node.body)
        self._forget(node)
        return [node] if node.body else []

    def _on_With(self, node: ast.With) -> list[ast.stmt]:
        if "_unnoticed" in ast.unparse(node.items[0].context_expr) and not self.world.remembers:
            return self.block(node.body)
        node.items = [ast.withitem(self.visit(item.context_expr), item.optional_vars) for item in node.items]
        node.body = self.block(node.body)
        return [node] if node.body else []

    def _on_Try(self, node: ast.Try) -> list[ast.stmt]:
        node.body, node.finalbody = self.block(node.body), self.block(node.finalbody)
        return [node]

    def _on_FunctionDef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        return [self.function(node)]

    def _on_Return(self, node: ast.Return) -> list[ast.stmt]:
        if isinstance(node.value, ast.Tuple):
            kept = [part for part in node.value.elts if not self._is_void(part)]
            node.value = kept[0] if len(kept) == 1 else ast.Tuple(kept, ast.Load())
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "_join":
            node.value = self._of_one(node.value.args[0])
        node.value = node.value and self.visit(node.value)
        return [node]

    @staticmethod
    def _of_one(node: ast.expr) -> ast.expr:
        """What a list over the generators of all replicas has for the only one."""
        assert isinstance(node, ast.ListComp)
        assert isinstance(node.generators[0].target, ast.Name)
        return Replaced({node.generators[0].target.id: ast.Name("rng", ast.Load())}).visit(node.elt)  # type: ignore[no-any-return]

    def _on_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is None:
            return []
        return self._on_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def _on_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        node.value = self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.env[node.target.id] = UNKNOWN
        return [node]

    def _on_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        if ast.unparse(node) == "self.statistics.add(*values)":
            return [ast.parse("return values").body[0]]
        node.value = self.visit(node.value)
        return [node]

    def _on_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        target = node.targets[0]
        if not isinstance(target, ast.Tuple):
            return self._assigned([(target, node.value)])
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(target.elts):
            return self._assigned(list(zip(target.elts, node.value.elts, strict=True)))
        kept = [part for part in target.elts if not self._is_void(part)]
        for part in kept:
            if isinstance(part, ast.Name):
                self.env[part.id] = UNKNOWN
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func).endswith(".heads"):
            kept, node.value = self._heads(target.elts, node.value)
        value = self.visit(node.value)
        if not kept:
            return []
        alone = len(kept) == 1 < len(target.elts)
        return [ast.Assign([kept[0] if alone else ast.Tuple(kept, ast.Store())], value)]

    def _heads(self, targets: list[ast.expr], call: ast.Call) -> tuple[list[ast.expr], ast.expr]:
        """All heads of D give three things; where only the logits are wanted, D gives these by itself."""
        named = [part for part in targets if not self._is_void(part) and ast.unparse(part) != "_"]
        if len(named) == 1:
            assert isinstance(call.func, ast.Attribute)
            return named, ast.Call(call.func.value, call.args, [])
        return [ast.Name("_", ast.Store()) if self._is_void(part) else part for part in targets], call

    def _assigned(self, pairs: list[tuple[ast.expr, ast.expr]]) -> list[ast.stmt]:
        """Assignments that happen at once."""
        kept, found = [], {}
        for target, given in pairs:
            if isinstance(target, ast.Name) and ast.unparse(self._plain(given)) == "self.config.codes":
                self.stands[target.id] = self._plain(given)
                continue
            if isinstance(target, ast.Name) and (target.id in self.world.void or target.id in ALIASES):
                continue
            if self.world.values.get(ast.unparse(target), UNKNOWN) not in (UNKNOWN, PRESENT):
                continue
            if isinstance(target, ast.Name):
                found[target.id] = self.value(given)
            if isinstance(target, ast.Subscript):
                target.slice = self.visit(target.slice)
            kept.append((target, self.visit(given)))
        self.env |= found
        if not kept:
            return []
        if len(kept) == 1:
            return [ast.Assign([kept[0][0]], kept[0][1])]
        targets, values = zip(*kept, strict=True)
        return [ast.Assign([ast.Tuple(list(targets), ast.Store())], ast.Tuple(list(values), ast.Load()))]
