"""Images that take a moment to make, kept as an .npz in the app's data folder after the first time."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from filelock import FileLock

from playground.data import npz
from playground.data.dataset import Progress
from playground.data.lock import taken
from playground.utils import files
from playground.utils.errors import UserError
from playground.utils.translation import _

log = logging.getLogger(__name__)

Images = tuple[np.ndarray, np.ndarray]  # uint8 (n, channels, height, width) and the label of each, uint8 (n,)


def cached(
    name: str, shape: tuple[int, ...], classes: int, make: Callable[[Progress], Images], progress: Progress
) -> Images:
    """What `make(progress)` gives: images of `shape` (n, channels, height, width) and labels below `classes`.

    `progress` is told how many samples of all are made; what it raises ends the work and leaves nothing. Two threads or
    processes that want the same images make them once. A file that is damaged or holds something else is made anew.
    Where nothing can be written, all works, only slower.
    """
    path = files.home() / "data" / f"{name}.npz"
    if (images := _kept(path, shape, classes)) is not None:
        return images
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        while not _free(lock):
            progress(0, shape[0])
        if (images := _kept(path, shape, classes)) is not None:
            return images  # somebody else made it meanwhile
        images = make(progress)
        _keep(path, images)
        return images
    finally:
        lock.release()


def _free(lock: FileLock) -> bool:
    """Whether the work may begin: the lock is taken, or this folder can hold none."""
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        return taken(lock)
    except OSError:
        return True


def _kept(path: Path, shape: tuple[int, ...], classes: int) -> Images | None:
    """The images in the file, or None if it is not there or no good."""
    if not path.is_file():
        return None
    try:
        arrays = npz.read(path, _("{file} cannot be read.").format(file=path.name))
    except UserError as error:
        log.warning("%s It is made anew.", error)
        return None
    images, labels = arrays.get("images"), arrays.get("labels")
    if images is None or labels is None:
        return None
    fits = (images.shape, labels.shape) == (shape, shape[:1]) and images.dtype == labels.dtype == np.uint8
    return (images, labels) if fits and labels.max() < classes else None


def _keep(path: Path, images: Images) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, images=images[0], labels=images[1])
    with suppress(OSError):  # then it is made anew next time
        files.write(path, packed.getvalue())
