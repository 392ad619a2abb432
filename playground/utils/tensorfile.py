"""Arrays and plain values in one file in the safetensors format: nothing in it can be executed.

The values are JSON in the header's metadata, after the checksum of all. Where an array stands in them there is
{"tensor": NAME}. To read a file, every size in it is checked before anything of that size is made.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from typing import Any

import numpy as np
from safetensors import numpy as safetensors

from playground.utils.errors import guarded

HEADER = 2**23  # bytes
PARTS = 300_000  # values and names in a header
TENSORS = 20_000
MOST_DIMENSIONS = 8
KEY, TENSOR, ITEMS = "gan-playground", "tensor", "items"  # the metadata; a dict with one of the others is special
DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F16": "float16", "F32": "float32", "F64": "float64",
}  # fmt: skip
_NAMES = {np.dtype(dtype) for dtype in DTYPES.values()}


def write(values: dict[str, Any]) -> bytes:
    """Nested dicts and lists of arrays or tensors, numbers, strings, bools and None; equal ones give equal bytes."""
    arrays: dict[str, np.ndarray] = {}
    tree = _written(values, "", arrays)
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return safetensors.save(arrays, {KEY: f"{_checksum(text, arrays)} {text}"})


def _checksum(text: str, arrays: dict[str, np.ndarray]) -> str:
    """CRC-32 of the values' JSON, and of the arrays and their names in the order of these, in hex."""
    found = zlib.crc32(text.encode())
    for name in sorted(arrays):
        found = zlib.crc32(arrays[name].data if arrays[name].size else b"", zlib.crc32(name.encode(), found))
    return f"{found:08x}"


def _written(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """`value` for JSON; its arrays go to `arrays` under their paths."""
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value) and not value.keys() & {TENSOR, ITEMS}:
            return {key: _written(item, f"{path}/{key}", arrays) for key, item in value.items()}
        return {ITEMS: [[key, _written(item, f"{path}/{key}", arrays)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_written(item, f"{path}/{n}", arrays) for n, item in enumerate(value)]
    if hasattr(value, "detach"):  # of torch, which this module does not import
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        name = path.removeprefix("/")
        if name in arrays or value.dtype not in _NAMES:
            raise ValueError(f"{name}: {value.dtype}")
        arrays[name] = np.asarray(value, order="C")
        return {TENSOR: name}
    return value.item() if isinstance(value, np.generic) else value


def read(content: bytes, sentence: str) -> dict[str, Any]:
    """The inverse of `write`, with arrays of NumPy. Raises UserError with `sentence` for anything else."""
    return guarded(lambda: _read(content), sentence)


def values(content: bytes, sentence: str) -> dict[str, Any]:
    """The same without the arrays: the header alone is read, and None stands in their places. Raises UserError."""

    def work() -> dict[str, Any]:
        header = _header(content)
        return _whole(_text(header)[1], dict.fromkeys(_entries(header)))

    return guarded(work, sentence)


def _read(content: bytes) -> dict[str, Any]:
    header = _header(content)
    names = _entries(header)
    _check_sizes(header, len(content) - 8 - _length(content))
    arrays = safetensors.load(content)
    if arrays.keys() != set(names):
        raise ValueError("names")
    checksum, text = _text(header)
    if checksum != _checksum(text, arrays):
        raise ValueError("checksum")
    return _whole(text, {name: a if a.flags.writeable else a.copy() for name, a in arrays.items()})


def _length(content: bytes) -> int:
    """The bytes of the header. Raises ValueError or struct.error."""
    [length] = struct.unpack_from("<Q", content)
    if not 2 <= length <= min(HEADER, len(content) - 8):
        raise ValueError("header")
    return int(length)


def _header(content: bytes) -> dict[str, Any]:
    """The header's JSON. Raises many kinds of errors."""
    header = _json(content[8 : 8 + _length(content)].decode())
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
        raise ValueError("header")
    return header


def _json(text: str) -> Any:
    """Values from JSON that is not made to fill the memory. Raises ValueError or RecursionError."""
    if sum(map(text.count, ",[{:")) > PARTS:
        raise ValueError("parts")
    return json.loads(text)


def _entries(header: dict[str, Any]) -> list[str]:
    """The names of the arrays."""
    names = [name for name in header if name != "__metadata__"]
    if len(names) > TENSORS:
        raise ValueError("tensors")
    return names


def _check_sizes(header: dict[str, Any], size: int) -> None:
    """Raises an error unless the arrays are of known kinds and fill the `size` bytes after the header exactly."""
    spans = []
    for name in _entries(header):
        entry = header[name]
        shape, (begin, end) = entry["shape"], entry["data_offsets"]
        if len(shape) > MOST_DIMENSIONS or any(type(n) is not int or n < 0 for n in (*shape, begin, end)):
            raise ValueError(name)
        if math.prod(shape) * np.dtype(DTYPES[entry["dtype"]]).itemsize != end - begin:
            raise ValueError(name)
        spans.append((begin, end))
    at = 0
    for begin, end in sorted(spans):
        if begin != at:
            raise ValueError("a gap")
        at = end
    if at != size:
        raise ValueError("size")


def _text(header: dict[str, Any]) -> tuple[str, str]:
    """The checksum and the JSON of the values."""
    checksum, _space, text = header["__metadata__"][KEY].partition(" ")
    return checksum, text


def _whole(text: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """The values with the arrays in their places; each array has exactly one."""
    tree = _filled(_json(text), arrays)
    if arrays or not isinstance(tree, dict):
        raise ValueError("values")
    return tree


def _filled(value: Any, arrays: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if TENSOR in value:
        return arrays.pop(value[TENSOR])
    if ITEMS in value:
        return {key: _filled(item, arrays) for key, item in value[ITEMS]}
    return {key: _filled(item, arrays) for key, item in value.items()}
