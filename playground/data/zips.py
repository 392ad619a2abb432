"""What lies in a zip file that anybody may have made. Nothing is written to disk, and no size in it is believed."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from playground.utils.errors import UserError
from playground.utils.translation import _, number

ENTRIES = 20_000
DIRECTORY = 2**23  # bytes of the list of entries
MEMBER = 30_000_000  # bytes of one entry, unpacked
_END, _ENTRY, _ZIP64 = b"PK\x05\x06", b"PK\x01\x02", b"PK\x06\x07"
_END_SIZE, _ZIP64_SIZE, _COMMENT = 22, 20, 65_535


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is a zip."""
    return head.startswith((b"PK\x03\x04", _END))


def opened(file: BinaryIO, name: str) -> zipfile.ZipFile | None:
    """The zip in a seekable file; None if it is broken. Raises UserError, naming the file, if it holds too much."""
    try:
        _check(file, name)
        return zipfile.ZipFile(file)
    except UserError:
        raise
    except Exception:  # many kinds: a broken directory may say anything
        return None


def _check(file: BinaryIO, name: str) -> None:
    """Look at the end of a zip before ZipFile does, which makes an object of every entry. Raises UserError."""
    size = file.seek(0, 2)
    start = max(0, size - _COMMENT - _END_SIZE - _ZIP64_SIZE)
    file.seek(start)
    tail = file.read(size - start)
    plain = tail[-_END_SIZE:].startswith(_END) and tail.endswith(b"\0\0")  # as ZipFile looks for it
    at = len(tail) - _END_SIZE if plain else tail.rfind(_END)
    if at < 0:
        raise zipfile.BadZipFile
    here, all_disks, length, offset = struct.unpack_from("<HHII", tail, at + 8)
    before = tail[max(0, at - _ZIP64_SIZE) : at]
    if before.startswith(_ZIP64) or 0xFFFF in (here, all_disks) or 0xFFFFFFFF in (length, offset):
        raise UserError(
            _("“{file}” is in the zip64 format. Pack at most {n} pictures into an ordinary zip.").format(
                file=name, n=number(ENTRIES)
            )
        )
    if length > start + at:
        raise zipfile.BadZipFile
    if length <= DIRECTORY:
        file.seek(max(0, start + at - length))
        # ZipFile goes by the entries that are there, whatever the number in the header.
        entries = max(all_disks, file.read(length).count(_ENTRY))
    if length > DIRECTORY or entries > ENTRIES:
        raise UserError(
            _("“{file}” has more than {n} entries. Pack fewer pictures.").format(file=name, n=number(ENTRIES))
        )


def name(entry: zipfile.ZipInfo) -> str:
    """The path of an entry; without the flag for UTF-8 it is still UTF-8 if it can be, as macOS writes, else cp437."""
    if not entry.flag_bits & 0x800:
        try:
            return entry.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return entry.filename


def flaw(entry: zipfile.ZipInfo) -> str:
    """Why an entry is left out before it is read, in a few words; "" if it is not."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("a link")
    if entry.flag_bits & 0x41:
        return _("encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("packed in an unknown way")
    if entry.file_size > MEMBER:
        return too_large()
    return ""


def too_large() -> str:
    """Why a file of more than `MEMBER` bytes is left out."""
    return _("more than {n} MB").format(n=MEMBER // 1_000_000)


def reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[int], bytes]:
    """A function that unpacks at most so many bytes of an entry. It raises many kinds of errors.

    It never unpacks more than the entry's header says: what is longer has a wrong checksum, and is an error.
    """

    def read(limit: int) -> bytes:
        with archive.open(entry) as file:
            return file.read(min(limit, entry.file_size + 1))

    return read
