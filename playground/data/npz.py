"""The one way in which a NumPy .npz file is read: whatever is wrong with it, a person gets a sentence.

No size in the file is believed: an array is made only where its header, its shape and the bytes that are there agree.
"""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from playground.data import zips
from playground.utils.errors import guarded

LIMIT = 2**31  # bytes of all arrays
ARRAYS = 256
BLOCK = 2**22  # bytes read at a time


def read(source: Path | bytes, sentence: str, only: str = "", limit: int = LIMIT) -> dict[str, np.ndarray]:
    """The arrays of a file, or the one named `only`, by their names. Raises UserError with `sentence`."""

    def work() -> dict[str, np.ndarray]:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            return _read(file, only, limit)

    return guarded(work, sentence)


def _read(file: BinaryIO, only: str, limit: int) -> dict[str, np.ndarray]:
    archive = zips.opened(file, "")
    if archive is None:
        raise ValueError("zip")
    entries = archive.infolist()
    if len(entries) > ARRAYS or sum(entry.file_size for entry in entries) > limit:
        raise ValueError("size")
    found = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    return {name: _array(archive, entry) for name, entry in found.items() if only in ("", name)}


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """One entry. Raises many kinds of errors."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(entry.filename)  # the other methods unpack without a bound
    with archive.open(entry) as packed:
        stream: Any = packed
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_columns, dtype = header(stream)
        size = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "biuf" or min(shape, default=0) < 0 or packed.tell() + size != entry.file_size:
            raise ValueError(entry.filename)
        content = bytearray()
        while block := packed.read(BLOCK):  # to the end, where the checksum is compared
            content += block
    if len(content) != size:
        raise ValueError(entry.filename)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C")
