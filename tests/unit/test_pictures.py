"""A person's pictures: folders as classes, every format, and whatever hostile file may be uploaded."""

import io
import json
import struct
import sys
import time
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from playground.data import decode, pictures
from playground.data.pictures import Form, find, read
from playground.errors import UserError
from tests.unit import pictures_made as made
from tests.unit.pictures_made import Entry, picture, zipped

MANY = settings(max_examples=150, deadline=None, derandomize=True)
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


# Names, folders, classes


def labels_of(*names):
    found, findings = find(opened(a_zip(*((name, picture()) for name in names))))
    assert findings == []
    return {one.name: one.label for one in found}


def test_folders_become_classes():
    files = a_zip(
        ("set/train/10/a.png", picture(colour=(255, 0, 0))),
        ("set/train/2/a.png", picture(colour=(0, 255, 0))),
        ("set/train/2/deep/b.png", picture(colour=(0, 0, 255))),
    )
    result = read(find(opened(files))[0], RGB)
    assert result.x.shape == (3, 3, 16, 16)
    assert result.x.dtype == result.y.dtype == np.uint8
    assert result.classes == ("2", "10")
    assert result.y.tolist() == [1, 0, 0]
    assert result.x[:, :, 8, 8].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert result.findings == ()


def test_without_folders_there_are_no_classes():
    result = read(find(opened(*GOOD))[0], RGB)
    assert (result.y, result.classes) == (None, ())
    assert set(labels_of("set/cats/a.png", "set/cats/b.png").values()) == {""}


def test_pictures_beside_the_folders_are_others():
    assert labels_of("s/a.png", "s/cat/b.png", "s/dog/c.png") == {
        "s/a.png": "other",
        "s/cat/b.png": "cat",
        "s/dog/c.png": "dog",
    }


def test_folders_of_an_uploaded_directory_and_of_windows_count_too():
    found, _findings = find(opened(("set/cat/a.png", picture()), ("set\\dog\\b.png", picture())))
    assert [one.label for one in found] == ["cat", "dog"]


def test_class_names_are_printable_and_short():
    long = "x" * 60
    assert sorted(set(labels_of(f"{long}/a.png", "c\x07at\u202e/b.png", "\x07/c.png").values())) == [
        "cat",
        "other",
        "x" * 40,
    ]


def test_names_are_printable_and_short():
    names = list(labels_of("a" * 90 + ".png", "b\x1b[31m.png"))
    assert names == ["…" + "a" * 55 + ".png", "b[31m.png"]


def test_the_order_of_files_changes_nothing():
    files = [(f"{k % 2}/{k // 4}.png", picture(colour=(k * 9, 0, 0))) for k in range(20)] + [("a.txt", b"a")] * 2
    one, other = (find(opened(*order)) for order in (files, files[::-1]))
    assert np.array_equal(read(one[0], RGB).x, read(other[0], RGB).x)
    assert one[1] == other[1] == ["Left out, not a picture: 2 (“a.txt”, “a.txt”)."]


def test_too_many_classes_are_refused():
    files = a_zip(*((f"{k}/a.png", picture()) for k in range(101)))
    assert refused(files) == "There are more than 100 subfolders. Make at most 100 classes of them."


def test_at_least_two_pictures_are_needed():
    ask = "Upload at least 2 pictures: PNG, JPEG, WebP or BMP."
    assert refused() == ask
    assert refused(GOOD[0]) == ask
    assert refused(GOOD[0], ("a.txt", b"a")) == ask + " Left out, not a picture: 1 (“a.txt”)."
    broken = ("b.png", picture()[:60])
    assert refused(GOOD[0], broken) == ask + " Left out, broken or cut off: 1 (“b.png”)."


