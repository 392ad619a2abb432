"""Which definitions a script needs: those that its code names, those that these name, and so on."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from playground.config.run_config import KNOBS
from playground.export.script import layout
from playground.export.script.definitions import Module, find, method, module
from playground.export.script.expressions import WHOLE
from playground.export.script.specialise import Specialiser
from playground.export.script.world import BLOCKS, GAN, OBJECTIVES, PENALTIES, TRAINER, World

KNOB_NAMES = {name.upper(): name for name in KNOBS}
LOSSES, MODELS, RANDOM, STEP, DATA = "losses", "models", "random", "step", "data"
_SECTIONS = {
    "playground.losses": LOSSES,
    "playground.models": MODELS,
    "playground.training.latents": RANDOM,
    "playground.utils": RANDOM,
    "playground.data": DATA,
    "playground.training": STEP,
}
OPTIMIZERS = "playground.training.optimizers"
_GIVEN = {"rng", "normal", "uniform", "index", "normalise", "GAN"}  # that the script defines itself


class Collector:
    """Specialised definitions by section, the imports and the knobs that they need."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.special, self.plain = Specialiser(world), Specialiser(World())
        here = {name: value for name, value in world.void.items() if name not in ("code", "found", "guess")}
        self.of_networks = Specialiser(replace(world, void=here))  # there these names mean something else
        self.imports: set[str] = set()
        self.knobs: set[str] = set()
        self.found: dict[str, tuple[str, Module, int, list[str]]] = {}  # by name: section, home, line, text

    def need(self, home: str, names: Iterable[str]) -> None:
        """Take in these names of a module, and all that they need."""
        for name in names:
            if name in KNOB_NAMES and name not in module(home).definitions:
                self.knobs.add(KNOB_NAMES[name])
            elif name not in self.found and name not in _GIVEN:
                self._take(home, name)

    def need_of(self, home: str, node: ast.AST) -> None:
        """The same for all names in a piece of code."""
        self.need(home, sorted(_free(node)))

    def need_text(self, home: str, text: str) -> None:
        """The same for code that is written already."""
        tree = ast.parse(text)
        here = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        for node in tree.body:
            self.need(home, sorted(_free(node) - here))

    def _take(self, home: str, name: str) -> None:
        for place in (OBJECTIVES if name in self.world.losses.values() else home, OPTIMIZERS):
            with suppress(KeyError):  # of a local name, or one of Python's own
                found = find(place, name)
                break
        else:
            return
        if isinstance(found, str):
            self.imports.add(found)
            return
        source, node = found
        if not source.name.startswith(tuple(_SECTIONS)):
            return
        made = self.definition(source, node)
        section = next(s for prefix, s in _SECTIONS.items() if source.name.startswith(prefix))
        lines = layout.text(made, source, node.lineno - 40)
        self.found[name] = section, source, node.lineno, lines
        self.need_of(source.name, made)

    def definition(self, source: Module, node: ast.stmt) -> ast.stmt:
        """A definition as the script has it."""
        if isinstance(node, ast.FunctionDef):
            given = self.world.given
            known = {"how": given["how"]} if node.name == "initialise" and "how" in given else {}
            whole = node.name in WHOLE or source.name.startswith("playground.data")
            models = source.name.startswith("playground.models")
            special = self.plain if whole else self.of_networks if models else self.special
            return special.function(node, **known)
        if isinstance(node, ast.ClassDef):
            return self.cls(node)
        made = copy.deepcopy(node)
        if isinstance(made, ast.AnnAssign):
            assert made.value is not None
            made = ast.copy_location(ast.Assign([made.target], made.value), node)
        if isinstance(made, ast.Assign) and ast.unparse(made.targets[0]) == "PENALTIES":
            assert isinstance(made.value, ast.Tuple)
            on = [key for key in PENALTIES if self.world.values[f"self.config.{key}"] > 0]
            made.value.elts = [part for part in made.value.elts if ast.literal_eval(part.args[0]) in on]  # type: ignore[attr-defined]
            made.value = self.special.visit(made.value)
        return made

    def cls(self, node: ast.ClassDef) -> ast.ClassDef:
        """A class with the methods that are used."""
        made = copy.deepcopy(node)
        known = self.world.given if node.name in ("Generator", "Discriminator") else {}
        body: list[ast.stmt] = []
        for part in made.body:
            if isinstance(part, ast.FunctionDef):
                if ast.unparse(part).startswith("@property"):
                    continue  # what a script asks nobody
                given = {a.arg for a in part.args.args} & known.keys() if part.name == "__init__" else set()
                body.append(self.of_networks.function(part, **{key: known[key] for key in given}))
            elif isinstance(part, ast.AnnAssign):
                record = bool(made.decorator_list) or "NamedTuple" in map(ast.unparse, made.bases)
                if record and ast.unparse(part.target) not in self.world.void:
                    body.append(part)
            else:
                body.append(part)
        made.body = body
        if known:
            _drop_unread(made)
        return made

    def methods(self, roots: Iterable[str], glue: str) -> list[tuple[Module, ast.FunctionDef]]:
        """The methods of the trainer that a step needs, in the order of their first use."""
        found: dict[str, tuple[Module, ast.FunctionDef]] = {}
        queue = list(roots)
        while queue:
            name = queue.pop(0)
            if name in found:
                continue
            try:
                source, node = module(GAN), method(GAN, "GAN", name)
            except KeyError:
                try:
                    source, node = module(TRAINER), method(TRAINER, "Trainer", name)
                except KeyError:
                    continue
            if any(ast.unparse(decorator) == "property" for decorator in node.decorator_list):
                continue  # a net by its name, which the script keeps as an attribute
            found[name] = source, self._method(name, node)
            queue += [
                n.attr
                for n in ast.walk(found[name][1])
                if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "self"
            ]
        return self._without_empty(found)

    def _method(self, name: str, node: ast.FunctionDef) -> ast.FunctionDef:
        if name == "anneal":
            node = copy.deepcopy(node)
            above = method(TRAINER, "Trainer", name)
            i = next(i for i, part in enumerate(node.body) if ast.unparse(part) == "super().anneal()")
            node.body[i : i + 1] = [ast.copy_location(copy.deepcopy(part), node.body[i]) for part in above.body[1:]]
        return self.special.function(node)

    def _without_empty(self, found: dict[str, tuple[Module, ast.FunctionDef]]) -> list[tuple[Module, ast.FunctionDef]]:
        """Without methods that do nothing, and the calls of them."""
        empty = {
            name for name, (_source, node) in found.items()
            if all(isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
                   for part in node.body)
        }  # fmt: skip
        kept = {name: value for name, value in found.items() if name not in empty}
        for name in [name for name, (_source, node) in kept.items() if _gives_back(node)]:
            del kept[name]
            for _source, node in kept.values():
                _Inlined(name).visit(node)
        for _source, node in kept.values():
            node.body = [part for part in node.body if ast.unparse(part) not in {f"self.{name}()" for name in empty}]
        return list(kept.values())


