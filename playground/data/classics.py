"""MNIST and its relatives, EMNIST letters and CIFAR-10: downloaded once, then here without a network.

The files lie in the app's data folder under their own names, so that they can also be put there by hand.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_uppercase

import numpy as np

from playground.data.dataset import Dataset, Progress, Samples
from playground.data.download import File, Unreachable, fetch
from playground.data.idx import parse_idx, read_idx
from playground.utils import files
from playground.utils.errors import UserError, guarded
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

CIFAR_BATCHES, CIFAR_BATCH, CIFAR_RECORD = 5, 10_000, 1 + 3 * 32 * 32
CIFAR_LIMIT = 2**28  # bytes unpacked; it has 184 MB
EMNIST_MEMBER = "gzip/emnist-letters-train-{what}-ubyte.gz"


@dataclass(frozen=True)
class Classic:
    """What there is to download for one dataset."""

    key: str
    files: tuple[File, ...]
    mirrors: tuple[str, ...]


def _idx(key: str, images: tuple[str, int], labels: tuple[str, int], *mirrors: str) -> Classic:
    """A classic of two IDX files, given by MD5 and size."""
    names = (File("train-images-idx3-ubyte.gz", *images), File("train-labels-idx1-ubyte.gz", *labels))
    return Classic(key, names, mirrors)


CLASSICS: dict[str, Classic] = {
    classic.key: classic
    for classic in (
        _idx(
            "mnist",
            ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422), ("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
            "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        _idx(
            "fashion-mnist",
            ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880), ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        _idx(
            "kmnist",
            ("bdb82020997e1d708af4cf47b453dcf7", 18_165_135), ("e144d726b3acfaa3e44228e80efcd344", 29_497),
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        Classic(
            "emnist-letters",
            (File("gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e", 561_753_746, limit=2**30),),
            ("https://biometrics.nist.gov/cs_links/EMNIST/",),
        ),
        Classic(
            "cifar-10",
            (File("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171),),
            ("https://www.cs.toronto.edu/~kriz/",),
        ),
    )
}  # fmt: skip


def folder_of(key: str) -> Path:
    """Where the files of a classic lie."""
    return files.home() / "data" / key


def size_of(key: str) -> int:
    """How many bytes there are to download for a classic; 0 if that is not known."""
    sizes = [file.size for file in CLASSICS[key].files]
    return sum(sizes) if all(sizes) else 0


def present(key: str) -> bool:
    """Whether all files of a classic are here."""
    return not _missing(key)


def _missing(key: str) -> list[str]:
    return [file.name for file in CLASSICS[key].files if not os.path.isfile(folder_of(key) / file.name)]


def download(key: str, progress: Progress) -> None:
    """Fetch what is missing of a classic. Raises UserError.

    `progress` is told the bytes done and in all (0: not known) over all its files. What it raises ends the download;
    the files that are whole stay.
    """
    total, before = size_of(key), 0

    def tell(done: int, _of_this_file: int) -> None:
        progress(min(before + done, total) if total else before + done, total)

    for file in CLASSICS[key].files:
        try:
            path = fetch(file, CLASSICS[key].mirrors, folder_of(key), tell)
        except Unreachable as error:
            raise Unreachable(_missing(key), folder_of(key)) from error
        before += file.size or path.stat().st_size
        tell(0, 0)


def absent(key: str, beside: bool = False) -> str:
    """That a classic is not here, and how to get it; `beside`: said beside the button that downloads it."""
    how = _(
        "{label} is not on this machine yet: download it on the Data page or with "
        "“python -m playground download {key}”, or put {files} into {folder}."
    )
    if beside:
        how = _(
            "{label} is not on this machine yet. Download it with the button below, or with "
            "“python -m playground download {key}”, or put {files} into {folder}."
        )
    label = next(_(dataset.label) for dataset in DATASETS if dataset.key == key)
    return how.format(label=label, key=key, files=", ".join(_missing(key)), folder=folder_of(key))


def _present(key: str) -> list[Path]:
    """The files of a classic. Raises UserError if one is missing."""
    if _missing(key):
        raise UserError(absent(key))
    return [folder_of(key) / file.name for file in CLASSICS[key].files]


def _sentence(path: Path) -> str:
    """What a person reads of a file that is damaged."""
    return _("{file} cannot be read. Download it again.").format(file=path.name)


def _checked(images: np.ndarray, labels: np.ndarray, classes: int, path: Path) -> Samples:
    """Grey images (n, 28, 28) and labels (n,) as samples. Raises UserError if they are something else."""
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1] or not len(labels) or labels.max() >= classes:
        raise UserError(_("{file} is not what it should be. Download it again.").format(file=path.name))
    return Samples(torch.from_numpy(images[:, None]), torch.from_numpy(labels.astype(np.int64)), classes)


def _read_idx(key: str, source: str, progress: Progress) -> Samples:
    images_file, labels_file = _present(key)
    progress(0, 0)
    return _checked(parse_idx(images_file), parse_idx(labels_file), 10, images_file)


def _read_emnist(source: str, progress: Progress) -> Samples:
    """The letters of EMNIST, capital and small ones together, from the one zip of all its sets.

    Its images are stored column by column, and its labels count from 1.
    """
    [path] = _present("emnist-letters")
    progress(0, 0)

    def read() -> tuple[np.ndarray, np.ndarray]:
        with zipfile.ZipFile(path) as archive:
            return _member(archive, "images-idx3"), _member(archive, "labels-idx1")

    images, labels = guarded(read, _sentence(path))
    upright = np.ascontiguousarray(images.swapaxes(1, 2)) if images.ndim == 3 else images
    return _checked(upright, labels - np.uint8(1), 26, path)  # a label 0 becomes 255


def _member(archive: zipfile.ZipFile, what: str) -> np.ndarray:
    """One IDX file of the zip. Raises many kinds of errors."""
    info = archive.getinfo(EMNIST_MEMBER.format(what=what))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(info.filename)  # the other methods unpack without a bound
    with archive.open(info) as packed, gzip.open(packed) as file:
        return read_idx(file, info.filename)


def _read_cifar(source: str, progress: Progress) -> Samples:
    """50,000 RGB images from CIFAR's binary version: in each record a label, then 1,024 bytes a channel."""
    [path] = _present("cifar-10")
    n = CIFAR_BATCHES * CIFAR_BATCH
    x, y = np.empty((n, 3, 32, 32), np.uint8), np.empty(n, np.int64)
    progress(0, n)

    def read() -> None:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(path)), mode="r:") as archive:
            for number in range(CIFAR_BATCHES):
                records, rows = _batch(archive, number + 1), slice(number * CIFAR_BATCH, (number + 1) * CIFAR_BATCH)
                x[rows], y[rows] = records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]

    guarded(read, _sentence(path))
    progress(n, n)
    return Samples(torch.from_numpy(x), torch.from_numpy(y), 10)


