"""Pictures that a person uploads, one by one or in zips, to an array of small squares; subfolders are classes."""

from __future__ import annotations

import os
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np

from playground.data import decode, folders, zips
from playground.data.decode import Form
from playground.data.rewritten import Unreadable
from playground.utils.errors import UserError
from playground.utils.translation import _, joined, number

__all__ = ["Form", "Found", "Pictures", "find", "grounded", "read", "said"]

FILES = zips.ENTRIES  # files and entries of zips in all
UPLOADED = 200_000_000  # bytes of all files
UNPACKED = 1_000_000_000  # bytes of all pictures
PIXELS = 4_000_000_000  # of all pictures: about a minute's work
RESULT = 2**27  # bytes of the array
DEPTH = 8  # folders within folders
FAINT = 32  # grey values: with fewer between the darkest and the brightest there is next to nothing to see
NAMED = 3  # files left out that are named
_HIDDEN = {"__macosx", "thumbs.db", "desktop.ini"}
_SOME = 24  # pictures that tell the ground
_HEAD = 16  # bytes that tell what a file is


@dataclass(frozen=True)
class Found:
    """A picture that waits to be read. Its file must stay open until then."""

    name: str  # its path, fit to be shown
    label: str  # "" where there are no subfolders
    _path: tuple[str, ...] = field(repr=False)
    _mark: tuple[int, int] = field(
        repr=False
    )  # at most how many bytes, and CRC: an order for pictures of the same name
    _read: Callable[[int], bytes] = field(repr=False, compare=False)  # at most so many bytes of it, from its beginning
    _source: int = field(default=0, repr=False)  # which zip it lies in, counted from 1; 0 for none


@dataclass(frozen=True, eq=False)
class Pictures:
    """What came of them: `x` uint8 (n, channels, side, side), `y` uint8 (n,) places in `classes`, or None."""

    x: np.ndarray
    y: np.ndarray | None
    classes: tuple[str, ...]
    findings: tuple[str, ...]
    warnings: tuple[str, ...] = ()  # what makes them bad to learn from


class _LeftOut:
    """Files that are left out, by reason."""

    def __init__(self) -> None:
        self._names: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, name: str, reason: str) -> None:
        """Note a file, by the name shown, and why in a few words."""
        self._names[reason].append(name)

    def findings(self) -> list[str]:
        """One sentence for each reason, whatever the order of the files."""
        return [
            _("Left out, {reason}: {n} ({names}).").format(
                reason=reason,
                n=number(len(names)),
                names=", ".join(f"“{name}”" for name in sorted(names)[:NAMED]) + (", …" if len(names) > NAMED else ""),
            )
            for reason, names in sorted(self._names.items())
        ]


