"""MNIST-style IDX files, plain or gzipped: which one is told by its bytes, not by its name.

IDX: two zero bytes, a type byte (8: unsigned byte, 12: int32), the number of dimensions, each dimension as a big-endian
uint32, then the values.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Container
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np

from playground.utils.errors import UserError
from playground.utils.translation import _

LIMIT = 2**30  # bytes of values that one file may hold
GZIP = b"\x1f\x8b"
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4"}  # of whole numbers
BLOCK = 2**20  # bytes read at once: memory grows with what is there, not with what a header says


class Readable(Protocol):
    """An open stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def parse_idx(path: Path, types: Container[int] = (8,)) -> np.ndarray:
    """The array of an IDX file, plain or gzipped. Raises UserError naming the file and what is wrong.

    `types` are the type bytes that are read, of those in TYPES.
    """
    try:
        with opened(path) as file:
            return read_idx(file, path.name, types)
    except OSError as error:
        raise _unreadable(path.name, error) from error


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it begins as gzip does. Raises OSError."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def sniff(path: Path) -> tuple[int, int] | None:
    """The type byte and the number of dimensions of what begins like an IDX file; None for any other file."""
    try:
        with opened(path) as file:
            head = file.read(4)
    except Exception:  # whoever reads it says what is wrong
        return None
    return (head[2], head[3]) if len(head) == 4 and head[:2] == b"\0\0" and 8 <= head[2] <= 14 and head[3] else None


def read_idx(file: Readable, name: str, types: Container[int] = (8,)) -> np.ndarray:
    """The array in an open stream that holds an IDX file and nothing else; `name` is for the sentences.

    Raises UserError.
    """
    try:
        kind, shape = _header(file, name, types)
        expected, values = math.prod(shape) * kind.itemsize, bytearray()
        while block := file.read(min(BLOCK, expected + 1 - len(values))):
            values += block
    except UserError:
        raise
    except Exception as error:  # a broken stream may raise anything
        raise _unreadable(name, error) from error
    if len(values) < expected:
        raise _wrong(
            name,
            _("it is truncated: {n:,} of {expected:,} values. Copy the file again.").format(
                n=len(values) // kind.itemsize, expected=expected // kind.itemsize
            ),
        )
    if len(values) > expected:
        raise _wrong(name, _("it holds more values than its header says. Copy the file again."))
    return np.frombuffer(values, kind).reshape(shape)


def _header(file: Readable, name: str, types: Container[int]) -> tuple[np.dtype, tuple[int, ...]]:
    """The type and the shape that an IDX header says. Raises UserError and what reading raises."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise _wrong(name, _("this is not an IDX file."))
    if head[2] not in TYPES or head[2] not in types:
        raise _wrong(name, _("only IDX files of unsigned bytes can be read."))
    dimensions = head[3]
    if dimensions > 4:
        raise _wrong(name, _("it holds neither images nor labels."))
    sizes = file.read(4 * dimensions)
    if dimensions == 0 or len(sizes) < 4 * dimensions:
        raise _wrong(name, _("its header is cut off. Copy the file again."))
    kind, shape = np.dtype(TYPES[head[2]]), struct.unpack(f">{dimensions}I", sizes)
    if math.prod(max(side, 1) for side in shape) * kind.itemsize > LIMIT:  # as NumPy counts, an empty side as 1
        raise _wrong(name, _("it holds more than 1 GiB of values."))
    return kind, shape


def _wrong(name: str, sentence: str) -> UserError:
    return UserError(_("{file}: {sentence}").format(file=name, sentence=sentence))


def _unreadable(name: str, error: Exception) -> UserError:
    return _wrong(name, _("it cannot be read ({error}). Copy the file again.").format(error=error))