def _gives_back(node: ast.FunctionDef) -> bool:
    """Whether a method only returns what it is given."""
    last = node.body[-1]
    arguments = [arg.arg for arg in node.args.args[1:]]
    said = len(node.body) - isinstance(node.body[0], ast.Expr)
    return (
        said == 1 and isinstance(last, ast.Return) and last.value is not None and [ast.unparse(last.value)] == arguments
    )


class _Inlined(ast.NodeTransformer):
    """Calls of such a method become what they are given."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return node.args[0] if ast.unparse(node.func) == f"self.{self.name}" else node


def _free(node: ast.AST) -> set[str]:
    """The names that a piece of code reads, but for those that it makes."""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    made = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {
        n.arg for n in ast.walk(node) if isinstance(n, ast.arg)
    }
    return read - made - set(dir(builtins)) - {"self"} | ({"nn"} & read)


def _drop_unread(cls: ast.ClassDef) -> None:
    """Leave out what an object keeps and nobody reads."""
    read = {n.attr for n in ast.walk(cls) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
    for part in cls.body:
        if isinstance(part, ast.FunctionDef):
            part.body = [s for line in part.body for s in _kept(line, read)] or [ast.Pass()]


def _kept(line: ast.stmt, read: set[str]) -> list[ast.stmt]:
    text = ast.unparse(line)
    if text.startswith("self.register_buffer('codes'") and "codes" not in read:
        return []
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Attribute) and line.targets[0].attr not in read:
        return []
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple) and isinstance(line.value, ast.Tuple):
        pairs = [
            (target, value) for target, value in zip(line.targets[0].elts, line.value.elts, strict=True)
            if not (isinstance(target, ast.Attribute) and target.attr not in read)
        ]  # fmt: skip
        if not pairs:
            return []
        targets, values = zip(*pairs, strict=True)
        if len(pairs) == 1:
            return [ast.copy_location(ast.Assign([targets[0]], values[0]), line)]
        line.targets, line.value = [ast.Tuple(list(targets), ast.Store())], ast.Tuple(list(values), ast.Load())
    return [line]


__all__ = ["BLOCKS", "DATA", "LOSSES", "MODELS", "RANDOM", "STEP", "Collector"]