def find(files: Sequence[tuple[str, BinaryIO]]) -> tuple[list[Found], list[str]]:
    """What pictures there are in uploaded files (name, seekable binary file), sorted by name, and what was left out.

    Pictures and zips of them are known by their content. Raises UserError.
    """
    if len(files) > FILES:
        raise _too_many()
    if sum(file.seek(0, os.SEEK_END) for _name, file in files) > UPLOADED:
        raise UserError(_("These files have more than {n} MB in all. Upload fewer.").format(n=UPLOADED // 1_000_000))
    left_out = _LeftOut()
    found = sorted(_search(files, left_out), key=lambda one: (one._path, one._mark))
    findings = left_out.findings()
    if len(found) < 2:
        raise _too_few(findings)
    labels, merged = folders.labels([one._path[:-1] for one in found], [one._source for one in found])
    return [replace(one, label=label) for one, label in zip(found, labels, strict=True)], [*findings, *merged]


def read(
    found: Sequence[Found], form: Form, progress: Callable[[int, int], None] = lambda done, total: None
) -> Pictures:
    """Read pictures in this order; those that cannot be read are left out. What `progress` raises ends it.

    Raises UserError where fewer than two can be read, or they are too much.
    """
    if len(found) * form.channels * form.side**2 > RESULT:
        raise UserError(
            _("{n} pictures of {side}×{side} are too much. Choose a smaller size or fewer pictures.").format(
                n=number(len(found)), side=form.side
            )
        )
    x = np.empty((len(found), form.channels, form.side, form.side), np.uint8)
    labels: list[str] = []
    left_out, flat = _LeftOut(), []
    form, pixels = grounded(found, form)
    unpacked = 0
    for done, one in enumerate(found, 1):
        unpacked += min(one._mark[0], zips.MEMBER)
        if unpacked > UNPACKED:
            raise UserError(_("The pictures unpack to more than 1 GB. Upload fewer or smaller ones."))
        try:
            x[len(labels)], size = decode.decode(_content(one), form)
            pixels += size
            if (x[len(labels)] == x[len(labels), :, :1, :1]).all():
                flat.append(one.name)
            labels.append(one.label)
        except Unreadable as error:
            left_out.add(one.name, str(error))
            pixels += error.pixels
        if pixels > PIXELS:
            raise UserError(_("The pictures have more than 4 billion pixels in all. Upload fewer or smaller ones."))
        progress(done, len(found))
    findings = left_out.findings()
    if len(labels) < 2:
        raise _too_few(findings)
    classes = tuple(sorted(set(labels) - {""}, key=folders.natural))
    y = np.array([classes.index(label) for label in labels], np.uint8) if classes else None
    x = x[: len(labels)]
    return Pictures(x, y, classes, tuple(findings), tuple(_warnings(x, flat)))


def grounded(found: Sequence[Found], form: Form) -> tuple[Form, int]:
    """The form with one ground for all pictures, and the pixels decoded to choose it.

    Where `form` leaves it open, it is the ground that the ink of some of the pictures stands out from; without
    transparent parts it stays open.
    """
    bright = weight = 0.0
    pixels = 0
    if form.ground == "auto":
        for i in np.unique(np.linspace(0, len(found) - 1, min(len(found), _SOME)).astype(int)):
            try:
                one, much, size = decode.ink(_content(found[i]))
            except Unreadable:
                continue
            bright, weight, pixels = bright + one, weight + much, pixels + size
            if pixels > PIXELS:
                break
    if not weight:
        return form, pixels
    return replace(form, ground="white" if bright < weight / 2 else "black"), pixels


def said(form: Form) -> list[str]:
    """What is to be said of the ground that `grounded` chose."""
    black, white = _("Transparent parts are filled with black."), _("Transparent parts are filled with white.")
    return {"auto": [], "black": [black], "white": [white]}[form.ground]


def _warnings(x: np.ndarray, flat: Sequence[str]) -> list[str]:
    """What makes pictures (n, channels, side, side) bad to learn from."""
    low, high = int(x.min()), int(x.max())
    if high - low < FAINT and len(flat) < len(x):
        return [
            _(
                "There is little to see in these pictures: their values lie between {low} and {high} of 0 to 255. Save "
                "pictures of 10, 12 or 16 bits with 8 bits, at full contrast."
            ).format(low=low, high=high)
        ]
    if all(np.array_equal(one, x[0]) for one in x):
        return [_("All these pictures are the same one: there is nothing to learn. Look at the preview.")]
    if len(flat) == len(x):
        return [_("Each of these pictures has one single colour: there is nothing to see in them.")]
    if flat:
        names = ", ".join(f"“{name}”" for name in flat[:NAMED]) + (", …" if len(flat) > NAMED else "")
        return [_("Pictures of one single colour: {n} ({names}).").format(n=number(len(flat)), names=names)]
    return []


def _too_many() -> UserError:
    return UserError(_("These are more than {n} files. Upload fewer.").format(n=number(FILES)))


def _too_few(findings: Sequence[str]) -> UserError:
    return UserError(joined(" ", [_("Upload at least 2 pictures: PNG, JPEG, WebP, BMP, GIF or TIFF."), *findings[:3]]))


def _search(files: Sequence[tuple[str, BinaryIO]], left_out: _LeftOut) -> Iterator[Found]:
    """The pictures in all files, not labelled yet. Raises UserError."""
    total = len(files)
    for source, (name, file) in enumerate(files, 1):
        shown = folders.shown(name)
        read = _reader(file)
        if zips.is_zip(_head(read)):
            archive = zips.opened(file, shown)
            if archive is None:
                left_out.add(shown, _("a broken zip"))
                continue
            entries = archive.infolist()
            if not entries:
                left_out.add(shown, _("an empty zip"))
            total += len(entries) - 1
            if total > FILES:
                raise _too_many()
            for entry in entries:
                inner = zips.name(entry)
                if not inner.endswith("/"):
                    mark = entry.file_size, entry.CRC
                    reader = zips.reader(archive, entry)
                    for one in _one(inner, mark, reader, zips.flaw(entry), left_out):
                        yield replace(one, _source=source)
        else:
            content = read(zips.MEMBER + 1)
            flaw = zips.too_large() if len(content) > zips.MEMBER else ""
            yield from _one(name, (len(content), zlib.crc32(content)), read, flaw, left_out)


def _one(
    name: str, mark: tuple[int, int], read: Callable[[int], bytes], flaw: str, left_out: _LeftOut
) -> Iterator[Found]:
    """The picture of that name, if it is one; else why not is noted."""
    name = unicodedata.normalize("NFC", name)  # two spellings of one letter are one folder
    whole = name.replace("\\", "/")
    path = tuple(part for part in whole.split("/") if part not in ("", "."))
    if ".." in path or whole.startswith("/") or re.match("[A-Za-z]:", whole):
        left_out.add(folders.shown(name), _("an unsafe path"))
        return
    if any(part.startswith(".") or part.lower() in _HIDDEN for part in path):
        left_out.add(folders.shown(name), _("a hidden file of a system"))
        return
    if len(path) - 1 > DEPTH:
        flaw = flaw or _("more than {n} folders deep").format(n=DEPTH)
    if not flaw:
        head = _head(read)
        if zips.is_zip(head):
            flaw = _("a zip in a zip")
        elif not head:
            flaw = _("broken or cut off") if mark[0] else _("empty")
        elif not decode.kind(head):
            flaw = decode.not_read(head)
    if flaw:
        left_out.add(folders.shown(name), flaw)
    else:
        yield Found(folders.shown(name), "", path, mark, read)


def _reader(file: BinaryIO) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        file.seek(0)
        return file.read(limit)

    return read


def _head(read: Callable[[int], bytes]) -> bytes:
    """The first bytes of a file, b"" if it cannot be read."""
    try:
        return read(_HEAD)
    except Exception:  # what a broken entry of a zip raises, of many kinds
        return b""


def _content(one: Found) -> bytes:
    """All bytes of a picture. Raises Unreadable."""
    try:
        content = one._read(zips.MEMBER + 1)
    except Exception as error:
        raise Unreadable(_("broken or cut off")) from error
    if len(content) > zips.MEMBER:
        raise Unreadable(zips.too_large())
    return content