def test_progress_is_told_and_may_end_the_reading():
    found, _findings = find(opened(*GOOD))
    told = []
    read(found, RGB, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read(found, RGB, stop)


# Formats


def near(array, colour, by=6):
    """Whether the middle of a picture has that colour."""
    return np.abs(array[:, 8, 8].astype(int) - np.array(colour)).max() <= by


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_format_is_known_by_content(form):
    content = picture(form)
    assert near(one(content), (200, 30, 60))
    assert near(one(content, Form(16, 1)), [84])
    found, _findings = find(opened(("a.txt", content), ("b", content)))
    assert len(found) == 2


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_grey_bilevel_and_palette_pictures_are_read(mode, form):
    assert near(one(picture(form, colour=(255, 255, 255), mode=mode)), (255, 255, 255))


def test_cmyk_jpegs_are_read():
    assert near(one(picture("JPEG", mode="CMYK", quality=95)), (200, 30, 60), 12)


def test_16_bits_become_8():
    assert near(one(made.saved(np.full((20, 20), 0x80FF, np.uint16))), (128, 128, 128))


def test_a_large_jpeg_keeps_its_colours():
    halves = np.zeros((900, 900, 3), np.uint8)
    halves[:, 450:] = 250
    array = one(made.saved(halves, "JPEG"))
    assert array[:, :, :7].max() < 10
    assert array[:, :, 9:].min() > 240


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_alpha_is_laid_on_black(form):
    array = np.full((20, 20, 4), 255, np.uint8)
    array[..., 3] = 128
    array[:, 14:, 3] = 0
    small = one(made.saved(array, form, **({"lossless": True} if form == "WEBP" else {})))
    assert near(small, (128, 128, 128))
    assert small[:, :, -2:].max() <= 2


def test_transparent_palette_is_laid_on_black():
    array = np.zeros((20, 20), np.uint8)
    array[:, :5] = 1
    image = Image.fromarray(array).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0)
    small = one(file.getvalue())
    assert near(small, (0, 0, 0))
    assert small[:, 8, 0].tolist() == [0, 255, 0]


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for form, more in (("PNG", {}), ("WEBP", {"lossless": True})):
        file = io.BytesIO()
        frames[0].save(file, form, save_all=True, append_images=frames[1:], **more)
        assert near(one(file.getvalue()), (255, 0, 0))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(form, orientation):
    array = np.zeros((32, 32, 3), np.uint8)
    array[:16, :16] = 255
    array[:16, 16:] = 120
    options = {"quality": 95} | ({"lossless": True} if form == "WEBP" else {})
    content = made.saved(array, form, exif=made.exif(orientation), **options)
    with Image.open(io.BytesIO(content)) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image))[::2, ::2].transpose(2, 0, 1)
    corners = np.ix_(range(3), (2, -3), (2, -3))
    assert np.abs(one(content)[corners].astype(int) - wanted[corners]).max() < 12


def test_crop_and_pad():
    array = np.full((20, 60, 3), 90, np.uint8)
    array[5:15, 20:40] = 255
    content = made.saved(array)
    crop, pad = one(content, Form(16, 3, "crop")), one(content, Form(16, 3, "pad"))
    assert crop[:, 8, :].min() > 240  # the middle third is all there is
    assert pad[:, 0, 0].tolist() == [90, 90, 90]  # the border has one colour
    array[:, :30] = 0
    assert one(made.saved(array), Form(16, 3, "pad"))[:, 0, :].max() == 0  # it has not: black


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (7, 5)])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_odd_sizes_are_read(size, fit):
    assert near(one(picture(size=size), Form(16, 3, fit)), (200, 30, 60))


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
        (b"GIF89a" + bytes(100), "not a picture"),
        (b"II*\0\x08\0\0\0" + bytes(100), "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (b"hello", "not a picture"),
        (b"", "empty"),
        (bytes(30_000_001), "more than 30 MB"),
    ],
)
def test_a_bad_picture_is_left_out_and_named(content, reason):
    begin = time.monotonic()
    assert left_out(("bad.png", content)) == f"Left out, {reason}: 1 (“bad.png”)."
    assert time.monotonic() - begin < 3


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


def test_what_systems_add_to_zips_is_left_out_silently():
    names = ("__MACOSX/cat/._a.png", ".DS_Store", "cat/.DS_Store", "cat/Thumbs.db", ".git/a.png", "cat/desktop.ini")
    assert left_out_of_zip(*(Entry(name, picture()) for name in names), Entry("cat/")) == ""


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
    begin = time.monotonic()
    assert "empty: 20\u202f000 (“a”, “a”, “a”, …)" in refused(("a.zip", made.empties(20_000, claimed=20_000)))
    assert time.monotonic() - begin < 6


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


# Any bytes


