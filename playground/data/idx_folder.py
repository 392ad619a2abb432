"""A folder of IDX files as people have it: MNIST, QMNIST, EMNIST, packed or not, and named by whatever saved them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from string import ascii_uppercase

import numpy as np

from playground.data.dataset import Dataset, Progress, Samples
from playground.data.idx import TYPES, parse_idx, sniff
from playground.utils.errors import UserError
from playground.utils.lazy_torch import torch
from playground.utils.translation import _, number

FILES = 1000  # of a folder that are looked at
CLASSES = 1000
SETTING = "PLAYGROUND_FOLDERS"
NAMED = 5  # files not used that are named


@dataclass(frozen=True)
class _File:
    """A file of the folder: `dimensions` by its bytes, or by its name where the bytes are no IDX; 0 for neither."""

    path: Path
    name: str  # in lower case, without .gz and what browsers add to a second download
    dimensions: int
    whole: bool  # its bytes say that it is IDX


def _look(path: Path) -> _File:
    name = re.sub(r"(?:[ _]?\(\d+\)| - copy|\.gz|\.gzip)", "", path.name.lower())
    found = sniff(path)
    if found and found[1] <= 4:
        return _File(path, name, found[1], True)
    by_name = re.search(r"[-._]idx([1-4])-(?:ubyte|int)$", name)
    return _File(path, name, int(by_name.group(1)) if by_name else 0, False)


def _files(folder: Path) -> list[_File]:
    """The files of a folder, hidden ones apart, by name. Raises OSError."""
    paths = (path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())
    return sorted(map(_look, islice(paths, FILES)), key=lambda file: file.path.name)


def holds_idx(folder: Path) -> bool:
    """Whether a folder holds IDX images, or something named so. Raises OSError."""
    return any(file.dimensions in (3, 4) for file in _files(folder))


def _images_of(files: list[_File]) -> _File | None:
    """The images to use: those for training, else the first by name."""
    found = [file for file in files if file.dimensions in (3, 4)]
    return min(
        found,
        key=lambda file: (not file.whole, "train" not in file.name, file.dimensions, file.path.name),
        default=None,
    )


def _labels_of(images: _File, files: list[_File]) -> _File | None:
    """The labels that belong to these images, by name or because there are no others."""
    found = [file for file in files if file.dimensions in (1, 2)]
    stem = images.name.split("images")[0]
    named = [file for file in found if file.name.startswith(f"{stem}labels")]
    alone = found if len(found) == 1 and "images" not in images.name else []
    return next(iter(sorted(named, key=lambda file: not file.whole) or alone), None)


def _place(folder: str) -> Path | None:
    place = Path(os.path.expanduser(folder)) if folder else None  # unlike Path.expanduser, it leaves an unknown ~user
    return place if place is not None and _allowed(place) else None


def _roots() -> list[Path] | None:
    """The folders of `PLAYGROUND_FOLDERS`, in which all that is read must lie; None where anything may be read."""
    setting = os.environ.get(SETTING)
    if setting is None:
        return None
    return [Path(os.path.expanduser(one.strip())).resolve() for one in setting.split(os.pathsep) if one.strip()]


def _allowed(place: Path) -> bool:
    roots = _roots()
    try:
        return roots is None or any(place.resolve().is_relative_to(root) for root in roots)
    except (OSError, RuntimeError, ValueError):  # a loop of links; a name with a zero byte
        return False


def choices() -> list[str] | None:
    """The folders with IDX files that visitors may choose from; None where they may name any."""
    roots = _roots()
    if roots is None:
        return None
    found = []
    for root in roots:
        try:
            inside = sorted(path for path in islice(root.iterdir(), FILES) if path.is_dir())
            found += [str(path) for path in [root, *inside] if _allowed(path) and holds_idx(path)]
        except OSError:
            continue
    return found


def _read(folder: str, progress: Progress) -> Samples:
    place = _place(folder)
    if place is None and folder:  # the same words whether there is such a folder or not
        raise UserError(_("This server reads only the folders that its operator allows. Choose one of them."))
    if place is None:
        raise UserError(
            _("Name the folder of IDX files: under the preset on the page, with --data on the command line.")
        )
    return read(place)


def read(folder: Path, only: Path | None = None) -> Samples:
    """The images of a folder with the labels that belong to them; `only` these images of it. Raises UserError."""
    try:
        if not folder.is_dir():
            raise UserError(_("There is no folder {folder}.").format(folder=folder))
        files = _files(folder)
    except OSError as error:
        raise UserError(_("{folder} cannot be read ({error}).").format(folder=folder, error=error)) from error
    images_file = _images_of(files if only is None else [file for file in files if file.path.name == only.name])
    if images_file is None:
        what = _("{folder} holds no IDX images. Expected a file like train-images-idx3-ubyte or its .gz.")
        raise UserError(what.format(folder=folder if only is None else only))
    labels_file = _labels_of(images_file, files)
    x, findings = _images(images_file)
    unused = [f"“{file.path.name}”" for file in files if file not in (images_file, labels_file)]
    if unused and only is None:
        shown = ", ".join(unused[:NAMED]) + (", …" if len(unused) > NAMED else "")
        findings.append(_("Not used: {names}.").format(names=shown))
    if labels_file is None:
        return Samples(x, findings=tuple(findings))
    labels, said = _labels(labels_file, len(x))
    y, classes, names, more = _numbered(labels, labels_file.name)
    return Samples(x, torch.from_numpy(y), classes, names, findings=(*findings, *said, *more))


def _images(file: _File) -> tuple[torch.Tensor, list[str]]:
    """Images uint8 (n, channels, height, width), and what is to be said of them. Raises UserError."""
    images, findings = parse_idx(file.path), []
    if images.ndim not in (3, 4) or len(images) < 2 or min(images.shape) == 0:
        raise UserError(_("{file} holds no images.").format(file=file.path.name))
    if images.ndim == 3:
        images = images[..., None]  # (n, height, width) is grey
    if images.shape[-1] not in (1, 3):
        raise UserError(_("{file} is neither grey nor RGB.").format(file=file.path.name))
    if "emnist" in file.name:
        images = images.swapaxes(1, 2)
        findings.append(_("EMNIST stores its images column by column, so they were turned upright."))
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))), findings


def _labels(file: _File, count: int) -> tuple[np.ndarray, list[str]]:
    """Labels int64 (count,), and what is to be said of them. Raises UserError."""
    labels, findings = parse_idx(file.path, TYPES), []
    if labels.ndim == 2 and labels.shape[1]:
        if labels.shape[1] > 1:
            findings.append(
                _("“{file}” has {n} numbers for each image; the first one is the label.").format(
                    file=file.path.name, n=labels.shape[1]
                )
            )
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise UserError(
            _("{file} has labels of shape {shape} for {images} images.").format(
                file=file.path.name, shape="×".join(map(str, labels.shape)), images=count
            )
        )
    return labels.astype(np.int64), findings


def _numbered(labels: np.ndarray, name: str) -> tuple[np.ndarray, int, tuple[str, ...], list[str]]:
    """Labels that count from 0 without gaps, how many classes there are, their names, and what is to be said."""
    used, y = np.unique(labels, return_inverse=True)
    y = y.astype(np.int64)
    if len(used) > CLASSES:
        raise UserError(
            _("The labels have {n} different values, and {most} at most can be classes.").format(
                n=number(len(used)), most=number(CLASSES)
            )
        )
    if "emnist" in name and "letters" in name and used[0] >= 1 and used[-1] <= 26:
        return (
            y,
            len(used),
            tuple(ascii_uppercase[k - 1] for k in used),
            [_("Its labels count from 1: 1 is A, 2 is B.")],
        )
    if used[0] == 0 and used[-1] == len(used) - 1:
        return y, len(used), (), []
    said = _("The labels do not count from 0 without gaps; each one that occurs is a class: {names}.")
    names = tuple(str(k) for k in used)
    return y, len(used), names, [said.format(names=", ".join(names[:12]) + (", …" if len(names) > 12 else ""))]


DATASETS = (
    Dataset(
        key="idx",
        label="Folder of IDX files",
        kind="images",
        read=_read,
        source="The folder you name",
        licence="Not recorded: ask its owner",
        shape=None,
        classes=None,
        origin="yours",
        asks="folder",
        place=_place,
    ),
)
