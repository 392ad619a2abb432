"""Pictures and zips to upload, good and hostile, made by hand where no library would write them; and what is said."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from playground.data import decode
from playground.data.pictures import Form, find, read
from playground.utils.errors import UserError


def picture(form="PNG", size=(40, 30), colour=(200, 30, 60), mode="RGB", **options):
    """The bytes of a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(file, form, **options)
    return file.getvalue()


def saved(array, form="PNG", **options):
    """The bytes of a picture of these values."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, form, **options)
    return file.getvalue()


def chunk(kind, content):
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, *chunks, colour=0, body=b""):
    """A PNG whose header says so, grey by default, with more chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(body, 1)) + chunk(b"IEND", b"")


def webp(width, height, kind=b"VP8L"):
    """A few bytes of WebP whose header says so."""
    body = {
        b"VP8L": b"\x2f" + struct.pack("<I", (width - 1 & 0x3FFF) | (height - 1 & 0x3FFF) << 14) + bytes(9),
        b"VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8 ": b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + bytes(10),
    }[kind]
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def bmp(width, height, compression=0, bits=8, body=b""):
    """A BMP whose header says so."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 2, 0)
    return b"BM" + struct.pack("<IHHI", 62 + len(body), 0, 0, 62) + head + b"\0\0\0\0\xff\xff\xff\0" + body


def gif(width, height, before=b"", frame=None):
    """A grey GIF whose first picture has the size `frame`, with almost nothing in it."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    image = b"," + struct.pack("<HHHHB", 0, 0, *(frame or (width, height)), 0) + b"\2\2\x44\1\0"
    return head + before + image + b";"


def filled_gif(before=b"", frames=1):
    """A GIF of some frames of 9 by 9 pixels, with `before` between its palette and the first."""
    whole = saved(np.zeros((9, 9), np.uint8), "GIF")
    at = 13 + (3 << (whole[10] & 7) + 1) if whole[10] & 0x80 else 13
    return whole[:at] + before + whole[at:-1] * frames + b";"


def tiff(values, order="<"):
    """A TIFF of one directory of long values, with no pixels in it."""
    values = {258: 8, 262: 1, 273: 8, 277: 1, 279: 16} | values
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(values.items()))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 24)
    return head + bytes(16) + struct.pack(f"{order}H", len(values)) + entries + bytes(4)


def many_tags(count, size):
    """A TIFF whose tags all claim so many bytes."""
    entries = b"".join(struct.pack("<HHII", 40_000 + k % 20_000, 7, size, 8) for k in range(count))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", count) + entries + bytes(4)


def tags(count, size):
    """EXIF tags that all point to the same bytes: read one by one they are `count * size` bytes."""
    entries = b"".join(struct.pack("<HHII", 1000 + k, 7, size, 8) for k in range(count))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", count) + entries + bytes(4)


def exif(orientation):
    """EXIF tags that say the orientation."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


class Entry:
    """An entry of a zip, in every detail as one wishes."""

    def __init__(self, name, content=b"", packed=None, method=0, flags=0, size=None, attributes=0, made_on=3):
        self.name = name if isinstance(name, bytes) else name.encode("utf-8", "replace")
        self.packed = content if packed is None else packed
        if method == 8 and packed is None:
            squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
            self.packed = squeeze.compress(content) + squeeze.flush()
        self.size = len(content) if size is None else size
        self.flags, self.method, self.attributes, self.made_on = flags | 0x800, method, attributes, made_on
        self.crc = zlib.crc32(content)

    def head(self):
        """What both headers say."""
        return struct.pack(
            "<HHHHHIIIHH",
            20, self.flags, self.method, 0, 33, self.crc, len(self.packed), self.size, len(self.name), 0,
        )  # fmt: skip


def zipped(*entries, claimed=None, before=b""):
    """A zip of entries; `claimed`: how many the end says there are; `before`: what stands before the end."""
    body, directory = bytearray(), bytearray()
    for one in entries:
        directory += b"PK\x01\x02" + bytes([20, one.made_on]) + one.head()
        directory += struct.pack("<HHHII", 0, 0, 0, one.attributes, len(body)) + one.name
        body += b"PK\x03\x04" + one.head() + one.name + one.packed
    count = len(entries) if claimed is None else claimed
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + before + end


def empties(count, claimed):
    """A zip of so many empty entries, made fast."""
    name = Entry("a")
    entry = b"PK\x01\x02" + bytes([20, 3]) + name.head() + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.name
    local = b"PK\x03\x04" + name.head() + name.name
    length = len(entry) * count
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, claimed, claimed, length, len(local), 0)
    return local + entry * count + end


def bomb(head, repeats, size):
    """An entry that begins like a picture and unpacks to `repeats` MB of zeros, though its header says `size` bytes."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return Entry("bomb.png", packed=begin + block * repeats + squeeze.flush(), method=8, size=size)


def noise(size, seed=0):
    """Values of a picture (size, size, 3) that compresses badly."""
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


RGB = Form(16, 3)
GOOD = (("good1.png", picture()), ("good2.png", picture()))


def opened(*files):
    return [(name, io.BytesIO(content)) for name, content in files]


def a_zip(*files):
    """One uploaded zip of (name, content), written by the library that most people use."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return "set.zip", out.getvalue()


def left_out(*files):
    """What `find` and `read` say of files uploaded beside two good pictures, which both must come through."""
    found, findings = find(opened(*GOOD, *files))
    result = read(found, RGB)
    assert len(result.x) == 2
    return "".join([*findings, *result.findings])


def left_out_of_zip(*entries):
    return left_out(("set.zip", zipped(*entries)))


def refused(*files, form=RGB):
    with pytest.raises(UserError) as error:
        read(find(opened(*files))[0], form)
    return str(error.value)


def one(content, form=RGB):
    """The array of one picture."""
    return decode.decode(content, form)[0]


def near(array, colour, by=6):
    """Whether the middle of a picture has that colour."""
    return np.abs(array[:, 8, 8].astype(int) - np.array(colour)).max() <= by