def _unpacked(path: Path) -> bytes:
    """The tar in a gzipped file. Raises many kinds of errors, also if it is larger than it should be."""
    with gzip.open(path) as file:
        content = file.read(CIFAR_LIMIT + 1)
    if len(content) > CIFAR_LIMIT:
        raise UserError(_("{file} is larger than it should be. Download it again.").format(file=path.name))
    return content


def _batch(archive: tarfile.TarFile, number: int) -> np.ndarray:
    """One of the five files of records. Raises many kinds of errors."""
    name = f"cifar-10-batches-bin/data_batch_{number}.bin"
    info = archive.getmember(name)
    member = archive.extractfile(info) if info.isreg() else None  # a link might lead in a circle
    content = member.read(CIFAR_BATCH * CIFAR_RECORD + 1) if member else b""
    if len(content) != CIFAR_BATCH * CIFAR_RECORD:
        raise ValueError(name)
    records = np.frombuffer(content, np.uint8).reshape(CIFAR_BATCH, CIFAR_RECORD)
    if records[:, 0].max() > 9:
        raise ValueError(name)
    return records


def _classic(
    key: str,
    label: str,
    source: str,
    licence: str,
    citation: str,
    read: Callable[[str, Progress], Samples] | None = None,
    shape: tuple[int, ...] = (1, 28, 28),
    names: tuple[str, ...] = (),
    classes: int = 10,
) -> Dataset:
    return Dataset(
        key=key,
        label=label,
        kind="images",
        read=read or partial(_read_idx, key),
        source=source,
        licence=licence,
        shape=shape,
        classes=classes,
        names=names,
        citation=citation,
        origin="download",
        place=lambda source: folder_of(key),
    )


DATASETS = (
    _classic(
        "mnist",
        "MNIST",
        "Y. LeCun, C. Cortes, C. Burges, 1998",
        "CC BY-SA 3.0",
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner. Gradient-based learning applied to document recognition. "
        "Proceedings of the IEEE 86(11), 1998",
    ),
    _classic(
        "fashion-mnist",
        "Fashion-MNIST",
        "H. Xiao, K. Rasul, R. Vollgraf, Zalando, 2017",
        "MIT",
        "H. Xiao, K. Rasul, R. Vollgraf. Fashion-MNIST: a novel image dataset for benchmarking machine learning "
        "algorithms. 2017. arXiv:1708.07747",
        names=(
            _("T-shirt/top"), _("trouser"), _("pullover"), _("dress"), _("coat"), _("sandal"), _("shirt"), _("sneaker"),
            _("bag"), _("ankle boot"),
        ),
    ),
    _classic(
        "kmnist",
        "KMNIST",
        "T. Clanuwat et al., ROIS-DS CODH, 2018",
        "CC BY-SA 4.0",
        "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha. Deep learning for classical Japanese "
        "literature. 2018. arXiv:1812.01718",
        names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
    _classic(
        "emnist-letters",
        "EMNIST letters",
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik, from NIST Special Database 19, 2017",
        "None stated; published by NIST",
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik. EMNIST: an extension of MNIST to handwritten letters. 2017. "
        "arXiv:1702.05373",
        _read_emnist,
        names=tuple(ascii_uppercase),
        classes=26,
    ),
    _classic(
        "cifar-10",
        "CIFAR-10",
        "A. Krizhevsky, 2009",
        "None stated; free for research",
        "A. Krizhevsky. Learning multiple layers of features from tiny images. Technical report, University of "
        "Toronto, 2009",
        _read_cifar,
        (3, 32, 32),
        (
            _("airplane"), _("automobile"), _("bird"), _("cat"), _("deer"), _("dog"), _("frog"), _("horse"), _("ship"),
            _("truck"),
        ),
    ),
)  # fmt: skip