def check(*files):
    """What any files give: pictures, or None for a sentence."""
    result, findings = None, []
    try:
        found, findings = find(opened(*files))
        result = read(found, Form(16, 1, "pad"))
    except UserError as error:
        findings = [*findings, str(error)]
    assert all("".join(finding.split("\u202f")).isprintable() for finding in findings)
    if result is None:
        return None
    assert all(finding.isprintable() for finding in result.findings)
    assert result.x.shape[1:] == (1, 16, 16)
    assert 2 <= len(result.x) <= len(found)
    assert all(one.name.isprintable() and len(one.label) <= 40 for one in found)
    assert (result.y is None) == (result.classes == ())
    assert result.y is None or result.y.max() < len(result.classes)
    return result


STARTS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"BM",
    b"RIFF\x50\0\0\0WEBP",
    b"RIFF\x50\0\0\0WEBPVP8L",
    b"PK\x03\x04",
]
SOUND = [
    picture("PNG"),
    picture("PNG", mode="P"),
    picture("JPEG"),
    picture("JPEG", progressive=True, exif=made.exif(6)),
    picture("WEBP"),
    picture("WEBP", lossless=True, exif=made.exif(3)),
    picture("BMP"),
    picture("BMP", mode="P"),
    a_zip(*GOOD, ("x/c.jpg", picture("JPEG")))[1],
]
NAMES = st.text(st.sampled_from("ab1./\\:\0\x1b\u202eé") | st.characters(), max_size=30)


@MANY
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_pictures_or_a_sentence(start, rest):
    result = check(*GOOD, ("x", start + rest))
    assert len(result.x) in (2, 3)


@MANY
@given(st.sampled_from(SOUND), st.data())
def test_a_damaged_file_is_a_picture_or_a_sentence(sound, data):
    content = bytearray(sound)
    for _change in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    result = check(*GOOD, ("x", bytes(content[: data.draw(st.integers(1, len(content)) | st.just(len(content)))])))
    assert result is None or 2 <= len(result.x) <= 5


ENTRIES = st.builds(
    Entry,
    NAMES | st.binary(max_size=20),
    st.sampled_from([*SOUND, b"", b"hello"]) | st.binary(max_size=40),
    method=st.sampled_from([0, 8, 8, 12, 99]),
    flags=st.sampled_from([0, 0, 0, 1, 8, 0x20, 0x40, 0x2000]),
    size=st.none() | st.integers(0, 2**32 - 1),
    attributes=st.integers(0, 2**32 - 1) | st.just(0),
    made_on=st.integers(0, 255),
)


@MANY
@given(st.lists(ENTRIES, max_size=6), st.none() | st.integers(0, 0xFFFF), st.binary(max_size=30))
def test_any_zip_is_pictures_or_a_sentence(entries, claimed, before):
    check(("a.zip", zipped(*entries, claimed=claimed, before=before)))


@MANY
@given(st.lists(st.tuples(NAMES, st.booleans()), min_size=2, max_size=12))
def test_any_names_give_classes(names):
    result = check(*((name, picture() if good else b"text") for name, good in names))
    assert result is None or list(result.classes) == sorted(set(result.classes), key=pictures._natural)


# Memory


MEASURE = """
import json, sys, time
from pathlib import Path
from playground.data.pictures import Form, find, read
from playground.errors import UserError

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1e3

base, out = status("VmRSS"), {}
for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")
    begin = time.monotonic()
    try:
        with open(path, "rb") as file, open(sys.argv[1], "rb") as one, open(sys.argv[2], "rb") as two:
            found, findings = find([("a.png", one), ("b.png", two), ("bad", file)])
            said = " ".join([*findings, *read(found, Form(64, 3)).findings])
    except UserError as error:
        said = str(error)
    out[Path(path).name] = (status("VmHWM") - base, time.monotonic() - begin, said)
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
    measured, readable = json.loads(done.stdout), ("good", "also good", "largest.png", "tags.png")
    for name, (megabytes, seconds, said) in measured.items():
        print(f"{name:25} {megabytes:6.0f} MB {seconds:5.2f} s  {said}")
        assert megabytes < 400, (name, megabytes)
        assert seconds < 5, (name, seconds)
        assert (name in readable) == (said == ""), (name, said)


def test_torch_and_streamlit_are_not_needed(python):
    modules = "decode, pictures, table, zips"
    code = f"import sys; from playground.data import {modules}; print({{'torch', 'streamlit'}} & set(sys.modules))"
    assert python("-c", code).stdout.strip() == "set()"
