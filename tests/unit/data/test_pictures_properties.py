"""Uploads of any bytes, any damage and any structure: pictures, or a sentence."""

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import folders
from playground.data.pictures import Form, find, read
from playground.utils.errors import UserError
from tests.unit.data import pictures_made as made
from tests.unit.data.pictures_made import GOOD, Entry, a_zip, opened, picture, zipped

MANY = settings(max_examples=150, deadline=None, derandomize=True)


def check(*files):
    """What any files give: pictures, or None for a sentence."""
    result, findings = None, []
    try:
        found, findings = find(opened(*files))
        result = read(found, Form(16, 1, "pad"))
    except UserError as error:
        findings = [*findings, str(error)]
    said = [*findings, *(result.findings if result else ())]
    assert all(finding.replace("\u202f", "").isprintable() for finding in said)
    if result is None:
        return None
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
    assert result is None or list(result.classes) == sorted(set(result.classes), key=folders.natural)
