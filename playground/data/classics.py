"""MNIST and its relatives, and CIFAR-10: downloaded once with `python -m playground download`, then offline.

The files lie in the app's data folder under their own names, so that they can also be put there by hand.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from playground import files
from playground.data.download import File, Progress, fetch
from playground.data.idx import parse_idx
from playground.data.record import Dataset, Samples
from playground.errors import UserError
from playground.i18n import _
from playground.lazy import torch

CIFAR_BATCH, CIFAR_RECORD = 10_000, 1 + 3 * 32 * 32


@dataclass(frozen=True)
class Classic:
    """What there is to download for one dataset."""

    key: str
    files: tuple[File, ...]
    mirrors: tuple[str, ...]


def _idx(key: str, images: str, labels: str, *mirrors: str) -> Classic:
    names = (File("train-images-idx3-ubyte.gz", images), File("train-labels-idx1-ubyte.gz", labels))
    return Classic(key, names, mirrors)


CLASSICS: dict[str, Classic] = {
    classic.key: classic
    for classic in (
        _idx(
            "mnist", "f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
            "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        _idx(
            "fashion-mnist", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        _idx(
            "kmnist", "bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        Classic(
            "cifar-10", (File("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),),
            ("https://www.cs.toronto.edu/~kriz/",),
        ),
    )
}  # fmt: skip


def folder_of(key: str) -> Path:
    """Where the files of a classic lie."""
    return files.home() / "data" / key


def download(key: str, progress: Callable[[str], Progress]) -> None:
    """Fetch what is missing of a classic; `progress(name)` is told of each file. Raises UserError."""
    for file in CLASSICS[key].files:
        fetch(file, CLASSICS[key].mirrors, folder_of(key), progress(file.name))


def _present(key: str) -> list[Path]:
    """The files of a classic. Raises UserError if one is missing."""
    paths = [folder_of(key) / file.name for file in CLASSICS[key].files]
    if all(path.is_file() for path in paths):
        return paths
    how = _("Not on this machine yet. Run “python -m playground download {key}”, or put {files} into {folder}.")
    raise UserError(how.format(key=key, files=", ".join(path.name for path in paths), folder=folder_of(key)))


def _read_idx(key: str, folder: str) -> Samples:
    images_file, labels_file = _present(key)
    images, labels = parse_idx(images_file), parse_idx(labels_file)
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1] or not len(labels) or labels.max() > 9:
        raise UserError(_("{file} is not what it should be. Download it again.").format(file=images_file))
    return Samples(torch.from_numpy(images[:, None]), torch.from_numpy(labels.astype(np.int64)), 10)


def _read_cifar(folder: str) -> Samples:
    """50,000 RGB images from CIFAR's binary version: in each record a label, then 1,024 bytes a channel."""
    [path] = _present("cifar-10")
    try:
        with tarfile.open(path, "r:gz") as archive:
            batches = [_batch(archive, number) for number in range(1, 6)]
    except (tarfile.TarError, OSError, EOFError, zlib.error, KeyError, ValueError) as error:
        raise UserError(
            _("{file} cannot be read ({error}). Download it again.").format(file=path, error=error)
        ) from error
    records = np.concatenate(batches)
    x = torch.from_numpy(np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32))
    return Samples(x, torch.from_numpy(records[:, 0].astype(np.int64)), 10)


def _batch(archive: tarfile.TarFile, number: int) -> np.ndarray:
    """One of the five files of records. Raises KeyError and ValueError."""
    member = archive.extractfile(f"cifar-10-batches-bin/data_batch_{number}.bin") or io.BytesIO()
    content = member.read(CIFAR_BATCH * CIFAR_RECORD + 1)
    if len(content) != CIFAR_BATCH * CIFAR_RECORD:
        raise ValueError(f"data_batch_{number}.bin")
    records = np.frombuffer(content, np.uint8).reshape(CIFAR_BATCH, CIFAR_RECORD)
    if records[:, 0].max() > 9:
        raise ValueError(f"data_batch_{number}.bin")
    return records


def _dataset(key: str, label: str, source: str, licence: str, shape: tuple[int, ...] = (1, 28, 28)) -> Dataset:
    read = _read_cifar if key == "cifar-10" else partial(_read_idx, key)
    return Dataset(key, label, "images", read, source, licence, shape, 10)


DATASETS = (
    _dataset("mnist", "MNIST", "Y. LeCun, C. Cortes, C. Burges, 1998", "CC BY-SA 3.0"),
    _dataset("fashion-mnist", "Fashion-MNIST", "H. Xiao, K. Rasul, R. Vollgraf, Zalando, 2017", "MIT"),
    _dataset("kmnist", "KMNIST", "T. Clanuwat et al., ROIS-DS CODH, 2018", "CC BY-SA 4.0"),
    _dataset("cifar-10", "CIFAR-10", "A. Krizhevsky, 2009", "None stated; free for research", (3, 32, 32)),
)
