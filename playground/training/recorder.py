"""Records one training step for a page, from outside: the step runs under a tracer, and nothing in it is changed."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from types import FrameType, SimpleNamespace
from typing import Any

import numpy as np

from playground.training.phases import Watch
from playground.training.trainer import Trainer
from playground.utils.step_record import Phase, Tensor

KEPT = 4096  # numbers of a tensor, about: whole samples, the first ones
KEPT_SAMPLES = 4  # at least, however large they are


class Recorder:
    """Collects the phases of one step. It only reads: copies of tensors, gradients and weights."""

    def __init__(self, trainer: Trainer) -> None:
        self.phases: list[Phase] = []
        self._trainer = trainer
        self._turns, self._rounds = trainer.phases.turns, trainer.phases.rounds
        self._watched: dict[str, list[Watch]] = {}
        for watch in trainer.phases.watched:
            self._watched.setdefault(watch.function, []).append(watch)
        self._functions = {*self._turns, *self._watched, *(["play"] if self._rounds else [])}
        self._files = {inspect.getsourcefile(part) for part in type(trainer).__mro__[:-1]}
        self._net = ""
        self._counts: Counter[str] = Counter()
        self._weights: dict[str, np.ndarray] = {}  # of the networks whose update is under way

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Whatever this thread does of the trainer's step within is recorded."""
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    # The tracer

    def _called(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """A function begins: what traces its lines, if it is one of the step's."""
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if name not in self._functions or file not in self._files:
            return None
        if net := self._turns.get(name):
            self._begin(net.format(**frame.f_locals))
        statements = _statements(file, name, frame.f_code.co_firstlineno)
        running: _Statement | None = None

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal running
            following = statements.get(frame.f_lineno) if event == "line" else None
            if event == "exception":
                running = None
            elif running is not None and following is not running:
                self._ended(running, name, frame, argument)
            if name == "play" and running is not None and following is not None:
                self._round(running, frame.f_lineno)
            running = following
            return line

        return line

    def _begin(self, net: str) -> None:
        """A network has its turn."""
        self._net = net
        self._counts[net] += 1

    def _round(self, statement: _Statement, following: int) -> None:
        """After a line of a statement, the beginning of a round if that goes on within the same statement."""
        for beginning, net in self._rounds.items():
            if statement.text.startswith(beginning) and following <= statement.end:
                self._begin(net)

    def _ended(self, statement: _Statement, function: str, frame: FrameType, result: Any) -> None:
        """A statement has been carried out; `result` is what a `return` gives."""
        for watch in self._watched.get(function, []):
            if statement.text.startswith(watch.statement) and _is_said(watch, frame):
                self._note(watch, statement, frame, result)

    def _note(self, watch: Watch, statement: _Statement, frame: FrameType, result: Any) -> None:
        """Keep a phase. A tensor of one element is a number; a tensor that has just been named is left out."""
        tensors: list[Tensor] = []
        numbers: dict[str, float] = {}
        layers: dict[str, float] = {}
        seen: set[int] = set()
        for name, value in _shown(watch.show, frame, result):
            if value is None or (not isinstance(value, str) and id(value) in seen):
                continue
            seen.add(id(value))
            if name in ("gradient", "change"):
                numbers[name], layers = self._gradient(value) if name == "gradient" else self._change(value)
            elif name == "rate":
                numbers[name] = float(self._trainer.rate(value))
            elif isinstance(value, (int, float)) or value.dim() == 0:
                numbers[name] = float(value if isinstance(value, (int, float)) else value.detach())
            else:
                tensors.append(_tensor(name, _array(value)))
        code = "\n".join(statement.sources[-watch.statements :])
        of = str(frame.f_locals[watch.of]) if watch.of else ""
        turn = self._counts[self._net]
        self.phases.append(Phase(watch.key, self._net, turn, code, tuple(tensors), numbers, layers, of))

    def _parameters(self, names: str | tuple[str, ...]) -> dict[str, Any]:
        """The weights of some networks by their names, after that of the network where a player has several."""
        players = Counter(name[0] for name in self._trainer.nets)
        nets = {name: self._trainer.nets[name] for name in ((names,) if isinstance(names, str) else names)}
        return {
            (f"{net} {name}" if players[net[0]] > 1 else name): p
            for net, module in nets.items()
            for name, p in module.named_parameters()
        }

    def _gradient(self, names: str | tuple[str, ...]) -> tuple[float, dict[str, float]]:
        """The norm of the gradient of networks and of each layer; remembers the weights before the update."""
        parameters = self._parameters(names)
        self._weights = {name: _array(p) for name, p in parameters.items()}
        return _norms({name: _array(p.grad) for name, p in parameters.items() if p.grad is not None})

    def _change(self, names: str | tuple[str, ...]) -> tuple[float, dict[str, float]]:
        """The norm of what changed since the weights were last looked at."""
        old, new = self._weights, {name: _array(p) for name, p in self._parameters(names).items()}
        self._weights = old | new
        return _norms({name: x - old[name] for name, x in new.items()})


def _shown(show: str, frame: FrameType, result: Any) -> Iterator[tuple[str, Any]]:
    """The values that `Watch.show` names, as they are in `frame`."""
    caller = {} if frame.f_back is None else frame.f_back.f_locals
    values = SimpleNamespace(**_named(frame.f_locals), caller=SimpleNamespace(**_named(caller)), result=result)
    for item in show.split():
        name, _equals, path = item.rpartition("=")
        if path.startswith("'"):
            yield name, path.strip("'")
            continue
        try:
            value = attrgetter(path)(values)
        except AttributeError:
            continue
        yield name.format(**frame.f_locals) or path.rpartition(".")[2], value


def _is_said(watch: Watch, frame: FrameType) -> bool:
    """Whether the statement that ran made this phase, where it may make several."""
    values = SimpleNamespace(**_named(frame.f_locals))
    return not watch.said_by or bool(attrgetter(watch.said_by)(values) == watch.key)


def _named(variables: dict[str, Any]) -> dict[str, Any]:
    """Without what a comprehension calls its source."""
    return {name: value for name, value in variables.items() if name.isidentifier()}


def _array(tensor: Any) -> np.ndarray:
    """A copy on the CPU."""
    out: np.ndarray = tensor.detach().cpu().numpy().copy()
    return out


def _tensor(name: str, x: np.ndarray) -> Tensor:
    each = x[0].size
    n = len(x) if each == 1 else max(KEPT_SAMPLES, KEPT // each)
    return Tensor(name, x.shape, x[:n].copy(), float(x.min()), float(x.mean(dtype=np.float64)), float(x.max()))


def _norms(parts: dict[str, np.ndarray]) -> tuple[float, dict[str, float]]:
    """The norm of all parts together, and of those of each layer: "body.0" has body.0.weight and body.0.bias."""
    squares: dict[str, float] = {}
    for name, x in parts.items():
        layer = ".".join(name.split(".")[:-1][:2])
        squares[layer] = squares.get(layer, 0.0) + float(np.square(x, dtype=np.float64).sum())
    return float(sum(squares.values()) ** 0.5), {layer: square**0.5 for layer, square in squares.items()}


# The code that ran


@dataclass(frozen=True, eq=False)
class _Statement:
    """A statement as text on one line, and the sources of those before it in its block and of itself."""

    text: str
    sources: tuple[str, ...]
    end: int  # its last line


@lru_cache(maxsize=64)
def _statements(file: str, function: str, first: int) -> dict[int, _Statement]:
    """The innermost statement of a function at each of its lines."""
    lines = linecache.getlines(file)
    [found] = [
        node
        for node in ast.walk(ast.parse("".join(lines)))
        if isinstance(node, ast.FunctionDef)
        and node.name == function
        and min([node.lineno, *(d.lineno for d in node.decorator_list)]) <= first <= node.body[0].lineno
    ]
    at: dict[int, _Statement] = {}
    _note_block(found.body, lines, at)
    return at


def _note_block(block: list[ast.stmt], lines: list[str], at: dict[int, _Statement]) -> None:
    """Enter the statements of a block, and then those within them, at their lines."""
    sources: list[str] = []
    for statement in block:
        rows = lines[statement.lineno - 1 : statement.end_lineno]
        sources.append(textwrap.dedent("".join(rows)).rstrip("\n"))
        end = statement.end_lineno or statement.lineno
        entry = _Statement(" ".join("".join(rows).split()), tuple(sources), end)
        for line in range(statement.lineno, end + 1):
            at[line] = entry
        for name in ("body", "orelse", "finalbody"):
            _note_block(getattr(statement, name, []), lines, at)
