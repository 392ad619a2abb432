"""What one step did, phase by phase, as plain NumPy and numbers: the trainer notes, a page reads."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from types import FrameType
from typing import Any, Literal

import numpy as np

Part = Literal["both", "d", "g"]

KEPT = 4096  # numbers of a tensor, about: whole samples, the first ones
KEPT_SAMPLES = 4  # at least, however large they are
NOTES = ("_note", "_turn")  # the trainer's methods that only tell


@dataclass(frozen=True)
class Tensor:
    """A tensor of the step: `values` are its first samples, all of them where a sample is one number."""

    name: str  # as in the code
    shape: tuple[int, ...]
    values: np.ndarray
    low: float  # of the whole tensor, as the next two
    mean: float
    high: float


@dataclass(frozen=True)
class Phase:
    """What one statement made. `turn` says in which update of `net` ("D" or "G") in this step, from 1."""

    key: str
    net: str
    turn: int
    code: str  # the statement, as it stands in the source
    tensors: tuple[Tensor, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    layers: dict[str, float] = field(default_factory=dict)  # the norm of the gradient, or of the change, of each layer


@dataclass(frozen=True)
class Record:
    """A step that was recorded: from state `step` to the next one, with the knobs that it was made with."""

    step: int
    part: Part
    config: dict[str, Any]
    phases: tuple[Phase, ...]


class Recorder:
    """Collects the phases of one step. It only reads: copies of tensors, gradients and weights."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self._net = ""
        self._turns: Counter[str] = Counter()
        self._weights: dict[str, np.ndarray] = {}  # of the network whose update is under way

    def turn(self, net: str) -> None:
        """An update of `net` begins, or what takes its place."""
        self._net = net
        self._turns[net] += 1

    def note(self, key: str, frame: FrameType, statements: int, values: dict[str, Any]) -> None:
        """A phase: what the `statements` before the line that `frame` is at made, under the names in `values`.

        A tensor of one element is a number, None and a tensor that has just been named are left out. A network under
        the name `gradient` gives the norms of its gradient, under the name `change` those of its weights' change.
        """
        tensors: list[Tensor] = []
        numbers: dict[str, float] = {}
        layers: dict[str, float] = {}
        seen: set[int] = set()
        for name, value in values.items():
            if value is None or id(value) in seen:
                continue
            seen.add(id(value))
            if name in ("gradient", "change"):
                numbers[name], layers = self._gradient(value) if name == "gradient" else self._change(value)
            elif isinstance(value, (int, float)) or value.dim() == 0:
                numbers[name] = float(value if isinstance(value, (int, float)) else value.detach())
            else:
                tensors.append(_tensor(name, _array(value)))
        code = code_before(frame.f_code.co_filename, frame.f_lineno, statements)
        self.phases.append(Phase(key, self._net, self._turns[self._net], code, tuple(tensors), numbers, layers))

    def _gradient(self, net: Any) -> tuple[float, dict[str, float]]:
        """The norm of the gradient of `net` and of each layer; remembers the weights as they are before the update."""
        self._weights = _weights(net)
        return _norms({name: _array(p.grad) for name, p in net.named_parameters() if p.grad is not None})

    def _change(self, net: Any) -> tuple[float, dict[str, float]]:
        """The norm of what changed since the weights were last looked at."""
        old, self._weights = self._weights, _weights(net)
        return _norms({name: new - old[name] for name, new in self._weights.items()})


def _weights(net: Any) -> dict[str, np.ndarray]:
    return {name: _array(p) for name, p in net.named_parameters()}


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


@lru_cache(maxsize=256)
def code_before(file: str, line: int, statements: int) -> str:
    """The `statements` before the note at `line` of `file`, without other notes, as they stand there.

    They are those in the same block. Of a note that comes first in its block, they are those before the block.
    """
    lines = linecache.getlines(file)
    before: list[ast.stmt] = []
    block: list[ast.stmt] = ast.parse("".join(lines)).body
    while True:
        i = next(i for i, statement in enumerate(block) if line <= (statement.end_lineno or 0))
        before = [s for s in block[:i] if not _is_note(s)][-statements:] or before
        inner = [
            part
            for name in ("body", "orelse", "finalbody")
            if (part := getattr(block[i], name, [])) and part[0].lineno <= line <= (part[-1].end_lineno or 0)
        ]
        if not inner:
            break
        block = inner[0]
    text = "".join(lines[before[0].lineno - 1 : before[-1].end_lineno])
    kept = [row for row in text.splitlines() if not row.strip().startswith(tuple(f"self.{name}(" for name in NOTES))]
    return textwrap.dedent("\n".join(kept))


def _is_note(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute)
        and statement.value.func.attr in NOTES
    )
