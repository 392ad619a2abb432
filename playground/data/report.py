"""What a file or folder is as data, without training on it: what `python -m playground inspect` says."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np

from playground.data import decode, idx, idx_folder, pictures, table, zips
from playground.data.table import Wish, named
from playground.utils.errors import UserError
from playground.utils.translation import _, number

_TABLES = (".csv", ".tsv", ".txt", ".tab", ".dat")
_OFFICE = (".xlsx", ".xls", ".ods", ".numbers")
FORM = pictures.Form(28, 3)  # as the Data page proposes it
_WORDS = {
    "tab": "\t", "semicolon": ";", "comma": ",", "point": ".", "dot": ".", "space": " ", "bar": "|", "apostrophe": "'",
    "none": "",
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What there is: `shape` of one sample, `classes` with their counts, the range of values as they are in the file.

    `columns` to `thousands` are known of tables only; `thousands` "" is none.
    """

    path: str
    format: Literal["table", "pictures", "idx"]
    kind: str  # the key of its modality
    count: int
    shape: tuple[int, ...]
    classes: dict[str, int]
    low: float
    high: float
    findings: tuple[str, ...] = ()  # what was skipped, merged or mended, and why
    warnings: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    used: tuple[str, str] | None = None  # the columns that are x and y
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)

    def text(self) -> str:
        """The same as lines to read."""
        kinds = {"table": _("a table of points"), "pictures": _("pictures"), "idx": _("a folder of IDX images")}
        rows = [
            (_("Kind"), kinds[self.format]),
            (_("Samples"), _("{n}, shape {shape}").format(n=number(self.count), shape="×".join(map(str, self.shape)))),
            (_("Classes"), ", ".join(f"{name} ({n})" for name, n in self.classes.items()) or _("no labels")),
            (_("Values"), f"{self.low:.6g} … {self.high:.6g}"),
        ]
        if self.used and self.separator is not None and self.decimal is not None and self.thousands is not None:
            used = _("x is {x}, y is {y}").format(x=self.used[0], y=self.used[1])
            rows += [
                (_("Columns"), used + (f" ({', '.join(self.columns)})" if self.columns else "")),
                (_("Separator"), named(self.separator)),
                (_("Decimal mark"), named(self.decimal)),
                (_("Thousands mark"), named(self.thousands)),
            ]
        rows += [(_("Note"), finding) for finding in self.findings]
        rows += [(_("Warning"), warning) for warning in self.warnings]
        return "\n".join(f"{name}: {value}" for name, value in rows)


def inspect(path: Path, wish: Wish = table.FREE, columns: str = "") -> Report:
    """Look at a file or folder that can be data. Raises UserError where it cannot be used.

    `columns` are the names or numbers of x and y in a table, like “2,3” or “lon,lat”.
    """
    try:
        if path.is_dir():
            return _folder(path, wish, columns)
        if not path.is_file():
            raise UserError(_("There is no file or folder {path}.").format(path=path))
        with path.open("rb") as file:
            head = file.read(16)
        if path.suffix.lower() in _OFFICE:
            raise UserError(_("{path} is a spreadsheet: save it as CSV and try again.").format(path=path))
        if zips.is_zip(head):
            return _pictures(path, [(path.name, _Stored(path))])
        if decode.kind(head):
            raise UserError(
                _("{path} is one picture. A dataset needs at least 2: name a folder or a zip of them.").format(
                    path=path
                )
            )
        if idx.sniff(path):
            return _idx(path)
        foreign = decode.not_read(head)
        if foreign != decode.not_read(b""):
            raise UserError(_("{path}: {reason}.").format(path=path, reason=foreign))
        return _table(path, wish, columns)
    except (OSError, ValueError) as error:
        raise UserError(_("{path} cannot be read ({error}).").format(path=path, error=error)) from error


def marks(separator: str | None, decimal: str | None, thousands: str | None) -> Wish:
    """What a person wished for, each mark as itself or as its name. Raises UserError."""
    return Wish(
        _mark(separator, "\t;|, "), _mark(decimal, ".,"), None if thousands is None else _mark(thousands, ",. '", True)
    )


def _mark(text: str | None, known: str, none: bool = False) -> str | None:
    if text is None:
        return None
    mark = _WORDS.get(text.strip().lower(), text)
    if (mark == "" and none) or (len(mark) == 1 and mark in known):
        return mark
    words = [name for name, one in _WORDS.items() if (one in known and one) or (none and not one)]
    raise UserError(_("“{text}” is not one of: {words}.").format(text=text[:20], words=", ".join(words)))


