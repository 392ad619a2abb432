"""Whatever hostile picture or zip may be uploaded: left out or refused in words, at little cost."""

import io
import json
import struct
import sys
import time
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from playground.data import pictures
from playground.data.pictures import Form, find, read
from playground.utils.errors import UserError
from tests.unit.data import pictures_made as made
from tests.unit.data.pictures_made import (
    GOOD,
    Entry,
    a_zip,
    left_out,
    left_out_of_zip,
    near,
    one,
    opened,
    picture,
    refused,
    zipped,
)

# Hostile pictures


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (made.png(30_000, 30_000), "more than 40 million pixels"),
        (made.png(2**31 - 1, 2**31 - 1), "more than 40 million pixels"),
        (made.png(100_000, 2), "a side of more than 65\u202f535 pixels"),
        (made.webp(16_383, 16_383), "more than 20 million pixels"),
        (made.webp(16_383, 16_383, b"VP8 "), "more than 20 million pixels"),
        (made.webp(2**24, 2**24, b"VP8X"), "more than 20 million pixels"),
        (made.webp(10, 10), "broken or cut off"),
        (made.webp(10, 10, b"VP8X"), "broken or cut off"),
        (b"RIFF\0\0\0\0WEBPABCD\0\0\0\0", "broken or cut off"),
        (made.bmp(2**16, 2**15), "more than 40 million pixels"),
        (made.bmp(40, -(2**31)), "more than 40 million pixels"),
        (made.bmp(-40, 40), "more than 40 million pixels"),
        (made.bmp(4000, 4000, compression=1, body=b"\0\2\xff\xff" * 50), "a compressed BMP"),
        (made.bmp(4000, 4000), "broken or cut off"),
        (made.png(100, 100), "broken or cut off"),
        (made.png(9, 9, made.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**25)))), "broken or cut off"),
        (made.png(9, 9, made.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**25)))), "broken or cut off"),
        (made.png(9, 9, *[made.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**19)))] * 9), "broken or cut off"),
        (made.png(9, 9, made.chunk(b"aaAa", b"") * 60_000), "broken or cut off"),
        (b"\xff\xd8\xff" + b"\xe5\0\2\xff" * 60_000, "broken or cut off"),
        (b"\xff\xd8\xff", "broken or cut off"),
        (picture("JPEG", size=(300, 300))[:-90], "broken or cut off"),
        (made.saved(made.noise(60))[:-4000], "broken or cut off"),
        (made.saved(made.noise(60), "WEBP")[:-400], "broken or cut off"),
        (picture("BMP")[:-40], "broken or cut off"),
        (b"GIF89a" + bytes(100), "broken or cut off"),
        (made.gif(65_535, 65_535), "more than 20 million pixels"),
        (made.gif(9, 9, frame=(65_535, 65_535)), "broken or cut off"),
        (made.gif(9, 9)[:-3], "broken or cut off"),
        (b"II*\0\x08\0\0\0" + bytes(100), "broken or cut off"),
        (b"II+\0\x08\0\0\0" + bytes(100), "a BigTIFF"),
        (b"MM\0*\xff\xff\xff\xff", "broken or cut off"),
        (made.tiff({256: 30_000, 257: 30_000}), "more than 20 million pixels"),
        (made.tiff({256: 2**31, 257: 2**31}), "more than 20 million pixels"),
        (made.tiff({256: 100, 257: 100}), "broken or cut off"),
        (made.tiff({256: 100, 257: 100, 259: 7}), "a TIFF packed in an unusual way: save it as PNG"),
        (made.tiff({256: 9, 257: 9, 322: 2**31, 323: 2**31}), "broken or cut off"),
        (made.tiff({256: 9, 257: 9, 339: 3}), "a TIFF of unusual values: save it as PNG"),
        (made.tiff(dict.fromkeys(range(256, 700), 9)), "broken or cut off"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (b"hello", "not a picture"),
        (b"", "empty"),
        (bytes(30_000_001), "more than 30 MB"),
    ],
)
def test_a_bad_picture_is_left_out_and_named(content, reason):
    begin = time.process_time()
    assert left_out(("bad.png", content)) == f"Left out, {reason}: 1 (“bad.png”)."
    assert time.process_time() - begin < 3


