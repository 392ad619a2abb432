"""Reads what earlier versions wrote with `torch.save`, without torch and without unpickling.

Such a file is a zip of one pickle, which says how dicts, lists and tensors nest, and one entry for the bytes of each
tensor. The pickle's opcodes are read here one by one. Only those that make plain values are known, a tensor is the one
thing that can be named, nothing is imported or called, and all is counted.
"""

from __future__ import annotations

import io
import math
import pickletools
import re
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from playground.data import zips
from playground.training.checkpoint import NOT_ONE, SCHEMA
from playground.utils import tensorfile
from playground.utils.errors import UserError, guarded
from playground.utils.translation import _

OLD = 2  # the schema that is read
PICKLE = 2**22  # bytes of a pickle
OPCODES = 1_000_000
PARTS = 300_000  # of the values, counted as often as they are referred to
ENTRIES = 10_000
DTYPES = {
    "FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16, "LongStorage": np.int64,
    "IntStorage": np.int32, "ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}  # fmt: skip
_TENSOR, _DICT = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"


class _Name(NamedTuple):
    """Something that a pickle may name; it is only compared."""

    name: str


class _Storage(NamedTuple):
    """The bytes of a tensor."""

    entry: str
    dtype: Any
    numel: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def is_old(content: bytes) -> bool:
    """Whether this may be a file that `torch.save` wrote."""
    return zips.is_zip(content[:4])


def converted(content: bytes) -> bytes:
    """The same values as `playground.training.checkpoint` writes them. Raises UserError.

    Call it where memory and time are limited, see `engine.sandbox`.
    """
    state = guarded(lambda: _read(content), NOT_ONE)
    if state.get("schema") != OLD:
        raise UserError(_("This checkpoint was written by another version of GAN Playground."))
    if guarded(lambda: "trainer" in state and state["trainer"]["config"].get("minibatch_std"), NOT_ONE):
        raise UserError(
            _(
                "An earlier version made this run with “Minibatch standard deviation”, which now stands elsewhere "
                "in D: the run cannot go on. Train it anew."
            )
        )
    return guarded(lambda: tensorfile.write({**state, "schema": SCHEMA}), NOT_ONE)


def _read(content: bytes) -> dict[str, Any]:
    if content.count(b"PK\x01\x02") > ENTRIES:
        raise ValueError("entries")
    archive = zipfile.ZipFile(io.BytesIO(content))  # of zip64, which `zips.opened` does not take
    entries = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
    unpacked_size = sum(entry.file_size for entry in archive.infolist())
    if unpacked_size > len(content) or entries["data.pkl"].file_size > PICKLE:  # what torch.save writes is not packed
        raise ValueError("size")

    def unpacked(name: str) -> bytes:
        entry = entries[name]
        data = zips.reader(archive, entry)(entry.file_size + 1)
        if len(data) != entry.file_size:
            raise ValueError(name)
        return data

    if "byteorder" in entries and unpacked("byteorder") != b"little":
        raise ValueError("byteorder")
    state = _arrays(_plain(unpacked("data.pkl")), unpacked)
    if not isinstance(state, dict) or "schema" not in state:
        raise ValueError("state")
    return state


def _plain(data: bytes) -> Any:
    """The values in a pickle: dicts, lists, tuples, words, numbers, None and `_Tensor`. Raises many kinds of errors."""
    machine = _Machine()
    for count, (opcode, argument, _at) in enumerate(pickletools.genops(data)):
        if count > OPCODES:
            raise ValueError("opcodes")
        if opcode.name == "STOP":
            [value] = machine.stack
            return value
        machine.step(opcode.name, argument)
    raise ValueError("no end")


_EMPTY: dict[str, type] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = {"BINUNICODE", "SHORT_BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}


class _Machine:
    """What a pickle does, as far as plain values need it."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._marks: list[int] = []

    def step(self, name: str, argument: Any) -> None:
        """One opcode. Raises an error for one that no file of ours has."""
        stack = self.stack
        if name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            stack.append(argument)
        else:
            self._build(name, argument)

    def _build(self, name: str, argument: Any) -> None:
        """An opcode that makes something of what is on the stack."""
        stack = self.stack
        match name:
            case "PROTO":
                pass
            case "MARK":
                self._marks.append(len(stack))
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self._memo[argument])
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self._taken(int(name[-1]))))
            case "TUPLE":
                stack.append(tuple(self._since_mark()))
            case "APPEND" | "APPENDS":
                items = self._since_mark() if name == "APPENDS" else self._taken(1)
                _of(list, stack[-1]).extend(items)
            case "SETITEM" | "SETITEMS":
                items = self._since_mark() if name == "SETITEMS" else self._taken(2)
                _of(dict, stack[-1]).update(zip(items[::2], items[1::2], strict=True))
            case "GLOBAL":
                stack.append(_known(argument))
            case "BINPERSID":
                stack.append(_storage(*stack.pop()))
            case "REDUCE":
                named, arguments = self._taken(2)
                stack.append(_made(named, arguments))
            case _:
                raise ValueError(name)

    def _taken(self, n: int) -> list[Any]:
        """The last `n` of the stack, which they leave."""
        if len(self.stack) < n:
            raise ValueError("stack")
        items = self.stack[-n:]
        del self.stack[-n:]
        return items

    def _since_mark(self) -> list[Any]:
        at = self._marks.pop()
        items = self.stack[at:]
        del self.stack[at:]
        return items


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(kind.__name__)
    return value


def _known(name: str) -> _Name:
    if name not in (_TENSOR, _DICT) and not (name.startswith("torch ") and name[6:] in DTYPES):
        raise ValueError(name)
    return _Name(name)


def _storage(kind: str, dtype: _Name, key: str, _device: str, numel: int) -> _Storage:
    if kind != "storage" or not re.fullmatch(r"\d{1,9}", key):
        raise ValueError("storage")
    return _Storage(f"data/{key}", np.dtype(DTYPES[dtype.name[6:]]), int(numel))


def _made(named: _Name, arguments: tuple[Any, ...]) -> Any:
    """What the two known functions would give. The gradient's flag and hooks of a tensor are left out."""
    if named == _Name(_DICT) and arguments == ():
        return {}
    if named != _Name(_TENSOR):
        raise ValueError("call")
    storage, offset, shape, strides, *_rest = arguments
    numbers = (offset, *shape, *strides)
    if type(storage) is not _Storage or any(type(n) is not int or n < 0 for n in numbers) or len(shape) != len(strides):
        raise ValueError("tensor")
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
    if math.prod(shape) > storage.numel or (math.prod(shape) and last >= storage.numel):
        raise ValueError("tensor")
    return _Tensor(storage, offset, shape, strides)


def _arrays(value: Any, unpacked: Callable[[str], bytes]) -> Any:
    """The values with arrays for tensors. Raises an error where they are a maze of references."""
    left = PARTS

    def work(value: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("parts")
        if type(value) is dict:
            return {_key(key): work(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return [work(item) for item in value]
        if type(value) is _Tensor:
            return _array(value, unpacked)
        if value is not None and type(value) not in (str, int, float, bool):
            raise ValueError("value")
        return value

    return work(value)


def _key(key: Any) -> Any:
    if type(key) not in (str, int):
        raise ValueError("key")
    return key


def _array(tensor: _Tensor, unpacked: Callable[[str], bytes]) -> np.ndarray:
    data = np.frombuffer(unpacked(tensor.storage.entry), tensor.storage.dtype)
    if len(data) != tensor.storage.numel:
        raise ValueError("storage")
    strides = [stride * data.itemsize for stride in tensor.strides]
    view = np.lib.stride_tricks.as_strided(data[tensor.offset :], tensor.shape, strides, writeable=False)
    return view.copy(order="C")