# One kind each


def _table(path: Path, wish: Wish, columns: str) -> Report:
    with path.open("rb") as file:
        content = file.read(table.BYTES + 1)
    if not content.strip():
        raise UserError(_("{path} is empty.").format(path=path))
    names = table.columns_of(content, wish)
    if columns and names:  # without names `read_table` says what is wrong
        x, y = _columns(columns, names)
        wish = Wish(wish.separator, wish.decimal, wish.thousands, x, y)
    try:
        read = table.read_table(content, wish)
    except UserError as error:
        raise UserError(_("{path}: {error}").format(path=path, error=error)) from error
    return Report(
        str(path), "table", "points", len(read.values), (2,), {}, float(read.values.min()), float(read.values.max()),
        read.findings, (), names, read.columns, read.separator, read.format.decimal, read.format.thousands,
    )  # fmt: skip


def _columns(text: str, names: Sequence[str]) -> tuple[int, int]:
    """Two columns, each by name or by number from 1. Raises UserError."""
    bare = [name.strip("“”") for name in names]
    found = []
    for part in text.split(","):
        word = part.strip()
        if word in bare:
            found.append(bare.index(word))
        elif word.isdecimal() and 1 <= int(word) <= len(names):
            found.append(int(word) - 1)
    if len(found) != 2:
        raise UserError(
            _("--columns names two columns, x and y, like “2,3”, of: {names}.").format(names=", ".join(names[:20]))
        )
    return found[0], found[1]


def _pictures(path: Path, files: Sequence[tuple[str, Any]]) -> Report:
    found, skipped = pictures.find(files)
    form, _pixels = pictures.grounded(found, FORM)
    read = pictures.read(found, form)
    counts = np.bincount(read.y, minlength=len(read.classes)) if read.y is not None else ()
    classes = {name: int(n) for name, n in zip(read.classes, counts, strict=True)}
    findings = (*skipped, *read.findings, *pictures.said(form))
    low, high = float(read.x.min()), float(read.x.max())
    return Report(
        str(path), "pictures", "images", len(read.x), read.x.shape[1:], classes, low, high, findings, read.warnings
    )


def _idx(path: Path) -> Report:
    """Of a folder of IDX files, or of one file of images with the labels beside it."""
    samples = idx_folder.read(path if path.is_dir() else path.parent, None if path.is_dir() else path)
    counts = () if samples.y is None else np.bincount(samples.y.numpy(), minlength=samples.classes)
    classes = {name: int(n) for name, n in zip(samples.class_names, counts, strict=True)}
    low, high = float(samples.x.min()), float(samples.x.max())
    return Report(str(path), "idx", "images", samples.count, samples.shape, classes, low, high, samples.findings)


def _folder(path: Path, wish: Wish, columns: str) -> Report:
    if idx_folder.holds_idx(path):
        return _idx(path)
    files = list(_walk(path))
    tables = [one for one in files if one.suffix.lower() in _TABLES]
    others = [one for one in files if one not in tables]
    if tables and not any(_is_picture(one) for one in others):
        if len(tables) > 1:
            names = ", ".join(str(one.relative_to(path)) for one in tables[:3])
            raise UserError(
                _("{path} holds {n} tables. Inspect one of them: {names} …").format(
                    path=path, n=number(len(tables)), names=names
                )
            )
        return _table(tables[0], wish, columns)
    if not files:
        raise UserError(_("{path} holds no files.").format(path=path))
    return _pictures(path, [(str(one.relative_to(path)), _Stored(one)) for one in files])


def _walk(folder: Path) -> Iterator[Path]:
    """The plain files of a folder and those below, no links, in order. Raises UserError where there are too many."""
    n = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            one = Path(place, name)
            if one.is_symlink() or not one.is_file():
                continue
            n += 1
            if n > pictures.FILES:
                raise UserError(_("{path} holds more than {n} files.").format(path=folder, n=number(pictures.FILES)))
            yield one


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return bool(decode.kind(head)) or zips.is_zip(head)


class _Stored(io.RawIOBase):
    """A file that is open only while it is read, so that thousands can wait."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, place: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._path.stat().st_size if whence == 2 else 0}[whence]
        self._at = base + place
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._at)
            content = cast(BinaryIO, file).read(-1 if size is None else size)
        self._at += len(content)
        return content
