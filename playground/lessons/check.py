"""Checks: small expressions that tick a task, such as `step >= 200 and modes >= 6`.

They are read with Python's own grammar, and all but the few forms below is refused. Nothing is ever executed.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeGuard

from playground import coach
from playground.config.run_config import KNOBS
from playground.lessons.vocabulary import VOCABULARY, Kind, Takes, Word
from playground.utils.translation import _

LONGEST = 300  # characters
DEEPEST = 12  # brackets and signs within one another
LARGEST = 1e12  # number

_COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_COUNTS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_GIVES: dict[Kind, str] = {"number": _("a number"), "text": _("a text"), "yes or no": _("yes or no")}
Value = float | str | bool | None  # None: not there yet


class CheckError(Exception):
    """What is wrong with a check; its text is one sentence."""


@dataclass(frozen=True)
class Check:
    """An expression that was looked at: it has only what is allowed, and says yes or no. `parse` makes them."""

    text: str
    tree: ast.expr = field(repr=False, compare=False)

    def holds(self, readings: Mapping[str, Any]) -> bool:
        """Whether it is surely so. What is not there yet (None, NaN) is neither equal, nor less, nor more; no error."""
        return _value(self.tree, readings) is True


def parse(text: str, metrics: Collection[str] = ()) -> Check:
    """The check that `text` spells. Raises CheckError.

    With `metrics`, those are all that there are.
    """
    text = text.strip()
    if not text:
        raise CheckError(_("The check is empty. Write what must be so, such as “step >= 200”."))
    if len(text) > LONGEST:
        raise CheckError(_("The check is longer than {n} characters. Make two steps of it.").format(n=LONGEST))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        sentence = _("The check “{text}” cannot be understood. Compare words and numbers, as in “step >= 200”.")
        raise CheckError(sentence.format(text=_short(text))) from error
    kind = _Looker(text, metrics).kind(tree)
    if kind != "yes or no":
        sentence = _("The check “{text}” gives {kind}, not yes or no. Compare it with something.")
        raise CheckError(sentence.format(text=_short(text), kind=_(_GIVES[kind])))
    return Check(text, tree)


def nearest(name: str, known: Collection[str]) -> str:
    """“Did you mean …?” with the known name that is spelled most like `name`; "" if none is like it."""
    like = get_close_matches(name, known, 1)
    return " " + _("Did you mean “{name}”?").format(name=like[0]) if like else ""


# What is allowed


class _Looker:
    """Looks at each part of an expression once. Raises CheckError for what is not allowed."""

    def __init__(self, text: str, metrics: Collection[str]) -> None:
        self._text, self._metrics = text, metrics

    def kind(self, node: ast.expr, depth: int = 0) -> Kind:
        """The kind of value that the expression has."""
        if depth > DEEPEST:
            raise CheckError(_("The check has too many brackets or signs within one another. Make two steps of it."))
        match node:
            case ast.BoolOp():
                self._all([*node.values], "yes or no", depth)
                return "yes or no"
            case ast.UnaryOp(op=ast.Not()):
                self._all([node.operand], "yes or no", depth)
                return "yes or no"
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                self._all([node.operand], "number", depth)
                return "number"
            case ast.BinOp() if type(node.op) in _COUNTS:
                self._all([node.left, node.right], "number", depth)
                return "number"
            case ast.Compare():
                return self._compare(node, depth)
            case ast.Constant():
                return _constant(node.value)
            case ast.Name():
                return _word(node.id, function=False).type
            case ast.Call():
                return self._call(node)
        sentence = _("“{part}” is not allowed in a check. Use words, numbers, + - * /, comparisons, and, or, not.")
        raise CheckError(sentence.format(part=self._source(node)))

    def _all(self, nodes: list[ast.expr], kind: Kind, depth: int) -> None:
        for node in nodes:
            found = self.kind(node, depth + 1)
            if found != kind:
                sentence = _("“{part}” gives {found}, where {kind} is wanted.")
                raise CheckError(sentence.format(part=self._source(node), found=_(_GIVES[found]), kind=_(_GIVES[kind])))

    def _compare(self, node: ast.Compare, depth: int) -> Kind:
        sides = [node.left, *node.comparators]
        kinds = [self.kind(side, depth + 1) for side in sides]
        for op in node.ops:
            if type(op) not in _COMPARES:
                raise CheckError(_("Compare with ==, !=, <, <=, > or >=, not with “in” or “is”."))
            if kinds[0] != "number" and not isinstance(op, ast.Eq | ast.NotEq):
                sentence = _("“{part}” is no number: compare it with == or !=.")
                raise CheckError(sentence.format(part=self._source(node.left)))
        for side, kind in zip(sides, kinds, strict=True):
            if kind != kinds[0]:
                sentence = _("“{a}” gives {kind} and “{b}” gives {other}: they cannot be compared.")
                a, b = self._source(sides[0]), self._source(side)
                raise CheckError(sentence.format(a=a, kind=_(_GIVES[kinds[0]]), b=b, other=_(_GIVES[kind])))
        texts = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, str)]
        for side in sides:
            choices = VOCABULARY[side.id].choices if isinstance(side, ast.Name) else ()
            for text in texts if choices else ():
                if text not in choices:
                    sentence = _("“{word}” is never “{text}”.").format(word=self._source(side), text=_short(text))
                    raise CheckError(sentence + nearest(text, choices))
        return "yes or no"

    def _call(self, node: ast.Call) -> Kind:
        """A function of one constant."""
        if not isinstance(node.func, ast.Name):
            raise CheckError(_("“{part}” is not allowed in a check.").format(part=self._source(node)))
        word = _word(node.func.id, function=True)
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        wanted: type = int if word.takes == "step" else str
        if not isinstance(argument, ast.Constant) or type(argument.value) is not wanted:
            example = "200" if word.takes == "step" else f'"{word.takes}"'
            sentence = _("“{name}” takes one {thing} in brackets: {name}({example}).")
            raise CheckError(sentence.format(name=node.func.id, thing=_(word.takes), example=example))
        _constant(argument.value)
        if isinstance(argument.value, str):
            self._argument(word.takes, argument.value)
        return word.type

    def _argument(self, takes: Takes, name: str) -> None:
        """Raises CheckError for what the function cannot look up."""
        every: dict[str, Collection[str]] = {"knob": KNOBS, "diagnosis": coach.CONDITIONS, "metric": self._metrics}
        known = every.get(takes, ())
        if known and name not in known:
            sentence = _("There is no {thing} named “{name}”.").format(thing=_(takes), name=_short(name))
            raise CheckError(sentence + nearest(name, known))
        if takes == "knob" and not KNOBS[name].live:
            sentence = _("The knob “{name}” starts the run over, which forgets its changes. Compare its value instead.")
            raise CheckError(sentence.format(name=name))

    def _source(self, node: ast.expr) -> str:
        """A part of the check as a person wrote it."""
        return _short(ast.get_source_segment(self._text, node) or "…")


def _constant(value: Any) -> Kind:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        if not abs(value) <= LARGEST:
            raise CheckError(_("A number in the check is larger than {n:.0e}.").format(n=LARGEST))
        return "number"
    if isinstance(value, str):
        return "text"
    raise CheckError(_("“{part}” is neither a number nor a text.").format(part=_short(repr(value))))


def _word(name: str, function: bool) -> Word:
    word = VOCABULARY.get(name)
    if word is None:
        raise CheckError(_("There is no word “{name}”.").format(name=_short(name)) + nearest(name, VOCABULARY))
    if function and not word.takes:
        raise CheckError(_("“{name}” takes no brackets.").format(name=name))
    if word.takes and not function:
        sentence = _("“{name}” needs a {thing} in brackets.")
        raise CheckError(sentence.format(name=name, thing=_(word.takes)))
    return word


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


# What it comes to


def _value(node: ast.expr, readings: Mapping[str, Any]) -> Value:
    """The value of an expression that was looked at; None where it hangs on something that is not there yet."""
    match node:
        case ast.Constant():
            return _plain(node.value)
        case ast.Name():
            return _plain(readings.get(node.id))
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=argument)]):
            return _called(name, argument, readings)
        case ast.UnaryOp():
            found = _value(node.operand, readings)
            if isinstance(node.op, ast.Not):
                return None if found is None else not found
            return -found if isinstance(node.op, ast.USub) and _is_number(found) else found
        case ast.BoolOp():
            parts = [_value(part, readings) for part in node.values]
            decides = isinstance(node.op, ast.Or)
            return decides if decides in parts else None if None in parts else not decides
        case ast.BinOp():
            left, right = _value(node.left, readings), _value(node.right, readings)
            if not _is_number(left) or not _is_number(right) or (right == 0 and isinstance(node.op, ast.Div)):
                return None
            try:
                return _plain(_COUNTS[type(node.op)](float(left), float(right)))
            except OverflowError:
                return None
        case ast.Compare():
            return _compared(node, readings)
    raise AssertionError(node)


def _compared(node: ast.Compare, readings: Mapping[str, Any]) -> bool | None:
    sides = [_value(side, readings) for side in (node.left, *node.comparators)]
    if None in sides or len({float if _is_number(side) else type(side) for side in sides}) > 1:
        return None
    return all(_COMPARES[type(op)](a, b) for op, a, b in zip(node.ops, sides[:-1], sides[1:], strict=True))


def _called(name: str, argument: Any, readings: Mapping[str, Any]) -> Value:
    found = readings.get(name)
    if name == "reached":
        return bool(found >= argument) if _is_number(found) else None
    if isinstance(found, Mapping):
        return _plain(found.get(argument))
    return argument in found if isinstance(found, Set) else None


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Value:
    """A reading, or None if it is nothing that can be compared, or NaN."""
    return value if isinstance(value, str | bool | int | float) and value == value else None