def test_a_jpeg_of_endless_passes_is_left_out():
    content = picture("JPEG", progressive=True, size=(500, 500))
    place = content.index(b"\xff\xda")
    scan = content[place : content.index(b"\xff", place + 2)]
    assert left_out(("a.jpg", content[:-2] + scan * 1000 + b"\xff\xd9")) == (
        "Left out, a JPEG in too many passes: 1 (“a.jpg”)."
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_tags_that_ask_for_much_memory_are_not_read(form, monkeypatch):
    def fail(*_arguments):
        raise AssertionError("Pillow reads the tags")

    content = picture(form, exif=b"Exif\0\0" + made.tags(3000, 20_000))
    monkeypatch.setattr(Image.Image, "getexif", fail)
    assert near(one(content), (200, 30, 60))


@pytest.mark.parametrize(
    "tags",
    [
        b"",
        b"II",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x63\0\0\0",
    ],
)
def test_broken_tags_do_not_turn_a_picture(tags):
    assert near(one(picture(exif=b"Exif\0\0" + tags)), (200, 30, 60))


# Hostile zips


SQUEEZED = Entry("x.png", picture(), method=8)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry("../x.png", picture()), "an unsafe path: 1 (“../x.png”)"),
        (Entry("a/../../x.png", picture()), "an unsafe path: 1 (“a/../../x.png”)"),
        (Entry("..\\x.png", picture()), "an unsafe path: 1 (“..\\x.png”)"),
        (Entry("/etc/x.png", picture()), "an unsafe path: 1 (“/etc/x.png”)"),
        (Entry("C:\\x.png", picture()), "an unsafe path: 1 (“C:\\x.png”)"),
        (Entry("x.png", b"/etc/passwd", attributes=0o120777 << 16), "a link: 1 (“x.png”)"),
        (Entry("x.png", picture(), flags=1), "encrypted: 1 (“x.png”)"),
        (Entry("x.png", picture(), flags=0x40), "encrypted: 1 (“x.png”)"),
        (Entry("x.png", picture(), method=12), "packed in an unknown way: 1 (“x.png”)"),
        (Entry("x.png", picture(), method=14), "packed in an unknown way: 1 (“x.png”)"),
        (Entry("x.png", picture(), method=99), "packed in an unknown way: 1 (“x.png”)"),
        (Entry("x.zip", zipped(Entry("a.png", picture()))), "a zip in a zip: 1 (“x.zip”)"),
        (Entry("1/2/3/4/5/6/7/8/9/x.png", picture()), "more than 8 folders deep: 1 (“1/2/3/4/5/6/7/8/9/x.png”)"),
        (Entry("x.txt", b"hello"), "not a picture: 1 (“x.txt”)"),
        (Entry("x.png", picture(), size=2**32 - 2), "more than 30 MB: 1 (“x.png”)"),
        (Entry("x.png", packed=SQUEEZED.packed[:-20], size=len(picture()), method=8), "broken or cut off: 1 (“x.png”)"),
        (Entry("x.png", packed=b"rubbish", size=500, method=8), "broken or cut off: 1 (“x.png”)"),
        (made.bomb(picture()[:16], 100, 1000), "broken or cut off: 1 (“bomb.png”)"),
        (made.bomb(picture()[:16], 100, 29_000_000), "broken or cut off: 1 (“bomb.png”)"),
        (made.bomb(picture()[:16], 100, 100 * 2**20 + 16), "more than 30 MB: 1 (“bomb.png”)"),
    ],
)
def test_a_bad_entry_of_a_zip_is_left_out_and_named(entry, said):
    assert left_out_of_zip(entry) == f"Left out, {said}."


def test_what_systems_add_to_zips_is_left_out_and_said():
    names = ("__MACOSX/cat/._a.png", ".DS_Store", "cat/.DS_Store", "cat/Thumbs.db", ".git/a.png", "cat/desktop.ini")
    assert left_out_of_zip(*(Entry(name, picture()) for name in names), Entry("cat/")) == (
        "Left out, a hidden file of a system: 6 (“.DS_Store”, “.git/a.png”, “__MACOSX/cat/._a.png”, …)."
    )


def test_an_empty_zip_is_said():
    assert left_out_of_zip() == "Left out, an empty zip: 1 (“set.zip”)."


