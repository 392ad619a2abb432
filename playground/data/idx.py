"""A folder of MNIST-style IDX files, plain or gzipped.

IDX: two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a big-endian uint32,
then the values.
"""

from __future__ import annotations

import gzip
import math
import os
import re
import struct
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np

from playground.data.record import Dataset, Progress, Samples
from playground.errors import UserError
from playground.i18n import _
from playground.lazy import torch

LIMIT = 2**30  # bytes of values that one file may hold
BLOCK = 2**20  # bytes read at once: memory grows with what is there, not with what a header says


class Readable(Protocol):
    """An open stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def parse_idx(path: Path) -> np.ndarray:
    """The uint8 array of an IDX file, plain or gzipped. Raises UserError naming the file and what is wrong."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return read_idx(file, path.name)
    except OSError as error:
        raise _unreadable(path.name, error) from error


def read_idx(file: Readable, name: str) -> np.ndarray:
    """The uint8 array in an open stream that holds an IDX file and nothing else; `name` is for the sentences.

    Raises UserError.
    """
    try:
        shape = _shape(file, name)
        expected, values = math.prod(shape), bytearray()
        while block := file.read(min(BLOCK, expected + 1 - len(values))):
            values += block
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(name, error) from error
    if len(values) < expected:
        raise _wrong(
            name,
            _("it is truncated: {n:,} of {expected:,} values. Copy the file again.").format(
                n=len(values), expected=expected
            ),
        )
    if len(values) > expected:
        raise _wrong(name, _("it holds more values than its header says. Copy the file again."))
    return np.frombuffer(values, np.uint8).reshape(shape)


def _shape(file: Readable, name: str) -> tuple[int, ...]:
    """The shape that an IDX header says. Raises UserError and what reading raises."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise _wrong(name, _("this is not an IDX file."))
    if head[2] != 8:
        raise _wrong(name, _("only IDX files of unsigned bytes can be read."))
    dimensions = head[3]
    if dimensions > 4:
        raise _wrong(name, _("it holds neither images nor labels."))
    sizes = file.read(4 * dimensions)
    if dimensions == 0 or len(sizes) < 4 * dimensions:
        raise _wrong(name, _("its header is cut off. Copy the file again."))
    shape = struct.unpack(f">{dimensions}I", sizes)
    if math.prod(max(side, 1) for side in shape) > LIMIT:  # as NumPy counts, an empty side as 1
        raise _wrong(name, _("it holds more than 1 GiB of values."))
    return shape


def _wrong(name: str, sentence: str) -> UserError:
    return UserError(_("{file}: {sentence}").format(file=name, sentence=sentence))


def _unreadable(name: str, error: Exception) -> UserError:
    return _wrong(name, _("it cannot be read ({error}). Copy the file again.").format(error=error))


def _files(folder: Path, dimensions: int) -> list[Path]:
    """The files whose names say that many dimensions, by name."""
    pattern = re.compile(rf"[-.]idx{dimensions}-ubyte(\.gz)?$")
    return sorted(path for path in folder.iterdir() if pattern.search(path.name) and path.is_file())


def _find(folder: Path, dimensions: int) -> Path | None:
    """The training file of that many dimensions, or else the first one by name."""
    found = _files(folder, dimensions)
    return next((path for path in found if "train" in path.name), found[0] if found else None)


def _place(folder: str) -> Path | None:
    return Path(os.path.expanduser(folder)) if folder else None  # unlike Path.expanduser, it leaves an unknown ~user


def _read(folder: str, progress: Progress) -> Samples:
    place = _place(folder)
    if place is None:
        raise UserError(
            _("Name the folder of IDX files: under the preset on the page, with --data on the command line.")
        )
    try:
        if not place.is_dir():
            raise UserError(_("There is no folder {folder}.").format(folder=place))
        images_file = _find(place, 3) or _find(place, 4)
        if images_file is None:
            raise UserError(
                _("{folder} holds no IDX images. Expected a file like train-images-idx3-ubyte or its .gz.").format(
                    folder=place
                )
            )
        stem = images_file.name.split("images")[0]
        labels_file = next((p for p in _files(place, 1) if p.name.startswith(f"{stem}labels")), None)
    except OSError as error:
        raise UserError(_("{folder} cannot be read ({error}).").format(folder=place, error=error)) from error
    images = parse_idx(images_file)
    if images.ndim not in (3, 4) or len(images) < 2 or min(images.shape) == 0:
        raise UserError(_("{file} holds no images.").format(file=images_file.name))
    if images.ndim == 3:
        images = images[..., None]  # (n, height, width) is grey
    if images.shape[-1] not in (1, 3):
        raise UserError(_("{file} is neither grey nor RGB.").format(file=images_file.name))
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    if labels_file is None:
        return Samples(x)
    labels = parse_idx(labels_file)
    if labels.shape != (len(images),):
        raise UserError(
            _("{file} has labels of shape {shape} for {images} images.").format(
                file=labels_file.name, shape="×".join(map(str, labels.shape)), images=len(images)
            )
        )
    y = torch.from_numpy(labels.astype(np.int64))
    return Samples(x, y, int(y.max()) + 1)


DATASETS = (
    Dataset(
        key="idx",
        label="Folder of IDX files",
        kind="images",
        read=_read,
        source="The folder you name",
        licence="As its owner says",
        shape=None,
        classes=None,
        origin="yours",
        asks="folder",
        place=_place,
    ),
)
