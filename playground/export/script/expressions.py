"""Expressions with what is known of them put in, and without the replicas, which a script has not."""

from __future__ import annotations

import ast

from playground.export.script.known import Known
from playground.export.script.world import ALIASES, PRESENT, UNKNOWN

_DRAWN = ("normal", "uniform", "index")


WHOLE = ("code_loss",)  # functions that are taken as they are


class Expressions(Known):
    """Puts in what is known."""

    # Expressions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            if node.id in ALIASES and node.id not in self.stands:
                return ast.parse(ALIASES[node.id], mode="eval").body
            if node.id in self.stands:
                return self.stands[node.id]
            value = self.value(node)
            plain = isinstance(value, int | float | str) and node.id in self.given
            if value is None or isinstance(value, bool) or plain or value in ((), {}):
                return ast.parse(repr(value), mode="eval").body
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        text = ast.unparse(self._plain(node))
        if isinstance(node.ctx, ast.Load):
            if text in self.world.names:
                return ast.Name(self.world.names[text], ast.Load())
            value = self.world.values.get(text, UNKNOWN)
            if value is None or isinstance(value, bool | int | float | str):
                return ast.Constant(value)
            if text.startswith("self.objective.") and node.attr in self.world.losses:
                return ast.Name(self.world.losses[node.attr], ast.Load())
            if isinstance(node.value, ast.Name) and node.value.id == "optimizers":
                return ast.Name(node.attr, ast.Load())  # of a module
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        text = ast.unparse(node)
        if text in ("self.nets['G']", "self.nets['D']"):
            return ast.parse(f"self.{text[-3]}", mode="eval").body
        if text.endswith("draws.generators[0]"):
            return ast.Name("rng", ast.Load())
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.value(node.test)
        if test in (UNKNOWN, PRESENT):
            return self.generic_visit(node)  # type: ignore[return-value]
        return self.visit(node.body if test else node.orelse)  # type: ignore[no-any-return]

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        value = self.value(node)
        if isinstance(value, bool):
            return ast.Constant(value)
        left = [part for part in node.values if self.value(part) in (UNKNOWN, PRESENT)]
        parts = [self.visit(part) for part in left or node.values[-1:]]
        return parts[0] if len(parts) == 1 else ast.BoolOp(node.op, parts)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if ast.unparse(node.left) == "self._std":
            return ast.Constant(self.value(node))
        nothing = self.value(node.right) == 0 and isinstance(node.op, ast.Add | ast.Sub)
        return self.visit(node.left) if nothing else self.generic_visit(node)  # type: ignore[return-value]

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._over(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._over(node)

    def _over(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> ast.expr:
        """A comprehension, whose own names hide others."""
        outer = dict(self.env)
        self._forget(node)
        self.generic_visit(node)
        self.env = outer
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        self._over(node)
        inner = node.generators[0]
        alone = len(node.generators) == 1 and not inner.ifs
        return inner.iter if alone and ast.unparse(inner.target) == ast.unparse(node.elt) else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        value = self.value(node)
        return ast.Constant(value) if isinstance(value, bool) else self.generic_visit(node)  # type: ignore[return-value]

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.ifs = [self.visit(test) for test in node.ifs if self.value(test) is not True]
        node.iter = self.visit(node.iter)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.body = self.visit(node.body)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        of = ast.unparse(node.func)
        name = of.rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and (replaced := self._without_streams(node, of, name)) is not None:
            return replaced
        if of == "bool" and isinstance(self.value(node), bool):
            return ast.Constant(self.value(node))
        node.func = self.visit(node.func)
        name = ast.unparse(node.func)
        name = f".{name.rpartition('.')[2]}" if "." in name else name
        if name == "functional_call" and isinstance(node.args[-1], ast.Tuple):
            node.args[-1].elts = [a for a in node.args[-1].elts if not self._is_void(a)]
        wanted = self.signatures.get(name)
        if isinstance(node.func, ast.Subscript):  # a layer, or a function of a table
            node.args = [arg for arg in node.args if not self._is_void(arg)]
        if wanted is not None and name not in WHOLE:
            pairs = zip([*wanted, *[""] * len(node.args)], node.args, strict=False)
            node.args = [arg for parameter, arg in pairs if parameter not in self.world.void]
            node.keywords = [k for k in node.keywords if k.arg not in self.world.void]
        node.args = [self.visit(arg) for arg in node.args]
        node.keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
        return node

    def _without_streams(self, node: ast.Call, of: str, name: str) -> ast.expr | None:
        """Calls of methods that do nothing in a single run, or have a plain name in a script; None for others."""
        assert isinstance(node.func, ast.Attribute)
        base = of.rpartition(".")[0]
        streams = base.rpartition(".")[2] == "draws"
        if name == "per_replica":
            return self._applied(node.args[0], node.args[1:])
        if name == "batch_per_replica":
            return ast.Call(ast.Name("len", ast.Load()), [self.visit(node.args[0])], [])
        if streams and name == "zeros":
            return ast.parse("torch.zeros((), device=self.device)", mode="eval").body
        if streams and name in _DRAWN:
            return ast.Call(ast.Name(name, ast.Load()), [self.visit(arg) for arg in node.args], [])
        if of == "self.total":
            return self.visit(node.args[0])  # type: ignore[no-any-return]
        if of == "self.normalise":
            inner = self.visit(node.args[0])
            return ast.Call(ast.Name("normalise", ast.Load()), [inner], []) if self.world.normalised else inner
        if name == "requires_grad_" and node.args and self.value(node.args[0]) in (True, False):
            inner = self.visit(node.func.value)
            flag = self.value(node.args[0])
            return ast.Call(ast.Attribute(inner, "requires_grad_", ast.Load()), [], []) if flag else inner
        return None

    def _applied(self, function: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        if isinstance(function, ast.Lambda):
            names = {arg.arg: self.visit(given) for arg, given in zip(function.args.args, arguments, strict=True)}
            outer, self.stands = self.stands, {**self.stands, **names}
            body = self.visit(function.body)
            self.stands = outer
            return body  # type: ignore[no-any-return]
        return self.visit(ast.Call(function, arguments, []))  # type: ignore[no-any-return]

    def _is_void(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return ast.unparse(node.func) in self.world.void_calls
        return isinstance(node, ast.Name) and node.id in self.world.void