def test_nested_zips_are_not_opened():
    inner = zipped(Entry("bomb.png", bytes(100)))
    for _depth in range(5):
        inner = zipped(*(Entry(f"lib {k}.zip", inner) for k in range(4)))
    assert left_out(("42.zip", inner)) == "Left out, a zip in a zip: 4 (“lib 0.zip”, “lib 1.zip”, “lib 2.zip”, …)."


def test_a_good_zip_of_our_own_making_is_read():
    found, findings = find(
        opened(("a.zip", zipped(Entry("1/a.png", picture()), Entry("2/b.png", picture(), method=8))))
    )
    assert ([one.label for one in found], findings) == (["1", "2"], [])


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", a_zip(*GOOD)[1][:-30], zipped(SQUEEZED)[:-22] + b"PK\x05\x06" + bytes(8) + b"\7\7" * 5],
)
def test_a_broken_zip_is_left_out_and_named(content):
    assert left_out(("a.zip", content)) == "Left out, a broken zip: 1 (“a.zip”)."


def test_entries_that_lie_on_each_other_are_counted_each(monkeypatch):
    """The zip bomb without nesting: the same bytes unpack again and again."""
    monkeypatch.setattr(pictures, "UNPACKED", 100_000_000)
    entry = made.bomb(picture()[:16], 28, 29_000_000)
    whole = zipped(entry)
    directory = whole[whole.index(b"PK\x01\x02") : -22]
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 5, 5, 5 * len(directory), whole.index(b"PK\x01\x02"), 0)
    assert refused(("a.zip", whole[: whole.index(b"PK\x01\x02")] + directory * 5 + end)) == (
        "The pictures unpack to more than 1 GB. Upload fewer or smaller ones."
    )


MANY_ENTRIES = "“a.zip” has more than 20\u202f000 entries. Pack fewer pictures."
ZIP64 = "“a.zip” is in the zip64 format. Pack at most 20\u202f000 pictures into an ordinary zip."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (made.empties(20_001, claimed=20_001), MANY_ENTRIES),
        (made.empties(20_001, claimed=1), MANY_ENTRIES),
        (made.empties(300_000, claimed=1), MANY_ENTRIES),
        (made.empties(100_000, claimed=0xFFFF), ZIP64),
        (zipped(SQUEEZED, claimed=30_000), MANY_ENTRIES),
        (zipped(SQUEEZED, before=struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)), ZIP64),
    ],
)
def test_a_zip_of_too_many_entries_is_refused_before_it_is_opened(content, said, monkeypatch):
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refused(("a.zip", content)) == said


def test_a_zip64_of_the_library_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for k in range(66_000):
            archive.writestr(zipfile.ZipInfo(str(k)), b"")
    assert refused(("a.zip", out.getvalue())) == ZIP64


def test_empty_entries_up_to_the_limit_are_quick():
    begin = time.process_time()
    assert "empty: 20\u202f000 (“a”, “a”, “a”, …)" in refused(("a.zip", made.empties(20_000, claimed=20_000)))
    assert time.process_time() - begin < 6


# Limits of the whole


def test_too_many_files_are_refused(monkeypatch):
    said = "These are more than 20\u202f000 files. Upload fewer."
    assert refused(*[("a.txt", b"")] * 20_001) == said
    monkeypatch.setattr(pictures, "FILES", 4)
    assert "These are more than" in refused(*GOOD, ("a.zip", zipped(*[SQUEEZED] * 3)))


def test_too_many_bytes_are_refused():
    class Large(io.BytesIO):
        def seek(self, place, whence=0):
            return 100_000_001 if whence == 2 else super().seek(place, whence)

    with pytest.raises(UserError, match=r"^These files have more than 200 MB in all\. Upload fewer\.$"):
        find([("a.png", Large(picture())), ("b.png", Large(picture()))])


def test_a_result_that_is_too_large_is_refused():
    found, _findings = find(opened(*GOOD))
    with pytest.raises(UserError) as error:
        read(found * 6000, Form(64, 3))
    assert str(error.value) == "12\u202f000 pictures of 64×64 are too much. Choose a smaller size or fewer pictures."


