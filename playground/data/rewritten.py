"""The first picture of a GIF or TIFF alone, copied into a small plain file before Pillow sees it.

Both formats may carry any number of pictures, comments and tags, and a few kilobytes of them can ask for gigabytes or
for hours. What these functions do not know is not copied.
"""

from __future__ import annotations

import struct

from playground.utils.translation import _


class Unreadable(Exception):
    """Why one file is left out: a few words such as “broken or cut off”; and the pixels that were decoded in vain."""

    def __init__(self, reason: str, pixels: int = 0) -> None:
        super().__init__(reason)
        self.pixels = pixels


# GIF


def gif(content: bytes) -> bytes:
    """Screen, palettes, transparency and data of a GIF's first picture. Raises Unreadable and IndexError."""
    at = 13 + _palette(content[10])
    out = [content[:at]]
    control = b""
    while content[at] == 0x21:  # an extension: what comes before the first picture
        end = _after_blocks(content, at + 2)
        if content[at + 1] == 0xF9:
            control = content[at:end]
        at = end
    if content[at] != 0x2C:
        raise Unreadable(_("broken or cut off"))
    begin = at
    at += 10 + _palette(content[at + 9])
    end = _after_blocks(content, at + 1)  # after the size of its codes
    return b"".join([*out, control[:8], content[begin:end], b";"])


def _palette(flags: int) -> int:
    """How many bytes a palette takes, 0 if there is none."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    """The place after a chain of blocks, each of which begins with its length. Raises IndexError."""
    while size := content[at]:
        at += 1 + size
    return at + 1


# TIFF

_ENTRIES = 200
_VALUES = 400_000  # bytes of one tag
_TILE = 2**24  # pixels
_SIZES = {1: 1, 3: 2, 4: 4}  # bytes of the types of value that are copied: byte, short, long
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _TILE_WIDTH, _TILE_HEIGHT, _SAMPLE_FORMAT = (
    256, 257, 258, 259, 277, 322, 323, 339,
)  # fmt: skip
_COPIED = {
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, 262, 266, 273, 274, _SAMPLES, 278, 279, 284, 317, 320, _TILE_WIDTH,
    _TILE_HEIGHT, 324, 325, 338, _SAMPLE_FORMAT,
}  # fmt: skip
_PACKED = (1, 5, 8, 32773, 32946)  # not at all, LZW, Deflate, PackBits, Deflate by its old number


def tiff(content: bytes) -> bytes:
    """A TIFF with one directory, of the first picture and with few tags. Raises Unreadable and struct.error."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4])
    if order is None:
        raise Unreadable(_("a BigTIFF"))
    (begin,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, begin)
    if count > _ENTRIES:
        raise Unreadable(_("broken or cut off"))
    entries, found = [], {}
    for at in range(begin + 2, begin + 2 + 12 * count, 12):
        tag, kind, n = struct.unpack_from(f"{order}HHI", content, at)
        if tag not in _COPIED or tag in found:
            continue
        size = n * _SIZES.get(kind, _VALUES + 1)
        (place,) = (at + 8,) if size <= 4 else struct.unpack_from(f"{order}I", content, at + 8)
        if not n or size > _VALUES or place + size > len(content):
            raise Unreadable(_("broken or cut off"))
        some = min(n, 8)
        found[tag] = struct.unpack_from(f"{order}{some}{'_BHI'[_SIZES[kind] // 2 + 1]}", content, place)
        entries.append(content[at : at + 12])
    _check(found)
    body = content + b"\0" * (len(content) % 2)
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)
    return body[:4] + struct.pack(f"{order}I", len(body)) + body[8:] + directory


def _check(found: dict[int, tuple[int, ...]]) -> None:
    """Raises Unreadable where a TIFF is of a kind that is not read."""
    if not {_WIDTH, _HEIGHT} <= found.keys():
        raise Unreadable(_("broken or cut off"))
    if found.get(_COMPRESSION, (1,))[0] not in _PACKED:
        raise Unreadable(_("a TIFF packed in an unusual way: save it as PNG"))
    plain = set(found.get(_SAMPLE_FORMAT, (1,))) == {1} and set(found.get(_BITS, (1,))) <= {1, 2, 4, 8, 16}
    if not plain or found.get(_SAMPLES, (1,))[0] > 4:
        raise Unreadable(_("a TIFF of unusual values: save it as PNG"))
    if found.get(_TILE_WIDTH, (1,))[0] * found.get(_TILE_HEIGHT, (1,))[0] > _TILE:
        raise Unreadable(_("broken or cut off"))