def test_too_many_pixels_in_all_are_refused(monkeypatch):
    monkeypatch.setattr(pictures, "PIXELS", 1800)
    said = "The pictures have more than 4 billion pixels in all. Upload fewer or smaller ones."
    assert refused(*GOOD, ("good3.png", picture())) == said
    cut = ("c.png", made.png(40, 30))
    assert refused(GOOD[0], cut) == said  # those that break on the way count as well


# Memory


MEASURE = """
import json, sys, time
from pathlib import Path
from playground.data.pictures import Form, find, read
from playground.utils.errors import UserError

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1e3

base, out = status("VmRSS"), {}
for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")
    begin = time.process_time()
    try:
        with open(path, "rb") as file, open(sys.argv[1], "rb") as one, open(sys.argv[2], "rb") as two:
            found, findings = find([("a.png", one), ("b.png", two), ("bad", file)])
            said = " ".join([*findings, *read(found, Form(64, 3)).findings])
    except UserError as error:
        said = str(error)
    out[Path(path).name] = (status("VmHWM") - base, time.process_time() - begin, said)
print(json.dumps(out))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from Linux's /proc")
def test_hostile_files_take_little_memory_and_time(tmp_path, python):
    rows = bytes(6401 * 4 * 1000)
    squeeze = zlib.compressobj(1)
    body = b"".join(squeeze.compress(rows) for _k in range(6)) + squeeze.flush()
    largest = made.png(6400, 6000, colour=6).replace(
        made.chunk(b"IDAT", zlib.compress(b"", 1)), made.chunk(b"IDAT", body)
    )
    hostile = {
        "good": picture(),
        "also good": picture(),
        "largest.png": largest,
        "huge.png": made.png(30_000, 30_000, body=bytes(30_001 * 3000)),
        "huge.webp": made.webp(16_383, 16_383),
        "huge.bmp": made.bmp(2**16, 2**15),
        "rle.bmp": made.bmp(6000, 6000, compression=1, body=b"\0\2\xff\xff" * 99),
        "text.png": made.png(9, 9, *[made.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20)))] * 200),
        "profile.png": made.png(9, 9, made.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**28)))),
        "chunks.png": made.png(9, 9, made.chunk(b"aaAa", b"") * 2_000_000),
        "tags.png": picture(exif=b"Exif\0\0" + made.tags(60_000, 600_000)),
        "comments.gif": made.filled_gif(b"!\xfe" + b"\1a" * 10_000_000 + b"\0"),
        "frames.gif": made.filled_gif(frames=400_000),
        "largest.gif": made.saved(np.zeros((4000, 5000), np.uint8), "GIF", transparency=0),
        "tags.tiff": made.many_tags(60_000, 2**28),
        "strips.tiff": made.tiff({256: 4000, 257: 5000, 259: 5, 278: 1}),
        "largest.tiff": made.saved(np.zeros((4000, 5000, 4), np.uint8), "TIFF", compression="tiff_lzw"),
        "cut.jpg": picture("JPEG", size=(5000, 5000))[:-5000],
        "bomb.zip": zipped(made.bomb(picture()[:16], 10_000, 29_000_000)),
        "small bomb.zip": zipped(made.bomb(picture()[:16], 10_000, 100)),
        "100 000 entries.zip": made.empties(100_000, claimed=0xFFFF),
        "2 500 000 entries.zip": made.empties(2_500_000, claimed=9),
    }
    for name, content in hostile.items():
        (tmp_path / name).write_bytes(content)
    done = python("-c", MEASURE, *(str(tmp_path / name) for name in hostile))
    assert done.returncode == 0, done.stderr
    measured, readable = json.loads(done.stdout), (
        "good", "also good", "largest.png", "tags.png", "comments.gif", "frames.gif", "largest.gif", "largest.tiff",
    )  # fmt: skip
    for name, (megabytes, seconds, said) in measured.items():
        assert megabytes < 400, (name, megabytes)
        assert seconds < 5, (name, seconds)
        assert (name in readable) == (said == ""), (name, said)


def test_torch_and_streamlit_are_not_needed(python):
    modules = "decode, pictures, table, zips"
    code = f"import sys; from playground.data import {modules}; print({{'torch', 'streamlit'}} & set(sys.modules))"
    assert python("-c", code).stdout.strip() == "set()"
